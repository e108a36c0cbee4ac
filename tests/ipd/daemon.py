"""A running ipd of a test's own, and requests to it, byte by byte as clients send them."""

import hashlib
import http.client
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import unittest

program = None  # the ipd that is tested; set by each test's main
uuid = re.compile('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')
well = '#!/bin/sh\nexit 1\n'
ADMIN = 'fake-admin-token'
USER = 'fake-user-token'
LIMITED = 'fake-limited-token'
OTHER = 'fake-token-of-another-project'


def sha256(token):
    return hashlib.sha256(token.encode()).hexdigest()


def tar_of(script=None, mode=0o755, members=()):
    """A package: control.sh, and members made by tarfile.TarInfo and bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        if script is not None:
            info = tarfile.TarInfo('control.sh')
            info.size, info.mode = len(script.encode()), mode
            tar.addfile(info, io.BytesIO(script.encode()))
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def form(parts, boundary='----a-boundary'):
    """multipart/form-data of (name, file name or None, bytes)."""
    body = b''
    for name, file_name, data in parts:
        file_part = f'; filename="{file_name}"' if file_name is not None else ''
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file_part}\r\n\r\n').encode()
        body += data + b'\r\n'
    return body + f'--{boundary}--\r\n'.encode(), f'multipart/form-data; boundary={boundary}'


def zeros_form(project, package, size, block_size=1 << 18):
    """(pieces, length, content type) of an upload whose image is `size` zeros, never held as a whole."""
    head, kind = form([('project', None, project.encode()), ('package', '-', package), ('image', 'image.tar', b'')])
    head, tail = head.rsplit(b'\r\n--', 1)
    tail = b'\r\n--' + tail
    block = bytes(block_size)

    def pieces():
        yield head
        for _ in range(size // block_size):
            yield block
        yield tail

    return pieces(), len(head) + size + len(tail), kind


def soak_row(file, *cells):
    """A line of ./test --soak's table."""
    directory = os.environ['MUSTER_SOAK_ROWS']
    os.makedirs(directory, exist_ok=True)
    with open(f'{directory}/{file}.tsv', 'w', encoding='ascii') as out:
        out.write('\t'.join(str(cell) for cell in cells) + '\n')


def place_of_its_own():
    """A socket bound to a port: while it is there the system gives the port to nobody else, and who says SO_REUSEADDR, as
    servers do, may listen on it."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(('127.0.0.1', 0))
    return place


class Daemon:
    """Settings as keyword arguments; what it keeps is below `directory`."""

    def __init__(self, program, **settings):
        self.program = program
        self.directory = tempfile.mkdtemp(prefix='ipd-test-')
        self.uploads = self.directory + '/uploads'
        os.mkdir(self.uploads)
        with open(self.directory + '/users.txt', 'w') as out:
            out.write(f'# people\n\nADMIN:root:{sha256(ADMIN)}\nUSER:bob:{sha256(USER)}\n'
                      f'USER:eve:{sha256(LIMITED)}:web,shop\n'
                      f'USER:oscar:{sha256(OTHER)}:other\nnonsense\n')
        self.place = place_of_its_own()
        # What the address sanitizer holds back is no memory of the daemon's.
        self.settings = {'ASAN_OPTIONS': 'quarantine_size_mb=1', 'WEBPORT': str(self.place.getsockname()[1]),
                         'UPLOAD_DIR': self.uploads, 'AUTH_DB': self.directory + '/users.txt', 'PATH': os.environ['PATH'],
                         'DATABASE': self.directory + '/ipd.db', **{name: str(value) for name, value in settings.items()}}
        self.process = None
        try:
            self.start()
        except BaseException:
            self.remove()
            raise

    def command(self):
        return [self.program]

    def start(self):
        with open(self.directory + '/log', 'ab') as log:
            before = log.tell()
            self.process = subprocess.Popen(self.command(), cwd=self.directory, env=self.settings, stderr=log,
                                            stdin=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with open(self.directory + '/log', encoding='utf-8') as log:
                log.seek(before)
                for line in log:
                    if ' listens on ' in line and ',' in line.partition(' port ')[2]:
                        self.port = int(line.split(' port ')[1].split(',')[0])
                        return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError('ipd did not begin: ' + self.said())

    def said(self):
        with open(self.directory + '/log', encoding='utf-8') as log:
            return log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def memory(self):
        """The most that was resident since it began or since reset_memory(), in bytes."""
        with open(f'/proc/{self.process.pid}/status') as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith('VmHWM:'))

    def reset_memory(self):
        with open(f'/proc/{self.process.pid}/clear_refs', 'w') as out:
            out.write('5')

    def remove(self):
        if self.process.poll() is None:
            self.kill()
        self.place.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def ask(self, method, path, token=ADMIN, body=None, headers=None):
        """(status, body, headers)"""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            every = dict(headers or {})
            if token is not None:
                every['Authorization'] = token
            connection.request(method, '/deploy' + path, body, every)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def get(self, path, token=ADMIN):
        return self.ask('GET', path, token)[1]

    def upload(self, project='web', package=b'', image=b'an image', token=USER, image_name='image.tar.gz', headers=None,
               **texts):
        parts = [('project', None, project.encode())] if project is not None else []
        parts += [(name, None, text.encode()) for name, text in texts.items()]
        if image is not None:
            parts.append(('image', image_name, image))
        if package is not None:
            parts.append(('package', '-', package))
        body, kind = form(parts)
        return self.ask('POST', '/upload', token, body, {'Content-Type': kind, **(headers or {})})

    def await_end(self, project, deployment, limit=30):
        """The status word once it neither waits nor runs."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            word = self.get(f'/status/{project}/{deployment}')
            if word not in ('await', 'active'):
                return word
            time.sleep(0.02)
        raise AssertionError(f'{deployment} did not end: {self.said()}')

    def await_word(self, project, deployment, word, limit=30):
        end = time.monotonic() + limit
        while self.get(f'/status/{project}/{deployment}') != word:
            if time.monotonic() > end:
                raise AssertionError(f'{deployment} never was {word}: {self.said()}')
            time.sleep(0.02)

    def files(self, kept=False):
        """What lies there beside what is kept to be deployed again, or the digests of that."""
        names = sorted(name for name in os.listdir(self.uploads) if name != '.ipd.lock')
        if kept:
            return [name.removeprefix('kept.') for name in names if name.startswith('kept.')]
        return [name for name in names if not name.startswith('kept.')]


def until(condition, what, limit=30):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f'never: {what}')
        time.sleep(0.01)


class Held:
    """A place in a script where it waits until the test lets it go, or has ended."""

    def __init__(self, directory, name='held'):
        self.begun, self.go = f'{directory}/{name}.begun', f'{directory}/{name}.go'
        self.here = f'echo x >> {self.begun}; until [ -e {self.go} ] || [ ! -d {directory} ]; do sleep 0.02; done'
        self.deploy = f'#!/bin/sh\n[ $1 = deploy ] || exit 1\n{self.here}\nexit 1\n'

    def await_begun(self):
        until(lambda: os.path.exists(self.begun), f'a script at {self.begun}')

    def times(self):
        """How often a script has come here."""
        with open(self.begun, encoding='ascii') as lines:
            return len(lines.readlines())

    def let_go(self):
        open(self.go, 'w', encoding='ascii').close()


class Case(unittest.TestCase):
    """A daemon for each test, and dice that MUSTER_SEED throws again."""
    settings = {}

    def dice(self):
        seed = int(os.environ.get('MUSTER_SEED', random.SystemRandom().randrange(1 << 32)))
        print(f'MUSTER_SEED={seed}', flush=True)
        return random.Random(seed)

    def setUp(self):
        self.ipd = Daemon(program, **self.settings)
        self.addCleanup(self.ipd.remove)

    def assert_files(self, expected, kept=False, limit=10):
        """Soon: the files of a deployment go after its end was noted."""
        end = time.monotonic() + limit
        while self.ipd.files(kept) != expected and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(self.ipd.files(kept), expected)

    def deployed(self, package, **more):
        """(status word, state number, id) once it has ended."""
        status, body, _ = self.ipd.upload(package=package, **more)
        self.assertEqual(status, 200, body)
        self.assertRegex(body, uuid)
        project = more.get('project', 'web')
        word = self.ipd.await_end(project, body)
        return word, json.loads(self.ipd.get('/info/' + project))['state'], body
