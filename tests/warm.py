"""The command line as processes that need not load it first: forked from one that has.

Half of a short command's time goes into loading modules; a test that starts thousands takes these.
They get arguments, environment and folder as anything else that is started, and can be killed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from commandline import Ended, Folder


class Warm:
    """Where the modules are loaded. One command at a time."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._parent = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            env={**folder.env, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def run(
        self, *arguments: str, told: Callable[[int], object] = lambda _pid: None, **changes: str
    ) -> Ended:
        """Run a command to its end; which process it is is told as soon as there is one."""
        with tempfile.TemporaryDirectory(dir=self._folder.env["TMPDIR"]) as said:
            asked = {
                "path": str(self._folder.path),
                "env": self._folder.env | changes,
                "arguments": arguments,
                "said": said,
            }
            self._parent.stdin.write(json.dumps(asked) + "\n")
            pid = int(self._line(60))
            told(pid)
            try:
                code = int(self._line(180))
            except AssertionError:
                os.kill(pid, signal.SIGKILL)
                raise
            return Ended(code, *((Path(said) / name).read_text() for name in ("out", "err")))

    def _line(self, within_s: float) -> str:
        assert select.select([self._parent.stdout], [], [], within_s)[0], "it does not end"
        return self._parent.stdout.readline()

    def end(self) -> None:
        self._parent.stdin.close()
        assert self._parent.wait(30) == 0
        self._parent.stdout.close()


@contextlib.contextmanager
def warm(folder: Folder) -> Iterator[Warm]:
    made = Warm(folder)
    try:
        yield made
    finally:
        made.end()


def _load() -> None:
    for package in ("reconciler", "boto3", "botocore"):
        found = importlib.import_module(package)
        for one in pkgutil.walk_packages(found.__path__, f"{package}."):
            # Some are for platforms or extras that are not here.
            if not one.name.endswith("__main__"):
                with contextlib.suppress(ImportError):
                    importlib.import_module(one.name)


def _become(asked: dict) -> None:
    """Be that command: of whoever this is forked from only the modules are left."""
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["path"])
    names = (os.devnull, f"{asked['said']}/out", f"{asked['said']}/err")
    for number, name in enumerate(names):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.argv = ["reconcile", *asked["arguments"]]
    importlib.import_module("reconciler.__main__").main()


def _serve() -> None:
    _load()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        _tell(pid)
        _tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
