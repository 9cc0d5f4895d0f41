"""A front: one listening port of an endpoint, and the clients that came in by it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl

from elasticache_local.host.connection import Connection, Front, Terms
from elasticache_local.host.engine import Engine, dialling_address

_logger = logging.getLogger(__name__)
_HELLO_PATIENCE_S = 10.0
_TLS_HANDSHAKE = b"\x16"
_BACKLOG = 511
_PAUSE_S = 0.05


class Listener:
    """One endpoint on 127.0.0.1; where a client is led is asked at each connection."""

    def __init__(self, front: Front, port: int = 0) -> None:
        self.front, self._gate = front, front.gate
        self._clients: set[Connection] = set()
        self._socket = listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self.arrived = 0
        """How many have ever come, replicas included."""
        self._arrivals: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.ensure_future(self._accept())

    @property
    def guests(self) -> int:
        """How many clients are connected that are no replica of ours."""
        return sum(not client.as_replica for client in self._clients)

    def close(self) -> None:
        """Stop listening and cut everybody off."""
        for task in (self._accepting, *self._arrivals):
            task.cancel()
        self.drop()

    def drop(self, engine: Engine | None = None) -> None:
        """Cut off everybody, or those who are led to this engine."""
        for client in list(self._clients):
            if engine is None or client.engine is engine:
                client.end()

    def freeze(self, engine: Engine) -> None:
        """Pass nothing between this engine and its clients."""
        for client in self._clients:
            if client.engine is engine and not client.as_replica:
                client.freeze()

    def thaw(self, engine: Engine) -> None:
        """Pass on again."""
        for client in list(self._clients):
            if client.engine is engine:
                client.thaw()

    def drop_plain(self) -> None:
        """Cut off those who came in without TLS when that was allowed; not our replicas."""
        for client in list(self._clients):
            if not (client.over_tls or client.as_replica or client.replicas_only):
                client.end()

    async def _accept(self) -> None:
        # Closed here, after the loop has let go of it: its number is given to others at once.
        with self._socket:
            while True:
                await self._take_next()

    async def _take_next(self) -> None:
        try:
            arrived, (address, _) = await asyncio.get_running_loop().sock_accept(self._socket)
        except OSError as error:
            # Out of file handles: the next one may be given back at any moment.
            _logger.warning("front.accept.failed", extra={"port": self.port, "why": str(error)})
            await asyncio.sleep(_PAUSE_S)
            return
        self.arrived += 1
        arrived.setblocking(False)
        arrived.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.ensure_future(self._welcome(arrived, address))
        self._arrivals.add(task)
        task.add_done_callback(self._arrivals.discard)

    async def _welcome(self, arrived: socket.socket, address: str) -> None:
        try:
            terms = await self._terms(arrived, address)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(self.front, self._clients, terms),
                arrived,
                ssl=self._gate.context if terms.over_tls else None,
                ssl_handshake_timeout=_HELLO_PATIENCE_S if terms.over_tls else None,
            )
        except (OSError, ssl.SSLError, TimeoutError):
            arrived.close()
        except asyncio.CancelledError:
            arrived.close()
            raise

    async def _terms(self, arrived: socket.socket, address: str) -> Terms:
        mode = self._gate.tls
        if mode == "off":
            return Terms(over_tls=False)
        may_be_replica = self._gate.replicas_come_through and address == dialling_address()
        if mode == "required" and not may_be_replica:
            return Terms(over_tls=True)
        over_tls = await _first_byte(arrived) == _TLS_HANDSHAKE
        return Terms(over_tls, replicas_only=mode == "required" and not over_tls)


async def _first_byte(arrived: socket.socket) -> bytes:
    """Look at the first byte without taking it; raises ConnectionResetError if none comes."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_HELLO_PATIENCE_S):
        while True:
            readable = loop.create_future()
            loop.add_reader(arrived, _tell, readable)
            try:
                await readable
            finally:
                loop.remove_reader(arrived)
            with contextlib.suppress(BlockingIOError):
                if byte := arrived.recv(1, socket.MSG_PEEK):
                    return byte
                raise ConnectionResetError


def _tell(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def listening_socket(port: int) -> socket.socket:
    """Listen on this port of 127.0.0.1, or on one from the kernel if it is taken."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.bind(("127.0.0.1", 0))
    listening.listen(_BACKLOG)
    listening.setblocking(False)
    return listening
