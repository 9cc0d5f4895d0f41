"""Keeps one cache: moves what is towards the newest Want, and says when it holds."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from elasticache_local.host import cluster, replication
from elasticache_local.host.authority import Authority
from elasticache_local.host.binary import Binary, NoEngine, choose
from elasticache_local.host.cache import Cache, Member, folder_of
from elasticache_local.host.connection import Front
from elasticache_local.host.crew import Crew, is_clustered
from elasticache_local.host.engine import Engine, EngineFailed, Nursery
from elasticache_local.host.gate import AskVerdict, Gate
from elasticache_local.host.listener import Listener
from elasticache_local.host.orders import Orders
from elasticache_local.host.ports import PortBook
from elasticache_local.host.pouring import pour
from elasticache_local.host.resp import ReplyError
from elasticache_local.host.timer import Timers
from elasticache_local.want import Is, Role, Want

_logger = logging.getLogger(__name__)
_RETRY_S = 1.0
_FAILURES = (EngineFailed, NoEngine, ReplyError, OSError, TimeoutError)


@dataclass(frozen=True)
class House:
    """What all caches of this HOST share."""

    nursery: Nursery
    binaries: tuple[Binary, ...]
    authority: Authority
    ports: PortBook
    ask_verdict: AskVerdict
    say: Callable[[Is], None]
    timers: Timers
    orders: Orders


class _Topology(Protocol):
    """How primaries and replicas find each other: with cluster mode or without."""

    def settle(self, cache: Cache, want: Want) -> Awaitable[None]: ...

    def promote(self, cache: Cache, shard: str, to: Member) -> Awaitable[None]: ...


class Keeper:
    """One cache's loop. Everything that happens to the cache happens here, one pass at a time."""

    def __init__(self, house: House, key: str, after: Awaitable[None] | None = None) -> None:
        self.notes: list[str] = []
        """What an engine did not take, in its words; told in ``status``."""
        self.cache = Cache(key, Gate(key, house.ask_verdict, house.timers, house.orders.iam_life_s))
        self._house = house
        self._crew = Crew(self.cache, house.nursery, self._ended)
        self._want: Want | None = None
        self._wished: dict[str, str] = {}
        """Shard id -> the primary that CONTROL asked for last."""
        self._promotions: dict[str, str] = {}
        self._returns: dict[str, str] = {}
        """Shard id -> the node that leads it again once it has the shard's data."""
        self._names: tuple[str, ...] | None = None
        self._chain_file = Path(f"{folder_of(key, '')}.pem").absolute()
        self._said: Is | None = None
        self._holds = -1
        self._woken = asyncio.Event()
        self._settling: asyncio.Future[None] | None = None
        self._loop = asyncio.ensure_future(self._run(after))

    def follow(self, want: Want) -> None:
        """Take a newer Want; an older one is not even looked at."""
        if self._want and want.generation < self._want.generation:
            return
        for shard in want.shards:
            primary = next((n.id for n in shard.nodes if n.role == "primary"), None)
            # A primary that differs from who leads is obeyed only if CONTROL has changed its mind:
            # a Want sent before CONTROL heard of a failover must not undo it.
            if primary and self._wished.get(shard.id) != primary:
                self._wished[shard.id] = primary
                if shard.id in self.cache.leads:
                    self._promotions[shard.id] = primary
                else:
                    self.cache.leads[shard.id] = primary
        self._want = want
        self._woken.set()

    def fail_over(self, shard: str, node: str) -> None:
        """Promote a replica."""
        self._promotions[shard] = node
        self._woken.set()

    def kill(self, node: str) -> None:
        """End a node's engine without a word."""
        if member := self.cache.members.get(node):
            member.send(signal.SIGKILL)

    def cut(self, node: str, seconds: float) -> None:
        """Let a node answer nobody for a while: it runs and is not heard."""
        if not (member := self.cache.members.get(node)) or not member.engine:
            return
        member.is_silent = True
        member.send(signal.SIGSTOP)
        self._house.timers.later(self._house.orders.fail_over_s, self._lose, member)
        asyncio.get_running_loop().call_later(seconds, self._hear_again, member)

    def hold(self, node: str, seconds: float) -> None:
        """Let a node's fronts pass nothing on for a while; nothing else of it changes."""
        if not (member := self.cache.members.get(node)) or not (engine := member.engine):
            return
        engine.is_held = True
        for listener in self.cache.listeners():
            listener.freeze(engine)
        asyncio.get_running_loop().call_later(seconds, self._thaw, engine)

    def _thaw(self, engine: Engine) -> None:
        engine.is_held = False
        for listener in self.cache.listeners():
            listener.thaw(engine)
        self.cache.gate.pulse()

    async def close(self, *, save: bool, remove: bool) -> None:
        """Stop everything of this cache; its folders go too where they are not kept."""
        self._loop.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._loop
        for listener in self.cache.listeners():
            listener.close()
        members = list(self.cache.members.values())
        await asyncio.gather(*(m.engine.stop(save=save) for m in members if m.engine))
        if remove:
            self._house.ports.forget(self.cache.key)
            self._chain_file.unlink(missing_ok=True)
            for member in members:
                shutil.rmtree(member.folder, ignore_errors=True)

    async def _run(self, after: Awaitable[None] | None) -> None:
        if after:
            await after  # another cache of this key is still being taken down
        while True:
            await self._woken.wait()
            self._woken.clear()
            want = self._want
            if not want:
                continue
            try:
                await self._pass(want)
            except _FAILURES as error:
                self._complain(want, str(error) or type(error).__name__)
            except Exception as error:
                # The loop's edge: a defect is told like any trouble, and does not stop the cache.
                _logger.exception("cache.pass.failed", extra={"key": want.key})
                self._complain(want, f"a defect of the data plane: {type(error).__name__}")

    def _complain(self, want: Want, words: str) -> None:
        """Tell why the Want does not hold, and try again before long."""
        _logger.warning("cache.unsettled", extra={"key": want.key, "why": words})
        found = dataclasses.replace(self._is(want, {}), generation=want.generation)
        self._say(dataclasses.replace(found, problem=words))
        asyncio.get_running_loop().call_later(_RETRY_S, self._woken.set)

    async def _pass(self, want: Want) -> None:
        """One walk from what is to what is wanted; done again whenever something happens."""
        binary = choose(self._house.binaries, want.engine, want.engine_version)
        if (running := self._running()) and not binary.reads_data_of(running):
            binary = running  # what is in it could not be loaded: the version is a label only
        topology: _Topology = cluster if is_clustered(want) else replication
        self._open_doors(want, binary)
        await self._promote(want, topology)
        await self._crew.renew(want, binary)
        await self._crew.start_missing(want, binary)
        refused, self.notes = await self._crew.instruct(want)
        if not await self._settle(topology, want):
            return  # what a node's end calls for comes in its time, and begins with another pass
        await pour(self._house.nursery, self.cache, want, self.cache.gate.engine_secret)
        await self._give_back(want, topology)
        self._crew.open_replicas()
        await self._let_go(want)
        roles = await self._roles()
        if refused:
            raise ReplyError("; ".join(refused))
        if len(roles) == len(self.cache.members):
            self._holds = want.generation
        self._say(self._is(want, roles))
        if any(m.id in self._promotions.values() for m, _ in self.cache.reachable()):
            self._woken.set()  # it is back: now it can be promoted

    def _open_doors(self, want: Want, binary: Binary) -> None:
        """Bring the gate, the endpoints and the list of members up to date."""
        cache, gate = self.cache, self.cache.gate
        if want.tls != "off" and self._names != want.names:
            gate.context = self._house.authority.server_context(want.names, self._chain_file)
            self._names = want.names
        gate.replicas_come_through = is_clustered(want) and not binary.knows_client_port
        gate.follow(want)
        fronts = cache.front_wishes(want)
        for name in [name for name in cache.fronts if name not in fronts]:
            cache.fronts.pop(name).close()
        for name, front in fronts.items():
            if name in cache.fronts:
                cache.fronts[name].front = front
            else:
                cache.fronts[name] = self._listen(name, front)
        for shard in want.shards:
            for node in shard.nodes:
                if node.id not in cache.members:
                    cache.members[node.id] = self._member(shard.id, node.id)
        if want.tls == "required":
            for listener in cache.listeners():
                listener.drop_plain()

    def _member(self, shard: str, node: str) -> Member:
        cache = self.cache

        def pick() -> Engine | None:
            member = cache.members.get(node)
            return member.serving() if member else None

        listener = self._listen(f"node:{node}", Front(cache.gate, pick))
        return Member(node, shard, folder_of(cache.key, node), listener)

    def _listen(self, name: str, front: Front) -> Listener:
        listener = Listener(front, self._house.ports.last(self.cache.key, name))
        self._house.ports.note(self.cache.key, name, listener.port)
        return listener

    async def _promote(self, want: Want, topology: _Topology) -> None:
        """Do the promotions that were asked for, and those that a dead primary makes necessary."""
        cache = self.cache
        for shard in list(cache.leads):
            lead = cache.lead(shard)
            if not lead or not lead.began or (lead.engine and not lead.is_lost):
                continue
            if want.fails_over:
                await self._succeed(shard)
            elif not (lead.is_down or lead.is_lost) and await self._succeed(shard):
                # What replaces it copies from a replica, which leads only as long as that takes.
                self._returns[shard] = lead.id
        for shard, node in list(self._promotions.items()):
            to = cache.members.get(node)
            if to and not to.reachable:
                continue  # CONTROL waits for this one: done as soon as it is back
            if to and cache.leads.get(shard) != node:
                await self._hand_lead(topology, shard, to)
            self._promotions.pop(shard, None)

    async def _settle(self, topology: _Topology, want: Want) -> bool:
        """Settle; False when a node ended meanwhile: what is waited for may never come then."""
        self._settling = asyncio.ensure_future(topology.settle(self.cache, want))
        try:
            await self._settling
        except asyncio.CancelledError:
            if self._loop.cancelling():
                raise
            return False
        finally:
            self._settling = None
        return True

    async def _give_back(self, want: Want, topology: _Topology) -> None:
        """Let primaries that were replaced lead again, now that they have their data."""
        for shard, node in self._returns.items():
            if (to := self.cache.members.get(node)) and to.reachable:
                await self._hand_lead(topology, shard, to)
        if self._returns:
            self._returns.clear()
            await self._settle(topology, want)

    async def _succeed(self, shard: str) -> bool:
        """Let the replica that has come furthest take a dead primary's place, if there is one."""
        offsets = {
            member.id: await replication.offset(engine)
            for member in self.cache.of_shard(shard)[1:]
            # Who has not been put behind a primary yet has nothing, and is refused as successor.
            if (engine := member.reachable) and not await replication.is_primary(engine)
        }
        if not offsets:
            return False
        self._promotions[shard] = max(offsets, key=lambda node: offsets[node])
        return True

    async def _hand_lead(self, topology: _Topology, shard: str, to: Member) -> None:
        former = self.cache.lead(shard)
        await topology.promote(self.cache, shard, to)
        if former and former.engine:
            self.cache.drop(former.engine)
        self.cache.gate.pulse()

    def _ended(self, member: Member, engine: Engine) -> None:
        """Note that an engine has ended by itself; its replacement is due later."""
        if member.engine is not engine or self._loop.cancelled():
            return
        _logger.warning("node.died", extra={"node": member.id})
        member.engine, member.is_open, member.is_down = None, False, True
        if self._settling:
            self._settling.cancel()
        self._house.timers.later(self._house.orders.fail_over_s, self._woken.set)
        self._house.timers.later(self._house.orders.replace_s, self._replace, member)

    def _replace(self, member: Member) -> None:
        member.is_down = False
        self._woken.set()

    def _lose(self, member: Member) -> None:
        member.is_lost = member.is_silent
        self._woken.set()

    def _hear_again(self, member: Member) -> None:
        member.is_silent = member.is_lost = False
        member.send(signal.SIGCONT)
        self._woken.set()

    async def _let_go(self, want: Want) -> None:
        """Stop the members that are wanted no more."""
        wanted = {node.id for shard in want.shards for node in shard.nodes}
        for member in [m for m in self.cache.members.values() if m.id not in wanted]:
            del self.cache.members[member.id]
            member.listener.close()
            if engine := member.engine:
                member.engine = None
                await cluster.forget(self.cache, engine)
                await engine.stop()
            shutil.rmtree(member.folder, ignore_errors=True)
        shards = {shard.id for shard in want.shards}
        for gone in [shard for shard in self.cache.leads if shard not in shards]:
            del self.cache.leads[gone]
            self._wished.pop(gone, None)

    async def _roles(self) -> dict[str, Role]:
        """Each node's role in its engine's own words; those that can't be asked are left out."""
        roles: dict[str, Role] = {}
        for member, engine in self.cache.reachable():
            said = await engine.admin.ask("ROLE")
            roles[member.id] = "primary" if said[0] == b"master" else "replica"
        return roles

    def _is(self, want: Want, roles: dict[str, Role]) -> Is:
        ports = {name: listener.port for name, listener in self.cache.fronts.items()}
        if want.sort != "serverless_cache":
            ports |= {f"node:{m.id}": m.listener.port for m in self.cache.members.values()}
        running = self._running()
        return Is(
            key=want.key,
            generation=self._holds,
            ports=ports,
            roles=roles,
            engine=running.family if running else "",
            engine_version=running.version_text if running else "",
        )

    def _running(self) -> Binary | None:
        """Give the binary that the cache runs on now."""
        return next((m.engine.binary for m in self.cache.members.values() if m.engine), None)

    def _say(self, found: Is) -> None:
        """Tell CONTROL, unless that is what it was told last or nothing has held yet."""
        if found != self._said and found.generation >= 0:
            self._said = found
            self._house.say(found)
