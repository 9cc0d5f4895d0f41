"""Real engines for saboteurs: started by hand, spoken to as their owner, put right again."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from elasticache_local.host.binary import Binary, find_binaries

BINARIES = find_binaries()
NEWEST = max(BINARIES, key=lambda binary: (binary.family == "valkey", binary.version))


# Started through this, so that no engine outlives a test run that is killed: Linux ends it with the
# thread that started it. Not by preexec_fn, which Python warns of where there are threads.
_MORTAL = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Engine:
    """One process. ``admin`` is the owner's connection, by a user that no cache knows of."""

    def __init__(self, binary: Binary, folder: Path, *arguments: str) -> None:
        self.binary = binary
        folder.mkdir(parents=True, exist_ok=True)
        acl = folder / "users.acl"
        owner = f"user owner on {hashed('owner')} ~* &* +@all"
        acl.write_text(f"{owner}\nuser default on nopass ~* &* +@all\n")
        for _ in range(5):
            self.port = free_port()
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-c", _MORTAL),
                    *(binary.path, "--port", str(self.port), "--bind", "127.0.0.1"),
                    *("--dir", str(folder), "--save", "", "--appendonly", "no"),
                    *("--protected-mode", "no", "--aclfile", str(acl), "--loglevel", "warning"),
                    *("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"),
                    *("--masteruser", "owner", "--masterauth", "owner"),
                    *arguments,
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            login = {"username": "owner", "password": "owner"}
            # Its own retries would wait longer and longer for a process that has ended.
            once = Retry(NoBackoff(), 0)
            self.admin = redis.Redis(
                port=self.port, decode_responses=True, protocol=2, retry=once, **login
            )
            if self._answers():
                return
            self.stop()
        raise AssertionError(f"{binary.path} does not start")

    def _answers(self) -> bool:
        until = time.monotonic() + 5
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(redis.ConnectionError):
                return bool(self.admin.ping())
            time.sleep(0.01)
        return False

    def tell(self, *words: object) -> object:
        return self.admin.execute_command(*words)

    def raw(self, *words: object) -> object:
        """Give the reply as it came, before redis-py has made something of it."""
        asked = self.admin.connection_pool.get_connection()
        try:
            asked.send_command(*" ".join(map(str, words)).split())
            return asked.read_response()
        finally:
            self.admin.connection_pool.release(asked)

    def set_user(self, name: str, *rules: str) -> None:
        self.tell("ACL", "SETUSER", name, "reset", *rules)

    def contents(self) -> dict[str, object]:
        """Every key with its serialised value, in every database."""
        found = {}
        for database in range(4):
            try:
                with self.reading(database) as asked:
                    found.update({(database, key): asked.dump(key) for key in asked.keys("*")})
            except redis.ResponseError:
                # A cluster's node has one database, or as many as it was told.
                break
        return found

    @contextlib.contextmanager
    def reading(self, database: int = 0) -> Iterator[redis.Redis]:
        """Give the owner a connection that may read here even if this is a cluster's replica."""
        login = {"username": "owner", "password": "owner", "protocol": 2}
        one = redis.Redis(port=self.port, db=database, single_connection_client=True, **login)
        with one as asked:
            with contextlib.suppress(redis.ResponseError):
                asked.execute_command("READONLY")
            yield asked

    def stop(self) -> None:
        self.admin.close()
        self.process.kill()
        self.process.wait(5)


def hashed(password: str) -> str:
    """Give an ACL password rule that holds no plain text."""
    return "#" + hashlib.sha256(password.encode()).hexdigest()


def free_port() -> int:
    """Give a port that nothing listens on, and whose cluster bus (10000 above) is a port too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:
            return port


def follow(replica: Engine, primary: Engine) -> None:
    replica.tell("REPLICAOF", "127.0.0.1", primary.port)


def until(holds, what: str, seconds: float = 10) -> None:
    """Wait for a fact, at most so long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@contextlib.contextmanager
def engines(
    folder: Path, count: int, *arguments: str, binary: Binary = NEWEST
) -> Iterator[list[Engine]]:
    with contextlib.ExitStack() as running:
        started = []
        for number in range(count):
            engine = Engine(binary, folder / str(number), *arguments)
            running.callback(engine.stop)
            started.append(engine)
        yield started
