"""One client's connection to one engine: requests looked at, replies passed on as they come."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from elasticache_local.host import acl_reply, hidden, resp
from elasticache_local.host.engine import Engine
from elasticache_local.host.gate import Gate, Login
from elasticache_local.host.request import Request, Requests
from elasticache_local.host.timer import Alarm
from elasticache_local.host.upstream import Upstream

_QUEUE_BYTES = 256 * 1024
"""How much of a held client is read ahead."""
_ENGINE_PATIENCE_S = 5.0
"""How long a client is held while its engine is being replaced or restarted."""


@dataclass(frozen=True)
class Front:
    """What an endpoint is: whose it is, where it leads now, and whether it only reads."""

    gate: Gate
    pick: Callable[[], Engine | None]
    readonly: bool = False


@dataclass(frozen=True)
class Terms:
    """How a client came in. ``replicas_only``: without TLS where TLS is required."""

    over_tls: bool
    replicas_only: bool = False


class Connection(asyncio.Protocol):
    """A client. ``engine`` is where it leads, once it does."""

    def __init__(self, front: Front, clients: set[Connection], terms: Terms) -> None:
        self.over_tls = terms.over_tls
        self.engine: Engine | None = None
        self.transport: asyncio.Transport
        self._gate, self._pick, self._readonly = front.gate, front.pick, front.readonly
        self._clients, self.replicas_only = clients, terms.replicas_only
        self._requests = Requests()
        self._pieces: deque[bytes | Request] = deque()
        self._upstream: Upstream | None = None
        self._held: asyncio.Task[None] | None = None
        self.as_replica = self._in_multi = False
        self._mute = False
        """Whether a request may be answered with nothing, or with something else first."""
        self._life: Alarm | None = None
        self._frozen = False
        """Whether the front holds its breath: nothing passes, and nothing is closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lead the client to its engine; what it says meanwhile is kept."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._clients.add(self)
        self._hold(self._open())

    def data_received(self, data: bytes) -> None:
        """Pass on what the client says, or keep it while the stream is held."""
        self._pieces.extend(self._requests.feed(data))
        if not (self._held or self._frozen):
            self._pump()
        elif sum(map(_size, self._pieces)) > _QUEUE_BYTES:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """Let the engine finish answering a client that has said all it had to say."""
        if self.over_tls or not self._upstream or self._held:
            return False
        self._upstream.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Let go of the engine."""
        if self._held:
            self._held.cancel()
        if self._life:
            self._life.cancel()
        if self._upstream:
            self._upstream.transport.abort()
        self._clients.discard(self)

    def pause_writing(self) -> None:
        """Read the engine as slowly as the client reads."""
        if self._upstream:
            self._upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on: the client has caught up."""
        if self._upstream and not self._frozen:
            self._upstream.transport.resume_reading()

    def freeze(self) -> None:
        """Pass nothing on, either way, until thawed."""
        self._frozen = True
        self.transport.pause_reading()
        if self._upstream:
            self._upstream.transport.pause_reading()

    def thaw(self) -> None:
        """Pass on what was kept, and go on."""
        self._frozen = False
        if self.transport.is_closing() or not self._upstream:
            return
        self._upstream.transport.resume_reading()
        self.transport.resume_reading()
        if not self._held:
            self._pump()

    def end(self) -> None:
        """Cut the client off."""
        self.transport.abort()

    def _hold(self, work: Coroutine[Any, Any, None]) -> None:
        self._held = asyncio.ensure_future(self._work(work))

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nothing of the stream may overtake, then go on."""
        try:
            await work
        except (OSError, TimeoutError):
            self.end()
            return
        self._held = None
        if not (self.transport.is_closing() or self._frozen):
            self.transport.resume_reading()
            self._pump()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_ENGINE_PATIENCE_S):
            while not self._upstream:
                engine = self._pick()
                if engine and not engine.is_held:
                    with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
                        _, self._upstream = await loop.create_unix_connection(
                            lambda: Upstream(self.transport), engine.socket_path
                        )
                        self.engine = engine
                        break
                await self._gate.move()
        if self._readonly:
            await self._upstream.exchange(resp.command("READONLY"))

    def _pump(self) -> None:
        assert self._upstream
        out = self._upstream.transport
        while self._pieces and not self._held:
            piece = self._pieces.popleft()
            if isinstance(piece, bytes):
                if self.replicas_only and not self.as_replica and not _is_ping(piece):
                    return self.end()
                out.write(piece)
            elif self.as_replica:
                out.write(piece.raw)
            elif answer := self._look_at(piece):
                out.write(answer)
        return None

    def _look_at(self, request: Request) -> bytes | None:
        """Give what goes to the engine for this; None where the stream is now held for it."""
        name, args = request.name, request.args
        if self.replicas_only and name != b"AUTH":
            self.end()
            return None
        if hidden.is_hidden(args):
            return hidden.unheard_of(args)
        match name:
            case b"AUTH" | b"HELLO":
                return self._look_at_login(request)
            case b"MULTI":
                self._in_multi = True
            case b"EXEC" | b"DISCARD":
                self._in_multi = False
            case b"RESET":
                self._in_multi = self._mute = False
            case b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE":
                self._mute = True
            case b"CLIENT" if len(args) > 2 and args[1].upper() == b"REPLY":
                self._mute = args[2].upper() != b"ON"
            case b"CLIENT" if len(args) > 1 and args[1].upper() == b"LIST":
                if not (self._in_multi or self._mute):
                    self._hold(self._show(b"CLIENT", request.raw))
                    return None
            case b"ACL" if len(args) > 1 and args[1].upper() in acl_reply.FILTERED:
                return self._look_at_acl(args)
        return request.raw

    def _look_at_acl(self, args: list[bytes]) -> bytes | None:
        if self._in_multi or self._mute:
            return hidden.unheard_of(
                args
            )  # no place in the stream where its reply could be changed
        part = args[1].upper()
        if part == b"GETUSER" and len(args) > 2 and args[2] == acl_reply.LOCAL:
            args = [*args[:2], args[2] + b"\0"]
        name = args[2] if part == b"GETUSER" and len(args) > 2 else b""
        self._hold(self._show(part, resp.command(*args), name))
        return None

    async def _show(self, part: bytes, request: bytes, name: bytes = b"") -> None:
        assert self._upstream
        await self._barrier()
        reply = await self._upstream.exchange(request)
        assert self.engine
        self.transport.write(acl_reply.shown(part, reply, self.engine.shown_users, name))

    async def _barrier(self) -> None:
        """Wait until every earlier request is answered: the next reply is that of the next one."""
        assert self._upstream
        await self._upstream.barrier(secrets.token_hex(16).encode())

    def _look_at_login(self, request: Request) -> bytes | None:
        if (at := _login_place(request)) is None:
            return request.raw
        words = request.args[at:]
        has_user = request.name == b"HELLO" or len(request.args) == 3
        user = words[0].decode(errors="replace") if has_user else "default"
        if not self._gate.judges(user):
            if self.replicas_only:
                self.end()
                return None
            if not self._readonly:
                return request.raw
        self._hold(self._log_in(request, at, user, words[has_user].decode(errors="replace")))
        return None

    async def _log_in(self, request: Request, at: int, user: str, password: str) -> None:
        assert self._upstream
        raw = request.raw
        if self._gate.judges(user):
            login = await self._gate.judge(user, password, over_tls=self.over_tls)
            raw = _with_login(request, at, login)
            self._take_up(login)
        if not self._readonly or self._in_multi or self._mute:
            self._upstream.transport.write(raw)
            return
        # READONLY is refused before a login: said again after each.
        await self._barrier()
        self.transport.write(await self._upstream.exchange(raw))
        await self._upstream.exchange(resp.command("READONLY"))

    def _take_up(self, login: Login) -> None:
        self.as_replica = login.is_replica
        if login.life_s is not None:
            if self._life:
                self._life.cancel()
            self._life = self._gate.timers.later(login.life_s, self.end)


def _login_place(request: Request) -> int | None:
    """Where the user name (or the lone password) of a login stands; None if it is no login."""
    args = request.args
    if request.name == b"AUTH":
        return 1 if len(args) in (2, 3) else None
    for at, word in enumerate(args[2:-2], 2):
        if word.upper() == b"AUTH":
            return at + 1
    return None


def _with_login(request: Request, at: int, login: Login) -> bytes:
    until = len(request.args) if request.name == b"AUTH" else at + 2
    names = login.user.encode(), login.password.encode()
    return resp.command(*request.args[:at], *names, *request.args[until:])


def _is_ping(piece: bytes) -> bool:
    return piece.upper() == b"*1\r\n$4\r\nPING\r\n"


def _size(piece: bytes | Request) -> int:
    return len(piece if isinstance(piece, bytes) else piece.raw)
