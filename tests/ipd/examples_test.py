#!/usr/bin/python3
"""The client and the control scripts that come with ipd.

Usage: examples_test.py IPD"""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import USER, Case, well  # noqa: E402


class Examples(Case):
    """The scripts that come with it, under dash."""
    settings = {'DEPLOY_TIMEOUT': 20}
    examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../ipd/examples')

    def push(self, image, package):
        done = subprocess.run(['dash', self.examples + '/ipd-push', f'http://127.0.0.1:{self.ipd.port}/deploy', 'web',
                               image, package], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                              env={'PATH': os.environ['PATH'], 'IPD_TOKEN': USER, 'IPD_PAUSE': '0.05'})
        return done.returncode, done.stdout

    def site(self, text):
        """An image: a tar of one page."""
        path = self.ipd.directory + '/site.tar.gz'
        with tarfile.open(path, 'w:gz') as tar:
            info = tarfile.TarInfo('index.html')
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        return path

    def package(self, script):
        folder = tempfile.mkdtemp(dir=self.ipd.directory)
        with open(folder + '/control.sh', 'w') as out:
            out.write(script)
        os.chmod(folder + '/control.sh', 0o755)
        return folder

    def test_the_client_pushes_a_directory_that_is_switched_by_a_link(self):
        with open(self.examples + '/directory/control.sh') as example:
            script = example.read().replace('/srv/', self.ipd.directory + '/srv/').replace('#!/bin/sh', '#!/usr/bin/dash')
        package = self.package(script)
        page = self.ipd.directory + '/srv/web/current/index.html'
        for text in ('one', 'two', 'three', 'four', 'five'):
            code, said = self.push(self.site(text), package)
            self.assertEqual(code, 0, said)
            with open(page) as shown:
                self.assertEqual(shown.read(), text)
        self.assertEqual(len(os.listdir(self.ipd.directory + '/srv/web/releases')), 3)
        with open(self.ipd.directory + '/broken.tar', 'w') as out:
            out.write('no tar')
        code, said = self.push(self.ipd.directory + '/broken.tar', package)
        self.assertEqual(code, 3)
        self.assertIn('failed: 2\n', said)
        self.assertIn('cannot unpack the image\n', said)
        with open(page) as shown:
            self.assertEqual(shown.read(), 'five')

    def test_the_client_says_what_it_was_refused(self):
        code, said = self.push('/etc/hostname', self.package(well))
        self.assertEqual((code, said), (1, 'refused: err\n'))

    def test_every_example_is_shell_that_dash_knows(self):
        for name in ('ipd-push', 'directory/control.sh', 'compose/control.sh', 'podman/control.sh'):
            self.assertEqual(subprocess.run(['dash', '-n', os.path.join(self.examples, name)]).returncode, 0, name)
            self.assertTrue(os.access(os.path.join(self.examples, name), os.X_OK), name)


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
