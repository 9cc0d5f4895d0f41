"""The engine's side of a client's connection."""

from __future__ import annotations

import asyncio

from elasticache_local.host import resp


class Upstream(asyncio.Protocol):
    """Passes the engine's replies on as they come; on request, takes single ones out."""

    def __init__(self, client: asyncio.Transport) -> None:
        self.transport: asyncio.Transport
        self._client = client
        self._kept: bytes | None = None
        """Replies being collected; None while they pass."""
        self._more: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the engine."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Pass replies to the client, or collect them."""
        if self._kept is None:
            self._client.write(data)
            return
        self._kept += data
        self._wake(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Hang up as the engine has, after what it said last."""
        self._wake(ConnectionResetError("the engine hung up"))
        self._client.close()

    def pause_writing(self) -> None:
        """Read the client as slowly as the engine reads."""
        self._client.pause_reading()

    def resume_writing(self) -> None:
        """Go on: the engine has caught up."""
        self._client.resume_reading()

    async def barrier(self, nonce: bytes) -> None:
        """Return when everything sent before is answered.

        HELLO is open to everybody, logged in or not, and repeats an option that it does not know.
        """
        self._kept = b""
        self.transport.write(resp.command("HELLO", "2", nonce))
        refusal = b"-ERR Syntax error in HELLO option '" + nonce
        while (at := self._kept.find(refusal)) < 0 or self._kept.find(b"\r\n", at) < 0:
            await self._arrival()
        after = self._kept.index(b"\r\n", at) + 2
        self._client.write(self._kept[:at])
        self._pass_on(self._kept[after:])

    async def exchange(self, request: bytes) -> bytes:
        """Send one request and give its reply; only where everything before is answered."""
        self._kept = b""
        self.transport.write(request)
        while True:
            try:
                _, end = resp.read_reply(self._kept)
            except resp.Incomplete:
                await self._arrival()
                continue
            reply, self._kept = self._kept[:end], self._kept[end:]
            if not reply.startswith(b">"):
                break
            self._client.write(reply)  # a push of RESP3 may come at any time
        self._pass_on(self._kept)
        return reply

    def _pass_on(self, data: bytes) -> None:
        self._kept = None
        if data:
            self._client.write(data)

    async def _arrival(self) -> None:
        self._more = asyncio.get_running_loop().create_future()
        await self._more

    def _wake(self, error: Exception | None) -> None:
        waiting, self._more = self._more, None
        if waiting is None or waiting.done():
            return
        if error:
            waiting.set_exception(error)
        else:
            waiting.set_result(None)
