#!/usr/bin/python3
"""What clients of the original daemon see of ours: tokens, paths, words, numbers, and how scripts are called.

Usage: surface_test.py IPD"""

import hashlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import sys
import tarfile
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import ADMIN, LIMITED, USER, Case, form, sha256, tar_of, well  # noqa: E402


class Tokens(Case):
    def test_the_bare_token_is_the_secret(self):
        for token, expected in ((None, 401), ('wrong', 401), ('Bearer ' + ADMIN, 401), (ADMIN, 200), (USER, 200)):
            self.assertEqual(self.ipd.ask('GET', '/status/web', token)[0], expected, token)

    def test_some_paths_take_an_admin_and_some_nobody(self):
        for path in ('/list', '/stat', '/metrics'):
            self.assertEqual(self.ipd.ask('GET', path, USER)[0], 403)
            self.assertEqual(self.ipd.ask('GET', path, ADMIN)[0], 200)
        self.assertEqual(self.ipd.ask('GET', '', None)[:2], (200, 'Image push & Deploy\n'))
        self.assertEqual(self.ipd.ask('GET', '/health', None)[:2], (200, 'ok\n'))
        self.assertEqual(self.ipd.ask('GET', '/', ADMIN)[0], 404)

    def test_a_user_of_some_projects_touches_no_other(self):
        self.assertEqual(self.ipd.upload(package=tar_of(well), token=LIMITED)[0], 200)
        self.assertEqual(self.ipd.upload('other', tar_of(well), token=LIMITED)[0], 403)
        self.assertEqual(self.ipd.ask('GET', '/status/other', LIMITED)[0], 403)

    def test_who_guesses_waits(self):
        answers = [self.ipd.ask('GET', '/status/web', f'guess {i}')[0] for i in range(25)]
        self.assertEqual(answers.count(429), 5)
        self.assertEqual(self.ipd.ask('GET', '/health', None)[0], 200)

    def test_an_admin_reads_who_did_what(self):
        _, _, deployment = self.deployed(tar_of(well))
        self.ipd.upload(project='..', package=tar_of(well))
        self.ipd.ask('POST', '/owner/web', ADMIN, *self.owner_form())
        entries = json.loads(self.ipd.get('/audit'))
        self.assertEqual([(one['user'], one['action'], one['subject'], one['outcome'][:17]) for one in entries],
                         [('root', 'owner', 'web', 'somebody'), ('bob', 'upload', '', 'refused: project '),
                          ('bob', 'upload', 'web', 'accepted as ' + deployment[:5])])
        self.assertEqual(self.ipd.ask('GET', '/audit', USER)[0], 403)

    @staticmethod
    def owner_form():
        body, kind = form([('owner', None, b'somebody')])
        return body, {'Content-Type': kind}

    def test_users_are_read_anew_on_sighup(self):
        with open(self.ipd.directory + '/users.txt', 'w') as out:
            out.write(f'USER:new:{sha256("another-fake-token")}\n')
        self.assertEqual(self.ipd.ask('GET', '/status/web', 'another-fake-token')[0], 401)
        self.ipd.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while 'the users are read anew' not in self.ipd.said() and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(self.ipd.ask('GET', '/status/web', 'another-fake-token')[0], 200)
        self.assertEqual(self.ipd.ask('GET', '/status/web', USER)[0], 401)


class Paths(Case):
    settings = {'MAX_UPLOAD_SIZE': 100_000}

    def test_what_is_known_is_told_in_the_original_s_form(self):
        self.assertEqual(self.ipd.get('/list'), '')
        self.assertEqual(self.ipd.get('/stat'), '{"projects":0,"queue":0,"uploads":0}\n')
        self.assertEqual(self.ipd.get('/info/web'), 'no')
        self.assertEqual(self.ipd.get('/info'), 'no')
        self.assertEqual(self.ipd.get('/status/web'), 'no')
        self.deployed(tar_of(well), version='7')
        self.deployed(tar_of(well), project='shop')
        self.assertEqual(self.ipd.get('/list'), 'shop\nweb')
        self.assertEqual(self.ipd.get('/stat'), '{"projects":2,"queue":0,"uploads":2}\n')
        info = json.loads(self.ipd.get('/info/web'))
        self.assertEqual((info['start_count'], info['processed'], info['state']), (1, 8, 4))
        self.assertLess(abs(info['start'] - time.time()), 60)
        self.assertNotIn('version', info)
        self.assertEqual(info['deployed']['version'], '7')
        self.assertIn('ipd_uploads_total 2\n', self.ipd.get('/metrics'))

    def test_a_wrong_upload_is_refused_and_leaves_nothing(self):
        package = tar_of(well)
        wrong = [dict(project=None), dict(project=''), dict(project='../x'), dict(project='a/b'), dict(project='x' * 65),
                 dict(image=None), dict(image_name=''), dict(image_name='image.zip'), dict(package=None),
                 dict(exit_codes='other'), dict(headers={'Idempotency-Key': 'x' * 129})]
        for arguments in wrong:
            status, body, headers = self.ipd.upload(**{'package': package, **arguments})
            self.assertEqual((status, body), (400, 'err'), arguments)
            self.assertTrue(headers['Ipd-Reason'], arguments)
        body, kind = form([('project', None, b'web'), ('image', 'i.tar', b'i'), ('package', '-', package)])
        for cut in (body[:-10], body[:200], b'', b'nonsense'):
            self.assertEqual(self.ipd.ask('POST', '/upload', USER, cut, {'Content-Type': kind})[:2], (400, 'err'))
        self.assertEqual(self.ipd.ask('POST', '/upload', USER, body, {'Content-Type': 'text/plain'})[:2], (400, 'err'))
        self.assert_files([])
        self.assertEqual(self.ipd.get('/stat'), '{"projects":0,"queue":0,"uploads":0}\n')

    def test_a_connection_carries_one_request_after_another(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.ipd.port, timeout=20)
        self.addCleanup(connection.close)
        body, kind = form([('project', None, b'web'), ('package', '-', tar_of(well)), ('image', 'i.tar', b'x')])
        for method, path, content in (('GET', '/list', None), ('GET', '/status/web', None), ('POST', '/upload', body),
                                      ('DELETE', '/status/web/none', None), ('GET', '/stat', None)):
            connection.request(method, '/deploy' + path, content, {'Authorization': ADMIN, 'Content-Type': kind})
            connection.getresponse().read()
            self.assertIsNotNone(connection.sock, (method, path))

    def test_too_much_is_refused_declared_or_not(self):
        self.assertEqual(self.ipd.upload(package=tar_of(well), image=b'x' * 300_000)[:2], (413, 'err'))
        body, kind = form([('project', None, b'web'), ('package', '-', tar_of(well)), ('image', 'i.tar', b'x' * 300_000)])
        chunks = (body[at:at + 5000] for at in range(0, len(body), 5000))
        self.assertEqual(self.ipd.ask('POST', '/upload', USER, chunks, {'Content-Type': kind})[:2], (413, 'err'))
        self.assert_files([])

    def test_the_same_key_is_the_same_deployment_while_that_is_open(self):
        slow = tar_of('#!/bin/sh\n[ $1 = deploy ] && sleep 1\nexit 1\n')
        first = self.ipd.upload(package=slow, headers={'Idempotency-Key': 'one'})[1]
        self.assertEqual(self.ipd.upload(package=slow, headers={'Idempotency-Key': 'one'})[1], first)
        self.assertEqual(self.ipd.await_end('web', first), 'ok')
        self.assertNotEqual(self.ipd.upload(package=slow, headers={'Idempotency-Key': 'one'})[1], first)

    def test_the_file_name_of_an_image_leads_nowhere(self):
        script = '#!/bin/sh\nls -A\nexit 1\n'
        _, _, deployment = self.deployed(tar_of(script), image_name='../../../tmp/evil.tar')
        self.assertEqual(self.ipd.get(f'/output/web/{deployment}').splitlines()[:2], ['control.sh', 'evil.tar'])
        self.assert_files([])


class Again(Case):
    """What was deployed can be deployed again without being sent."""

    def again(self, package, image, token=USER, project='web', **texts):
        body, kind = form([('project', None, project.encode()), ('image_name', None, b'image.tar.gz'),
                           ('image_sha256', None, image.encode()), ('package_sha256', None, package.encode()),
                           *((name, None, text.encode()) for name, text in texts.items())])
        return self.ipd.ask('POST', '/upload', token, body, {'Content-Type': kind})

    def test_what_was_deployed_last_and_before_is_kept_and_nothing_else(self):
        script = '#!/bin/sh\ncat image.tar.gz what\nexit 1\n'
        packages = [tar_of(script, members=[(tarfile.TarInfo('what'), str(i).encode())]) for i in range(4)]
        for package in packages:
            self.assertEqual(self.deployed(package, image=b'the image')[0], 'ok')
        digests = [hashlib.sha256(package).hexdigest() for package in packages]
        image = sha256('the image')
        self.assert_files(sorted([image, *digests[2:]]), kept=True)
        status, before, _ = self.again(digests[2], image, version='before')
        self.assertEqual((status, self.ipd.await_end('web', before)), (200, 'ok'))
        self.assertEqual(self.ipd.get(f'/output/web/{before}'), 'the image2' * 2)
        running = json.loads(self.ipd.get('/info/web'))['deployed']
        self.assertEqual((running['version'], running['package_sha256']), ('before', digests[2]))
        status, body, headers = self.again(digests[0], image)
        self.assertEqual((status, body, headers['Ipd-Missing']), (409, 'err', 'package'))
        status, body, headers = self.again('0' * 64, '../../etc/passwd')
        self.assertEqual((status, headers['Ipd-Missing']), (409, 'package, image'))
        self.assert_files([])
        self.ipd.kill()
        self.ipd.start()
        self.assertEqual(self.again(digests[3], image)[0], 200)

    def test_what_a_script_has_written_to_is_kept_no_longer(self):
        package = tar_of('#!/bin/sh\n[ $1 = deploy ] && echo more >> image.tar.gz\nexit 1\n')
        self.deployed(package, image=b'the image')
        _, _, headers = self.again(hashlib.sha256(package).hexdigest(), sha256('the image'))
        self.assertEqual(headers['Ipd-Missing'], 'image')
        self.assert_files([hashlib.sha256(package).hexdigest()], kept=True)

    def test_what_is_kept_of_another_project_is_for_those_who_may_touch_that(self):
        theirs, shared = tar_of(well), tar_of('#!/bin/sh\nexit 1 # shared\n')
        self.assertEqual(self.deployed(theirs, project='private', image=b'secret')[0], 'ok')
        self.assertEqual(self.deployed(shared, project='shop', image=b'known')[0], 'ok')
        digests = {text: hashlib.sha256(text).hexdigest() for text in (theirs, shared)}
        status, _, headers = self.again(digests[theirs], sha256('secret'), LIMITED)
        self.assertEqual((status, headers['Ipd-Missing']), (409, 'package, image'))
        self.assertEqual(self.again(digests[shared], sha256('known'), LIMITED)[0], 200)
        self.assertEqual(self.again(digests[theirs], sha256('secret'), USER)[0], 200)

    def test_a_failure_is_not_kept(self):
        self.deployed(tar_of('#!/bin/sh\nexit 7\n'))
        self.assert_files([], kept=True)


class Disk(Case):
    settings = {'KEEP_FREE': 1 << 49}

    def test_an_upload_that_leaves_too_little_free_is_refused_and_leaves_nothing(self):
        status, body, headers = self.ipd.upload(package=tar_of(well))
        self.assertEqual((status, body), (507, 'err'))
        self.assertIn('would stay free on the disk', headers['Ipd-Reason'])
        self.assert_files([])
        self.assertEqual(self.ipd.get('/list'), '')


class Owner(Case):
    def owner(self):
        return json.loads(self.ipd.get('/info/web')).get('owner')

    def set_owner(self, words, project='web', token=USER):
        body, kind = form([('owner', None, words.encode())])
        return self.ipd.ask('POST', '/owner/' + project, token, body, {'Content-Type': kind})[:2]

    def test_who_looks_after_a_project_is_told_and_stays_when_others_upload(self):
        self.deployed(tar_of(well))
        self.assertIsNone(self.owner())
        self.deployed(tar_of(well), owner='somebody')
        self.deployed(tar_of(well))
        self.assertEqual(self.owner(), 'somebody')
        self.assertEqual(self.set_owner('somebody else'), (200, 'ok'))
        self.assertEqual(self.owner(), 'somebody else')
        self.assertEqual(self.set_owner('x' * 2000), (400, 'err'))
        body, kind = form([('owner', None, b'\xff')])
        self.assertEqual(self.ipd.ask('POST', '/owner/web', USER, body, {'Content-Type': kind})[0], 200)
        self.assertEqual(json.loads(self.ipd.get('/projects'))['web']['owner'], '\ufffd')
        self.set_owner('somebody else')
        self.assertEqual(self.set_owner('x', 'unknown'), (404, 'no'))
        self.deployed(tar_of(well), project='other')
        self.assertEqual(self.set_owner('x', 'other', LIMITED)[0], 403)
        self.ipd.kill()
        self.ipd.start()
        self.assertEqual(self.owner(), 'somebody else')


class Words(Case):
    settings = {'CONCURRENT': 1}

    def slow(self, seconds=0.6):
        return tar_of(f'#!/bin/sh\n[ $1 = deploy ] && sleep {seconds}\nexit 1\n')

    def test_newest_of_a_project_wins_and_nothing_accepted_is_lost(self):
        running = self.ipd.upload(package=self.slow())[1]
        while self.ipd.get('/status/web/' + running) != 'active':
            time.sleep(0.01)
        older = self.ipd.upload(package=self.slow(0))[1]
        self.assertEqual(self.ipd.get('/status/web/' + older), 'await')
        newest = self.ipd.upload(package=self.slow(0))[1]
        self.assertEqual(self.ipd.get('/status/web/' + older), 'changed')
        self.assertEqual(self.ipd.get('/status/web/' + newest), 'await')
        self.assertEqual(self.ipd.get('/status/web'), 'await')
        self.assertEqual(self.ipd.await_end('web', running), 'ok')
        self.assertEqual(self.ipd.await_end('web', newest), 'ok')
        self.assertEqual(self.ipd.get('/status/web/' + older), 'changed')
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['start_count'], 2)
        self.assert_files([])

    def test_the_last_that_came_goes_first(self):
        first = self.ipd.upload('one', self.slow())[1]
        while self.ipd.get('/status/one/' + first) != 'active':
            time.sleep(0.01)
        second, third = self.ipd.upload('two', self.slow(0))[1], self.ipd.upload('three', self.slow(0))[1]
        self.ipd.await_end('two', second)
        self.assertEqual(self.ipd.get('/status/three/' + third), 'ok')

    def test_an_unknown_id_is_no(self):
        _, _, deployment = self.deployed(self.slow(0))
        self.assertEqual(self.ipd.get('/status/web/00000000-0000-4000-8000-000000000000'), 'no')
        self.assertEqual(self.ipd.get('/status/other/' + deployment), 'no')

    def test_what_waits_or_runs_can_be_cancelled(self):
        running = self.ipd.upload('one', self.slow(60))[1]
        while self.ipd.get('/status/one/' + running) != 'active':
            time.sleep(0.01)
        waiting = self.ipd.upload('two', self.slow(0))[1]
        self.assertEqual(self.ipd.ask('DELETE', '/status/two/' + waiting, USER)[:2], (200, 'ok'))
        self.assertEqual(self.ipd.get('/status/two/' + waiting), 'cancelled')
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running, USER)[:2], (202, 'ok'))
        self.assertEqual(self.ipd.await_end('one', running), 'cancelled')
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running, USER)[:2], (409, 'cancelled'))
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running[::-1], USER)[:2], (404, 'no'))
        self.assert_files([])


class Scripts(Case):
    settings = {'CHECK_TIMEOUT': 2, 'PREPARE_TIMEOUT': 2, 'DEPLOY_TIMEOUT': 2}

    def test_every_combination_of_exit_codes(self):
        for codes, success in (('legacy', 1), ('usual', 0)):
            for check in (0, 1, 2):
                for prepare in (0, 1, 2):
                    for deploy in (0, 1, 7):
                        script = ('#!/bin/sh\necho $1\ncase $1 in check) exit %d;; prepare) exit %d;; '
                                  'deploy) exit %d;; esac\n' % (check, prepare, deploy))
                        prepares = check != success
                        if prepares and prepare == 2:
                            expected = ('2', 104, ['check', 'prepare'])
                        elif deploy == success:
                            expected = ('ok', 4, ['check', 'prepare', 'deploy'] if prepares else ['check', 'deploy'])
                        else:
                            expected = (str(deploy), 105,
                                        ['check', 'prepare', 'deploy'] if prepares else ['check', 'deploy'])
                        word, state, deployment = self.deployed(tar_of(script), exit_codes=codes)
                        ran = self.ipd.get('/output/web/' + deployment).split()
                        self.assertEqual((word, state, ran), expected, (codes, check, prepare, deploy))

    def test_a_script_that_exits_0_is_told_why_that_is_a_failure(self):
        self.deployed(tar_of('#!/bin/sh\nexit 0\n'))
        self.assertIn('IPD takes 1 for success', json.loads(self.ipd.get('/info/web'))['newest']['words'])

    def test_environment_and_folder_are_exactly_what_was_promised(self):
        script = ('#!/usr/bin/python3\nimport json, os, sys\n'
                  'print(json.dumps([sorted(os.environ), os.getcwd(), sys.argv[1:]]))\nsys.exit(1)\n')
        _, _, deployment = self.deployed(tar_of(script))
        folder = f'{os.path.realpath(self.ipd.uploads)}/web-{deployment}'
        variables, where, arguments = json.loads(self.ipd.get('/output/web/' + deployment).splitlines()[0])
        # LC_CTYPE is Python's own doing.
        self.assertEqual([name for name in variables if name != 'LC_CTYPE'], ['DEPLOY', 'PATH', 'PROJECT'])
        self.assertEqual((where, arguments), (folder, ['check']))

    def test_a_script_that_is_not_there_or_cannot_run_is_106(self):
        for package in (tar_of(), tar_of(well, mode=0o644), tar_of('#!/no/such/shell\n'), tar_of('no script at all')):
            word, state, _ = self.deployed(package)
            self.assertEqual((word, state), ('err', 106))

    def test_over_its_time_the_whole_group_is_killed(self):
        for action, state in (('check', 1031), ('prepare', 1032), ('deploy', 1033)):
            pulse = f'{self.ipd.directory}/{action}.pulse'
            before = 1 if action == 'deploy' else 0
            script = (f'#!/bin/sh\n[ $1 = {action} ] || exit {before}\n'
                      f'while :; do echo x >> {pulse}; sleep 0.05; done &\nsleep 600\n')
            self.assertEqual(self.deployed(tar_of(script))[:2], ('err', state))
            beats = os.path.getsize(pulse)
            self.assertGreater(beats, 0)
            time.sleep(0.3)
            self.assertEqual(os.path.getsize(pulse), beats)

    def test_a_signal_is_told_as_shells_do(self):
        self.assertEqual(self.deployed(tar_of('#!/bin/sh\n[ $1 = deploy ] && kill -9 $$\nexit 1\n'))[:2], ('137', 105))

    def test_what_a_script_leaves_running_goes_on_and_holds_nothing(self):
        mark = self.ipd.directory + '/service'
        go_on = self.ipd.directory + '/go-on'
        script = (f'#!/bin/sh\n[ $1 = deploy ] && (while [ ! -e {go_on} ]; do sleep 0.05; done; touch {mark}) &\n'
                  'exit 1\n')
        self.assertEqual(self.deployed(tar_of(script))[0], 'ok')
        open(go_on, 'w').close()
        end = time.monotonic() + 10
        while not os.path.exists(mark) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertTrue(os.path.exists(mark))


class Packages(Case):
    settings = {'MAX_UNPACKED_SIZE': 1_000_000}

    def member(self, name, kind=tarfile.REGTYPE, link='', mode=0o644):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, link, mode
        return info

    def test_nothing_leaves_the_folder(self):
        outside = self.ipd.directory + '/outside'
        os.mkdir(outside)
        plain, link, hard = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        hostile = [
            [self.member('../evil')], [self.member('/evil')], [self.member('a/../../evil')],
            [self.member('link', link, '..')], [self.member('link', link, outside)], [self.member('link', link, '/')],
            [self.member('d', tarfile.DIRTYPE, mode=0o755), self.member('d/link', link, '../..')],
            [self.member('b', link, '.'), self.member('a', link, 'b/..'), self.member('a/evil')],
            [self.member('hard', hard, '../../users.txt')], [self.member('hard', hard, '/etc/passwd')],
            [self.member('pipe', tarfile.FIFOTYPE)], [self.member('disk', tarfile.BLKTYPE)],
        ]
        before = sorted(os.listdir(self.ipd.directory))
        for members in hostile:
            names = [member.name for member in members]
            word, state, _ = self.deployed(tar_of(well, members=[(member, b'') for member in members]))
            self.assertEqual((word, state), ('err', 103), names)
            self.assertEqual(os.listdir(outside), [], names)
        self.assertEqual(sorted(os.listdir(self.ipd.directory)), before)
        self.assert_files([])

    def test_a_link_that_is_replaced_by_a_file_is_not_followed(self):
        members = [(self.member('inner', tarfile.DIRTYPE, mode=0o755), b''), (self.member('way', tarfile.SYMTYPE, 'inner'), b''),
                   (self.member('way/file'), b'x')]
        script = '#!/bin/sh\nfind . -name file\nexit 1\n'
        _, state, deployment = self.deployed(tar_of(script, members=members))
        self.assertEqual(state, 4)
        self.assertIn(self.ipd.get('/output/web/' + deployment).split()[0], ('./way/file', './inner/file'))

    def test_a_bomb_is_cut_and_a_broken_archive_is_none(self):
        bomb = io.BytesIO()
        with tarfile.open(fileobj=bomb, mode='w:gz') as tar:
            info = tarfile.TarInfo('zeros')
            info.size = 50_000_000
            tar.addfile(info, io.BytesIO(bytes(info.size)))
        for package in (bomb.getvalue(), b'no tar', tar_of(well)[:600] + b'\xff' * 600, b'\x1f\x8b' + b'x' * 100):
            self.assertEqual(self.deployed(package)[:2], ('err', 103))
        self.assert_files([])

    def test_every_compression_unpacks(self):
        for mode in ('w', 'w:gz', 'w:bz2', 'w:xz'):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode=mode) as tar:
                info = tarfile.TarInfo('./control.sh')
                info.size, info.mode = len(well), 0o755
                tar.addfile(info, io.BytesIO(well.encode()))
            self.assertEqual(self.deployed(out.getvalue())[0], 'ok', mode)

    def test_a_folder_that_its_owner_may_not_write_is_removed_all_the_same(self):
        script = '#!/bin/sh\n[ $1 = deploy ] && mkdir -p a/b && touch a/b/c && chmod 0 a/b a\nexit 1\n'
        self.assertEqual(self.deployed(tar_of(script))[0], 'ok')
        self.assert_files([])


class Life(Case):
    settings = {'CONCURRENT': 1, 'SHUTDOWN_TIMEOUT': 1}

    def test_what_ran_when_the_daemon_was_killed_runs_again_and_what_waited_still_waits(self):
        count = self.ipd.directory + '/count'
        script = f'#!/bin/sh\n[ $1 = deploy ] && echo x >> {count} && sleep 2\nexit 1\n'
        running = self.ipd.upload('one', tar_of(script))[1]
        while not os.path.exists(count):
            time.sleep(0.01)
        waiting = self.ipd.upload('two', tar_of(well))[1]
        self.ipd.kill()
        open(self.ipd.uploads + '/mine', 'w').close()
        open(self.ipd.uploads + '/image.00000000-0000-4000-8000-000000000000', 'w').close()
        self.ipd.start()
        self.assertEqual(self.ipd.await_end('one', running), 'ok')
        self.assertEqual(self.ipd.await_end('two', waiting), 'ok')
        with open(count) as out:
            self.assertEqual(len(out.read().split()), 2)
        self.assertEqual(json.loads(self.ipd.get('/info/one'))['newest']['interruptions'], 1)
        self.assert_files(['mine'])

    def test_results_outlive_the_daemon(self):
        _, _, deployment = self.deployed(tar_of('#!/bin/sh\nexit 3\n'))
        self.assertEqual(self.ipd.end(), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.get('/status/web/' + deployment), '3')
        self.assertEqual(self.ipd.get('/list'), 'web')

    def test_sigterm_waits_for_what_runs_then_leaves_it_to_the_next_start(self):
        quick = self.ipd.upload('one', tar_of('#!/bin/sh\n[ $1 = deploy ] && sleep 0.3\nexit 1\n'))[1]
        while self.ipd.get('/status/one/' + quick) != 'active':
            time.sleep(0.01)
        self.assertEqual(self.ipd.end(), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.get('/status/one/' + quick), 'ok')
        slow = self.ipd.upload('two', tar_of('#!/bin/sh\n[ $1 = deploy ] && [ ! -e ../mark ] && touch ../mark && sleep 60\n'
                                             'exit 1\n'))[1]
        while not os.path.exists(self.ipd.uploads + '/mark'):
            time.sleep(0.01)
        self.assertEqual(self.ipd.end(), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.await_end('two', slow), 'ok')


class Service(unittest.TestCase):
    """What systemd is told, by the protocol of sd_notify(3)."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix='ipd-notify-')
        self.addCleanup(shutil.rmtree, self.directory)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(20)
        self.socket.bind(self.directory + '/notify')
        self.ipd = daemon.Daemon(daemon.program, NOTIFY_SOCKET=self.directory + '/notify', WATCHDOG_USEC=200_000)
        self.addCleanup(self.ipd.remove)

    def told(self):
        return self.socket.recv(4096).decode().split('\n')[0]

    def test_it_is_ready_when_it_answers_alive_while_it_runs_and_says_when_it_ends(self):
        self.assertEqual(self.told(), 'READY=1')
        self.assertEqual(self.ipd.get('/health', None), 'ok\n')
        began = time.monotonic()
        for _ in range(3):
            self.assertEqual(self.told(), 'WATCHDOG=1')
        self.assertLess(time.monotonic() - began, 3 * 0.2 + 5)
        self.assertEqual(self.ipd.end(), 0)
        said = self.told()
        while said == 'WATCHDOG=1':
            said = self.told()
        self.assertEqual(said, 'STOPPING=1')


class Start(unittest.TestCase):
    """Settings that cannot be served: the reason and the way out, and no start."""

    def refused(self, **settings):
        with self.assertRaises(AssertionError) as refusal:
            daemon.Daemon(daemon.program, **settings)
        return str(refusal.exception)

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            said = self.refused(WEBPORT=taken.getsockname()[1])
        self.assertIn('Address already in use', said)
        self.assertIn('\nhint:  another program listens there', said)

    def test_a_key_that_is_none(self):
        with tempfile.NamedTemporaryFile('w') as text:
            text.write('no key')
            text.flush()
            said = self.refused(TLS_CERTIFICATE=text.name, TLS_KEY=text.name)
        self.assertIn('error: cannot use this TLS certificate and key\nhint:  see that TLS_CERTIFICATE', said)


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
