#!/usr/bin/python3
"""An ipd that speaks TLS itself: who is answered, and Deployments on it.

Usage: tls_test.py IPD MUSTER      needs the program openssl"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
import deploying  # noqa: E402
from daemon import ADMIN, USER, form, tar_of, well  # noqa: E402
from deploying import Case  # noqa: E402


def openssl(directory, *words):
    made = subprocess.run(['openssl', *words], cwd=directory, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise AssertionError(f'openssl {words[0]}: {made.stderr}')


class Authority:
    """A CA of a test's own, and certificates that it signs."""

    def __init__(self, directory):
        self.directory = directory
        os.mkdir(directory)
        self.new_key('ca', '-x509', '-days', '2', '-subj', '/CN=a CA of the tests')
        self.certificate = directory + '/ca.pem'

    def new_key(self, name, *more):
        openssl(self.directory, 'req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                '-keyout', name + '.key', '-out', name + '.pem', *more)

    def settings_for(self, subject):
        """Of a daemon with a certificate for this subjectAltName."""
        self.new_key('request', '-subj', '/CN=ipd')
        with open(self.directory + '/more', 'w', encoding='ascii') as out:
            out.write(f'basicConstraints = CA:FALSE\nsubjectAltName = {subject}\nsubjectKeyIdentifier = hash\n'
                      'authorityKeyIdentifier = keyid\n')
        openssl(self.directory, 'x509', '-req', '-in', 'request.pem', '-days', '2', '-CA', 'ca.pem', '-CAkey', 'ca.key',
                '-CAcreateserial', '-extfile', 'more', '-out', 'server.pem')
        return {'TLS_CERTIFICATE': self.directory + '/server.pem', 'TLS_KEY': self.directory + '/request.key'}


class TlsCase(Case):
    subject = 'IP:127.0.0.1'

    def setUp(self):
        keys = tempfile.mkdtemp(prefix='ipd-tls-')
        self.addCleanup(shutil.rmtree, keys, True)
        self.authority = Authority(keys + '/ours')
        self.stranger = Authority(keys + '/theirs')
        self.settings = self.authority.settings_for(self.subject)
        super().setUp()

    def ask(self, method, path, ca=None, token=ADMIN, body=None, headers=None):
        """(status, body), as who knows the system's CAs, or this one."""
        connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=60,
                                                 context=ssl.create_default_context(cafile=ca))
        self.addCleanup(connection.close)
        connection.request(method, '/deploy' + path, body, {'Authorization': token, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def history(self):
        return json.loads(self.ask('GET', '/history/web', self.authority.certificate)[1])


class Clients(TlsCase):
    def test_who_knows_the_ca_is_answered(self):
        self.assertEqual(self.ask('GET', '/health', self.authority.certificate), (200, 'ok\n'))
        self.assertEqual(self.ask('GET', '/list', self.authority.certificate, 'wrong')[0], 401)
        image = ('image', 'image.tar', bytes(3 << 20))
        body, kind = form([('project', None, b'web'), ('package', '-', tar_of(well)), image])
        status, deployment = self.ask('POST', '/upload', self.authority.certificate, USER, body, {'Content-Type': kind})
        self.assertEqual(status, 200, deployment)
        daemon.until(lambda: self.history()[0]['status'] == 'ok', 'it is deployed')
        self.assertEqual((self.history()[0]['id'], self.history()[0]['image_size']), (deployment, 3 << 20))

    def test_who_does_not_know_the_ca_asks_nothing(self):
        for ca in (None, self.stranger.certificate):
            with self.assertRaises(ssl.SSLCertVerificationError):
                self.ask('GET', '/health', ca)

    def test_who_speaks_without_tls_is_not_answered(self):
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.ipd.ask('GET', '/health')
        self.assertEqual(self.ask('GET', '/health', self.authority.certificate), (200, 'ok\n'))

    def test_a_key_of_another_certificate_is_refused_at_the_start(self):
        keys = {**self.settings, 'TLS_KEY': self.stranger.directory + '/ca.key'}
        with self.assertRaises(AssertionError) as refusal:
            daemon.Daemon(daemon.program, **keys)
        self.assertIn('error: cannot use this TLS certificate and key', str(refusal.exception))
        self.assertIn('hint:  see that TLS_CERTIFICATE and TLS_KEY are PEM and belong together', str(refusal.exception))


class FleetCase(TlsCase):
    def write_with(self, ca_file):
        self.write('1', 'page one')
        self.edit('fleet.yaml', 'http://', 'https://')
        if ca_file:
            shutil.copy(ca_file, self.fleet + '/ca.pem')
            self.edit('fleet.yaml', ', token: ', ', caFile: ca.pem, token: ')

    def assert_refused(self, cause, way_out):
        """Both are told, and the server is told nothing."""
        for command in (['plan'], ['apply', '--yes']):
            code, printed = self.run_muster(*command)
            self.assertEqual(code, 1, printed)
            for words in (f'https://127.0.0.1:{self.port}/deploy', cause, way_out):
                self.assertIn(words, printed)
        self.assertEqual(self.history(), [])
        self.assertEqual(self.site.page('web'), 404)


class Fleet(FleetCase):
    refused = "the server's certificate was refused: "
    way_out = "give the CA that signed it as the connection's CA file, or mend the certificate"

    def test_with_the_ca_a_deployment_is_carried_out(self):
        self.write_with(self.authority.certificate)
        self.apply()
        self.assertEqual(self.site.page('web'), 'page one')
        self.assertEqual([(one['version'], one['status']) for one in self.history()], [('1', 'ok')])
        self.assert_nothing_to_do()

    def test_a_health_page_may_have_a_certificate_of_the_same_ca(self):
        page = f'  health: {{url: "https://127.0.0.1:{self.port}/deploy/health", timeout: 1s%s}}\n'
        self.extra = page % ''
        self.write_with(self.authority.certificate)
        self.assertIn('certificate was refused', self.apply(1))
        self.extra = page % ', caFile: ca.pem'
        self.write_with(self.authority.certificate)
        self.edit('web.yaml', 'version: "1"', 'version: "2"')
        self.apply()
        self.assert_nothing_to_do()

    def test_without_the_ca_the_certificate_is_named_and_the_way_out(self):
        self.write_with(None)
        self.assert_refused(self.refused, self.way_out)

    def test_so_they_are_with_another_ca(self):
        self.write_with(self.stranger.certificate)
        self.assert_refused(self.refused, self.way_out)

    def test_a_file_that_holds_no_ca_is_named(self):
        self.write_with(os.devnull)
        self.assert_refused('ca.pem', "check the connection's CA file")


class AnotherName(FleetCase):
    subject = 'DNS:ipd.example.com'

    def test_a_certificate_of_another_name_is_refused_whoever_signed_it(self):
        self.write_with(self.authority.certificate)
        code, printed = self.run_muster('apply', '--yes')
        self.assertEqual(code, 1, printed)
        self.assertIn(Fleet.refused, printed)
        self.assertIn("'127.0.0.1'", printed)
        self.assertEqual(self.site.page('web'), 404)


if __name__ == '__main__':
    deploying.muster = os.path.abspath(sys.argv.pop(2))
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
