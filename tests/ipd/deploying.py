"""A fleet whose Deployments run on an ipd of a test's own, and the pages that the deployed programs answer."""

import contextlib
import http.client
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import daemon
from daemon import ADMIN, USER, tar_of

muster = None  # the muster that is tested; set by each test's main

SCRIPT = '''#!/bin/sh
case $1 in
check) exit {well} ;;
deploy) {wait}; [ ! -e fail ] || {{ echo "it does not start"; exit 3; }}; cp page "{site}/$PROJECT"; exit {well} ;;
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
    settings = {}  # of the daemon

    def setUp(self):
        self.ipd = daemon.Daemon(daemon.program, **self.settings)
        self.addCleanup(self.ipd.remove)
        self.directory = tempfile.mkdtemp(prefix='deployments-test-')
        self.addCleanup(shutil.rmtree, self.directory, True)
        os.mkdir(self.directory + '/site')
        self.site = Site(self.directory + '/site')
        self.addCleanup(self.site.close)
        self.fleet = self.directory + '/fleet'
        os.mkdir(self.fleet)
        # Of this test alone: the lock of a fleet covers the machine, and other tests run on it.
        self.uid = os.urandom(16).hex()
        self.port = self.ipd.port
        self.held = None  # a daemon.Held: what is written then waits in it
        self.exit_codes = 'usual'
        self.extra = ''

    def write(self, version, page, project='web', fail=False, fleet=None, uid=None):
        fleet, uid = fleet or self.fleet, uid or self.uid
        package = f'{fleet}/{project}'
        shutil.rmtree(package, ignore_errors=True)
        os.makedirs(package)
        with open(package + '/control.sh', 'w') as out:
            out.write(SCRIPT.format(site=self.site.directory, wait=self.held.here if self.held else ':',
                                    well=int(self.exit_codes == 'legacy')))
        os.chmod(package + '/control.sh', 0o755)
        with open(package + '/page', 'w') as out:
            out.write(page)
        if fail:
            open(package + '/fail', 'w').close()
        with open(f'{fleet}/image.tar.gz', 'w') as out:
            out.write('an image')
        with open(f'{fleet}/fleet.yaml', 'w') as out:
            out.write(f'apiVersion: muster/v1\nkind: Fleet\nmetadata: {{name: shop}}\nspec: {{uid: "{uid}"}}\n---\n'
                      f'apiVersion: muster/v1\nkind: IpdServer\nmetadata: {{name: here}}\n'
                      f'spec: {{url: "http://127.0.0.1:{self.port}/deploy", token: {{env: IPD_TOKEN}}}}\n')
        with open(f'{fleet}/{project}.yaml', 'w') as out:
            out.write(f'apiVersion: muster/v1\nkind: Deployment\nmetadata: {{name: {project}}}\nspec:\n'
                      f'  server: here\n  version: "{version}"\n  image: image.tar.gz\n  package: {project}/\n'
                      f'  exitCodes: {self.exit_codes}\n{self.extra}')

    def edit(self, file, before, after):
        with open(f'{self.fleet}/{file}', encoding='utf-8') as text:
            whole = text.read()
        self.assertIn(before, whole)
        with open(f'{self.fleet}/{file}', 'w', encoding='utf-8') as out:
            out.write(whole.replace(before, after))

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
        daemon.until(lambda: self.ipd.get('/status/' + project) == word, f'{project} is {word}')

    def apply(self, expected=0, **more):
        code, printed = self.run_muster('apply', '--yes', **more)
        self.assertEqual(code, expected, printed)
        return printed

    def apply_killed_while_held(self):
        """kill -9 once the script is held, and muster has noted which deployment it is."""
        process = self.start('apply', '--yes')
        self.held.await_begun()
        noted = "SELECT count(*) FROM cache_observation WHERE attributes LIKE ?"
        newest = f'%{self.deployments()[0]["id"]}%'
        with contextlib.closing(sqlite3.connect(self.fleet + '/.muster/state.db', timeout=20)) as database:
            daemon.until(lambda: database.execute(noted, (newest,)).fetchone()[0] > 0, 'which it is is noted')
        process.kill()
        process.communicate()

    def assert_bad_input(self, command, *told):
        code, printed = self.run_muster(command)
        self.assertEqual(code, 3, printed)
        for words in told:
            self.assertIn(words, printed)

    def assert_nothing_to_do(self):
        code, printed = self.run_muster('plan', '--max-age', '0')
        self.assertEqual(code, 0, printed)
        self.assertIn('no changes', printed)

    def deployments(self, project='web'):
        return json.loads(self.ipd.get('/history/' + project))

    def versions(self, project='web'):
        return [(one['version'], one['status']) for one in reversed(self.deployments(project))]

    def push(self, page, version='pushed', held=None):
        """Somebody else's, with a client that knows nothing of muster."""
        script = SCRIPT.format(site=self.site.directory, wait=held.here if held else ':', well=1).replace('cp page', f'echo {page} >')
        status, body, _ = self.ipd.upload(package=tar_of(script), version=version, token=USER)
        self.assertEqual(status, 200)
        return body
