#!/usr/bin/python3
"""The client and the control scripts that come with ipd.

Usage: examples_test.py IPD"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import USER, Case, well  # noqa: E402

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
examples = root + '/ipd/examples'


def text_of(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text)
    os.chmod(path, mode)
    return path


class Examples(Case):
    """The scripts that come with it, under dash. What stands before others in PATH lies in `programs`."""
    settings = {'DEPLOY_TIMEOUT': 20}

    def setUp(self):
        self.programs = tempfile.mkdtemp(prefix='ipd-programs-')
        self.addCleanup(shutil.rmtree, self.programs)
        self.path = f'{self.programs}:{os.environ["PATH"]}'
        self.settings = {**self.settings, 'PATH': self.path}
        super().setUp()
        self.srv = self.ipd.directory + '/srv/web'

    def begin_push(self, image, package, port=None, **env):
        url = f'http://127.0.0.1:{port or self.ipd.port}/deploy'
        program = subprocess.Popen(['dash', examples + '/ipd-push', url, 'web', image, package], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env={'PATH': self.path, 'IPD_TOKEN': USER, 'IPD_PAUSE': '0.05', **env})
        self.addCleanup(program.stdout.close)
        return program

    def push(self, *what, **more):
        program = self.begin_push(*what, **more)
        said = program.communicate(timeout=60)[0]
        return program.returncode, said

    def pushed(self, image, package, **more):
        code, said = self.push(image, package, **more)
        self.assertEqual(code, 0, said)
        return said

    def site(self, text, name='site.tar.gz'):
        """An image: a tar of one page, made of "." long ago."""
        path = f'{self.ipd.directory}/{name}'
        with tarfile.open(path, 'w:gz') as tar:
            here = tarfile.TarInfo('./')
            here.type, here.mode, here.mtime = tarfile.DIRTYPE, 0o755, 1_000_000_000
            tar.addfile(here)
            info = tarfile.TarInfo('./index.html')
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        return path

    def package(self, script, **files):
        folder = tempfile.mkdtemp(dir=self.ipd.directory)
        write(folder + '/control.sh', script, 0o755)
        for name, text in files.items():
            write(f'{folder}/{name}', text)
        return folder

    def example(self, name, files=()):
        """A package with this example's script, and files as a dictionary names them."""
        script = text_of(f'{examples}/{name}/control.sh')
        script = script.replace('/srv/', self.ipd.directory + '/srv/').replace('#!/bin/sh', '#!/usr/bin/dash')
        return self.package(script, **dict(files))

    def program(self, name, script):
        return write(f'{self.programs}/{name}', '#!/bin/sh\n' + script, 0o755)


class Directory(Examples):
    def setUp(self):
        super().setUp()
        self.page = self.srv + '/current/index.html'
        self.releases = self.srv + '/releases'

    def test_the_client_pushes_a_directory_that_is_switched_by_a_link(self):
        package = self.example('directory')
        for text in ('one', 'two', 'three', 'four', 'five', 'one'):
            self.pushed(self.site(text), package)
            self.assertEqual(text_of(self.page), text)
        self.assertEqual(len(os.listdir(self.releases)), 3)
        write(self.ipd.directory + '/broken.tar', 'no tar')
        code, said = self.push(self.ipd.directory + '/broken.tar', package)
        self.assertEqual(code, 3)
        self.assertIn('failed: 2\n', said)
        self.assertIn('cannot unpack the image\n', said)
        self.assertEqual(text_of(self.page), 'one')

    def test_what_was_current_before_stays_however_old_it_looks(self):
        package = self.example('directory')
        for text in ('one', 'two', 'three', 'four'):
            self.pushed(self.site(text), package)
        before = os.path.realpath(self.srv + '/current')
        os.utime(before, (0, 0))
        self.pushed(self.site('five'), package)
        self.assertEqual(text_of(before + '/index.html'), 'four')
        self.assertEqual(text_of(self.page), 'five')

    def test_the_image_is_what_did_not_come_with_the_package(self):
        package = self.example('directory')
        shutil.move(self.site('of the package'), package + '/assets.tar')
        self.pushed(self.site('of the image', 'SITE.TGZ'), package)
        self.assertEqual(text_of(self.page), 'of the image')
        code, said = self.push(self.site('of the image', 'assets.tar'), package)
        self.assertEqual(code, 3, said)
        self.assertIn('the upload holds no image, or the package a file of the same name\n', said)
        os.link(package + '/assets.tar', package + '/more.tar')
        code, said = self.push(self.site('of the image'), package)
        self.assertEqual(code, 3, said)
        self.assertIn('which one is the image?\n', said)


class Client(Examples):
    def test_it_says_what_it_was_refused(self):
        code, said = self.push('/etc/hostname', self.package(well))
        self.assertEqual((code, said), (1, 'refused: err\n'))


class Forms(unittest.TestCase):
    def test_every_example_is_shell_that_dash_knows(self):
        for name in ('ipd-push', 'directory/control.sh', 'compose/control.sh', 'podman/control.sh'):
            self.assertEqual(subprocess.run(['dash', '-n', os.path.join(examples, name)]).returncode, 0, name)
            self.assertTrue(os.access(os.path.join(examples, name), os.X_OK), name)


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
