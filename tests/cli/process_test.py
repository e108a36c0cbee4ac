#!/usr/bin/python3
"""What only a process of its own shows: where its output goes, what it may not write, how it is interrupted.

Usage: process_test.py MUSTER"""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

muster = None
nobody = 65534


def run(command, directory, **more):
    """Runs a line of shell; its exit code, stdout and stderr."""
    done = subprocess.run(['bash', '-c', command], cwd=directory, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          env={'PATH': os.path.dirname(muster) + ':' + os.environ['PATH'], 'HOME': directory,
                               'LC_ALL': 'C.UTF-8', 'EVENT_PASSWORD': 'not-a-real-password'}, **more)
    return done.returncode, done.stdout, done.stderr


class Fleet(unittest.TestCase):
    """A starter repository in a directory of its own that others may enter."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix='muster-process-')
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        with open(self.directory + '/fleet.yaml', 'w') as out:
            out.write('apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n'
                      f'spec: {{uid: {os.urandom(16).hex()}}}\n---\n'
                      'apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\n---\n'
                      'apiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\n')
        with open(self.directory + '/event.yaml', 'w') as out:
            out.write('apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: my-event}\nspec:\n  project: cloud\n'
                      '  dns: {account: dns, zone: example.com}\n  hosts: [anna]\n  image: Debian 12\n'
                      '  flavor: d2-2\n  login: {user: attendee, password: {env: EVENT_PASSWORD}}\n  tls: internal\n')

    def in_sandbox(self, script):
        path = self.directory + '/script.sh'
        with open(path, 'w') as out:
            out.write(script)
        return run('muster sandbox exec --boot-time 10ms --latency 0ms -- bash script.sh', self.directory)


class Output(Fleet):
    full = 'error: cannot write the output: No space left on device\n'
    closed = 'error: cannot write the output: Bad file descriptor\n'

    def test_output_that_nobody_can_take_is_an_error(self):
        for command in ('version', 'help', 'help plan', 'schema', 'docs man', 'history', 'render --json', 'validate',
                        'completion bash'):
            with self.subTest(command=command):
                code, _, err = run(f'muster {command} >/dev/full', self.directory)
                if command == 'history':  # there is none, and that is said on stderr
                    self.assertEqual(code, 0)
                    continue
                self.assertEqual(code, 1)
                self.assertTrue(err.endswith(self.full), err)
        self.assertEqual(run('muster version >&-', self.directory), (1, '', self.closed))

    def test_a_reader_that_has_seen_enough_is_no_error(self):
        code, out, err = run('set -o pipefail; muster docs reference | head -1', self.directory)
        self.assertEqual((code, err), (0, ''))
        self.assertEqual(out.count('\n'), 1)

    def test_apply_does_its_work_and_says_then_that_nobody_heard(self):
        code, out, err = self.in_sandbox('muster apply -y >/dev/full 2>apply.err; echo $?; tail -1 apply.err\n'
                                         'muster plan >&- 2>plan.err; echo $?; tail -1 plan.err\n'
                                         'muster plan; echo $?\n')
        self.assertEqual(out.split('\n')[:4], ['1', self.full.strip(), '1', self.closed.strip()], err)
        self.assertTrue(out.endswith('\n0\n'), out)


@unittest.skipUnless(os.geteuid() == 0, 'becomes another user')
class ReadOnly(Fleet):
    """As somebody who may read the database and not write it."""

    look = ('import os, sys; os.setgroups([]); os.setgid(%d); os.setuid(%d); '
            'os.execv("bin/muster", ["muster", *sys.argv[1:]])' % (nobody, nobody))

    def setUp(self):
        super().setUp()
        os.mkdir(self.directory + '/bin')  # what was built may lie where nobody else may look
        shutil.copy(muster, self.directory + '/bin/muster')

    def test_what_only_looks_works_without_writing(self):
        script = ('unset MUSTER_STATE\nmuster apply -y >/dev/null 2>&1; echo $?\n'
                  'cat fleet.yaml > /dev/null; chmod 0444 .muster/state.db; chmod 0555 .muster\n'
                  f'chown -R {nobody} .muster; cksum .muster/state.db >before\n'
                  'for command in "plan" "status" "list" "explain anna" "drift" "orphans" "history"; do\n'
                  f"  python3 -c '{self.look}' $command >look.out 2>look.err; echo $command $?; head -1 look.err\n"
                  'done\n'
                  'cksum .muster/state.db | cmp - before; ls .muster\n'
                  f"python3 -c '{self.look}' history; python3 -c '{self.look}' apply -y; echo $?\n")
        code, out, err = self.in_sandbox(script)
        note = ('note: state database ./.muster/state.db cannot be written (Permission denied); what is read now is not '
                'remembered\n')
        told = ''.join(f'{command} 0\n{note}' for command in ('plan', 'status', 'list', 'explain anna', 'drift',
                                                              'orphans'))
        self.assertTrue(out.startswith('0\n' + told + 'history 0\nstate.db\n'), out + err)
        self.assertTrue(out.endswith('\n3\n'), out)
        self.assertIn('.muster/state.db cannot be written', err)

    def test_doctor_does_not_move_away_what_is_sound(self):
        script = ('unset MUSTER_STATE\nmuster apply -y >/dev/null 2>&1; echo $?\n'
                  f'chmod 0444 .muster/state.db; chmod 0555 .muster; chown -R {nobody} .muster\n'
                  f"python3 -c '{self.look}' doctor; echo $?\n")
        code, out, err = self.in_sandbox(script)
        text = ' '.join(out.split())
        self.assertIn('it cannot be written (Permission denied)', text, err)
        self.assertIn('-> chmod u+rw ./.muster/state.db', text)
        self.assertIn('the integrity check found nothing wrong', text)
        self.assertIn('1 run, the last', text)
        self.assertNotIn('move it away', text)


def may_mount():
    return subprocess.run(['unshare', '-rm', 'true'], capture_output=True).returncode == 0


@unittest.skipUnless(may_mount(), 'may not mount a file system of its own')
class ReadOnlyFileSystem(Fleet):
    def test_what_only_looks_works_and_apply_says_why_it_does_not(self):
        script = ('mkdir small; mount -t tmpfs small small; export MUSTER_STATE=$PWD/small/state.db\n'
                  'muster apply -y >/dev/null 2>&1; echo $?; mount -o remount,ro small\n'
                  'for command in "plan --max-age 0" status list history; do muster $command >/dev/null 2>&1; echo $?; done\n'
                  'muster apply -y; echo $?; muster doctor\n')
        with open(self.directory + '/mounts.sh', 'w') as out:
            out.write(script)
        code, out, err = self.in_sandbox('unshare -rm bash mounts.sh\n')
        self.assertTrue(out.startswith('0\n0\n0\n0\n0\n3\n'), out + err)
        self.assertIn('small/state.db cannot be written: Read-only file system\n'
                      'hint:  name a file that can be written with --state or MUSTER_STATE\n', err)
        self.assertIn('-> mount its file system for writing, or name another file', ' '.join(out.split()))


class Interrupt(Fleet):
    def read_until(self, screen, pattern):
        text = b''
        end = time.monotonic() + 20
        while not re.search(pattern, text):
            ready, _, _ = select.select([screen], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError('the screen never said %r but %r' % (pattern, text))
            text += os.read(screen, 65536)
        return text

    def test_the_second_interrupt_says_so_and_leaves_a_clean_screen(self):
        # A first interrupt waits for the verbs that run: these two are held for longer than this test takes.
        held = ("import os, urllib.request as web; "
                "rules = b'{\"rules\": [{\"method\": \"POST\", \"path\": \"/servers$|/record$\", \"delay_ms\": 30000}]}'; "
                "web.urlopen(os.environ['MUSTER_SANDBOX'] + '/faults', rules)")
        with open(self.directory + '/hold.py', 'w') as out:
            out.write(held)
        child, screen = pty.fork()
        if child == 0:
            os.chdir(self.directory)
            os.execvpe('muster', ['muster', 'sandbox', 'exec', '--', 'bash', '-c',
                                  'python3 hold.py; '
                                  '(echo $BASHPID >pid; exec muster apply -y) & wait $!; echo "ended with $?"'],
                       {'PATH': os.path.dirname(muster) + ':' + os.environ['PATH'], 'TERM': 'xterm',
                        'HOME': self.directory, 'LC_ALL': 'C.UTF-8', 'EVENT_PASSWORD': 'not-a-real-password'})
        text = self.read_until(screen, b'working on server anna')
        with open(self.directory + '/pid') as file:
            process = int(file.read())
        os.kill(process, signal.SIGINT)
        text += self.read_until(screen, b'Ctrl.C again ends at once')
        os.kill(process, signal.SIGINT)
        text += self.read_until(screen, b'ended with 130')
        os.close(screen)
        os.waitpid(child, 0)
        end = text[text.rindex(b'Stopped at once'):]
        self.assertTrue(end.startswith(b'Stopped at once; what had begun is looked up by the next run.\r\n'), end)
        before = text[:text.rindex(b'Stopped at once')]
        self.assertTrue(before.endswith(b'\x1b[0m\r\x1b[J'), before[-200:])

    def test_a_first_sigterm_lets_verbs_end_and_leaves_waits_to_the_next_run(self):
        is_building = ("import os, sys, urllib.request as web; "
                       "sys.exit(b'BUILD' not in web.urlopen(os.environ['MUSTER_SANDBOX'] + '/servers').read())")
        with open(self.directory + '/script.sh', 'w') as out:
            out.write('muster apply -y >out 2>err & process=$!\n'
                      f'until python3 -c "{is_building}"; do :; done\n'
                      'kill -TERM $process; wait $process; echo $?\n'
                      'muster apply -y >out2 2>err2; echo $?\n'
                      "python3 -c 'import os, urllib.request as web; "
                      'print(web.urlopen(os.environ["MUSTER_SANDBOX"] + "/servers").read().count(b"ACTIVE"))\'\n')
        _, out, err = run('muster sandbox exec --boot-time 2s --latency 0ms -- bash script.sh', self.directory)
        with open(self.directory + '/out') as file:
            report = file.read()
        self.assertEqual(out, '130\n0\n1\n', report + err)
        self.assertRegex(report, 'left|not started|not begun')
        self.assertIn('anna', report)


def main():
    global muster
    muster = os.path.abspath(sys.argv.pop(1))
    unittest.main()


if __name__ == '__main__':
    main()
