#!/usr/bin/python3
"""Broken forms and requests, made from good ones by a seed: each gets an answer or a closed connection, none leaves a file, none takes memory.
400 of them; with MUSTER_SOAK=1 20,000 and a row for ./test --soak's table.

Usage: forms_test.py IPD"""

import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import USER, Case, form, soak_row, tar_of, well  # noqa: E402

soak = os.environ.get('MUSTER_SOAK') == '1'
TRIALS = 20_000 if soak else 400
MIB = 1 << 20
WORDS = [b'\r\n', b'\n', b'\r', b'--', b'--b-b-b--\r\n', b'--b-b-b\r\n', b'\0', b'"', b'\\"', b';', b'name="image"', b'name="project"',
         b'filename="', b'filename*=UTF-8\'\'%2e%2e%2f', b'../../x', b'Content-Disposition: form-data; ', b'Content-Type: multipart/mixed; boundary=c',
         b'Content-Transfer-Encoding: base64\r\n', b'\xff\xfe', 'é'.encode(), b'A' * 5000, b'image_sha256', b'0' * 64, b'owner', b'exit_codes']


class Forms(Case):
    settings = {'MAX_UPLOAD_SIZE': 4 * MIB, 'CONCURRENT': 1}

    def setUp(self):
        super().setUp()
        self.dice = self.dice()

    def good(self):
        dice = self.dice
        parts = [('project', None, b'web'), ('package', '-', tar_of(well)), ('image', 'image.tar', dice.randbytes(dice.choice((0, 1, 3000)))),
                 ('version', None, b'1'), ('exit_codes', None, b'legacy'), ('owner', None, b'somebody'),
                 ('image_sha256', None, b'0' * 64), ('package_sha256', None, b'f' * 64), ('image_name', None, b'i.tar')]
        dice.shuffle(parts)
        return form(parts[:dice.randrange(1, len(parts) + 1)], 'b-b-b')

    def mutated(self, body):
        dice = self.dice
        for _ in range(dice.choice((0, 1, 1, 2, 5))):
            at = dice.randrange(len(body) + 1)
            what = dice.randrange(5)
            if what == 0:
                body = body[:at] + dice.choice(WORDS) + body[at:]
            elif what == 1:
                body = body[:at] + body[at + dice.randrange(1, 200):]
            elif what == 2:
                body = body[:at] + bytes([dice.randrange(256)]) + body[at + 1:]
            elif what == 3:
                end = min(len(body), at + dice.randrange(1, 400))
                body = body[:end] + body[at:end] * dice.choice((1, 3)) + body[end:]
            else:
                body = body[:at]
        return body

    def request(self, body, kind):
        """Bytes as they go out: sometimes a wrong length, chunks, a type that is none."""
        dice = self.dice
        head = f'POST /deploy/upload HTTP/1.1\r\nHost: x\r\nAuthorization: {USER}\r\n'.encode()
        kind = dice.choice((kind, kind, kind, kind, 'multipart/form-data', 'text/plain', 'multipart/form-data; boundary=""',
                            'multipart/form-data; boundary=' + 'x' * 300))
        head += f'Content-Type: {kind}\r\n'.encode()
        way = dice.randrange(6)
        if way == 0:
            pieces = [body[at:at + 700] for at in range(0, len(body), 700)]
            chunks = b''.join(f'{len(piece):x}\r\n'.encode() + piece + b'\r\n' for piece in pieces) + b'0\r\n\r\n'
            return head + b'Transfer-Encoding: chunked\r\n\r\n' + chunks, True
        if way == 1:
            return head + f'Content-Length: {len(body) + 50}\r\n\r\n'.encode() + body, False  # breaks off
        return head + f'Content-Length: {len(body)}\r\n\r\n'.encode() + body, True

    def answer(self, request, is_whole):
        """The status line; nothing where the connection was closed without one."""
        with socket.create_connection(('127.0.0.1', self.ipd.port), timeout=30) as connection:
            try:
                connection.sendall(request)
                if not is_whole:
                    connection.shutdown(socket.SHUT_WR)
                return connection.recv(65536).split(b'\r\n')[0]
            except (BrokenPipeError, ConnectionResetError):
                return b''

    def test_a_form_that_is_none_is_answered_and_leaves_nothing(self):
        began = time.monotonic()
        answers = {}
        before = 0
        for trial in range(TRIALS):
            if trial == min(200, TRIALS // 2):
                self.ipd.reset_memory()
                before = self.ipd.memory()
            body, kind = self.good()
            request, is_whole = self.request(self.mutated(body), kind)
            line = self.answer(request, is_whole)
            status = line.split(b' ')[1].decode() if line else 'closed'
            answers[status] = answers.get(status, 0) + 1
            self.assertIn(status, ('200', '400', '409', '413', 'closed'), request[:2000])
            self.assertIsNone(self.ipd.process.poll(), request[:2000])
        print(' '.join(f'{status}: {count}' for status, count in sorted(answers.items())))
        self.assertEqual(self.ipd.get('/health', None), 'ok\n')
        self.assertLess(self.ipd.memory() - before, 32 * MIB)
        self.assertGreater(answers['200'], 0)
        self.assertGreater(answers['400'], 0)
        self.assert_files([], limit=60)
        if soak:
            soak_row('ipd-forms', 'ipd, broken forms', TRIALS, '-', 0, 0, f'{time.monotonic() - began:.0f} s')


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
