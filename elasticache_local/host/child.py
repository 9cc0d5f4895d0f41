"""HOST itself: one thread that takes CONTROL's messages and answers them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from elasticache_local.host import left_over, snapshot, wire
from elasticache_local.host.access_string import Scratch
from elasticache_local.host.authority import Authority
from elasticache_local.host.binary import choose, find_binaries
from elasticache_local.host.engine import Nursery, Process
from elasticache_local.host.keeper import House, Keeper
from elasticache_local.host.memcached import MemcachedKeeper, find_memcached
from elasticache_local.host.orders import Orders
from elasticache_local.host.ports import PortBook
from elasticache_local.host.reserve import Reserve
from elasticache_local.host.resp import ReplyError
from elasticache_local.host.timer import Timers
from elasticache_local.want import BadAccessString, Is

_logger = logging.getLogger(__name__)


class Child:
    """The one end of the socketpair that owns whatever listens and whatever is a process."""

    def __init__(self, orders: Orders, control: socket.socket) -> None:
        self._orders, self._control = orders, control
        self._keepers: dict[str, Keeper | MemcachedKeeper] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[int, asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._nursery = Nursery()
        binaries = find_binaries()
        self._memcached = find_memcached()
        self._house = House(
            nursery=self._nursery,
            binaries=binaries,
            authority=Authority(Path(orders.data_dir)),
            ports=PortBook(Path("ports.json")),
            ask_verdict=self._ask_verdict,
            say=self._say_is,
            timers=Timers(orders.speed),
            orders=orders,
        )
        engine, _, version = orders.normaliser.partition(" ")
        scratch = choose(binaries, engine, version) if binaries else None
        self._scratch = Scratch(self._nursery, scratch)
        self._reserve = Reserve(self._house.ports)

    async def serve(self) -> None:
        """Answer CONTROL until it says stop, or is gone."""
        loop = asyncio.get_running_loop()
        self._nursery.watch_signals(loop)
        loop.add_signal_handler(signal.SIGTERM, self._end)
        reader, self._writer = await asyncio.open_connection(
            sock=self._control, limit=wire.LONGEST_LINE
        )
        self._tell(say="hello", engines=self._engines(), pid=os.getpid())
        # A CONTROL that was killed with something unread is no end of a stream, but a reset.
        with contextlib.suppress(ConnectionError):
            while text := await reader.readline():
                message = wire.message(text)
                if message["do"] == "stop":
                    await self._stop()
                    return
                self._take(message)
        await self._leave()

    def _take(self, message: wire.Message) -> None:
        match message["do"]:
            case "want":
                self._want(message["want"])
            case "forget":
                self._forget(message["key"])
            case "normalise":
                self._spawn(self._normalise(message["ask"], message["text"]))
            case "save":
                self._spawn(self._save(message))
            case "discard":
                snapshot.discard(message["folder"])
            case "pace":
                self._house.timers.pace(message["speed"])
            case "advance":
                self._house.timers.advance(message["seconds"])
            case "status":
                self._tell(say="answer", ask=message["ask"], value=self._status())
            case "verdict":
                if asked := self._asked.pop(message["ask"], None):
                    asked.set_result(bool(message["good"]))
            case _:
                self._order(message)

    def _order(self, message: wire.Message) -> None:
        """Do something to one cache at once; told once it is done where that was asked for."""
        if keeper := self._keepers.get(message["key"]):
            _carry_out(keeper, message)
        if "ask" in message:
            self._tell(say="answer", ask=message["ask"], value=None)

    def _want(self, data: wire.Message) -> None:
        want = wire.want_from_json(data)
        memcached = self._memcached if want.engine == "memcached" else None
        if not self._orders.engines or (want.engine == "memcached" and not memcached):
            self._say_is(self._reserve.answer(want))
            return
        if want.key not in self._keepers:
            closing = self._closing.pop(want.key, None)
            self._keepers[want.key] = (
                MemcachedKeeper(self._house, want.key, memcached, closing)
                if memcached
                else Keeper(self._house, want.key, closing)
            )
        self._keepers[want.key].follow(want)

    def _forget(self, key: str) -> None:
        self._house.ports.forget(key)
        if keeper := self._keepers.pop(key, None):
            self._closing[key] = self._spawn(keeper.close(save=False, remove=True))

    async def _normalise(self, ask: int, text: str) -> None:
        try:
            self._tell(say="answer", ask=ask, value=await self._scratch.normalise(text))
        except BadAccessString as refusal:
            self._tell(say="answer", ask=ask, refused=str(refusal))

    async def _save(self, message: wire.Message) -> None:
        ask, keeper = message["ask"], self._keepers.get(message["key"])
        try:
            if isinstance(keeper, Keeper):
                await snapshot.take(keeper.cache, message["folder"])
            elif self._orders.engines and not snapshot.is_there(message["folder"]):
                raise ConnectionResetError("the cache was not running when it was to be saved")
        except (OSError, TimeoutError, ReplyError) as error:
            snapshot.discard(message["folder"])
            self._tell(say="answer", ask=ask, failed=str(error) or type(error).__name__)
        else:
            self._tell(say="answer", ask=ask, value=None)

    async def _ask_verdict(self, key: str, user: str, token: str) -> bool:
        ask = max(self._asked, default=0) + 1
        self._asked[ask] = asyncio.get_running_loop().create_future()
        self._tell(say="verdict", ask=ask, key=key, user=user, token=token)
        return await self._asked[ask]

    def _status(self) -> wire.Message:
        caches = {
            key: {
                "nodes": {m.id: _node_status(m.engine) for m in keeper.cache.members.values()},
                "leads": dict(keeper.cache.leads),
                "connections": sum(front.guests for front in keeper.cache.listeners()),
                "arrived": sum(front.arrived for front in keeper.cache.listeners()),
                "notes": keeper.notes,
            }
            for key, keeper in self._keepers.items()
        }
        return {"pid": os.getpid(), "engines": self._engines(), "caches": caches}

    def _engines(self) -> list[wire.Message]:
        return [
            {"engine": b.family, "version": b.version_text, "path": b.path}
            for b in (*self._house.binaries, *filter(None, [self._memcached]))
        ]

    async def _stop(self) -> None:
        save = self._orders.keep_data
        closing = [keeper.close(save=save, remove=not save) for keeper in self._keepers.values()]
        await asyncio.gather(*closing, self._scratch.stop())

    async def _leave(self) -> None:
        """Stop because CONTROL is gone: what is kept is saved first, which may take a while."""
        if self._orders.keep_data:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_over.GRACE_S):
                    await self._stop()
        self._end()

    def _end(self) -> None:
        """End everything at once: nothing of us may outlive us."""
        self._nursery.kill_all()
        os._exit(0)

    def _say_is(self, found: Is) -> None:
        self._tell(say="is", **{"is": wire.is_to_json(found)})

    def _tell(self, **message: Any) -> None:
        self._writer.write(wire.line(message))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _carry_out(keeper: Keeper | MemcachedKeeper, message: wire.Message) -> None:
    match message["do"]:
        case "failover":
            keeper.fail_over(message["shard"], message["node"])
        case "kill":
            keeper.kill(message["node"])
        case "cut":
            keeper.cut(message["node"], message["seconds"])
        case "hold":
            keeper.hold(message["node"], message["seconds"])


def _node_status(engine: Process | None) -> wire.Message:
    if not engine:
        return {"up": False}
    return {"up": True, "pid": engine.pid, "version": engine.binary.version_text}
