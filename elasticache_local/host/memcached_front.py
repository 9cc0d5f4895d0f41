"""A memcached endpoint: TLS ends here, ``config get cluster`` is answered here, all else passes."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Callable

from elasticache_local.host.listener import listening_socket

_STORES = {
    **dict.fromkeys((b"set", b"add", b"replace", b"append", b"prepend", b"cas"), 4),
    b"ms": 2,
}
"""Commands that a block of data follows, and which word says how long it is."""
_CONFIG = [b"config", b"get", b"cluster"]
_OLD_CONFIG = [b"get", b"AmazonElastiCache:cluster"]
"""As clients of engines before 1.4.14 ask (user guide, auto discovery)."""
_BINARY = 0x80
_LONGEST_LINE = 64 * 1024
_CHUNK = 256 * 1024


class Requests:
    """Where a client's stream stands; data that looks like a command is never taken for one."""

    def __init__(self) -> None:
        self._line = b""
        self._data_left = 0
        self._passes = False
        """Whether nothing more is looked at: the binary protocol, or what is no protocol."""

    def feed(self, data: bytes) -> list[bytes | str]:
        """Give what goes to the server, and ``config`` or ``get`` where its nodes are asked for."""
        pieces: list[bytes | str] = []
        data, self._line = self._line + data, b""
        start = at = 0
        while at < len(data) and not self._passes:
            if self._data_left:
                taken = min(self._data_left, len(data) - at)
                self._data_left -= taken
                at += taken
            elif data[at] == _BINARY:
                self._passes = True
            elif (end := data.find(b"\n", at)) < 0:
                self._passes = len(data) - at > _LONGEST_LINE
                break
            else:
                words = data[at : end + 1].split()
                if words in (_CONFIG, _OLD_CONFIG):
                    pieces += [data[start:at]] * (at > start) + [words[0].decode()]
                    start = end + 1
                at = end + 1
                self._data_left = _length(words)
        if self._passes:
            at = len(data)
        self._line = data[at:]
        return pieces + [data[start:at]] * (at > start)


def _length(words: list[bytes]) -> int:
    place = _STORES.get(words[0]) if words else None
    if place is None or len(words) <= place or not words[place].isdigit():
        return 0
    return int(words[place]) + 2


class MemcachedFront:
    """One endpoint on 127.0.0.1. ``pick`` gives the socket that a client is led to now."""

    def __init__(
        self,
        pick: Callable[[], str | None],
        told: Callable[[], bytes],
        port: int,
        context: ssl.SSLContext | None,
    ) -> None:
        self._pick, self._told, self._context = pick, told, context
        self._socket = listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self.arrived = 0
        self._guests: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def guests(self) -> int:
        """How many clients are connected."""
        return len(self._guests)

    async def open(self) -> None:
        """Let clients in."""
        self._server = await asyncio.start_server(
            self._welcome, sock=self._socket, ssl=self._context
        )

    def close(self) -> None:
        """Stop listening and cut everybody off."""
        if self._server:
            self._server.close()
        self._socket.close()
        self.drop()

    def drop(self) -> None:
        """Cut everybody off."""
        for guest in self._guests:
            guest.cancel()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrived += 1
        guest = asyncio.ensure_future(self._serve(reader, writer))
        self._guests.add(guest)
        guest.add_done_callback(self._guests.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError, TimeoutError):
            await guest

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if (path := self._pick()) is None:
                return
            upstream = await asyncio.open_unix_connection(path)
            talk = _Talk(upstream, writer, self._told)
            try:
                # Whoever hangs up first ends both ways; the server answers what it was asked.
                asking = asyncio.ensure_future(talk.requests(reader))
                answering = asyncio.ensure_future(talk.replies())
                await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
                for way in (asking, answering):
                    way.cancel()
                await asyncio.gather(asking, answering, return_exceptions=True)
            finally:
                upstream[1].transport.abort()
        finally:
            writer.close()


class _Talk:
    """One client and its server."""

    def __init__(
        self,
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        client: asyncio.StreamWriter,
        told: Callable[[], bytes],
    ) -> None:
        self._from_server, self._to_server = upstream
        self._client, self._told = client, told
        self._mark = b""
        """The server's answer to a question of ours, while that is awaited."""
        self._marked = asyncio.Event()

    async def requests(self, reader: asyncio.StreamReader) -> None:
        """Pass on what the client says, and answer what only we can."""
        stream = Requests()
        while data := await reader.read(_CHUNK):
            for piece in stream.feed(data):
                if isinstance(piece, bytes):
                    self._to_server.write(piece)
                    await self._to_server.drain()
                else:
                    await self._barrier()
                    self._client.write(_answer(piece, self._told()))
        self._to_server.write_eof()
        await asyncio.get_running_loop().create_future()  # the answers end it

    async def replies(self) -> None:
        """Pass on what the server says, but for its answer to a question of ours."""
        kept = b""
        while data := await self._from_server.read(_CHUNK):
            kept += data
            if self._mark and (at := kept.find(self._mark)) >= 0:
                self._client.write(kept[:at])
                kept, self._mark = kept[at + len(self._mark) :], b""
                self._marked.set()
            # The mark may have come in part.
            held = len(self._mark) - 1 if self._mark else 0
            self._client.write(kept[: len(kept) - held])
            kept = kept[len(kept) - held :] if held else b""
            await self._client.drain()

    async def _barrier(self) -> None:
        """Return when everything sent before is answered: a deletion of nothing tells its mark."""
        token = secrets.token_hex(12).encode()
        self._marked.clear()
        self._mark = b"NF O" + token + b"\r\n"
        self._to_server.write(b"md " + token + b" O" + token + b"\r\n")
        await self._marked.wait()


def _answer(asked: str, text: bytes) -> bytes:
    head = b"CONFIG cluster" if asked == "config" else b"VALUE AmazonElastiCache:cluster"
    return head + b" 0 %d\r\n%b\r\nEND\r\n" % (len(text), text)
