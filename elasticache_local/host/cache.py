"""One cache as HOST holds it: its members, who leads each shard, and where its endpoints lead."""

from __future__ import annotations

import hashlib
import itertools
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from elasticache_local.host.connection import Front
from elasticache_local.host.engine import Engine
from elasticache_local.host.gate import Gate
from elasticache_local.host.listener import Listener
from elasticache_local.want import Want


class NobodyThere(ConnectionResetError):
    """The node is down, not on its way up: who comes for it is turned away at once."""


@dataclass(eq=False)
class Member:
    """A node: its name and listener stay while engines come and go."""

    id: str
    shard: str
    folder: Path
    listener: Listener
    engine: Engine | None = None
    is_open: bool = False
    """Whether its users are in place: nobody is led to it before."""
    began: bool = False
    """Whether it has had an engine since HOST began."""
    carries: bool = False
    """Whether it was put down with data that the next engine is to load."""
    is_down: bool = False
    """Died, and its replacement is not due yet."""
    is_silent: bool = False
    """Cut off: runs, and answers nobody."""
    is_lost: bool = False
    """Silent for so long that the others go on without it."""

    @property
    def reachable(self) -> Engine | None:
        """Its engine, if that can be asked."""
        return None if self.is_silent else self.engine

    def serving(self) -> Engine | None:
        """Where a client of this node is led; None while it is worth waiting."""
        if self.is_down:
            raise NobodyThere
        return self.engine if self.is_open else None

    def send(self, number: signal.Signals) -> None:
        """Send its process a signal, if it has one."""
        if self.engine:
            self.engine.signal(number)


@dataclass(eq=False)
class Cache:
    """What stands of one cache."""

    key: str
    gate: Gate
    members: dict[str, Member] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)
    """Shard id -> id of the node that is its primary now."""
    fronts: dict[str, Listener] = field(default_factory=dict)
    unpoured: list[Path] = field(default_factory=list)
    """Parts of the snapshot that it starts from for which there is no shard of their own."""
    _turn: Iterator[int] = field(default_factory=itertools.count)

    def of_shard(self, shard: str) -> list[Member]:
        """Give the members of a shard, its primary first."""
        found = [m for m in self.members.values() if m.shard == shard]
        return sorted(found, key=lambda m: (m.id != self.leads.get(shard), m.id))

    def lead(self, shard: str) -> Member | None:
        """Give the member that is the shard's primary."""
        return self.members.get(self.leads.get(shard, ""))

    def reachable(self) -> list[tuple[Member, Engine]]:
        """Give the members whose engines can be asked."""
        return [(m, engine) for m in self.members.values() if (engine := m.reachable)]

    def open_leads(self) -> None:
        """Let clients in to the primaries that can be asked."""
        for member, _ in self.reachable():
            if self.leads.get(member.shard) == member.id:
                member.is_open = True
        self.gate.pulse()

    def engines(self) -> list[Engine]:
        """Give the engines that can be asked."""
        return [engine for _, engine in self.reachable()]

    def listeners(self) -> Iterator[Listener]:
        """Every front of the cache."""
        yield from self.fronts.values()
        yield from (member.listener for member in self.members.values())

    def drop(self, engine: Engine) -> None:
        """Cut off every client of an engine, by whichever endpoint it came."""
        for listener in self.listeners():
            listener.drop(engine)

    def front_wishes(self, want: Want) -> dict[str, Front]:
        """Give the endpoints that this cache has beside its nodes', by name."""
        shard = want.shards[0].id
        if want.sort == "serverless_cache":
            return {
                "serverless": Front(self.gate, lambda: self._primary(shard)),
                "serverless_reader": Front(self.gate, lambda: self._reader(shard), readonly=True),
            }
        fronts = {}
        if want.cluster_mode != "disabled":
            fronts["configuration"] = Front(self.gate, self._anybody)
        if want.cluster_mode != "enabled":
            fronts["primary"] = Front(self.gate, lambda: self._primary(shard))
            fronts["reader"] = Front(
                self.gate, lambda: self._reader(shard), readonly=want.cluster_mode == "compatible"
            )
        return fronts

    def _primary(self, shard: str) -> Engine | None:
        lead = self.lead(shard)
        return lead.serving() if lead else None

    def _reader(self, shard: str) -> Engine | None:
        """Give the next replica in turn, as the service's DNS does, or the primary."""
        replicas = self.of_shard(shard)[1:]
        return self._next(replicas) or self._primary(shard)

    def _anybody(self) -> Engine | None:
        if engine := self._next(self.members.values()):
            return engine
        if self.members and all(member.is_down for member in self.members.values()):
            raise NobodyThere
        return None

    def _next(self, members: Iterable[Member]) -> Engine | None:
        able = [m.engine for m in members if m.is_open and m.engine and not m.is_silent]
        return able[next(self._turn) % len(able)] if able else None


def folder_of(key: str, node: str) -> Path:
    """Give a node's folder: short, for a unix socket, and the same every time, for its data."""
    return Path(hashlib.sha256(f"{key}\n{node}".encode()).hexdigest()[:12])


Ended = Callable[[Engine], None]
