#!/usr/bin/env python3
"""An ipd whose disk is small and gets full: full_disk_test.py IPD [unittest options]"""

import errno
import gzip
import json
import os
import subprocess
import sys
import tarfile
import unittest

import daemon
from daemon import Case, Daemon, Held, USER, form, tar_of, until, well

may_mount = subprocess.run(['unshare', '-rm', 'true'], capture_output=True, check=False).returncode == 0


class SmallDisk(Daemon):
    """All that it keeps lies on a file system of 8 MiB that only it sees."""

    def __init__(self, program, **settings):
        self.spaces = []
        super().__init__(program, UPLOAD_DIR='small/uploads', DATABASE='small/ipd.db', **settings)
        self.spaces = [os.open(f'/proc/{self.process.pid}/ns/{space}', os.O_RDONLY) for space in ('user', 'mnt')]
        self.look_in()

    def look_in(self):
        self.small = f'/proc/{self.process.pid}/root{self.directory}/small'
        self.uploads = self.small + '/uploads'

    def command(self):
        if self.spaces:  # it begins again, where the disk is
            user, mount = (f'/proc/{os.getpid()}/fd/{space}' for space in self.spaces)
            return ['nsenter', f'--user={user}', f'--mount={mount}', '--preserve-credentials', '--wd=' + self.directory,
                    self.program]
        os.mkdir(self.directory + '/small')
        return ['unshare', '-rm', 'sh', '-c',
                'mount -t tmpfs -o size=8m small small && mkdir small/uploads && exec "$0"', self.program]

    def fill(self):
        with open(self.small + '/ballast', 'wb', buffering=0) as out:
            for size in (1 << 16, 1):
                try:
                    while True:
                        out.write(bytes(size))
                except OSError as fault:
                    if fault.errno != errno.ENOSPC:
                        raise

    def make_room(self):
        os.remove(self.small + '/ballast')

    def remove(self):
        super().remove()
        for space in self.spaces:
            os.close(space)

    def await_said(self, words):
        until(lambda: words in self.said(), words)


@unittest.skipUnless(may_mount, 'this system lets nobody mount a small disk of their own')
class FullDisk(Case):
    def setUp(self):
        self.begin(KEPT_DEPLOYMENTS='0')

    def begin(self, **settings):
        self.ipd = SmallDisk(daemon.program, KEEP_FREE='0', **settings)
        self.addCleanup(self.ipd.remove)

    def test_uploads_are_refused_and_leave_nothing_and_all_else_is_told(self):
        first = self.deployed(tar_of(well))
        self.assertEqual(first[0], 'ok')
        self.assert_files([])
        self.ipd.fill()
        status, body, headers = self.ipd.upload(package=tar_of(well))
        self.assertEqual((status, body), (507, 'err'), headers)
        self.assertIn('No space left', headers['Ipd-Reason'])
        self.ipd.await_said('not noted for /audit')
        self.assert_files([])
        self.assertEqual(self.ipd.get('/status/web/' + first[2]), 'ok')
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['state'], first[1])
        self.assertEqual(self.ipd.get('/list'), 'web')
        self.ipd.make_room()
        self.assertEqual(self.deployed(tar_of(well))[0], 'ok')

    def test_an_owner_that_cannot_be_kept_is_refused(self):
        self.deployed(tar_of(well), owner='somebody')
        self.assert_files([])
        self.ipd.fill()
        body, kind = form([('owner', None, b'somebody else')])
        self.assertEqual(self.ipd.ask('POST', '/owner/web', USER, body, {'Content-Type': kind})[0], 507)
        self.ipd.make_room()
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['owner'], 'somebody')

    def test_what_fills_the_disk_itself_ends_and_leaves_it_free(self):
        for fill in (tar_of(well, members=[(tarfile.TarInfo('zeros'), bytes(30 << 20))]),
                     tar_of('#!/bin/sh\n[ $1 = deploy ] || exit 1\ncat /dev/zero > zeros\nexit 7\n')):
            _, deployment, _ = self.ipd.upload(package=gzip.compress(fill))
            self.assertIn(self.ipd.await_end('web', deployment), ('err', '7'))
            self.assert_files([])
            self.assertEqual(self.deployed(tar_of(well))[0], 'ok')

    def test_a_daemon_that_was_killed_on_a_disk_that_its_run_has_filled_begins_again(self):
        held = Held(self.ipd.directory)
        script = f'#!/bin/sh\n[ $1 = deploy ] || exit 1\n[ -e {held.begun} ] || cat /dev/zero > zeros\n{held.here}\nexit 1\n'
        _, deployment, _ = self.ipd.upload(package=tar_of(script))
        held.await_begun()
        self.ipd.fill()
        self.ipd.kill()
        held.let_go()
        self.ipd.start()
        self.ipd.look_in()
        self.assertEqual(self.ipd.await_end('web', deployment), 'ok')

    def test_what_is_kept_gives_way_to_what_comes(self):
        self.begin()
        self.assertEqual(self.deployed(tar_of(well), image=os.urandom(3 << 20))[0], 'ok')
        self.assertEqual(self.deployed(tar_of(well), project='shop', image=os.urandom(3 << 20))[0], 'ok')
        self.assertEqual(self.deployed(tar_of(well), project='third', image=os.urandom(3 << 20))[0], 'ok')

    def test_an_end_that_cannot_be_noted_waits_for_room_and_is_the_true_one(self):
        held = Held(self.ipd.directory)
        status, deployment, _ = self.ipd.upload(package=tar_of(held.deploy.replace('deploy', 'check')))
        self.assertEqual(status, 200)
        held.await_begun()
        self.ipd.fill()
        held.let_go()
        self.ipd.await_said('is full; tried again in 5 s')
        self.assertEqual(self.ipd.get('/status/web/' + deployment), 'active')
        self.ipd.make_room()
        self.assertEqual(self.ipd.await_end('web', deployment), 'ok', self.ipd.get('/info/web') + self.ipd.said())
        self.assert_files([])


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
