#!/usr/bin/python3
"""Deployments on servers of another kind: an original IPD, and one on a host that a workshop makes.

Usage: servers_test.py IPD MUSTER"""

import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
import deploying  # noqa: E402
from between import AsOriginal  # noqa: E402
from daemon import ADMIN, Held, tar_of  # noqa: E402
from deploying import Case  # noqa: E402

WORKSHOP = '''apiVersion: muster/v1
kind: OpenStackProject
metadata: {name: cloud}
---
apiVersion: muster/v1
kind: OvhAccount
metadata: {name: dns}
---
apiVersion: muster/v1
kind: Workshop
metadata: {name: event}
spec:
  project: cloud
  dns: {account: dns, zone: example.com}
  hosts: [anna]
  image: Debian 12
  flavor: d2-2
  login: {user: attendee, password: {env: IPD_TOKEN}}
  readiness: {checks: [ssh]}
'''


class OnAHost(Case):
    """The server runs on a host that a workshop makes."""

    def in_cloud(self, *commands):
        """[(exit code, what it printed)] of muster's commands, one after another beside one simulated cloud."""
        script = ''.join(f'"{deploying.muster}" {command} >"{self.directory}/out.{n}" 2>&1; echo $? >"{self.directory}/code.{n}"\n'
                         for n, command in enumerate(commands))
        environment = {'PATH': os.environ['PATH'], 'HOME': self.directory, 'IPD_TOKEN': ADMIN, 'LANG': 'C.UTF-8'}
        subprocess.run([deploying.muster, 'sandbox', '--latency', '1ms', '--boot-time', '300ms', '--delete-time', '100ms', 'exec', '--', 'sh', '-c', script],
                       cwd=self.fleet, env=environment, stdin=subprocess.DEVNULL, timeout=120, check=False)
        results = []
        for n in range(len(commands)):
            with open(f'{self.directory}/code.{n}', encoding='ascii') as code, open(f'{self.directory}/out.{n}', encoding='utf-8') as out:
                results.append((int(code.read()), ' '.join(out.read().split())))
        return results

    def setUp(self):
        super().setUp()
        self.write('1', 'page one')
        with open(self.fleet + '/workshop.yaml', 'w', encoding='utf-8') as out:
            out.write(WORKSHOP)
        self.edit('fleet.yaml', ', token: ', ', host: {workshop: event, name: anna}, token: ')

    def test_it_is_deployed_once_the_host_is_ready_and_goes_with_it(self):
        planned, applied, again, destroyed, after = self.in_cloud(
            'plan', 'apply --yes', 'plan --max-age 0', 'destroy --yes', 'plan --max-age 0')
        self.assertEqual(planned[0], 2, planned)
        self.assertIn('5 to create', planned[1])
        self.assertEqual(applied[0], 0, applied)
        steps = applied[1]
        self.assertLess(steps.index('create guest.check:event/anna/ssh'), steps.index('create ipd.deployment:here/web'))
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(again[0], 0, again)
        self.assertEqual(destroyed[0], 0, destroyed)
        self.assertEqual(after[0], 2, after)
        self.assertIn('5 to create', after[1])

    def test_its_address_is_not_asked_for_before_the_host_is_there(self):
        self.edit('fleet.yaml', f'127.0.0.1:{self.port}', '{address}:1')
        validated, planned, listed, doctored = self.in_cloud('validate', 'plan', 'list', 'doctor')
        self.assertEqual((validated[0], planned[0], listed[0], doctored[0]), (0, 2, 0, 0), (planned, listed, doctored))
        self.assertIn('it runs on a machine of this fleet', doctored[1])

    def test_a_server_that_does_not_answer_keeps_no_host(self):
        _, killed, destroyed = self.in_cloud('apply --yes', f'version; kill -9 {self.ipd.process.pid}', 'destroy --yes')
        self.assertEqual(killed[0], 0, killed)
        self.assertEqual(destroyed[0], 0, destroyed)

    def test_a_manifest_that_goes_lets_go_and_keeps_no_host(self):
        applied, _, planned, destroyed = self.in_cloud(
            'apply --yes', 'version; rm web.yaml', 'plan', 'destroy --yes')
        self.assertEqual((applied[0], planned[0], destroyed[0]), (0, 0, 0), (planned, destroyed))
        self.assertEqual(self.site.page('web'), 'page one')

    def test_one_server_per_host_and_no_address_without_one(self):
        with open(self.fleet + '/other.yaml', 'w', encoding='utf-8') as out:
            out.write('apiVersion: muster/v1\nkind: IpdServer\nmetadata: {name: beside}\n'
                      'spec: {url: "http://{address}:9955/deploy", host: {workshop: event, name: anna}, token: {env: IPD_TOKEN}}\n')
        self.assert_bad_input('validate', 'IpdServer/beside runs on that host already')
        os.remove(self.fleet + '/other.yaml')
        self.edit('fleet.yaml', f'127.0.0.1:{self.port}', '{address}:1')
        self.edit('fleet.yaml', ' host: {workshop: event, name: anna},', '')
        self.assert_bad_input('validate', '{address} is the address of a host, and there is none')

    def test_a_host_that_is_not_there_is_told(self):
        self.edit('fleet.yaml', 'name: anna', 'name: zoe')
        self.assert_bad_input('validate', 'is reached through openstack.server:event/zoe')


class Original(Case):
    def setUp(self):
        super().setUp()
        self.original = AsOriginal(self.ipd.port)
        self.addCleanup(self.original.close)
        self.port = self.original.port
        self.exit_codes = 'legacy'

    def test_what_it_cannot_is_refused_before_anything_is_sent(self):
        self.exit_codes = 'usual'
        self.write('1', 'page one')
        self.assertIn('IPD server here is an original, which takes 1 for success of control.sh', self.apply(1))
        self.assertEqual(self.deployments(), [])

    def test_what_somebody_deploys_while_nobody_looks_is_not_taken_for_ones_own(self):
        self.held = Held(self.directory)
        self.write('1', 'page one')
        self.apply_killed_while_held()
        self.held.let_go()
        self.ipd.await_end('web', self.deployments()[0]['id'])
        self.ipd.await_end('web', self.push('pushed'))
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertNotEqual(code, 0, printed)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assert_nothing_to_do()

    def test_nothing_can_be_put_back_and_what_failed_is_not_sent_again(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.write('2', 'page two', fail=True)
        self.assertIn('could not be put back: IPD server here is an original and keeps nothing', self.apply(1))
        self.apply(1)
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', '3')])
        self.write('3', 'page three')
        self.apply()
        self.assert_nothing_to_do()

    def test_an_original_is_remembered_and_tells_when_somebody_else_has_deployed(self):
        self.write('1', 'page one')
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assert_nothing_to_do()
        self.write('2', 'page two')
        self.apply()
        self.assert_nothing_to_do()
        self.ipd.await_end('web', self.push('pushed'))
        code, printed = self.run_muster('drift')
        self.assertEqual(code, 2, printed)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page two')
        self.assert_nothing_to_do()

    def test_what_it_has_forgotten_before_anybody_saw_the_end_is_deployed_again(self):
        self.held = Held(self.directory)
        self.write('1', 'page one')
        self.apply_killed_while_held()
        self.original.forgets = True
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 2, printed)
        self.assertIn('1 to update', printed)
        self.held.let_go()
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assert_nothing_to_do()

    def test_what_waits_for_its_first_turn_is_not_forgotten(self):
        self.original.is_first = True
        held = Held(self.directory)
        for n in range(5):
            self.ipd.upload(f'busy-{n}', tar_of(held.deploy))
        daemon.until(lambda: os.path.exists(held.begun) and held.times() == 5, 'as many run as may')
        self.write('1', 'page one')
        process = self.start('apply', '--yes')
        self.await_status('await')
        time.sleep(1)
        self.assertIsNone(process.poll())
        held.let_go()
        printed = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 0, printed)
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(len(self.deployments()), 1)

    def test_a_page_that_does_not_answer_is_no_success_at_the_next_run_either(self):
        self.extra = f'  health: {{url: "http://127.0.0.1:{self.site.port}/none", timeout: 1s}}\n'
        self.write('1', 'page one')
        self.assertIn('answers 404 instead of 200', self.apply(1))
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 2, printed)
        self.assertIn('status: unhealthy -> ok', printed)

    def test_a_failure_is_tried_again_also_when_it_is_forgotten(self):
        self.write('1', 'page one', fail=True)
        self.apply(1)
        self.original.forgets = True
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 2, printed)
        self.assertIn('1 to update', printed)

    def test_a_failure_is_told_with_its_meaning(self):
        self.write('1', 'page one', fail=True)
        self.assertIn('control.sh failed to deploy (105)', self.apply(1))


if __name__ == '__main__':
    deploying.muster = os.path.abspath(sys.argv.pop(2))
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
