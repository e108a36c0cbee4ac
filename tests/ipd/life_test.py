#!/usr/bin/python3
"""How the daemon begins, ends, is killed, and gets along with its disk and with systemd.

Usage: life_test.py IPD"""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import Case, Held, tar_of, until, well  # noqa: E402


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

    def test_a_second_one_on_the_same_files_touches_nothing(self):
        first = daemon.Daemon(daemon.program)
        self.addCleanup(first.remove)
        held = Held(first.directory)
        deployment = first.upload(package=tar_of(held.deploy))[1]
        held.await_begun()
        for settings in ({'UPLOAD_DIR': first.uploads}, {'DATABASE': first.directory + '/ipd.db'}):
            said = self.refused(**settings)
            self.assertIn('error: another ipd works there: it holds ' + next(iter(settings.values())), said)
        held.let_go()
        self.assertEqual(first.await_end('web', deployment), 'ok')

    def test_half_of_what_tls_needs(self):
        self.assertIn("TLS_KEY is '/key.pem', not of use without TLS_CERTIFICATE", self.refused(TLS_KEY='/key.pem'))
        self.assertIn('not of use without TLS_KEY', self.refused(TLS_CERTIFICATE='/certificate.pem'))

    def test_a_key_that_is_none(self):
        with tempfile.NamedTemporaryFile('w') as text:
            text.write('no key')
            text.flush()
            said = self.refused(TLS_CERTIFICATE=text.name, TLS_KEY=text.name)
        self.assertIn('error: cannot use this TLS certificate and key\nhint:  see that TLS_CERTIFICATE', said)


class Defaults(Case):
    settings = {'DATABASE': ''}

    def test_the_database_lies_with_the_uploads(self):
        self.assertEqual(self.deployed(tar_of(well))[0], 'ok')
        self.assertTrue(os.path.exists(self.ipd.uploads + '/ipd.db'))


class Life(Case):
    settings = {'CONCURRENT': 1, 'SHUTDOWN_TIMEOUT': 1}

    def test_what_was_being_cancelled_when_the_daemon_was_killed_is_cancelled(self):
        held = Held(self.ipd.directory)
        deployment = self.ipd.upload(package=tar_of(held.deploy))[1]
        held.await_begun()
        self.ipd.kill()
        # Between a DELETE and the end of the script there are milliseconds: this is what a kill leaves then.
        with contextlib.closing(sqlite3.connect(self.ipd.directory + '/ipd.db')) as database, database:
            database.execute('INSERT INTO cancelling VALUES (?)', (deployment,))
        self.ipd.start()
        self.assertEqual(self.ipd.await_end('web', deployment), 'cancelled')
        self.assert_files([])

    def test_what_ran_when_the_daemon_was_killed_runs_again_and_what_waited_still_waits(self):
        held = Held(self.ipd.directory)
        running = self.ipd.upload('one', tar_of(held.deploy))[1]
        held.await_begun()
        waiting = self.ipd.upload('two', tar_of(well))[1]
        self.ipd.kill()
        open(self.ipd.uploads + '/mine', 'w').close()
        open(self.ipd.uploads + '/image.00000000-0000-4000-8000-000000000000', 'w').close()
        held.let_go()
        self.ipd.start()
        self.assertEqual(self.ipd.await_end('one', running), 'ok')
        self.assertEqual(self.ipd.await_end('two', waiting), 'ok')
        self.assertEqual(held.times(), 2)
        self.assertEqual(json.loads(self.ipd.get('/info/one'))['newest']['interruptions'], 1)
        self.assert_files(['mine'])

    def test_results_outlive_the_daemon(self):
        _, _, deployment = self.deployed(tar_of('#!/bin/sh\nexit 3\n'))
        self.assertEqual(self.ipd.end(), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.get('/status/web/' + deployment), '3')
        self.assertEqual(self.ipd.get('/list'), 'web')

    def test_sigterm_leaves_what_takes_longer_to_the_next_start(self):
        held = Held(self.ipd.directory)
        deployment = self.ipd.upload(package=tar_of(held.deploy))[1]
        held.await_begun()
        self.assertEqual(self.ipd.end(), 0)
        held.let_go()
        self.ipd.start()
        self.assertEqual(self.ipd.await_end('web', deployment), 'ok')
        self.assertEqual(held.times(), 2)


class Poison(Case):
    settings = {'MAX_INTERRUPTIONS': 2}

    def test_what_ends_the_daemon_each_time_is_given_up(self):
        deployment = self.ipd.upload(package=tar_of('#!/bin/sh\nkill -9 $PPID\nsleep 60\n'))[1]
        for _ in range(3):
            self.ipd.process.wait(30)
            self.ipd.start()
        self.assertEqual(self.ipd.await_end('web', deployment), 'err')
        newest = json.loads(self.ipd.get('/info/web'))['newest']
        self.assertEqual((newest['state'], newest['interruptions']), (105, 3))
        self.assertIn('it ran 3 times, and the daemon or the machine ended in the middle of each', newest['words'])
        self.assertEqual(self.deployed(tar_of(well))[0], 'ok')


class Patience(Case):
    settings = {'SHUTDOWN_TIMEOUT': 60}

    def test_sigterm_waits_for_what_runs(self):
        held = Held(self.ipd.directory)
        deployment = self.ipd.upload(package=tar_of(held.deploy))[1]
        held.await_begun()
        self.ipd.process.send_signal(signal.SIGTERM)
        until(lambda: 'waits up to 60 s' in self.ipd.said(), 'it waits for what runs')
        held.let_go()
        self.assertEqual(self.ipd.process.wait(30), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.get('/status/web/' + deployment), 'ok')
        self.assertEqual(held.times(), 1)


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


class Connections(Case):
    def test_one_address_does_not_shut_others_out(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        enough = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            idle = socket.create_connection(('127.0.0.1', self.ipd.port), timeout=20)
            self.addCleanup(idle.close)
        with socket.create_connection(('127.0.0.1', self.ipd.port), timeout=20) as refused:
            self.assertEqual(refused.recv(1), b'')
        with socket.create_connection(('127.0.0.1', self.ipd.port), 20, ('127.0.0.2', 0)) as other:
            other.sendall(b'GET /deploy/health HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
            self.assertEqual(other.makefile('rb').readline(), b'HTTP/1.1 200 OK\r\n')


class Disk(Case):
    settings = {'KEEP_FREE': 1 << 49}

    def test_an_upload_that_leaves_too_little_free_is_refused_and_leaves_nothing(self):
        status, body, headers = self.ipd.upload(package=tar_of(well))
        self.assertEqual((status, body), (507, 'err'))
        self.assertIn('would stay free on the disk', headers['Ipd-Reason'])
        self.assert_files([])
        self.assertEqual(self.ipd.get('/list'), '')


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
