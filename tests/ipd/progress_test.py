#!/usr/bin/python3
"""What somebody at a terminal sees of a large image on its way through a slow line.

Usage: progress_test.py IPD MUSTER"""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import daemon  # noqa: E402
import deploying  # noqa: E402
from between import SlowLine  # noqa: E402
from daemon import ADMIN  # noqa: E402
from deploying import Case  # noqa: E402

MIB = 1 << 20


class Screen:
    """A terminal of 200 columns, and a muster that runs on it."""

    def __init__(self, *words, cwd):
        self.screen, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 50, 200, 0, 0))
        environment = {'PATH': os.environ['PATH'], 'HOME': cwd, 'IPD_TOKEN': ADMIN, 'LANG': 'C.UTF-8', 'TERM': 'xterm'}
        self.process = subprocess.Popen([deploying.muster, *words], cwd=cwd, env=environment, stdin=terminal,
                                        stdout=terminal, stderr=terminal)
        os.close(terminal)
        self.text = ''

    def read(self, limit):
        """False: nothing came, or nothing can come any more."""
        if not select.select([self.screen], [], [], limit)[0]:
            return False
        try:
            self.text += os.read(self.screen, 1 << 16).decode(errors='replace')
        except OSError:  # the other side is closed
            return False
        return True

    def await_shown(self, shows):
        """Until `shows(text)`; what it answers."""
        end = time.monotonic() + 60
        while not (shown := shows(self.text)):
            if not self.read(max(0, end - time.monotonic())):
                raise AssertionError('the screen never showed it but:\n' + self.text)
        return shown

    def await_end(self):
        """The exit code."""
        while self.read(60):
            pass
        return self.process.wait(60)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.screen)


class Upload(Case):
    def percent(self, text):
        """What was shown last of the image's way; None before that."""
        shown = re.findall(r'\((\d+) % of 4\.2 MB sent, \d+ s left, \d+\.\d MB/s\)', text)
        return int(shown[-1]) if shown else None

    def test_how_much_is_sent_how_fast_and_how_long_it_takes_is_shown_while_it_is_sent(self):
        line = SlowLine(self.ipd.port)
        self.addCleanup(line.close)
        self.port = line.port
        self.write('1', 'page one')
        # Small enough for all words about it to fit into the forty columns that the screen has for them.
        with open(self.fleet + '/image.tar.gz', 'wb') as out:
            out.write(bytes(4 * MIB))
        line.let_through(MIB)
        screen = Screen('apply', '--yes', cwd=self.fleet)
        self.addCleanup(screen.close)
        before = screen.await_shown(self.percent)
        line.let_through(2 * MIB)
        screen.await_shown(lambda text: self.percent(text) > before)
        self.assertEqual(self.deployments(), [])
        line.let_through(float('inf'))
        self.assertEqual(screen.await_end(), 0, screen.text)
        self.assertEqual((self.site.page('web'), self.deployments()[0]['image_size']), ('page one', 4 * MIB))


if __name__ == '__main__':
    deploying.muster = os.path.abspath(sys.argv.pop(2))
    daemon.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
