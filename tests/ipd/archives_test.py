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

    def test_what_is_broken_anywhere_is_refused_or_harmless(self):
        whole = gzip.compress(archive([member('page', data=os.urandom(20_000))]))
        for length in range(0, len(whole), len(whole) // 40):
            self.assertIn(self.deployed(whole[:length])[1], (103, 106), length)
        self.assertEqual(self.world(), self.before)
        self.assert_files([])


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
