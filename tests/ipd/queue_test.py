#!/usr/bin/python3
"""How much runs and waits at once, and what is told of a deployment meanwhile.

Usage: queue_test.py IPD"""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
from daemon import Case, Held, USER, tar_of, until, well  # noqa: E402


class QueueCase(Case):
    def accepted(self, project, package, **more):
        """Its id."""
        status, deployment, headers = self.ipd.upload(project, package, **more)
        self.assertEqual(status, 200, headers)
        return deployment

    def info(self, project='web'):
        return json.loads(self.ipd.get('/info/' + project))

    def counted(self):
        """(deployments that run, deployments that wait)"""
        counts = dict(line.split() for line in self.ipd.get('/metrics').splitlines() if not line.startswith('#'))
        return int(counts['ipd_running_deployments']), int(counts['ipd_queue_depth'])


class Five(QueueCase):
    def test_five_run_at_once_and_the_next_begins_when_one_of_them_has_ended(self):
        early = [Held(self.ipd.directory, f'early-{n}') for n in range(5)]
        running = [(f'early-{n}', self.accepted(f'early-{n}', tar_of(held.deploy))) for n, held in enumerate(early)]
        for held in early:
            held.await_begun()
        late = Held(self.ipd.directory, 'late')
        waiting = [(f'late-{n}', self.accepted(f'late-{n}', tar_of(late.deploy))) for n in range(5)]
        self.assertEqual([self.ipd.get(f'/status/{project}/{one}') for project, one in running], ['active'] * 5)
        self.assertEqual([self.ipd.get(f'/status/{project}/{one}') for project, one in waiting], ['await'] * 5)
        self.assertEqual(self.counted(), (5, 5))
        self.assertFalse(os.path.exists(late.begun))
        early[2].let_go()
        self.assertEqual(self.ipd.await_end(*running[2]), 'ok')
        late.await_begun()
        self.assertEqual(self.counted(), (5, 4))
        self.assertEqual(late.times(), 1)
        for held in (*early, late):
            held.let_go()
        self.assertEqual([self.ipd.await_end(*one) for one in running + waiting], ['ok'] * 10)


class Full(QueueCase):
    settings = {'CONCURRENT': 1, 'LONGEST_QUEUE': 2}

    def told(self):
        return self.ipd.files(), self.ipd.get('/list'), self.ipd.get('/stat'), self.ipd.get('/projects')

    def test_one_upload_too_many_is_refused_and_leaves_nothing(self):
        held = Held(self.ipd.directory)
        running = self.accepted('one', tar_of(held.deploy))
        held.await_begun()
        older, third = self.accepted('two', tar_of(well)), self.accepted('three', tar_of(well))
        before = self.told()
        status, body, headers = self.ipd.upload('four', tar_of(well), owner='somebody')
        self.assertEqual((status, body, headers['Ipd-Reason']), (400, 'err', '2 deployments wait already'))
        self.assertEqual(self.told(), before)
        self.assertEqual((self.ipd.get('/info/four'), self.ipd.get('/status/four'), self.ipd.get('/history/four')),
                         ('no', 'no', '[]\n'))
        refused = json.loads(self.ipd.get('/audit'))[0]
        self.assertEqual((refused['subject'], refused['outcome']), ('four', 'refused: 2 deployments wait already'))
        # In the place of what waits already there is room; what runs has no place in the queue.
        second = self.accepted('two', tar_of(well))
        self.assertEqual(self.ipd.get('/status/two/' + older), 'changed')
        self.assertEqual(self.ipd.upload('one', tar_of(well))[:2], (400, 'err'))
        held.let_go()
        ended = [self.ipd.await_end(*one) for one in (('one', running), ('two', second), ('three', third))]
        self.assertEqual(ended, ['ok'] * 3)
        self.assertEqual(self.deployed(tar_of(well), project='four')[0], 'ok')
        self.assert_files([])


class Gone(QueueCase):
    settings = {'CONCURRENT': 1}

    def test_what_is_no_longer_there_when_its_turn_comes_is_101_or_102_and_harms_nobody(self):
        held = Held(self.ipd.directory)
        running = self.accepted('other', tar_of(held.deploy))
        held.await_begun()
        mark = self.ipd.directory + '/mark'
        marking = tar_of(f'#!/bin/sh\ntouch {mark}\nexit 1\n')
        without = {name: self.accepted(name, marking) for name in ('package', 'image')}
        os.remove(f'{self.ipd.uploads}/package.tar.{without["package"]}')
        os.remove(f'{self.ipd.uploads}/image.{without["image"]}')
        held.let_go()
        for name, state in (('package', 101), ('image', 102)):
            self.assertEqual(self.ipd.await_end(name, without[name]), 'err')
            told = self.info(name)
            self.assertEqual((told['state'], told['newest']['words']), (state, f'its {name} is no longer there'))
            logged = f'{without[name]} failed with {state}: its {name} is no longer there'
            until(lambda: logged in self.ipd.said(), logged)
        self.assertFalse(os.path.exists(mark))
        self.assertEqual(self.ipd.await_end('other', running), 'ok')
        self.assert_files([])
        self.assertEqual(self.deployed(tar_of(well), project='package')[:2], ('ok', 4))


class Version(QueueCase):
    def test_a_version_is_told_while_it_runs_and_then_as_what_is_deployed(self):
        held = Held(self.ipd.directory)
        deployment = self.accepted('web', tar_of(held.deploy), version='7 beta')
        held.await_begun()
        told = self.info()
        self.assertEqual((told['version'], told['state']), ('7 beta', 3))
        held.let_go()
        self.assertEqual(self.ipd.await_end('web', deployment), 'ok')
        told = self.info()
        self.assertNotIn('version', told)
        self.assertEqual((told['deployed']['version'], told['newest']['version']), ('7 beta', '7 beta'))
        self.assertEqual(self.deployed(tar_of('#!/bin/sh\nexit 9\n'), version='8')[0], '9')
        told = self.info()
        self.assertNotIn('version', told)
        self.assertEqual((told['deployed']['version'], told['newest']['version']), ('7 beta', '8'))

    def test_what_waits_does_not_hide_what_runs(self):
        held = Held(self.ipd.directory)
        running = self.accepted('web', tar_of(held.deploy), version='7')
        held.await_begun()
        waiting = self.accepted('web', tar_of(well), version='8')
        told = self.info()
        self.assertEqual((told['version'], told['state'], told['newest']['version']), ('7', 3, '8'))
        self.assertEqual(self.ipd.get('/status/web'), 'await')
        self.assertEqual(self.ipd.ask('DELETE', f'/status/web/{waiting}', USER)[0], 200)
        self.assertEqual(self.ipd.get('/status/web'), 'active')
        held.let_go()
        self.assertEqual(self.ipd.await_end('web', running), 'ok')
        self.assertEqual((self.ipd.get('/status/web'), self.info()['state']), ('ok', 4))

    def test_who_sends_no_version_is_told_none(self):
        held = Held(self.ipd.directory)
        deployment = self.accepted('web', tar_of(held.deploy))
        held.await_begun()
        self.assertNotIn('version', self.info())
        held.let_go()
        self.assertEqual(self.ipd.await_end('web', deployment), 'ok')
        self.assertEqual(self.info()['deployed']['version'], '')


if __name__ == '__main__':
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
