#!/usr/bin/python3
"""Hostile packages: more than a hundred ways out of the folder, or to fill memory and disk. None gets anywhere.

Usage: archives_test.py IPD"""

import bz2
import gzip
import io
import itertools
import json
import lzma
import os
import sys
import tarfile
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import Case, well  # noqa: E402

MIB = 1 << 20
FORMATS = {'ustar': tarfile.USTAR_FORMAT, 'gnu': tarfile.GNU_FORMAT, 'pax': tarfile.PAX_FORMAT}
LEADS_OUT = ['../evil', '../../evil', '/evil', '//evil', 'a/../../evil', './../evil', 'a/b/../../../evil', '..', 'a/..//../evil',
             '../' + 'x' * 120, 'a/' * 60 + '../' * 61 + 'evil']
POINTS_OUT = ['..', '../..', '/', '/etc', '../outside', '../users.txt', 'a/../..', './..', '//etc/passwd', '']


def member(name, kind=tarfile.REGTYPE, link='', mode=0o644, data=b''):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(data)
    return info, data


def archive(members, tar_format=tarfile.PAX_FORMAT, script=True):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tar_format) as tar:
        for info, data in ([member('control.sh', mode=0o755, data=well.encode())] if script else []) + members:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def hostile():
    """(what it is, the members)"""
    for name in LEADS_OUT:
        yield f'file {name[:40]}', [member(name, data=b'evil')]
        yield f'directory {name[:40]}', [member(name, tarfile.DIRTYPE, mode=0o777)]
    for target in POINTS_OUT:
        yield f'link to {target!r}', [member('way', tarfile.SYMTYPE, target), member('way/evil', data=b'evil')]
        yield f'deep link to {target!r}', [member('d', tarfile.DIRTYPE, mode=0o755), member('d/way', tarfile.SYMTYPE, '../' + target.lstrip('/')),
                                           member('d/way/../evil', data=b'evil')]
        yield f'hard link to {target!r}', [member('way', tarfile.LNKTYPE, target), member('way', data=b'evil')]
    yield 'links in a row', [member('b', tarfile.SYMTYPE, '.'), member('a', tarfile.SYMTYPE, 'b/..'), member('a/evil', data=b'evil')]
    yield 'a link that turns later', [member('d', tarfile.DIRTYPE, mode=0o755), member('way', tarfile.SYMTYPE, 'd'),
                                      member('d', tarfile.SYMTYPE, '..'), member('way/evil', data=b'evil')]
    for kind, what in ((tarfile.FIFOTYPE, 'pipe'), (tarfile.BLKTYPE, 'disk'), (tarfile.CHRTYPE, 'terminal')):
        yield what, [member(what, kind)]


def control():
    """A control.sh that ends well: the beginning of a tar."""
    return archive([])[:1024]


def sparse(name, size, the_map):
    """A file of holes, as GNU tar writes it into pax records (version 1.0), with such a map and no data."""
    the_map += bytes(-len(the_map) % 512)
    records = b''
    for key, value in (('major', 1), ('minor', 0), ('name', name), ('realsize', size)):
        text = f' GNU.sparse.{key}={value}\n'.encode()
        length = len(text) + 1
        while len(str(length)) + len(text) != length:
            length = len(str(length)) + len(text)
        records += str(length).encode() + text
    pax, file = tarfile.TarInfo('x'), tarfile.TarInfo('GNUSparseFile.0/' + name)
    pax.type, pax.size, file.size = b'x', len(records), len(the_map)
    return pax.tobuf() + records + bytes(-len(records) % 512) + file.tobuf() + the_map


def with_xz_window(text, code):
    """The same, but who unpacks it is told to have a window of that code (35: 768 MiB) ready."""
    text = bytearray(text)
    length = (text[12] + 1) * 4  # of the block's header, behind that of the stream
    header = text[12:12 + length]
    header[header.index(b'\x21\x01') + 2] = code
    header[-4:] = zlib.crc32(bytes(header[:-4])).to_bytes(4, 'little')
    text[12:12 + length] = header
    return bytes(text)


def endless():
    """200 GiB in a few kilobytes, of which never more than 64 MiB are on the disk: a file that is there 3,200 times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    info = tarfile.TarInfo('zeros')
    info.size = 64 * MIB
    one = packer.compress(info.tobuf()) + b''.join(packer.compress(bytes(16 * MIB)) for _ in range(4)) + packer.flush()
    return gzip.compress(gzip.compress(control()) + one * 3200)


class Slow(Case):
    settings = {'MAX_UNPACKED_SIZE': 1 << 50, 'CHECK_TIMEOUT': 2, 'SHUTDOWN_TIMEOUT': 1, 'KEEP_FREE': 0}

    def test_unpacking_ends_with_its_time(self):
        word, state, _ = self.deployed(endless())
        self.assertEqual((word, state), ('err', 1030))
        self.assert_files([])


class Patient(Slow):
    settings = {**Slow.settings, 'CHECK_TIMEOUT': 1800}
    test_unpacking_ends_with_its_time = None

    def begun(self):
        _, deployment, _ = self.ipd.upload(package=endless())
        zeros = f'{self.ipd.uploads}/web-{deployment}/zeros'
        daemon.until(lambda: os.path.exists(zeros), zeros)
        return deployment

    def test_unpacking_can_be_cancelled(self):
        deployment = self.begun()
        self.assertEqual(self.ipd.ask('DELETE', f'/status/web/{deployment}')[0], 202)
        self.assertEqual(self.ipd.await_end('web', deployment), 'cancelled')
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['state'], -1)
        self.assert_files([])

    def test_a_daemon_that_ends_does_not_wait_for_it(self):
        deployment = self.begun()
        self.assertEqual(self.ipd.end(), 0)
        self.ipd.start()
        self.assertEqual(self.ipd.ask('DELETE', f'/status/web/{deployment}')[0], 202)


class Archives(Case):
    settings = {'MAX_UNPACKED_SIZE': 4 * MIB, 'MAX_MEMBERS': 1000, 'CHECK_TIMEOUT': 30}

    def setUp(self):
        super().setUp()
        self.outside = self.ipd.directory + '/outside'
        os.mkdir(self.outside)
        self.before = self.world()

    def world(self):
        """All that is not the daemon's to write: names and contents."""
        found = {}
        for directory, directories, files in os.walk(self.ipd.directory):
            directories[:] = [name for name in directories if os.path.join(directory, name) != self.ipd.uploads]
            for name in files:
                if not name.startswith(('log', 'ipd.db')):
                    with open(os.path.join(directory, name), 'rb') as file:
                        found[os.path.join(directory, name)] = file.read()
            found.update({os.path.join(directory, name): None for name in directories})
        return found

    def refused(self, what, package):
        word, state, deployment = self.deployed(package)
        self.assertEqual((word, state), ('err', 103), what)
        return deployment

    def test_nothing_gets_out_of_the_folder_and_the_reason_names_the_member(self):
        tried = 0
        for (what, members), (form_name, tar_format) in itertools.product(hostile(), FORMATS.items()):
            try:
                package = archive(members, tar_format)
            except ValueError:  # ustar has no room for the name
                continue
            word, state, _ = self.deployed(package)
            self.assertEqual(self.world(), self.before, (what, form_name))
            self.assertEqual((word, state), ('err', 103), (what, form_name))
            words = json.loads(self.ipd.get('/info/web'))['newest']['words']
            self.assertTrue(any(words.startswith(info.name) for info, _ in members), (what, form_name, words))
            tried += 1
        print(f'{tried} hostile archives')
        self.assertGreaterEqual(tried, 100)
        self.assert_files([])

    def test_bombs_are_cut_in_constant_memory(self):
        zeros = bytes(32 * MIB)
        script = member('control.sh', mode=0o755, data=well.encode())
        one = archive([member('zeros', data=zeros)])
        many = archive([member(f'empty-{n}') for n in range(2000)])
        nested = gzip.compress(gzip.compress(one))
        lies = bytearray(archive([script], script=False))
        self.deployed(archive([]))
        self.ipd.reset_memory()
        before = self.ipd.memory()
        self.refused('gzip', gzip.compress(one))
        self.refused('bzip2', bz2.compress(one))
        self.refused('xz', lzma.compress(one))
        self.refused('twice', nested)
        self.refused('many members', gzip.compress(many))
        lies[124:135] = b'77777777777'  # eight gibibytes, says the header
        self.refused('a size that is not there', bytes(lies))
        self.assertLess(self.ipd.memory() - before, 32 * MIB)
        self.assert_files([])

    def test_what_would_take_much_memory_to_read_is_refused(self):
        self.deployed(archive([]))
        self.ipd.reset_memory()
        before = self.ipd.memory()
        entries = 8_000_000
        the_map = b'%d\n' % entries + b'0\n0\n' * entries
        self.refused('a map of holes', gzip.compress(gzip.compress(control() + sparse('holes', MIB, the_map) + bytes(1024))))
        self.refused('a window of 768 MiB', with_xz_window(lzma.compress(archive([member('page', data=bytes(MIB))])), 35))
        self.assertLess(self.ipd.memory() - before, 32 * MIB)

    def test_a_hole_counts_as_what_it_seems(self):
        self.refused('a hole of a tebibyte', control() + sparse('hole', 1 << 40, b'1\n%d\n0\n' % (1 << 40)) + bytes(1024))

    def test_no_program_is_asked_to_unpack(self):
        programs = self.ipd.directory + '/programs'
        os.mkdir(programs)
        for name in ('lrzip', 'lzop', 'grzip'):
            with open(f'{programs}/{name}', 'w') as out:
                out.write(f'#!/bin/sh\ntouch {programs}/called\n')
            os.chmod(f'{programs}/{name}', 0o755)
        self.ipd.end()
        self.ipd.settings['PATH'] = programs + ':' + self.ipd.settings['PATH']
        self.ipd.start()
        for magic in (b'LRZI\x00\x06' + bytes(24), b'\x89LZO\x00\r\n\x1a\n' + bytes(40), b'GRZipII\x00\x02\x04:)' + bytes(40)):
            self.refused(magic, magic + bytes(600))
        self.assertFalse(os.path.exists(programs + '/called'))

    def test_what_is_broken_anywhere_is_refused_or_harmless(self):
        whole = gzip.compress(archive([member('page', data=os.urandom(20_000))]))
        for length in range(0, len(whole), len(whole) // 40):
            self.assertIn(self.deployed(whole[:length])[1], (103, 106), length)
        self.assertEqual(self.world(), self.before)
        self.assert_files([])


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
