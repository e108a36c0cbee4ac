#!/usr/bin/python3
"""Deployments of manifests on a running ipd: what muster does there, and what the programs that are deployed answer.

Usage: deployments_test.py IPD MUSTER"""

import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from between import AsOriginal, LosesAnAnswer  # noqa: E402
from daemon import ADMIN, USER, tar_of  # noqa: E402

muster = None

SCRIPT = '''#!/bin/sh
case $1 in
check) exit 0 ;;
deploy) sleep {pause}; [ ! -e fail ] || {{ echo "it does not start"; exit 3; }}; cp page "{site}/$PROJECT" ;;
esac
'''


class Site:
    """What the deployed programs answer: a page per project."""

    def __init__(self, directory):
        self.directory = directory
        handler = lambda *args: Quiet(*args, directory=directory)  # noqa: E731
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_port

    def page(self, project):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=10)
        connection.request('GET', '/' + project)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return text if answer.status == 200 else answer.status

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.ipd = daemon.Daemon(daemon.program)
        self.addCleanup(self.ipd.remove)
        self.directory = tempfile.mkdtemp(prefix='deployments-test-')
        self.addCleanup(shutil.rmtree, self.directory, True)
        os.mkdir(self.directory + '/site')
        self.site = Site(self.directory + '/site')
        self.addCleanup(self.site.close)
        self.fleet = self.directory + '/fleet'
        os.mkdir(self.fleet)
        self.port = self.ipd.port
        self.pause = 0
        self.extra = ''

    def write(self, version, page, project='web', fail=False, fleet=None, uid='0123456789abcdef0123456789abcdef'):
        fleet = fleet or self.fleet
        package = f'{fleet}/{project}'
        shutil.rmtree(package, ignore_errors=True)
        os.makedirs(package)
        with open(package + '/control.sh', 'w') as out:
            out.write(SCRIPT.format(site=self.site.directory, pause=self.pause))
        os.chmod(package + '/control.sh', 0o755)
        with open(package + '/page', 'w') as out:
            out.write(page)
        if fail:
            open(package + '/fail', 'w').close()
        with open(f'{fleet}/image.tar.gz', 'w') as out:
            out.write('an image')
        with open(f'{fleet}/fleet.yaml', 'w') as out:
            out.write(f'apiVersion: muster/v1\nkind: Fleet\nmetadata: {{name: shop}}\nspec: {{uid: {uid}}}\n---\n'
                      f'apiVersion: muster/v1\nkind: IpdServer\nmetadata: {{name: here}}\n'
                      f'spec: {{url: "http://127.0.0.1:{self.port}/deploy", token: {{env: IPD_TOKEN}}}}\n')
        with open(f'{fleet}/{project}.yaml', 'w') as out:
            out.write(f'apiVersion: muster/v1\nkind: Deployment\nmetadata: {{name: {project}}}\nspec:\n'
                      f'  server: here\n  version: "{version}"\n  image: image.tar.gz\n  package: {project}/\n'
                      f'  exitCodes: usual\n{self.extra}')

    def start(self, *words, fleet=None, token=ADMIN):
        environment = {'PATH': os.environ['PATH'], 'HOME': self.directory, 'IPD_TOKEN': token, 'LANG': 'C.UTF-8'}
        return subprocess.Popen([muster, *words], cwd=fleet or self.fleet, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run_muster(self, *words, fleet=None, token=ADMIN):
        """(exit code, what it printed, lines joined)"""
        process = self.start(*words, fleet=fleet, token=token)
        printed = process.communicate(timeout=120)[0]
        return process.returncode, ' '.join(printed.split())

    def await_status(self, word, project='web'):
        end = time.monotonic() + 20
        while self.ipd.get('/status/' + project) != word and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(self.ipd.get('/status/' + project), word)

    def apply(self, expected=0, **more):
        code, printed = self.run_muster('apply', '--yes', **more)
        self.assertEqual(code, expected, printed)
        return printed

    def assert_nothing_to_do(self):
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 0, printed)
        self.assertIn('no changes', printed)

    def deployments(self, project='web'):
        return json.loads(self.ipd.get('/history/' + project))

    def versions(self, project='web'):
        return [(one['version'], one['status']) for one in reversed(self.deployments(project))]

    def push(self, page, version='pushed', pause=0):
        """Somebody else's, with a client that knows nothing of muster."""
        script = SCRIPT.format(site=self.site.directory, pause=pause).replace('cp page', f'echo {page} >')
        script = script.replace('exit 0', 'exit 1').replace(';;\nesac', '&& exit 1 ;;\nesac')
        status, body, _ = self.ipd.upload(package=tar_of(script), version=version, token=USER)
        self.assertEqual(status, 200)
        return body


class Life(Case):
    def test_a_version_that_is_bumped_is_one_update_and_what_runs_answers_anew(self):
        self.write('1', 'page one', 'web')
        self.write('1', 'the shop', 'shop')
        self.apply()
        self.assertEqual((self.site.page('web'), self.site.page('shop')), ('page one', 'the shop'))
        self.assert_nothing_to_do()
        self.write('2', 'page two', 'web')
        code, printed = self.run_muster('plan')
        self.assertEqual(code, 2)
        self.assertIn('1 to update', printed)
        self.assertIn('version: 1 -> 2', printed)
        self.apply()
        self.assertEqual((self.site.page('web'), self.site.page('shop')), ('page two', 'the shop'))
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', 'ok')])
        self.assertEqual(len(self.deployments('shop')), 1)
        self.assert_nothing_to_do()

    def test_a_lost_database_costs_nothing(self):
        self.write('1', 'page one')
        self.apply()
        shutil.rmtree(self.fleet + '/.muster')
        self.assert_nothing_to_do()
        self.apply()
        self.assertEqual(len(self.deployments()), 1)

    def test_what_somebody_else_pushes_is_drift_and_is_made_up_for(self):
        self.write('1', 'page one')
        self.apply()
        self.ipd.await_end('web', self.push('pushed'))
        self.assertEqual(self.site.page('web').strip(), 'pushed')
        code, printed = self.run_muster('drift')
        self.assertEqual(code, 2, printed)
        self.assertIn('version: was 1, is pushed', printed)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')

    def test_killed_while_it_waits_it_takes_up_what_was_begun(self):
        self.pause = 2
        self.write('1', 'page one')
        process = self.start('apply', '--yes')
        self.await_status('active')
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(self.versions(), [('1', 'ok')])
        self.assert_nothing_to_do()

    def test_an_upload_whose_answer_is_lost_is_not_sent_again(self):
        line = LosesAnAnswer(self.ipd.port)
        self.addCleanup(line.close)
        self.port = line.port
        self.write('1', 'page one')
        self.apply()
        line.loses = True
        self.write('2', 'page two')
        self.apply()
        self.assertFalse(line.loses)
        self.assertEqual(self.site.page('web'), 'page two')
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', 'ok')])
        self.assert_nothing_to_do()

    def test_a_first_upload_whose_answer_is_lost_and_whose_script_fails_has_failed(self):
        line = LosesAnAnswer(self.ipd.port)
        self.addCleanup(line.close)
        self.port = line.port
        line.loses = True
        self.write('1', 'page one', fail=True)
        self.assertIn('it does not start', self.apply(1))
        self.assertEqual(self.versions(), [('1', '3')])

    def test_a_token_that_sees_less_than_before_makes_nothing_vanish(self):
        self.write('1', 'page one')
        self.apply()
        code, printed = self.run_muster('plan', '--max-age', '0', token=daemon.OTHER)
        self.assertEqual(code, 1, printed)
        self.assertIn('this user may not see this project', printed)

    def test_destroy_lets_go_and_the_same_fleet_takes_it_again(self):
        self.write('1', 'page one')
        self.apply()
        code, printed = self.run_muster('destroy', '--yes')
        self.assertEqual(code, 0, printed)
        self.assertEqual(self.site.page('web'), 'page one')
        self.apply()
        self.assert_nothing_to_do()

    def test_what_somebody_else_has_on_its_way_is_not_taken_for_ones_own(self):
        self.write('1', 'page one')
        self.apply()
        theirs = self.push('pushed', 'theirs', 2)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(self.ipd.await_end('web', theirs), 'ok')
        self.assert_nothing_to_do()

    def test_who_comes_after_it_and_wins_is_named(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.pause = 1
        self.write('2', 'page two')
        process = self.start('apply', '--yes')
        self.await_status('active')
        self.push('pushed', 'theirs', 1)
        printed = ' '.join(process.communicate(timeout=60)[0].split())
        self.assertEqual(process.returncode, 1, printed)
        self.assertIn('version theirs of bob came after it and won', printed)
        self.ipd.await_end('web', self.deployments()[0]['id'])
        self.assertEqual(self.site.page('web').strip(), 'pushed')
        self.assertEqual(self.deployments()[0]['version'], 'theirs')
        self.apply()
        self.assertEqual(self.site.page('web'), 'page two')


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


class Made(Case):
    """An image that a command makes."""

    def setUp(self):
        super().setUp()
        self.write('1', 'page one')
        self.source('first')
        with open(self.fleet + '/web.yaml', encoding='utf-8') as file:
            text = file.read().replace('image: image.tar.gz', 'image: {command: [sh, -c, "set -e; cat source > made.tar"], output: made.tar}')
        with open(self.fleet + '/web.yaml', 'w', encoding='utf-8') as file:
            file.write(text)

    def source(self, text):
        with open(self.fleet + '/source', 'w', encoding='utf-8') as out:
            out.write(text)

    def test_it_is_made_anew_when_it_is_compared_and_not_when_one_only_looks(self):
        self.assertEqual(self.run_muster('validate')[0], 0)
        self.assertEqual(self.run_muster('list')[0], 0)
        self.assertFalse(os.path.exists(self.fleet + '/made.tar'))
        self.apply()
        self.assert_nothing_to_do()
        self.source('second')
        code, printed = self.run_muster('plan')
        self.assertEqual(code, 2, printed)
        self.assertIn('image_sha256: ', printed)
        self.apply()
        self.assertEqual(self.deployments()[0]['image_sha256'], daemon.sha256('second'))

    def test_a_command_that_fails_or_leaves_nothing_is_told_with_its_words(self):
        os.remove(self.fleet + '/source')
        code, printed = self.run_muster('plan')
        self.assertEqual(code, 3, printed)
        self.assertIn('spec.image: the command sh exited with status 1: cat: source: No such file or directory', printed)
        with open(self.fleet + '/web.yaml', 'r+', encoding='utf-8') as file:
            text = file.read().replace('cat source > made.tar', 'rm -f made.tar')
            file.seek(0)
            file.truncate()
            file.write(text)
        code, printed = self.run_muster('plan')
        self.assertEqual(code, 3, printed)
        self.assertIn('made.tar does not exist', printed)
        self.assertIn('the command has to leave it there', printed)
        with open(self.fleet + '/web.yaml', 'r+', encoding='utf-8') as file:
            text = file.read().replace('command: [sh', 'commands: [sh')
            file.seek(0)
            file.truncate()
            file.write(text)
        code, printed = self.run_muster('validate')
        self.assertEqual(code, 3, printed)
        self.assertIn('{command: [PROGRAM, ARGUMENT...], output: PATH}', printed)


class OnAHost(Case):
    """The server runs on a host that a workshop makes."""

    def in_cloud(self, *commands):
        """[(exit code, what it printed)] of muster's commands, one after another beside one simulated cloud."""
        script = ''.join(f'"{muster}" {command} >"{self.directory}/out.{n}" 2>&1; echo $? >"{self.directory}/code.{n}"\n'
                         for n, command in enumerate(commands))
        environment = {'PATH': os.environ['PATH'], 'HOME': self.directory, 'IPD_TOKEN': ADMIN, 'LANG': 'C.UTF-8'}
        subprocess.run([muster, 'sandbox', '--latency', '1ms', '--boot-time', '300ms', '--delete-time', '100ms', 'exec', '--', 'sh', '-c', script],
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
        self.on_host('anna')

    def on_host(self, name):
        with open(self.fleet + '/fleet.yaml', 'r+', encoding='utf-8') as file:
            text = file.read().split(', host: ')[0].removesuffix('}\n')
            file.seek(0)
            file.truncate()
            file.write(text + f', host: {{workshop: event, name: {name}}}}}\n')

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

    def url(self, text):
        with open(self.fleet + '/fleet.yaml', 'r+', encoding='utf-8') as file:
            whole = file.read().replace(f'127.0.0.1:{self.port}', text)
            file.seek(0)
            file.truncate()
            file.write(whole)

    def test_its_address_is_not_asked_for_before_the_host_is_there(self):
        self.url('{address}:1')
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
        code, printed = self.run_muster('validate')
        self.assertEqual(code, 3, printed)
        self.assertIn('IpdServer/beside runs on that host already', printed)
        os.remove(self.fleet + '/other.yaml')
        self.url('{address}:1')
        with open(self.fleet + '/fleet.yaml', encoding='utf-8') as file:
            text = file.read().replace(', host: {workshop: event, name: anna}', '')
        with open(self.fleet + '/fleet.yaml', 'w', encoding='utf-8') as file:
            file.write(text)
        code, printed = self.run_muster('validate')
        self.assertEqual(code, 3, printed)
        self.assertIn('{address} is the address of a host, and there is none', printed)

    def test_a_host_that_is_not_there_is_told(self):
        self.on_host('zoe')
        code, printed = self.run_muster('validate')
        self.assertEqual(code, 3, printed)
        self.assertIn('is reached through openstack.server:event/zoe', printed)


class Failures(Case):
    def test_what_ran_before_is_put_back_and_the_failed_one_is_not_tried_again(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.write('2', 'page two', fail=True)
        printed = self.apply(1)
        self.assertIn('control.sh deploy exited with 3; it wrote at the end: it does not start', printed)
        self.assertIn('what was there before was put back', printed)
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', '3'), ('1', 'ok')])
        printed = self.apply(1)
        self.assertIn('version 2 failed, and what ran before was put back', printed)
        self.assertEqual(len(self.deployments()), 3)
        self.write('3', 'page three')
        self.apply()
        self.assertEqual(self.site.page('web'), 'page three')
        self.assert_nothing_to_do()

    def test_without_rollback_it_is_tried_again(self):
        self.write('1', 'page one', fail=True)
        printed = self.apply(1)
        self.assertIn('it does not start', printed)
        self.apply(1)
        self.assertEqual(self.versions(), [('1', '3'), ('1', '3')])
        self.write('1', 'page one')
        self.apply()
        self.assert_nothing_to_do()

    def test_a_first_one_that_fails_has_nothing_before_it(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one', fail=True)
        self.assertIn('nothing ran before it that could be put back', self.apply(1))

    def test_what_is_deployed_has_to_answer(self):
        self.extra = ('  rollback: onFailure\n'
                      f'  health: {{url: "http://127.0.0.1:{self.site.port}/web", timeout: 2s}}\n')
        self.write('1', 'page one')
        self.apply()
        self.extra = self.extra.replace('/web', '/nothing')
        self.write('2', 'page two')
        printed = self.apply(1)
        self.assertIn('/nothing answers 404 instead of 200', printed)
        self.assertEqual(self.site.page('web'), 'page one')

    def test_a_wrong_token_and_a_wrong_address_are_told(self):
        self.write('1', 'page one')
        code, printed = self.run_muster('plan', token='wrong')
        self.assertNotEqual(code, 0)
        self.assertIn('IPD server here: GET /projects: HTTP 401', printed)
        self.assertIn("check the IpdServer's token", printed)
        self.ipd.kill()
        code, printed = self.run_muster('plan')
        self.assertNotEqual(code, 0)
        self.assertIn('not sent: Failed to connect', printed)


class Import(Case):
    def test_what_runs_becomes_manifests_and_is_adopted_without_being_deployed(self):
        for project, version in (('web', '1.4'), ('My_App', 'x')):
            status, deployment, _ = self.ipd.upload(project, tar_of(daemon.well), version=version)
            self.assertEqual((status, self.ipd.await_end(project, deployment)), (200, 'ok'))
        url = f'http://127.0.0.1:{self.port}/deploy'
        code, printed = self.run_muster('import', 'ipd', url + '/', '-o', 'imported')
        self.assertEqual(code, 0, printed)
        self.assertIn('wrote imported/my-app/deployment.yaml', printed)
        imported = self.fleet + '/imported'
        code, printed = self.run_muster('validate', fleet=imported)
        self.assertEqual(code, 3, printed)
        self.assertIn('web/image.tar.gz does not exist', printed)
        for directory in ('web', 'my-app'):
            with open(f'{imported}/{directory}/image.tar.gz', 'wb') as out:
                out.write(b'an image')
            with open(f'{imported}/{directory}/package.tar', 'wb') as out:
                out.write(tar_of(daemon.well))
        code, printed = self.run_muster('adopt', '--yes', fleet=imported)
        self.assertEqual(code, 0, printed)
        code, printed = self.run_muster('plan', '--max-age', '0', fleet=imported)
        self.assertEqual(code, 0, printed)
        self.assertEqual([len(self.deployments(project)) for project in ('web', 'My_App')], [1, 1])
        code, printed = self.run_muster('import', 'ipd', url, '-o', 'imported')
        self.assertEqual(code, 3, printed)
        self.assertIn('web/deployment.yaml', printed)

    def test_a_wrong_address_or_token_is_told(self):
        url = f'http://127.0.0.1:{self.port}'
        for words, token, told in (([], ADMIN, 'takes the address of one server'), (['deploy.example.com'], ADMIN, 'is no address'),
                                   ([url], ADMIN, "ends in the server's API_ROOT"), ([url + '/deploy'], 'wrong', 'knows no such token'),
                                   ([url + '/deploy'], ADMIN, 'tells of no project')):
            code, printed = self.run_muster('import', 'ipd', *words, token=token)
            self.assertIn(code, (1, 3), printed)
            self.assertIn(told, printed)


class Others(Case):
    def test_what_others_look_after_is_left_alone_until_it_is_adopted(self):
        theirs = self.directory + '/theirs'
        os.mkdir(theirs)
        self.write('9', 'theirs', fleet=theirs, uid='f' * 32)
        self.apply(fleet=theirs)
        self.write('1', 'page one')
        code, printed = self.run_muster('apply', '--yes')
        self.assertEqual(code, 1, printed)
        self.assertIn('exists already and is not ours', printed)
        self.assertEqual(self.site.page('web'), 'theirs')
        code, printed = self.run_muster('destroy', '--yes', fleet=theirs)
        self.assertEqual(code, 0, printed)
        code, printed = self.run_muster('adopt', '--yes')
        self.assertEqual(code, 0, printed)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')


class Original(Case):
    def setUp(self):
        super().setUp()
        self.original = AsOriginal(self.ipd.port)
        self.addCleanup(self.original.close)
        self.port = self.original.port

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
        self.pause = 2
        self.write('1', 'page one')
        process = self.start('apply', '--yes')
        self.await_status('active')
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.original.forgets = True
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 2, printed)
        self.assertIn('1 to update', printed)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assert_nothing_to_do()

    def test_what_waits_for_its_first_turn_is_not_forgotten(self):
        self.original.is_first = True
        with open(self.fleet + '/blocks', 'w', encoding='utf-8'):
            pass
        script = f'#!/bin/sh\nwhile [ -e {self.fleet}/blocks ]; do sleep 0.05; done\nexit 1\n'
        for n in range(5):
            self.ipd.upload(f'busy-{n}', tar_of(script))
        self.write('1', 'page one')
        process = self.start('apply', '--yes')
        self.await_status('await')
        time.sleep(1)
        self.assertIsNone(process.poll())
        os.remove(self.fleet + '/blocks')
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
    muster = os.path.abspath(sys.argv.pop(2))
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
