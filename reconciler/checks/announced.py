"""What a cluster announces of itself: CLUSTER SLOTS as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis.crc import key_slot

from reconciler.kind import Endpoint

SLOTS = 16384


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """A node as the others tell clients to reach it."""

    host: str
    port: int

    def endpoint(self, *, tls: bool) -> Endpoint:
        """Give it as a place to connect to, named by its address."""
        return Endpoint("node", self.host, self.port, tls, f"{self.host}:{self.port}")


@dataclass(frozen=True, slots=True)
class Announced:
    """Slot ranges (first, last, members with the primary first), as one node tells them."""

    ranges: tuple[tuple[int, int, tuple[Member, ...]], ...]

    @property
    def shards(self) -> dict[Member, frozenset[Member]]:
        """Give each primary that owns slots, with its replicas."""
        found: dict[Member, frozenset[Member]] = {}
        for _, _, members in self.ranges:
            found[members[0]] = found.get(members[0], frozenset()) | frozenset(members[1:])
        return found

    @property
    def members(self) -> tuple[Member, ...]:
        """Give every node, in order."""
        return tuple(sorted({member for _, _, members in self.ranges for member in members}))

    def owner(self, slot: int) -> Member | None:
        """Give the primary that owns a slot; None where nobody does."""
        return next(
            (members[0] for first, last, members in self.ranges if first <= slot <= last), None
        )

    @property
    def uncovered(self) -> int:
        """Give how many of the 16384 slots nobody owns."""
        covered: set[int] = set()
        for first, last, _ in self.ranges:
            covered.update(range(first, last + 1))
        return SLOTS - len(covered)


def slot_of(name: str) -> int:
    """Give the slot that a key falls into."""
    return key_slot(name.encode())


def parsed(reply: Sequence[Any], asked_host: str) -> Announced:
    """Read CLUSTER SLOTS; a node that names no host means the one it was asked at."""
    return Announced(
        tuple(
            (int(first), int(last), tuple(_members(nodes, asked_host)))
            for first, last, *nodes in reply
        )
    )


def _members(nodes: Sequence[Sequence[Any]], asked_host: str) -> Iterator[Member]:
    for host, port, *rest in nodes:
        # Endpoint type unknown-endpoint gives null; a hostname that is not known yet gives "?".
        metadata = rest[1] if len(rest) > 1 else []
        named = dict(zip(metadata[::2], metadata[1::2], strict=False))
        known = host if host not in (None, "", "?") else named.get("hostname") or asked_host
        yield Member(str(known), int(port))
