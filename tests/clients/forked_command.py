"""Python command-line clients, many times in one process: each takes a second to start.

Every command runs in a fork of a process that has loaded the client, through the entry point that its program in
/usr/bin calls, with its own arguments, environment, standard output, standard error and exit code. Nothing of the
client is replaced.
"""

import json
import os
import sys
import tempfile


class Outcome:
    def __init__(self, command, status, out, err):
        self.command = command
        self.status = status
        self.out = out
        self.err = err

    def __str__(self):
        return f"{self.command}\nexit code {self.status}\n{self.out}{self.err}"

    @property
    def json(self):
        return json.loads(self.out)


class Running:
    """A command that has been started; outcome() waits for it."""

    def __init__(self, client, words, environment):
        self.words = [client.name, *words]
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._become(client, environment)

    def _become(self, client, environment):
        status = 70
        try:
            os.dup2(self.out.fileno(), 1)
            os.dup2(self.err.fileno(), 2)
            # A test runner may have put objects of its own in their place.
            sys.stdout = open(1, "w", closefd=False)
            sys.stderr = open(2, "w", closefd=False)
            for name, value in environment.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            sys.argv = self.words
            status = client.main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception as error:
            # What the interpreter would print above this line is of no interest to a test.
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            status = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status or 0)

    def outcome(self):
        _, waited = os.waitpid(self.pid, 0)
        texts = []
        for stream in (self.out, self.err):
            stream.seek(0)
            texts.append(stream.read())
            stream.close()
        return Outcome(" ".join(self.words), os.waitstatus_to_exitcode(waited), *texts)


class Client:
    """`main` takes its arguments from sys.argv, as the program `name` does."""

    def __init__(self, name, main):
        self.name = name
        self.main = main

    def start(self, *words, **environment):
        return Running(self, words, environment)

    def run(self, *words, **environment):
        return self.start(*words, **environment).outcome()
