#!/usr/bin/python3
"""The client, the control scripts and the unit that come with ipd.

Usage: examples_test.py IPD"""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from between import Between  # noqa: E402
from daemon import USER, Case, Held, tar_of, until, well  # noqa: E402

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
examples = root + '/ipd/examples'
unit = root + '/packaging/ipd.service'


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


class Compose(Examples):
    """With a docker that writes down what it is asked, and what it finds then."""

    def setUp(self):
        super().setUp()
        self.record = self.ipd.directory + '/record'
        os.mkdir(self.record)
        self.program('docker', f'''
case "$*" in
  "compose version") exit ;;
  load*) for last; do :; done; cp "$last" {self.record}/loaded ;;
esac
echo "$PWD: $*" >>{self.record}/calls
[ "$1" != compose ] || cp -R . {self.record}/seen
[ ! -e {self.record}/broken ]
''')

    def deploy(self, image, files):
        """(calls, the files that compose found) of a deployment that goes well."""
        for name in ('calls', 'loaded'):
            write(f'{self.record}/{name}', '')
        shutil.rmtree(self.record + '/seen', ignore_errors=True)
        self.pushed(write(self.ipd.directory + '/web.tar', image), self.example('compose', files))
        self.assertEqual(text_of(self.record + '/loaded'), image)
        seen = {}
        for folder, _, names in os.walk(self.record + '/seen'):
            for name in names:
                path = os.path.join(folder, name)
                seen[os.path.relpath(path, self.record + '/seen')] = text_of(path)
        return text_of(self.record + '/calls').splitlines(), seen

    def test_it_loads_the_image_and_starts_from_a_copy_that_stays(self):
        files = {'compose.yaml': 'services', '.env': 'A=1', 'assets.tar': 'no image', 'conf/web.conf': 'listen'}
        calls, seen = self.deploy('image one', files)
        self.assertRegex(calls[0], f'^{self.ipd.uploads}/web-[0-9a-f-]*: load -q -i ./web.tar$')
        self.assertEqual(calls[1:], [self.srv + ': compose -p web up -d --remove-orphans -t 0'])
        for name, text in files.items():
            self.assertEqual(seen[name], text)
            self.assertEqual(text_of(f'{self.srv}/{name}'), text)
        self.assertNotIn('web.tar', seen)
        self.assert_files([])

    def test_a_later_package_changes_files_in_their_place_and_takes_its_own_ones_away(self):
        self.deploy('image one', {'compose.yaml': 'one', '.env': 'A=1', 'compose.override.yaml': 'more', 'conf/a': '1'})
        write(self.srv + '/data/of-a-container', 'precious')
        mounted = os.stat(self.srv + '/conf/a').st_ino
        _, seen = self.deploy('image two', {'compose.yaml': 'two', 'conf/a': '2'})
        self.assertEqual({name: seen[name] for name in seen if name not in ('control.sh', '.ipd-package')},
                         {'compose.yaml': 'two', 'conf/a': '2', 'data/of-a-container': 'precious'})
        self.assertEqual(os.stat(self.srv + '/conf/a').st_ino, mounted)

    def test_a_link_that_becomes_a_file_is_not_written_through(self):
        package = self.example('compose', {'a': 'of a'})
        os.symlink('a', package + '/b')
        image = write(self.ipd.directory + '/web.tar', 'image')
        self.pushed(image, package)
        self.assertTrue(os.path.islink(self.srv + '/b'))
        self.pushed(image, self.example('compose', {'a': 'of a', 'b': 'of b'}))
        self.assertEqual((text_of(self.srv + '/a'), text_of(self.srv + '/b')), ('of a', 'of b'))

    def test_an_image_that_docker_does_not_load_changes_nothing(self):
        self.deploy('image one', {'compose.yaml': 'one'})
        write(self.record + '/broken', '')
        code, said = self.push(write(self.ipd.directory + '/web.tar', 'image'), self.example('compose'))
        self.assertEqual(code, 3)
        self.assertIn('docker does not load the image\n', said)
        self.assertEqual(text_of(self.srv + '/compose.yaml'), 'one')


class Podman(Examples):
    """With a podman that writes down what it is asked, and leaves a process that goes on writing."""

    def setUp(self):
        super().setUp()
        self.record = self.ipd.directory + '/record'
        self.image = write(self.ipd.directory + '/web.tar', 'image')
        self.program('podman', f'''
case $1 in
  load) cp "$4" {self.record}.loaded; echo "Loaded image: localhost/web:2"; exit ;;
  run) ;;
  *) exit ;;
esac
printf '%s\\n' "$@" >{self.record}
(until [ -e {self.record}.end ] || [ ! -d {self.ipd.directory} ]; do echo noise; sleep 0.02; done) &
echo $! >{self.record}.left
[ ! -e {self.record}.broken ] || {{ echo "port 80 is taken" >&2; exit 125; }}
''')

    def test_it_runs_the_image_with_every_argument_and_leaves_nothing_that_holds_the_output(self):
        package = self.example('podman', {'run.args': '-p\n\n8080:80\n-e\nGREETING=good day', 'assets.tar': 'no image'})
        said = self.pushed(self.image, package)
        self.assertEqual(text_of(self.record + '.loaded'), 'image')
        self.assertEqual(text_of(self.record).splitlines(),
                         ['run', '-d', '--replace', '--name', 'web', '-p', '8080:80', '-e', 'GREETING=good day',
                          'localhost/web:2'])
        deployment = re.search('accepted as (.*)', said).group(1)
        self.assertEqual(self.ipd.get(f'/output/web/{deployment}'), '')
        left = text_of(self.record + '.left').strip()
        for number in (1, 2):
            self.assertEqual(os.readlink(f'/proc/{left}/fd/{number}'), self.srv + '/podman.log')
        write(self.record + '.end', '')

    def test_it_says_why_podman_does_not_run_it(self):
        write(self.record + '.end', '')
        write(self.record + '.broken', '')
        code, said = self.push(self.image, self.example('podman', {'run.args': '-p\n80:80\n'}))
        self.assertEqual(code, 3)
        self.assertIn('port 80 is taken\npodman does not run it\n', said)
        code, said = self.push(self.image, self.example('podman'))
        self.assertIn('the package holds no run.args\n', said)


class Away(Between):
    """In front of a server, and for its first answers in its place. An answer to give is the path that it is for, the
    status, the headers, and whether the server is asked all the same."""

    def __init__(self, behind, *answers):
        super().__init__(behind)
        self.answers = list(answers)
        self.uploads = []  # their headers
        self.asked = 0

    def answer(self, request, body):
        self.asked += 1
        if request.path.endswith('/upload'):
            self.uploads.append(request.headers)
        if not self.answers or self.answers[0][0] not in request.path:
            return super().answer(request, body)
        _, status, headers, is_asked = self.answers.pop(0)
        if is_asked:
            self.ask(request.command, request.path, body, dict(request.headers))
        self.send(request, status, b'busy\n', headers)


class Client(Examples):
    def setUp(self):
        super().setUp()
        self.slept = self.ipd.directory + '/slept'
        write(self.slept, '')
        self.sleep = shutil.which('sleep')
        self.program('sleep', f'echo "$1" >>{self.slept}; exec {self.sleep} 0.02\n')

    def in_front(self, *answers):
        front = Away(self.ipd.port, *answers)
        self.addCleanup(front.close)
        return front

    def rests(self):
        """What it waited for the server, in seconds, without its own pauses."""
        return [text for text in text_of(self.slept).split() if text != '0.05']

    def test_it_says_what_it_was_refused(self):
        code, said = self.push('/etc/hostname', self.package(well))
        why = "the image's name has to end with .tar, .tgz, .gz or .bz2"
        self.assertEqual((code, said), (1, f'refused: HTTP 400: {why}\n'))
        front = self.in_front()
        code, said = self.push(self.site('page'), self.package(well), front.port, IPD_TOKEN='not "his" \\ token')
        self.assertEqual((code, said), (1, "refused: HTTP 401: the users' file knows no such token\n"))
        self.assertEqual(front.uploads[0]['Authorization'], 'not "his" \\ token')

    def test_a_proxy_s_refusal_without_a_reason_is_told_by_its_first_line(self):
        front = self.in_front(('/upload', 404, {}, False))
        self.assertEqual(self.push(self.site('page'), self.package(well), front.port), (1, 'refused: HTTP 404: busy\n'))

    def test_any_path_will_do(self):
        odd = self.package(well) + ',a;b "c\\'
        shutil.copytree(self.package(well), odd)
        self.pushed(self.site('page', 'one,two;type=x "three\\.tar.gz'), odd)
        packed = self.ipd.directory + '/one,two;filename="x\\.tar'
        with open(packed, 'wb') as out:
            out.write(tar_of(well))
        self.pushed(self.site('page'), packed)

    def test_a_directory_that_cannot_be_packed_is_not_sent(self):
        self.program('tar', f'{shutil.which("tar")} "$@"; exit 2\n')
        self.assertEqual(self.push(self.site('page'), self.package(well))[0], 1)
        self.assertEqual(self.ipd.get('/list'), '')

    def test_it_asks_a_busy_server_again_when_that_says(self):
        front = self.in_front(('/upload', 429, {'Retry-After': '7'}, False), ('/upload', 503, {}, False),
                              ('/upload', 507, {'Retry-After': 'Sun, 22 Nov 2026 12:00:00 GMT'}, False),
                              ('/upload', 500, {'Retry-After': '08'}, False),
                              ('/status/', 500, {'Retry-After': '0'}, False),
                              ('/status/', 429, {'Retry-After': '9'}, False))
        said = self.pushed(self.site('page'), self.package(well), port=front.port)
        self.assertEqual(self.rests(), ['7', '0', '9'])
        self.assertIn('HTTP 429: busy; asking again\n', said)
        self.assertEqual(len(front.uploads), 5)
        keys = {headers['Idempotency-Key'] for headers in front.uploads}
        self.assertRegex(' '.join(keys), '^[0-9a-f]{32}$')

    def test_what_was_accepted_though_the_answer_was_lost_is_not_deployed_twice(self):
        held = Held(self.ipd.directory)
        front = self.in_front(('/upload', 502, {}, True))
        package = self.package(held.deploy.replace('sleep', self.sleep))
        program = self.begin_push(self.site('page'), package, front.port)
        until(lambda: front.asked > 2, 'it asks for the status')
        held.let_go()
        self.assertEqual(program.wait(60), 0)
        self.assertEqual(len(front.uploads), 2)
        self.assertEqual(self.ipd.get('/stat'), '{"projects":1,"queue":0,"uploads":1}\n')
        self.assertEqual(held.times(), 1)

    def test_it_does_not_ask_for_ever(self):
        front = self.in_front(*[('/upload', 503, {'Ipd-Reason': 'it ends'}, False)] * 9)
        code, said = self.push(self.site('page'), self.package(well), front.port, IPD_TRIES='3')
        self.assertEqual((code, said.splitlines()[-1], front.asked), (1, 'refused: HTTP 503: it ends', 3))
        front = self.in_front(*[('/status/', 503, {}, False)] * 9)
        code, said = self.push(self.site('page'), self.package(well), front.port, IPD_TRIES='3')
        self.assertEqual((code, front.asked), (4, 1 + 3))
        self.assertRegex(said, 'whether .* is deployed cannot be told: HTTP 503: busy\n$')
        front = self.in_front(('/upload', 429, {'Retry-After': '3600'}, False))
        self.assertEqual(self.push(self.site('page'), self.package(well), front.port, IPD_LIMIT='60')[0], 1)

    def test_a_server_that_is_not_there_is_asked_again_and_a_name_that_is_none_is_not(self):
        with daemon.place_of_its_own() as nobody:
            code, said = self.push(self.site('page'), self.package(well), nobody.getsockname()[1], IPD_TRIES='3')
        self.assertEqual((code, said.count('; asking again\n')), (1, 2), said)
        code, said = self.push(self.ipd.directory + '/missing.tar', self.package(well))
        self.assertEqual((code, said.count('; asking again\n')), (1, 0), said)


class Forms(unittest.TestCase):
    def test_every_example_is_shell_that_dash_knows(self):
        for name in ('ipd-push', 'directory/control.sh', 'compose/control.sh', 'podman/control.sh'):
            self.assertEqual(subprocess.run(['dash', '-n', os.path.join(examples, name)]).returncode, 0, name)
            self.assertTrue(os.access(os.path.join(examples, name), os.X_OK), name)


class Unit(Case):
    """packaging/ipd.service."""
    settings = {'UPLOAD_DIR': '', 'DATABASE': ''}

    def test_a_setting_in_a_file_is_not_overruled(self):
        self.assertNotRegex(text_of(unit), r'(?m)^Environment=')
        # So the upload directory is the one it works in.
        self.assertRegex(text_of(unit), r'(?m)^WorkingDirectory=/srv/upload$')
        self.assertEqual(self.deployed(tar_of(well))[0], 'ok')
        self.assertIn('ipd.db', os.listdir(self.ipd.directory))

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'there is no systemd')
    def test_systemd_knows_every_line_and_finds_little_that_is_open(self):
        copy = write(tempfile.mkdtemp(dir=self.ipd.directory) + '/ipd.service',
                     text_of(unit).replace('/usr/local/sbin/ipd', daemon.program))
        said = subprocess.run(['systemd-analyze', 'verify', copy], capture_output=True, text=True).stderr
        self.assertEqual([line for line in said.splitlines() if 'ipd.service' in line], [])
        rated = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=30', copy],
                               capture_output=True, text=True)
        self.assertEqual(rated.returncode, 0, rated.stdout + rated.stderr)

    def test_the_drop_in_for_podman_takes_out_all_that_means_no_new_privileges(self):
        def settings(text):
            return dict(re.findall(r'(?m)^(?:#   )?([A-Z]\w+)=(.*)$', text))
        # As systemd.exec(5) has them in "NoNewPrivileges=".
        filters = {'NoNewPrivileges', 'LockPersonality', 'MemoryDenyWriteExecute', 'PrivateDevices', 'ProtectClock',
                   'ProtectHostname', 'ProtectKernelLogs', 'ProtectKernelModules', 'ProtectKernelTunables',
                   'RestrictAddressFamilies', 'RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID',
                   'SystemCallArchitectures', 'SystemCallFilter', 'SystemCallLog'}
        dropped = settings(text_of(examples + '/podman/control.sh'))
        for name in filters & settings(text_of(unit)).keys():
            self.assertIn(dropped.get(name), ('no', ''), name)


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
