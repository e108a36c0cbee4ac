#!/usr/bin/python3
"""Deployments of manifests on a running ipd: what muster does there, and what the programs that are deployed answer.

Usage: deployments_test.py IPD MUSTER"""

import gzip
import hashlib
import os
import shutil
import sqlite3
import sys
import tarfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
import deploying  # noqa: E402
from between import LosesAnAnswer  # noqa: E402
from daemon import ADMIN, Held, tar_of  # noqa: E402
from deploying import Case  # noqa: E402

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
        self.assertIn('version: 1 -> 2 (the manifest changed, web.yaml:6:12)', printed)
        self.apply()
        self.assertEqual((self.site.page('web'), self.site.page('shop')), ('page two', 'the shop'))
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', 'ok')])
        self.assertEqual(len(self.deployments('shop')), 1)
        self.assert_nothing_to_do()
        # Nothing of hosts where there are none.
        self.assertRegex(self.run_muster('status')[1], '^Project ')

    def test_who_has_no_image_at_hand_can_look_and_not_plan(self):
        self.write('1', 'page one')
        self.apply()
        os.remove(self.fleet + '/image.tar.gz')
        for command in ('status', 'list'):
            code, printed = self.run_muster(command)
            self.assertEqual(code, 0, printed)
            self.assertIn('web', printed)
        self.assert_bad_input('plan', 'image.tar.gz does not exist')
        self.assert_bad_input('validate', 'image.tar.gz does not exist')

    def test_a_lost_database_costs_nothing(self):
        self.write('1', 'page one')
        self.apply()
        shutil.rmtree(self.fleet + '/.muster')
        self.assert_nothing_to_do()
        self.apply()
        self.assertEqual(len(self.deployments()), 1)

    def test_a_large_image_that_stays_as_it_is_is_read_once(self):
        self.write('1', 'page one')
        image = self.fleet + '/image.tar.gz'
        with open(image, 'wb') as out:
            out.write(bytes(5 << 20))
        self.apply()
        # Until a change of it could no longer hide behind the same time.
        while time.time() < os.stat(image).st_ctime + 3:
            time.sleep(0.05)
        self.assert_nothing_to_do()
        # What is not read is what the database says.
        with sqlite3.connect(self.fleet + '/.muster/state.db') as database:
            self.assertEqual(database.execute('SELECT path FROM cache_file_digest').fetchall(),
                             [(os.path.realpath(image),)])
            database.execute('UPDATE cache_file_digest SET sha256 = ?', ('0' * 64,))
        self.assertIn('1 to update', self.run_muster('plan')[1])
        with open(image, 'ab') as out:
            out.write(b'more')
        self.apply()
        self.assertEqual(self.deployments()[0]['image_sha256'], hashlib.sha256(bytes(5 << 20) + b'more').hexdigest())

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
        self.held = Held(self.directory)
        self.write('1', 'page one')
        self.apply_killed_while_held()
        self.held.let_go()
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
        held = Held(self.directory)
        theirs = self.push('pushed', 'theirs', held)
        held.await_begun()
        process = self.start('apply', '--yes')
        self.await_status('await')
        held.let_go()
        printed = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, 0, printed)
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual(self.ipd.await_end('web', theirs), 'ok')
        self.assert_nothing_to_do()

    def test_who_comes_after_it_and_wins_is_named(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.held = Held(self.directory)
        self.write('2', 'page two')
        process = self.start('apply', '--yes')
        self.held.await_begun()
        self.push('pushed', 'theirs')
        self.held.let_go()
        printed = ' '.join(process.communicate(timeout=60)[0].split())
        self.assertEqual(process.returncode, 1, printed)
        self.assertIn('version theirs of bob came after it and won', printed)
        self.ipd.await_end('web', self.deployments()[0]['id'])
        self.assertEqual(self.site.page('web').strip(), 'pushed')
        self.assertEqual(self.deployments()[0]['version'], 'theirs')
        self.apply()
        self.assertEqual(self.site.page('web'), 'page two')


class Refused(Case):
    def test_a_package_that_no_server_can_run_is_told_before_anything_is_sent(self):
        self.write('1', 'page one')
        os.chmod(self.fleet + '/web/control.sh', 0o644)
        self.assertIn('web/control.sh may not be executed hint: chmod +x', self.run_muster('plan')[1])
        os.remove(self.fleet + '/web/control.sh')
        self.assertIn('the package has no', self.apply(1))
        self.assertEqual(self.deployments(), [])

    def test_so_is_a_tar(self):
        self.write('1', 'page one')
        with open(self.fleet + '/web/control.sh', encoding='utf-8') as text:
            script = text.read()
        self.edit('web.yaml', 'package: web/', 'package: web.tar')
        page = (tarfile.TarInfo('./page'), b'page one')
        elsewhere = (tarfile.TarInfo('web/control.sh'), script.encode())
        for package, told in ((tar_of(script, mode=0o644), 'control.sh in {} may not be executed hint: chmod +x'),
                              (tar_of(members=[page, elsewhere]), 'the package {} has no control.sh at its top'),
                              (b'', 'the package {} has no control.sh at its top'),
                              (b'no tar, whatever it is called', 'the package {} is no tar that can be read: '),
                              (tar_of(members=[page, elsewhere])[:1100], 'the package {} is no tar that can be read: ')):
            with self.subTest(told=told):
                with open(self.fleet + '/web.tar', 'wb') as out:
                    out.write(package)
                self.assertIn(told.format(self.fleet + '/web.tar'), self.apply(1))
        self.assertEqual(self.deployments(), [])
        with open(self.fleet + '/web.tar', 'wb') as out:
            out.write(gzip.compress(tar_of(script, members=[page])))
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')


class Made(Case):
    """An image that a command makes."""

    def setUp(self):
        super().setUp()
        self.write('1', 'page one')
        self.source('first')
        self.edit('web.yaml', 'image: image.tar.gz', 'image: {command: [sh, -c, "set -e; cat source > made.tar"], output: made.tar}')

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
        self.assert_bad_input('plan', 'spec.image: the command sh exited with status 1: cat: source: No such file or directory')
        self.edit('web.yaml', 'cat source > made.tar', 'rm -f made.tar')
        self.assert_bad_input('plan', 'made.tar does not exist',
                              'the command has to leave it there')
        self.edit('web.yaml', 'command: [sh', 'commands: [sh')
        self.assert_bad_input('validate', '{command: [PROGRAM, ARGUMENT...], output: PATH}')


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

    def test_it_is_put_back_also_when_nobody_was_there_to_see_it_fail(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.held = Held(self.directory)
        self.write('2', 'page two', fail=True)
        self.apply_killed_while_held()
        self.held.let_go()
        self.ipd.await_end('web', self.deployments()[0]['id'])
        self.assertIn('what was there before was put back', self.apply(1))
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', '3'), ('1', 'ok')])
        self.assertEqual(self.site.page('web'), 'page one')

    def test_a_colleagues_failure_is_none_of_what_is_wanted(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        status, theirs, _ = self.ipd.upload(package=tar_of('#!/bin/sh\nexit 7\n'), version='theirs')
        self.assertEqual((status, self.ipd.await_end('web', theirs)), (200, '7'))
        self.apply()
        self.assertEqual(self.versions(), [('1', 'ok'), ('theirs', '7'), ('1', 'ok')])
        self.assert_nothing_to_do()

    def test_a_first_one_that_failed_is_tried_again(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one', fail=True)
        self.apply(1)
        self.apply(1)
        self.assertEqual(self.versions(), [('1', '3'), ('1', '3')])

    def test_a_plan_after_a_failure_is_of_what_is_wanted_now(self):
        self.extra = '  rollback: onFailure\n'
        self.write('1', 'page one')
        self.apply()
        self.write('2', 'page two', fail=True)
        self.apply(1)
        self.assertIn('what ran before was put back', self.run_muster('plan')[1])
        self.write('3', 'page three')
        code, printed = self.run_muster('plan')
        self.assertEqual(code, 2, printed)
        self.assertIn('version: 1 -> 3', printed)
        self.write('1', 'page one')
        self.assertEqual(self.run_muster('plan')[0], 0)

    def test_a_page_that_comes_with_what_is_wanted_is_not_waited_for_before(self):
        self.write('1', 'page one', 'web')
        self.apply()
        self.extra = f'  health: {{url: "http://127.0.0.1:{self.site.port}/shop", timeout: 1s}}\n'
        self.write('2', 'page two', 'web')
        self.edit('web/control.sh', 'exit 0 ;;\nesac', f'cp page {self.site.directory}/shop ;;\nesac')
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertIn('1 to update', printed)
        self.apply()
        self.assertEqual(self.versions(), [('1', 'ok'), ('2', 'ok')])

    def test_ones_own_failure_is_nobody_elses_doing(self):
        self.write('1', 'page one')
        self.apply()
        self.write('2', 'page two', fail=True)
        self.apply(1)
        self.assertIn('status: 3 -> ok (how the last attempt ended)', self.run_muster('plan')[1])
        self.assertEqual(self.run_muster('drift')[0], 0)

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
    def deployed_by_hand(self, project='web', version='1'):
        status, deployment, _ = self.ipd.upload(project, tar_of(daemon.well), version=version)
        self.assertEqual(status, 200)
        return self.ipd.await_end(project, deployment)

    def test_what_runs_becomes_manifests_and_is_adopted_without_being_deployed(self):
        for project, version in (('web', '1.4'), ('My_App', 'x')):
            self.assertEqual(self.deployed_by_hand(project, version), 'ok')
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

    def test_a_fleet_that_is_there_stays_the_only_one(self):
        self.assertEqual(self.deployed_by_hand(), 'ok')
        os.mkdir(self.fleet + '/imported')
        with open(self.fleet + '/imported/all.yml', 'w', encoding='ascii') as out:
            out.write(f'{{"apiVersion": "muster/v1", "kind": "Fleet", metadata: {{name: shop}}, spec: {{uid: "{self.uid}"}}}}\n')
        code, printed = self.run_muster('import', 'ipd', f'http://127.0.0.1:{self.port}/deploy', '-o', 'imported')
        self.assertEqual(code, 0, printed)
        self.assertFalse(os.path.exists(self.fleet + '/imported/fleet.yaml'))

    def test_a_wrong_address_or_token_is_told(self):
        url = f'http://127.0.0.1:{self.port}'
        for words, token, told in (([], ADMIN, 'takes the address of one server'), (['deploy.example.com'], ADMIN, 'is no address'),
                                   ([url], ADMIN, "ends in the server's API_ROOT"), ([url + '/deploy'], 'wrong', 'knows no such token'),
                                   ([url + '/deploy'], ADMIN, 'tells of no project')):
            code, printed = self.run_muster('import', 'ipd', *words, token=token)
            self.assertIn(code, (1, 3), printed)
            self.assertIn(told, printed)


class SameServer(Case):
    def test_two_names_of_one_server_do_not_take_from_each_other(self):
        self.write('1', 'page one', 'web')
        self.apply()
        self.write('1', 'the shop', 'shop')
        self.edit('shop.yaml', 'server: here', 'server: there')
        server = ('---\napiVersion: muster/v1\nkind: IpdServer\nmetadata: {name: there}\n'
                  f'spec: {{url: "http://localhost:{self.port}/deploy", token: {{env: IPD_TOKEN}}}}\n')
        with open(self.fleet + '/there.yaml', 'w', encoding='utf-8') as out:
            out.write(server)
        code, printed = self.run_muster('plan')
        self.assertIn('1 to create', printed)
        self.assertNotIn('delete', printed)
        self.apply()
        self.assert_nothing_to_do()
        self.assertEqual(len(self.deployments()), 1)
        with open(self.fleet + '/there.yaml', 'w', encoding='utf-8') as out:
            out.write(server.replace('localhost', '127.0.0.1'))
        self.assert_bad_input('validate', 'IpdServer/here is the same server')

    def test_a_server_that_comes_to_be_called_otherwise_keeps_what_it_has(self):
        self.write('1', 'page one', 'web')
        self.apply()
        self.edit('fleet.yaml', 'name: here', 'name: there')
        self.edit('web.yaml', 'server: here', 'server: there')
        self.assert_nothing_to_do()


class Others(Case):
    def test_what_others_look_after_is_left_alone_until_it_is_adopted(self):
        theirs = self.directory + '/theirs'
        os.mkdir(theirs)
        self.write('9', 'theirs', fleet=theirs, uid=os.urandom(16).hex())
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


if __name__ == '__main__':
    deploying.muster = os.path.abspath(sys.argv.pop(2))
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
