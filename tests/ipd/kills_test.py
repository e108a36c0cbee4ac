#!/usr/bin/python3
"""kill -9 of the daemon, and now and then SIGTERM, at random moments under load: every accepted upload ends in a state
that is true, and no file is left. 20 kills; with MUSTER_SOAK=1 200 kills with 200 uploads, and a row for ./test --soak's table.

Usage: kills_test.py IPD"""

import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import ADMIN, USER, Case, form, soak_row, tar_of  # noqa: E402

soak = os.environ.get('MUSTER_SOAK') == '1'
KILLS = 200 if soak else 20
UPLOADS = 200 if soak else 60
PROJECTS = [f'project-{n}' for n in range(10)]

# What is deployed says so outside of the daemon's folder, as a running program would; some fail with a number.
SCRIPT = '''#!/bin/sh
case $1 in
check) exit 1 ;;
deploy)
  sleep {pause}
  [ {code} = 1 ] || exit {code}
  echo "$DEPLOY" >> "{world}/$PROJECT.ran"
  cp number "{world}/$PROJECT.new.$DEPLOY" && mv "{world}/$PROJECT.new.$DEPLOY" "{world}/$PROJECT"
  exit 1 ;;
esac
'''


class Kills(Case):
    settings = {'CONCURRENT': 4, 'SHUTDOWN_TIMEOUT': 1, 'MAX_INTERRUPTIONS': 1_000_000}

    def setUp(self):
        super().setUp()
        self.random = self.dice()
        self.world = self.ipd.directory + '/world'
        os.mkdir(self.world)
        self.codes = {}     # by number of the upload: what its script exits with
        self.accepted = {}  # by number: its id
        self.faults = []
        self.lock = threading.Lock()
        self.kills = 0
        self.turn = threading.Condition()  # uploads go on as kills do, so that none hits an idle daemon

    def ask(self, method, path, token=ADMIN, body=None, headers=None):
        """Nothing when the daemon ended meanwhile."""
        try:
            return self.ipd.ask(method, path, token, body, headers)
        except (OSError, http.client.HTTPException):
            return None

    def upload(self, number, project, pause):
        """As a client that does not give up: the same key while it has no answer."""
        script = SCRIPT.format(pause=pause, code=self.codes[number], world=self.world)
        body, kind = form([('project', None, project.encode()), ('version', None, str(number).encode()),
                           ('package', '-', tar_of(script, members=[(daemon.tarfile.TarInfo('number'), b'%d\n' % number)])),
                           ('image', 'image.tar', os.urandom(2_000_000))])
        while True:
            answer = self.ask('POST', '/upload', USER, body, {'Content-Type': kind, 'Idempotency-Key': f'key-{number}'})
            if answer is not None and answer[0] == 200:
                with self.lock:
                    self.accepted[number] = answer[1]
                return
            if answer is not None and answer[0] != 503:
                with self.lock:
                    self.faults.append((number, answer[:2]))
                return
            time.sleep(0.02)

    def client(self, numbers):
        dice = random.Random(self.random.random())
        for number in numbers:
            with self.turn:
                self.turn.wait_for(lambda: self.kills * UPLOADS >= (number - 8) * KILLS)
            self.upload(number, dice.choice(PROJECTS), dice.choice((0, 0.05, 0.4)))

    def test_what_was_accepted_ends_in_a_true_state_and_leaves_nothing(self):
        for number in range(UPLOADS):
            self.codes[number] = self.random.choice((1, 1, 1, 7))
        clients = [threading.Thread(target=self.client, args=(range(n, UPLOADS, 8),)) for n in range(8)]
        for client in clients:
            client.start()
        began = time.monotonic()
        while self.kills < KILLS:
            time.sleep(self.random.random() * 0.4)
            if self.random.random() < 0.2:  # beside the kills: it is asked to end
                self.assertEqual(self.ipd.end(), 0)
            else:
                self.ipd.kill()
                with self.turn:
                    self.kills += 1
                    self.turn.notify_all()
            self.ipd.start()
        for client in clients:
            client.join()
        history = self.settled()
        ran = self.check_each(history)
        self.check_projects(history)
        self.check_disk()
        interrupted = sum(one['interruptions'] for every in history.values() for one in every)
        print(f'{KILLS} kills, {UPLOADS} uploads, {sum(ran.values())} scripts to their end, {interrupted} interrupted')
        self.assertGreater(interrupted, 0)
        if soak:
            soak_row('ipd-kills', f'ipd, random SIGKILL, {UPLOADS} uploads', sum(ran.values()), KILLS, 0, 0,
                     f'{time.monotonic() - began:.0f} s')

    def settled(self):
        """All deployments by project, oldest first, once none waits or runs."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            told = json.loads(self.ipd.get('/projects'))
            if all(one['newest']['status'] not in ('await', 'active') for one in told.values()):
                break
            time.sleep(0.05)
        history = {project: json.loads(self.ipd.get('/history/' + project))[::-1] for project in told}
        open_ones = [one for every in history.values() for one in every if one['status'] in ('await', 'active')]
        self.assertEqual(open_ones, [], self.ipd.said()[-4000:])
        return history

    def check_each(self, history):
        self.assertEqual(self.faults, [])
        self.assertEqual(len(self.accepted), UPLOADS)
        known = {one['id']: one for every in history.values() for one in every}
        ran = {}
        for name in os.listdir(self.world):
            if name.endswith('.ran'):
                with open(f'{self.world}/{name}', encoding='ascii') as lines:
                    for line in lines:
                        ran[line.strip()] = ran.get(line.strip(), 0) + 1
        for number, deployment in self.accepted.items():
            self.assertIn(deployment, known, f'upload {number} was accepted and is forgotten')
        for deployment, one in known.items():
            code = self.codes[int(one['version'])]
            wanted = ('ok', 'changed') if code == 1 else (str(code), 'changed')
            self.assertIn(one['status'], wanted, one)
            if one['status'] == 'ok':
                self.assertGreaterEqual(ran.get(deployment, 0), 1, one)
            # What ran more than once was interrupted as often at least.
            self.assertLessEqual(ran.get(deployment, 0), one['interruptions'] + 1, one)
            if one['status'] == 'changed' and not one['interruptions']:
                self.assertEqual(ran.get(deployment, 0), 0, one)
        return ran

    def check_projects(self, history):
        """The newest has run, and what runs is the last that ended well."""
        for project, every in history.items():
            self.assertNotEqual(every[-1]['status'], 'changed', project)
            well = [one for one in every if one['status'] == 'ok']
            if well and every[-1]['status'] == 'ok':
                with open(f'{self.world}/{project}', encoding='ascii') as what_runs:
                    self.assertEqual(what_runs.read().strip(), well[-1]['version'], project)

    def check_disk(self):
        self.assert_files([], limit=20)
        self.assertLessEqual(len(self.ipd.files(kept=True)), 2 * 2 * len(PROJECTS))
        self.assertEqual(self.ipd.end(), 0)
        with sqlite3.connect(self.ipd.directory + '/ipd.db') as database:
            self.assertEqual(database.execute('PRAGMA integrity_check').fetchall(), [('ok',)])
        scripts = subprocess.run(['pgrep', '-f', self.ipd.directory], stdout=subprocess.PIPE, check=False).stdout
        self.assertEqual(scripts, b'')


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
