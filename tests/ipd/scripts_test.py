#!/usr/bin/python3
"""How packages are unpacked and their control.sh is called.

Usage: scripts_test.py IPD"""

import contextlib
import gzip
import io
import json
import os
import sys
import tarfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import Case, tar_of, until, well  # noqa: E402


class Scripts(Case):
    def test_every_combination_of_exit_codes(self):
        for codes, success in (('legacy', 1), ('usual', 0)):
            for check in (0, 1, 2):
                for prepare in (0, 1, 2):
                    for deploy in (0, 1, 7):
                        script = ('#!/bin/sh\necho $1\ncase $1 in check) exit %d;; prepare) exit %d;; '
                                  'deploy) exit %d;; esac\n' % (check, prepare, deploy))
                        prepares = check != success
                        if prepares and prepare == 2:
                            expected = ('2', 104, ['check', 'prepare'])
                        elif deploy == success:
                            expected = ('ok', 4, ['check', 'prepare', 'deploy'] if prepares else ['check', 'deploy'])
                        else:
                            expected = (str(deploy), 105,
                                        ['check', 'prepare', 'deploy'] if prepares else ['check', 'deploy'])
                        word, state, deployment = self.deployed(tar_of(script), exit_codes=codes)
                        ran = self.ipd.get('/output/web/' + deployment).split()
                        self.assertEqual((word, state, ran), expected, (codes, check, prepare, deploy))

    def test_the_end_of_what_it_wrote_is_told_whatever_it_wrote(self):
        for what, end in (('x' * 100_000, 'x'), ('a line\\n' * 20_000, 'a line\n'), ('\\r50 %' * 30_000 + '\\n', '50 %\n')):
            deployment = self.deployed(tar_of(f'#!/bin/sh\nprintf \'{what.replace("%", "%%")}\'\nexit 1\n'))[2]
            said = self.ipd.get('/output/web/' + deployment)
            self.assertTrue(said.endswith(end), said[-20:])
            self.assertGreater(len(said), 60_000)

    def test_a_script_that_does_not_stop_writing_takes_no_disk(self):
        script = ('#!/bin/sh\n[ $1 = deploy ] || exit 1\n'
                  'for i in 1 2 3 4 5 6 7 8 9 10; do yes | head -c 8000000; sleep 0.15; done\necho the end; exit 1\n')
        deployment = self.ipd.upload(package=tar_of(script))[1]
        largest = 0
        while self.ipd.get('/status/web/' + deployment) in ('await', 'active'):
            time.sleep(0.01)
            for name in self.ipd.files():
                if name.startswith('output.'):
                    with contextlib.suppress(FileNotFoundError):
                        largest = max(largest, os.stat(f'{self.ipd.uploads}/{name}').st_blocks * 512)
        self.assertLess(largest, 60_000_000)
        self.assertTrue(self.ipd.get('/output/web/' + deployment).endswith('y\ny\nthe end\n'))

    def test_a_script_that_exits_0_is_told_why_that_is_a_failure(self):
        self.deployed(tar_of('#!/bin/sh\nexit 0\n'))
        self.assertIn('IPD takes 1 for success', json.loads(self.ipd.get('/info/web'))['newest']['words'])

    def test_environment_and_folder_are_exactly_what_was_promised(self):
        script = ('#!/usr/bin/python3\nimport json, os, sys\n'
                  'print(json.dumps([sorted(os.environ), os.getcwd(), sys.argv[1:]]))\nsys.exit(1)\n')
        _, _, deployment = self.deployed(tar_of(script))
        folder = f'{os.path.realpath(self.ipd.uploads)}/web-{deployment}'
        variables, where, arguments = json.loads(self.ipd.get('/output/web/' + deployment).splitlines()[0])
        # LC_CTYPE is Python's own doing.
        self.assertEqual([name for name in variables if name != 'LC_CTYPE'], ['DEPLOY', 'PATH', 'PROJECT'])
        self.assertEqual((where, arguments), (folder, ['check']))

    def test_a_script_that_is_not_there_or_cannot_run_is_106(self):
        for package in (tar_of(), tar_of(well, mode=0o644), tar_of('#!/no/such/shell\n'), tar_of('no script at all')):
            word, state, _ = self.deployed(package)
            self.assertEqual((word, state), ('err', 106))

    def test_a_signal_is_told_as_shells_do(self):
        self.assertEqual(self.deployed(tar_of('#!/bin/sh\n[ $1 = deploy ] && kill -9 $$\nexit 1\n'))[:2], ('137', 105))

    def test_a_check_that_a_signal_ends_is_no_success_and_prepare_runs(self):
        for codes, success in (('legacy', 1), ('usual', 0)):
            for signal in ('HUP', 'TERM', 'KILL'):  # HUP is number 1, which is not the exit code 1
                script = f'#!/bin/sh\necho $1\n[ $1 != check ] || kill -s {signal} $$\nexit {success}\n'
                word, state, deployment = self.deployed(tar_of(script), exit_codes=codes)
                self.assertEqual((word, state), ('ok', 4), (codes, signal))
                self.assertEqual(self.ipd.get('/output/web/' + deployment).split(), ['check', 'prepare', 'deploy'])
                newest = json.loads(self.ipd.get('/info/web'))['newest']
                self.assertEqual([name for name in ('exit_code', 'words') if name in newest], [])

    def test_a_prepare_that_a_signal_ends_has_failed_and_the_signal_is_told(self):
        for codes, other in (('legacy', 0), ('usual', 1)):
            for signal, number in (('HUP', 1), ('TERM', 15), ('KILL', 9)):
                script = f'#!/bin/sh\necho $1\n[ $1 != prepare ] || kill -s {signal} $$\nexit {other}\n'
                word, state, deployment = self.deployed(tar_of(script), exit_codes=codes)
                self.assertEqual((word, state), (str(128 + number), 104), (codes, signal))
                self.assertEqual(self.ipd.get('/output/web/' + deployment).split(), ['check', 'prepare'])
                newest = json.loads(self.ipd.get('/info/web'))['newest']
                told = f'control.sh prepare was ended by signal {number}'
                self.assertEqual((newest['exit_code'], newest['words']), (128 + number, told))
                logged = f'{deployment} failed with 104: {told}\n'
                until(lambda: logged in self.ipd.said(), logged)

    def test_what_a_script_leaves_running_goes_on_and_holds_nothing(self):
        mark = self.ipd.directory + '/service'
        go_on = self.ipd.directory + '/go-on'
        script = (f'#!/bin/sh\n[ $1 = deploy ] && (while [ ! -e {go_on} ]; do sleep 0.05; done; touch {mark}) &\n'
                  'exit 1\n')
        self.assertEqual(self.deployed(tar_of(script))[0], 'ok')
        open(go_on, 'w').close()
        end = time.monotonic() + 10
        while not os.path.exists(mark) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertTrue(os.path.exists(mark))


class Limits(Case):
    settings = {'CHECK_TIMEOUT': 2, 'PREPARE_TIMEOUT': 2, 'DEPLOY_TIMEOUT': 2}

    def test_over_its_time_the_whole_group_is_killed(self):
        for action, state in (('check', 1031), ('prepare', 1032), ('deploy', 1033)):
            pulse = f'{self.ipd.directory}/{action}.pulse'
            before = 1 if action == 'deploy' else 0
            script = (f'#!/bin/sh\n[ $1 = {action} ] || exit {before}\n'
                      f'while :; do echo x >> {pulse}; sleep 0.05; done &\nsleep 600\n')
            self.assertEqual(self.deployed(tar_of(script))[:2], ('err', state))
            beats = os.path.getsize(pulse)
            self.assertGreater(beats, 0)
            time.sleep(0.3)
            self.assertEqual(os.path.getsize(pulse), beats)


class Unpacking(Case):
    settings = {'CHECK_TIMEOUT': 1, 'MAX_MEMBERS': 1 << 40}

    def test_a_package_that_takes_too_long_is_1030_and_nothing_of_it_runs(self):
        """Four million times the same empty file, each put in the place of the one before: an inode on the disk and a
        package of 9 MB. In a second no machine makes as many files."""
        member = tarfile.TarInfo('again').tobuf()
        package = gzip.compress(tar_of('#!/bin/sh\necho ran\nexit 1\n')[:1024]) + gzip.compress(member * (1 << 17)) * 32
        word, state, deployment = self.deployed(package)
        self.assertEqual((word, state), ('err', 1030))
        self.assertEqual(json.loads(self.ipd.get('/info/web'))['newest']['words'], 'unpacking took longer than 1 s')
        self.assertEqual(self.ipd.get('/output/web/' + deployment), '')
        self.assert_files([])


class Packages(Case):
    settings = {'MAX_UNPACKED_SIZE': 1_000_000}

    def member(self, name, kind=tarfile.REGTYPE, link='', mode=0o644):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, link, mode
        return info

    def test_nothing_leaves_the_folder(self):
        outside = self.ipd.directory + '/outside'
        os.mkdir(outside)
        plain, link, hard = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        hostile = [
            [self.member('../evil')], [self.member('/evil')], [self.member('a/../../evil')],
            [self.member('link', link, '..')], [self.member('link', link, outside)], [self.member('link', link, '/')],
            [self.member('d', tarfile.DIRTYPE, mode=0o755), self.member('d/link', link, '../..')],
            [self.member('b', link, '.'), self.member('a', link, 'b/..'), self.member('a/evil')],
            [self.member('hard', hard, '../../users.txt')], [self.member('hard', hard, '/etc/passwd')],
            [self.member('pipe', tarfile.FIFOTYPE)], [self.member('disk', tarfile.BLKTYPE)],
        ]
        before = sorted(os.listdir(self.ipd.directory))
        for members in hostile:
            names = [member.name for member in members]
            word, state, _ = self.deployed(tar_of(well, members=[(member, b'') for member in members]))
            self.assertEqual((word, state), ('err', 103), names)
            self.assertEqual(os.listdir(outside), [], names)
        self.assertEqual(sorted(os.listdir(self.ipd.directory)), before)
        self.assert_files([])

    def test_a_link_that_is_replaced_by_a_file_is_not_followed(self):
        members = [(self.member('inner', tarfile.DIRTYPE, mode=0o755), b''), (self.member('way', tarfile.SYMTYPE, 'inner'), b''),
                   (self.member('way/file'), b'x')]
        script = '#!/bin/sh\nfind . -name file\nexit 1\n'
        _, state, deployment = self.deployed(tar_of(script, members=members))
        self.assertEqual(state, 4)
        self.assertIn(self.ipd.get('/output/web/' + deployment).split()[0], ('./way/file', './inner/file'))

    def test_a_bomb_is_cut_and_a_broken_archive_is_none(self):
        bomb = io.BytesIO()
        with tarfile.open(fileobj=bomb, mode='w:gz') as tar:
            info = tarfile.TarInfo('zeros')
            info.size = 50_000_000
            tar.addfile(info, io.BytesIO(bytes(info.size)))
        for package in (bomb.getvalue(), b'no tar', tar_of(well)[:600] + b'\xff' * 600, b'\x1f\x8b' + b'x' * 100):
            self.assertEqual(self.deployed(package)[:2], ('err', 103))
        self.assert_files([])

    def test_every_compression_unpacks(self):
        for mode in ('w', 'w:gz', 'w:bz2', 'w:xz'):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode=mode) as tar:
                info = tarfile.TarInfo('./control.sh')
                info.size, info.mode = len(well), 0o755
                tar.addfile(info, io.BytesIO(well.encode()))
            self.assertEqual(self.deployed(out.getvalue())[0], 'ok', mode)

    def test_a_folder_that_its_owner_may_not_write_is_removed_all_the_same(self):
        script = '#!/bin/sh\n[ $1 = deploy ] && mkdir -p a/b && touch a/b/c && chmod 0 a/b a\nexit 1\n'
        self.assertEqual(self.deployed(tar_of(script))[0], 'ok')
        self.assert_files([])


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
