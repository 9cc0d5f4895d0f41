"""HOST's own way into an engine: one connection by unix socket, as ``__local``."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from elasticache_local.host import resp

LOCAL_USER = "__local"
RENAMED = ("MIGRATE",)
"""What the fronts hide and scripts could call; engines have it under another name.

CONFIG, DEBUG and the like are not for scripts anyway; a container such as CLUSTER can't be renamed
in part.
"""
_PATIENCE_S = 10.0


def other_name(command: str, secret: str) -> str:
    """Give what an engine calls a command that nobody but us may find, from a script neither."""
    return f"{command}-{hashlib.sha256(f'{command} {secret}'.encode()).hexdigest()[:32]}"


class Admin:
    """Commands to one engine, answered in order; connects when first used, and again when cut."""

    def __init__(self, socket_path: str, secret: str) -> None:
        self._path, self._secret = socket_path, secret
        self._names = {name: other_name(name, secret) for name in RENAMED}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._lock = asyncio.Lock()

    async def ask(self, *args: bytes | str | int, patience_s: float = _PATIENCE_S) -> Any:
        """Give the reply to one command; raises ReplyError, OSError or TimeoutError."""
        [reply] = await self.ask_all([args], patience_s=patience_s)
        if isinstance(reply, resp.ReplyError):
            raise reply
        return reply

    async def ask_all(
        self, commands: Sequence[Sequence[bytes | str | int]], *, patience_s: float = _PATIENCE_S
    ) -> list[Any]:
        """Give the replies to a pipeline; refusals stand in it as ReplyError values."""
        async with self._lock:
            try:
                async with asyncio.timeout(patience_s):
                    if self._streams and self._streams[0].at_eof():
                        self.close()  # the engine's timeout, or somebody's CLIENT KILL
                    reader, writer = self._streams or await self._connect()
                    return await _exchange(reader, writer, [*map(self._named, commands)])
            except BaseException:
                self.close()
                raise

    async def tell(self, *args: bytes | str | int) -> None:
        """Send a command that has no reply."""
        async with self._lock, asyncio.timeout(_PATIENCE_S):
            _, writer = self._streams or await self._connect()
            writer.write(resp.command(*args))

    def _named(self, command: Sequence[bytes | str | int]) -> Sequence[bytes | str | int]:
        return (self._names.get(str(command[0]), command[0]), *command[1:])

    def close(self) -> None:
        """Hang up; the next command connects again."""
        if self._streams:
            self._streams[1].transport.abort()
        self._streams = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        self._streams = reader, writer
        [reply] = await _exchange(reader, writer, [("AUTH", LOCAL_USER, self._secret)])
        if isinstance(reply, resp.ReplyError):
            raise reply
        return reader, writer


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    commands: Sequence[Sequence[bytes | str | int]],
) -> list[Any]:
    writer.write(b"".join(resp.command(*args) for args in commands))
    replies: list[Any] = []
    data, at = b"", 0
    while len(replies) < len(commands):
        try:
            reply, at = resp.read_reply(data, at)
            replies.append(reply)
        except resp.Incomplete:
            more = await reader.read(1 << 20)
            if not more:
                raise ConnectionResetError("the engine hung up") from None
            data, at = data[at:] + more, 0
    return replies
