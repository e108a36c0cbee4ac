#!/usr/bin/python3
"""What bash and zsh offer on Tab, asked of the real shells on a terminal. Usage: completion_test.py MUSTER"""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

muster = None

fleet = '''apiVersion: muster/v1
kind: Fleet
metadata: {name: test}
spec: {uid: 0123456789abcdef0123456789abcdef}
---
apiVersion: muster/v1
kind: OpenStackProject
metadata: {name: cloud}
---
apiVersion: muster/v1
kind: OvhAccount
metadata: {name: dns}
'''

workshop = '''apiVersion: muster/v1
kind: Workshop
metadata: {name: my-event}
spec:
  project: cloud
  dns: {account: dns, zone: example.com}
  hosts: [anna, bert]
  image: Debian 12
  flavor: d2-2
  login: {user: attendee, password: {command: [touch, the-secret-was-read]}}
'''


class Terminal:
    """A shell on a terminal of its own, 200 columns wide."""

    def __init__(self, words, directory, setup):
        self.child, self.screen = pty.fork()
        if self.child == 0:
            os.chdir(directory)
            path = os.path.dirname(muster) + ':' + os.environ['PATH']
            os.execvpe(words[0], words, {'PATH': path, 'TERM': 'dumb', 'HOME': directory, 'LC_ALL': 'C.UTF-8',
                                         'COLUMNS': '200'})
        self.count = 0
        for line in setup:
            self.run(line)

    def read_until(self, pattern):
        text = ''
        end = time.monotonic() + 20
        while not re.search(pattern, text):
            ready, _, _ = select.select([self.screen], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError('the shell never said %r but %r' % (pattern, text))
            text += os.read(self.screen, 65536).decode('utf-8', 'replace')
        return text

    def run(self, line):
        """Runs one line; what it printed."""
        self.count += 1
        # Split, so that the echo of what is typed does not look like the answer.
        os.write(self.screen, ("%s; echo 'do''ne'%d\r" % (line, self.count)).encode())
        return self.read_until('done%d' % self.count)

    def completed(self, typed):
        """The words of the line after Tab."""
        # Ctrl+A and Ctrl+E put the line into a command that shows its words; it runs once Tab has had its say.
        os.write(self.screen, typed.encode() + b'\t')
        os.write(self.screen, b"\x01shown \x05\r")
        text = self.read_until('</shown>')
        return re.findall('<([^<>]*)>', text[text.rindex('<shown>') + 7:text.rindex('</shown>')].replace('\r\n', ''))

    def close(self):
        os.close(self.screen)
        os.waitpid(self.child, 0)


class Candidates(unittest.TestCase):
    """The hidden command that both scripts ask."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.write('fleet.yaml', fleet)
        self.write('event.yaml', workshop)

    def write(self, name, text):
        with open(os.path.join(self.place.name, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def offered(self, *words):
        done = subprocess.run([muster, 'complete', '--', 'muster', *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8', cwd=self.place.name, env={'PATH': os.environ['PATH'], 'HOME': '/nonexistent'})
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return [line.split('\t')[0] for line in done.stdout.splitlines()]

    def test_commands_and_options_come_from_the_table(self):
        self.assertEqual(self.offered('ap'), ['apply'])
        self.assertIn('reconcile', self.offered(''))
        self.assertNotIn('complete', self.offered(''))
        self.assertEqual(self.offered('help', 'sand'), ['sandbox'])
        self.assertEqual(self.offered('apply', '--y'), ['--yes'])
        self.assertIn('-y', self.offered('apply', '-'))
        self.assertNotIn('--yes', self.offered('plan', '--'))

    def test_words_of_a_command_are_what_its_usage_says(self):
        self.assertEqual(self.offered('completion', ''), ['bash', 'zsh'])
        self.assertEqual(self.offered('sandbox', ''), ['up', 'exec'])
        self.assertEqual(self.offered('schema', 'Work'), ['Workshop'])
        self.assertEqual(self.offered('plan', ''), [':files'])
        self.assertEqual(self.offered('init', ''), [':directories'])
        self.assertEqual(self.offered('plan', '-f', ''), [':files'])
        self.assertEqual(self.offered('plan', '--max-age', ''), [])
        self.assertEqual(self.offered('sandbox', 'exec', '--', ''), [':programs'])
        self.assertEqual(self.offered('sandbox', 'exec', '--', 'muster', 'ap'), ['apply'])

    def test_names_are_those_of_the_manifests_here(self):
        self.assertEqual(self.offered('destroy', ''), ['my-event', 'anna', 'bert'])
        self.assertEqual(self.offered('destroy', 'Work'), ['Workshop/my-event'])
        self.assertEqual(self.offered('render', ''), ['my-event', 'anna', 'bert'])
        self.assertEqual(self.offered('render', 'openstack.'),
                         ['openstack.server:my-event/anna', 'openstack.server:my-event/bert'])
        self.assertEqual(self.offered('render', '-f', self.place.name, 'an'), ['anna'])

    def test_broken_manifests_leave_what_is_sound_and_say_nothing(self):
        self.write('broken.yaml', 'kind: [\n')
        self.write('wrong.yaml', workshop.replace('my-event', 'other').replace('d2-2', '[]'))
        self.assertEqual(self.offered('render', 'anna'), ['anna'])
        self.assertEqual(self.offered('render', '-f', 'nowhere', ''), [])
        os.remove(os.path.join(self.place.name, 'fleet.yaml'))
        self.offered('render', '')

    def test_no_secret_is_read_nothing_is_written_and_no_backend_is_needed(self):
        before = sorted(os.listdir(self.place.name))
        self.offered('render', '')
        self.assertEqual(sorted(os.listdir(self.place.name)), before)


class Shell:
    """The same questions for both shells."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        for name, text in (('fleet.yaml', fleet), ('event.yaml', workshop)):
            with open(os.path.join(self.place.name, name), 'w', encoding='utf-8') as file:
                file.write(text)
        self.terminal = self.start()
        self.addCleanup(self.terminal.close)

    def check(self, typed, words):
        self.assertEqual(self.terminal.completed(typed), words)

    def test_commands_options_and_words(self):
        self.check('muster recon', ['muster', 'reconcile'])
        self.check('muster apply --ro', ['muster', 'apply', '--rollback'])
        self.check('muster completion z', ['muster', 'completion', 'zsh'])
        self.check('muster schema OvhA', ['muster', 'schema', 'OvhAccount'])

    def test_files(self):
        self.check('muster plan ev', ['muster', 'plan', 'event.yaml'])
        self.check('muster plan --file ev', ['muster', 'plan', '--file', 'event.yaml'])
        self.check('muster plan --file=ev', ['muster', 'plan', '--file=event.yaml'])

    def test_hosts_and_manifests(self):
        self.check('muster render ber', ['muster', 'render', 'bert'])
        self.check('muster destroy my', ['muster', 'destroy', 'my-event'])
        self.check('muster destroy Workshop/', ['muster', 'destroy', 'Workshop/my-event'])

    def test_ids_with_colons(self):
        self.check('muster render openst', ['muster', 'render', 'openstack.server:my-event/'])
        self.check('muster render openstack.server:my-event/b', ['muster', 'render', 'openstack.server:my-event/bert'])
        self.check('muster render anna openstack.server:my-event/a',
                   ['muster', 'render', 'anna', 'openstack.server:my-event/anna'])

    def test_settings_with_an_equals_sign_take_no_blank(self):
        self.check('muster sandbox --set openstack.page', ['muster', 'sandbox', '--set', 'openstack.page-maximum='])

    def test_the_command_after_exec(self):
        self.check('muster sandbox exec -- muster recon', ['muster', 'sandbox', 'exec', '--', 'muster', 'reconcile'])


class Bash(Shell, unittest.TestCase):
    def start(self):
        return Terminal(['bash', '--norc', '--noprofile', '-i'], self.place.name,
                        ["PS1='$ '", "bind 'set bell-style none'", 'bind "set enable-bracketed-paste off"',
                         "shown() { echo '<sh''own>'; printf '<%s>' \"$@\"; echo '</sh''own>'; }",
                         'source <(muster completion bash)'])

    def test_ids_where_a_colon_parts_no_words(self):
        self.terminal.run("COMP_WORDBREAKS=${COMP_WORDBREAKS//:}")
        self.check('muster render openstack.server:my-event/b', ['muster', 'render', 'openstack.server:my-event/bert'])


class Zsh(Shell, unittest.TestCase):
    def start(self):
        self.assertTrue(shutil.which('zsh'), 'zsh is missing; packaging/prepare installs it')
        return Terminal(['zsh', '-f', '-i'], self.place.name,
                        ["PS1='$ '; PROMPT_EOL_MARK=; unsetopt zle_bracketed_paste BEEP; unset zle_bracketed_paste; setopt no_list_beep",
                         'bindkey -e', 'autoload -Uz compinit && compinit -u -D',
                         "shown() { echo '<sh''own>'; printf '<%s>' \"$@\"; echo '</sh''own>'; }",
                         'source <(muster completion zsh)'])


if __name__ == '__main__':
    muster = os.path.abspath(sys.argv.pop(1))
    unittest.main()
