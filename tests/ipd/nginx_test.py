#!/usr/bin/python3
"""ipd behind a real nginx, under a prefix, with the configuration that is shipped.

Usage: nginx_test.py IPD NGINX-DIRECTORY
NGINX-DIRECTORY: where packaging/clients has unpacked Debian's nginx; the system's is taken when there is one."""

import hashlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import ADMIN, USER, Case, tar_of, well, zeros_form  # noqa: E402

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
nginx_directory = None
PREFIX = '/ops/images'
MIB = 1 << 20


def nginx_program():
    unpacked = nginx_directory + '/usr/sbin/nginx'
    return shutil.which('nginx', path=os.environ['PATH'] + ':/usr/sbin') or unpacked


class Proxy:
    def __init__(self, behind):
        self.directory = tempfile.mkdtemp(prefix='ipd-nginx-')
        self.place = daemon.place_of_its_own()
        self.port = self.place.getsockname()[1]
        with open(root + '/ipd/examples/nginx.conf', encoding='utf-8') as shipped:
            location = shipped.read().replace('location /deploy', f'location {PREFIX}').replace(':9955/', f':{behind}/')
        with open(self.directory + '/nginx.conf', 'w', encoding='utf-8') as out:
            paths = ''.join(f'{kind}_temp_path {self.directory}/{kind};\n'
                            for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
            user = 'user root;\n' if os.getuid() == 0 else ''
            out.write(f'{user}daemon off;\npid {self.directory}/pid;\nerror_log {self.directory}/error.log;\n'
                      f'events {{}}\nhttp {{\naccess_log off;\n{paths}'
                      f'server {{\nlisten 127.0.0.1:{self.port};\n{location}\n}}\n}}\n')
        self.process = subprocess.Popen([nginx_program(), '-p', self.directory, '-c', self.directory + '/nginx.conf'],
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            with socket.socket() as one:
                if one.connect_ex(('127.0.0.1', self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError('nginx did not begin: ' + self.errors())

    def errors(self):
        path = self.directory + '/error.log'
        if not os.path.exists(path):
            return ''
        with open(path, encoding='utf-8') as log:
            return log.read()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.place.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Prefix(Case):
    settings = {'CHECK_TIMEOUT': 60}

    def setUp(self):
        super().setUp()
        self.proxy = Proxy(self.ipd.port)
        self.addCleanup(self.proxy.close)

    def ask(self, method, path, token=ADMIN, body=None, headers=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.proxy.port, timeout=300)
        self.addCleanup(connection.close)
        connection.request(method, PREFIX + path, body, {**({'Authorization': token} if token else {}), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def upload(self, image_size):
        """Zeros as an image; never held as a whole."""
        pieces, length, kind = zeros_form('web', tar_of(well), image_size)
        return self.ask('POST', '/upload', USER, pieces, {'Content-Type': kind, 'Content-Length': str(length)})

    def await_end(self, deployment):
        word = 'await'
        while word in ('await', 'active'):
            word = self.ask('GET', f'/status/web/{deployment}')[1]
        return word

    def test_every_path_is_there(self):
        self.assertEqual(self.ask('GET', '', None), (200, 'Image push & Deploy\n'))
        self.assertEqual(self.ask('GET', '/health', None), (200, 'ok\n'))
        self.assertEqual(self.ask('GET', '/list', None)[0], 401)
        self.assertEqual(self.ask('GET', '/list', USER)[0], 403)
        status, deployment = self.upload(MIB)
        self.assertEqual(status, 200)
        self.assertRegex(deployment, daemon.uuid)
        self.assertEqual(self.await_end(deployment), 'ok')
        self.assertEqual(self.ask('GET', '/list'), (200, 'web'))
        self.assertEqual(self.ask('GET', '/info/other'), (200, 'no'))
        self.assertEqual(self.ask('DELETE', f'/status/web/{deployment}'), (409, 'ok'))

    def test_an_upload_above_a_gibibyte_passes_in_constant_memory(self):
        size = 1100 * MIB
        status, deployment = self.upload(MIB)
        self.assertEqual((status, self.await_end(deployment)), (200, 'ok'))
        self.ipd.reset_memory()
        before = self.ipd.memory()
        status, deployment = self.upload(size)
        self.assertEqual(status, 200, self.proxy.errors())
        self.assertLess(self.ipd.memory() - before, 64 * MIB)
        self.assertEqual(self.await_end(deployment), 'ok')
        digest = hashlib.sha256()
        for _ in range(size // MIB):
            digest.update(bytes(MIB))
        newest = re.search(r'"newest":\{.*?"image_sha256":"([0-9a-f]+)","image_size":(\d+)', self.ask('GET', '/info/web')[1])
        self.assertEqual(newest.groups(), (digest.hexdigest(), str(size)))

    def test_the_client_behind_it_is_the_one_who_is_held_back(self):
        def guess():
            connection = http.client.HTTPConnection('127.0.0.1', self.proxy.port, timeout=60, source_address=('127.0.0.2', 0))
            self.addCleanup(connection.close)
            connection.request('GET', PREFIX + '/list', headers={'Authorization': 'wrong'})
            return connection.getresponse().status

        self.assertEqual([guess() for _ in range(40)][-1], 429)
        self.assertIn('a wrong token from 127.0.0.2', self.ipd.said())
        self.assertEqual(self.ask('GET', '/list')[0], 200)


if __name__ == '__main__':
    daemon.program, nginx_directory = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main()
