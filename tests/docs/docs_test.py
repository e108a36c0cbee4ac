#!/usr/bin/python3
"""The committed manual is what muster prints, it formats without a warning, and `cmake --install` puts it in place.

Usage: docs_test.py MUSTER [BUILD-DIRECTORY]     with MUSTER_ACCEPT=1 it writes the manual anew
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
muster = None
build = None

pages = {'reference': 'docs/reference.md', 'man': 'docs/man/muster.1', 'manifests': 'docs/man/muster-manifests.5'}
daemon_page = 'docs/man/ipd.8'  # written by hand


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8', **more)


def committed(path):
    with open(os.path.join(root, path), encoding='utf-8') as file:
        return file.read()


def without_bold(page):
    """Bold is printed as each character over itself."""
    return re.sub('.\b', '', page)


def write_anew():
    for word, path in pages.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), 'w', encoding='utf-8') as file:
            file.write(run(muster, 'docs', word).stdout)


class Manual(unittest.TestCase):
    maxDiff = 2000

    def test_the_committed_manual_is_up_to_date(self):
        for word, path in pages.items():
            self.assertEqual(committed(path), run(muster, 'docs', word).stdout,
                             path + ' is stale; write it anew: MUSTER_ACCEPT=1 tests/docs/docs_test.py ' + muster)

    def test_man_pages_format_without_a_warning(self):
        for path in (pages['man'], pages['manifests'], daemon_page):
            for device in ('utf8', 'ascii'):
                done = run('groff', '-man', '-ww', '-P-c', '-T', device, os.path.join(root, path))
                self.assertEqual(done.stderr, '', path)
                self.assertIn('DESCRIPTION', without_bold(done.stdout))
        if shutil.which('mandoc'):
            for path in (pages['man'], pages['manifests'], daemon_page):
                done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'error', os.path.join(root, path)],
                                      stdout=subprocess.PIPE, encoding='utf-8')
                self.assertEqual(done.stdout, '')

    def test_the_manual_has_every_command_kind_and_field(self):
        reference = committed(pages['reference'])
        page = run('groff', '-man', '-T', 'ascii', '-P-c', os.path.join(root, pages['man'])).stdout
        page = without_bold(page)
        help_text = run(muster, 'help').stdout
        names = re.findall(r'^  ([a-z]+) +', help_text, re.MULTILINE)
        self.assertGreaterEqual(len(names), 14)
        for name in names:
            self.assertIn('\n#### muster %s\n' % name, reference)
            self.assertIn(' muster %s' % name, page)
        for field in ('spec.dns.ttl', 'spec.hosts.names', 'spec.guard.kinds.NAME.percent', 'spec.zones', 'spec.authUrl'):
            self.assertIn('| `%s` |' % field, reference)
        self.assertNotIn('complete --', reference)

    def test_links_and_tables_of_the_reference_are_whole(self):
        text = committed(pages['reference'])
        headings = {one.lower().replace(' ', '-') for one in re.findall(r'^#+ (.*)$', text, re.MULTILINE)}
        links = re.findall(r'\]\(#([^)]*)\)', text)
        self.assertGreater(len(links), 15)
        self.assertEqual(set(links) - headings, set())
        columns = None
        for number, line in enumerate(committed(pages['reference']).split('\n'), 1):
            if not line.startswith('|'):
                columns = None
                continue
            count = len(re.findall(r'(?<!\\)\|', line))
            self.assertEqual(columns or count, count, 'line %d: %s' % (number, line))
            columns = count

    def test_the_daemon_s_page_has_every_setting_and_path(self):
        page = committed(daemon_page).replace('\\', '')
        names = re.search(r'names\{(.*?)\};', committed('ipd/settings.cpp'), re.DOTALL).group(1)
        for name in re.findall(r'"([A-Z_]+)"', names):
            self.assertRegex(page, r'\b%s\b' % name)
        for path in set(re.findall(r'(?:what|front\(\)) == "(\w+)"', committed('ipd/api.cpp'))):
            self.assertIn('/' + path, page)

    def test_installing_puts_program_pages_and_completion_in_place(self):
        if build is None:
            self.skipTest('no build directory was named')
        with tempfile.TemporaryDirectory() as directory:
            run('cmake', '--install', build, '--prefix', '/usr', env={**os.environ, 'DESTDIR': directory})
            def place(path):
                return os.path.join(directory, 'usr', path)
            self.assertEqual(run(place('bin/muster'), 'version').stdout, run(muster, 'version').stdout)
            for path, text in (('share/man/man1/muster.1', committed(pages['man'])),
                               ('share/man/man5/muster-manifests.5', committed(pages['manifests'])),
                               ('share/man/man8/ipd.8', committed(daemon_page)),
                               ('share/doc/muster/reference.md', committed(pages['reference'])),
                               ('share/bash-completion/completions/muster', run(muster, 'completion', 'bash').stdout),
                               ('share/zsh/site-functions/_muster', run(muster, 'completion', 'zsh').stdout)):
                with open(place(path), encoding='utf-8') as file:
                    self.assertEqual(file.read(), text)


if __name__ == '__main__':
    muster = os.path.abspath(sys.argv.pop(1))
    if len(sys.argv) > 1:
        build = os.path.abspath(sys.argv.pop(1))
    if os.environ.get('MUSTER_ACCEPT'):
        write_anew()
    unittest.main()
