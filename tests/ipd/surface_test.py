#!/usr/bin/python3
"""What clients of the original daemon see of ours: tokens, paths, words and numbers; and what ours offers beside.

Usage: surface_test.py IPD"""

import concurrent.futures
import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import ADMIN, Case, Held, LIMITED, USER, form, sha256, tar_of, until, well, zeros_form  # noqa: E402


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
        self.assertEqual(self.ipd.ask('GET', '/', None)[0], 404)

    def test_a_user_of_some_projects_touches_no_other(self):
        self.assertEqual(self.ipd.upload(package=tar_of(well), token=LIMITED)[0], 200)
        self.assertEqual(self.ipd.upload('other', tar_of(well), token=LIMITED)[0], 403)
        self.assertEqual(self.ipd.ask('GET', '/status/other', LIMITED)[0], 403)

    def add_user(self, name):
        """With an argon2id hash; the token is the name."""
        users = self.ipd.directory + '/users.txt'
        subprocess.run([daemon.program, 'user', 'add', 'USER', name, '--token', name, '-f', users], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = self.ipd.said().count('the users are read anew')
        self.ipd.process.send_signal(signal.SIGHUP)
        until(lambda: self.ipd.said().count('the users are read anew') > before, 'the users are read anew')

    def test_who_guesses_many_at_once_waits_too_and_takes_no_memory(self):
        self.add_user('ann')
        self.assertEqual(self.ipd.ask('GET', '/status/web', 'ann')[0], 200)
        before = self.ipd.memory()
        with concurrent.futures.ThreadPoolExecutor(40) as guessers:
            answers = list(guessers.map(lambda i: self.ipd.ask('GET', '/status/web', f'guess {i}')[0], range(60)))
        self.assertLessEqual(answers.count(401), 20)
        self.assertEqual(answers.count(401) + answers.count(429) + answers.count(503), 60)
        # One argon2id at a time.
        self.assertLess(self.ipd.memory() - before, 40 << 20)

    def test_a_large_upload_as_the_first_request_of_a_user_takes_no_memory(self):
        """Measured is the most that was resident. Who comes for the first time costs argon2id's 64 MiB for a moment:
        small requests of others have told of these before. What bea's upload, with her coming for the first time, adds
        to that is measured, and by itself what it takes from when her files have begun to come until they are
        deployed."""
        for name in ('ann', 'bea'):
            self.add_user(name)
        for other in ('ann', ADMIN):
            self.assertEqual(self.ipd.ask('GET', '/status/web', other)[0], 200)
        small = self.ipd.memory()
        first, left = 0, 0
        pieces, length, kind = zeros_form('web', tar_of(well), 300 << 20)

        def body():
            nonlocal first, left
            for count, piece in enumerate(pieces):
                yield piece
                if count == 1:
                    until(self.ipd.files, 'the files come')
                    first = self.ipd.memory()
                    self.ipd.reset_memory()
                    left = self.ipd.memory()

        status, deployment, _ = self.ipd.ask('POST', '/upload', 'bea', body(),
                                             {'Content-Type': kind, 'Content-Length': str(length)})
        self.assertEqual((status, self.ipd.await_end('web', deployment, 120)), (200, 'ok'))
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['processed'], 300 << 20)
        self.assertLess(max(first, self.ipd.memory()) - small, 64 << 20)
        self.assertLess(left, small - (32 << 20))
        self.assertLess(self.ipd.memory() - left, 64 << 20)

    def test_a_project_that_comes_first_is_checked_before_a_byte_is_stored(self):
        for project, token, expected in (('../web', USER, 400), ('other', LIMITED, 403)):
            pieces, length, kind = zeros_form(project, tar_of(well), 4 << 20)
            connection = http.client.HTTPConnection('127.0.0.1', self.ipd.port, timeout=60)
            self.addCleanup(connection.close)
            connection.putrequest('POST', '/deploy/upload')
            for name, value in (('Authorization', token), ('Content-Type', kind), ('Content-Length', str(length))):
                connection.putheader(name, value)
            connection.endheaders()
            for count, piece in enumerate(pieces):
                connection.send(piece)
                if count > 8:
                    self.assertEqual(self.ipd.files(), [])
            self.assertEqual(connection.getresponse().status, expected)

    def test_one_key_sent_many_times_at_once_is_one_deployment(self):
        slow = tar_of(Held(self.ipd.directory).deploy)
        with concurrent.futures.ThreadPoolExecutor(12) as senders:
            ids = list(senders.map(lambda _: self.ipd.upload(package=slow, headers={'Idempotency-Key': 'k'})[1], range(12)))
        self.assertEqual(len(set(ids)), 1)
        self.assertEqual(len(json.loads(self.ipd.get('/history/web'))), 1)

    def test_who_was_right_before_does_not_wait_for_those_who_guess(self):
        self.assertEqual(self.ipd.ask('GET', '/status/web', USER)[0], 200)
        for i in range(25):
            self.ipd.ask('GET', '/status/web', f'guess {i}')
        self.assertEqual(self.ipd.ask('GET', '/status/web', USER)[0], 200)
        self.assertEqual(self.ipd.ask('GET', '/list', ADMIN)[0], 429)

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
                         [('root', 'owner', 'web', 'somebody'), ('bob', 'upload', '..', 'refused: project '),
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
        until(lambda: 'the users are read anew' in self.ipd.said(), 'the users are read anew')
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
        held = Held(self.ipd.directory)
        slow = tar_of(held.deploy)
        first = self.ipd.upload(package=slow, headers={'Idempotency-Key': 'one'})[1]
        self.assertEqual(self.ipd.upload(package=slow, headers={'Idempotency-Key': 'one'})[1], first)
        held.let_go()
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
        """Digests; of the package also the bytes."""
        sent = ('package', '-', package) if isinstance(package, bytes) else ('package_sha256', None, package.encode())
        body, kind = form([('project', None, project.encode()), ('image_name', None, b'image.tar.gz'),
                           ('image_sha256', None, image.encode()), sent,
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

    def test_what_another_script_has_written_to_meanwhile_is_not_run(self):
        self.assertEqual(self.deployed(tar_of(well), image=b'the image')[0], 'ok')
        before, after = Held(self.ipd.directory, 'before'), Held(self.ipd.directory, 'after')
        script = f'#!/bin/sh\n[ $1 = deploy ] || exit 1\n{before.here}\necho more >> image.tar.gz\n{after.here}\nexit 7\n'
        image = sha256('the image')
        status, writer, _ = self.again(tar_of(script), image)
        self.assertEqual(status, 200, writer)
        before.await_begun()
        status, waiting, _ = self.again(tar_of(well), image)
        self.assertEqual(status, 200, waiting)
        before.let_go()
        after.await_begun()
        # Found changed, it is kept no longer: nothing but its mark tells that the file was another's too.
        self.assertEqual(self.again(tar_of(well), image, project='shop')[0], 409)
        after.let_go()
        self.assertEqual(self.ipd.await_end('web', writer), '7')
        self.assertEqual(self.ipd.await_end('web', waiting), 'err')
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['state'], 102)

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

    def setUp(self):
        super().setUp()
        self.held = Held(self.ipd.directory)

    def held_one(self, project):
        """Its id; its script runs until it is let go."""
        deployment = self.ipd.upload(project, tar_of(self.held.deploy))[1]
        self.ipd.await_word(project, deployment, 'active')
        return deployment

    def test_newest_of_a_project_wins_and_nothing_accepted_is_lost(self):
        running = self.held_one('web')
        older = self.ipd.upload(package=tar_of(well))[1]
        self.assertEqual(self.ipd.get('/status/web/' + older), 'await')
        newest = self.ipd.upload(package=tar_of(well))[1]
        self.assertEqual(self.ipd.get('/status/web/' + older), 'changed')
        self.assertEqual(self.ipd.get('/status/web/' + newest), 'await')
        self.assertEqual(self.ipd.get('/status/web'), 'await')
        self.held.let_go()
        self.assertEqual(self.ipd.await_end('web', running), 'ok')
        self.assertEqual(self.ipd.await_end('web', newest), 'ok')
        self.assertEqual(self.ipd.get('/status/web/' + older), 'changed')
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['start_count'], 2)
        self.assert_files([])

    def test_the_last_that_came_goes_first(self):
        self.held_one('one')
        second, third = self.ipd.upload('two', tar_of(well))[1], self.ipd.upload('three', tar_of(well))[1]
        self.held.let_go()
        self.ipd.await_end('two', second)
        self.assertEqual(self.ipd.get('/status/three/' + third), 'ok')

    def test_an_unknown_id_is_no(self):
        _, _, deployment = self.deployed(tar_of(well))
        self.assertEqual(self.ipd.get('/status/web/00000000-0000-4000-8000-000000000000'), 'no')
        self.assertEqual(self.ipd.get('/status/other/' + deployment), 'no')

    def test_what_waits_or_runs_can_be_cancelled(self):
        running = self.held_one('one')
        waiting = self.ipd.upload('two', tar_of(well))[1]
        self.assertEqual(self.ipd.ask('DELETE', '/status/two/' + waiting, USER)[:2], (200, 'ok'))
        self.assertEqual(self.ipd.get('/status/two/' + waiting), 'cancelled')
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running, USER)[:2], (202, 'ok'))
        self.assertEqual(self.ipd.await_end('one', running), 'cancelled')
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running, USER)[:2], (409, 'cancelled'))
        self.assertEqual(self.ipd.ask('DELETE', '/status/one/' + running[::-1], USER)[:2], (404, 'no'))
        self.assert_files([])


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
