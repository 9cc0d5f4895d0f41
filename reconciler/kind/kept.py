"""Snapshots that we had made: how they are named, told apart and found again. Pure.

A name is the cache's id, what the snapshot is for, and the first number that is free, so that it
is the same however often it is planned, and a person can read it in a list of hundreds.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from reconciler.model import Address

Purpose = Literal["final", "replace"]

LONGEST = 40
"""Characters of a snapshot's name (User Guide, backups)."""
FRESH = timedelta(hours=1)
"""How long a snapshot stands for what its cache holds while that still takes writes."""
BEGUN, DONE = "begun", "done"
"""Values of our tag ``replace`` on a snapshot: whether the new cache is still to be made of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot as described; ``sources`` are the ids that it may be of.

    ``marks`` are our tags; None: not read, or too busy to tell them.
    """

    name: str
    arn: str
    kind: str
    sources: tuple[str, ...]
    status: str
    created: datetime | None = None
    marks: Mapping[str, str] | None = None
    engine_version: str = ""
    """Of the cache that it is of, where the service says so."""

    def is_of(self, address: Address) -> bool:
        """Say whether it is of this cache, itself or a member's."""
        member = re.compile(rf"{re.escape(address.id)}(-\d{{3,4}}){{1,2}}")
        return self.kind == address.kind and any(
            one == address.id or (self.kind == "replication_group" and member.fullmatch(one))
            for one in self.sources
        )

    def is_named(self, address: Address, purpose: Purpose) -> bool:
        """Say whether we named it so."""
        stem, dash, number = self.name.rpartition("-")
        return bool(dash) and number.isdecimal() and stem == _stem(address, purpose, number)


def free_name(address: Address, purpose: Purpose, taken: Iterable[Kept]) -> str:
    """Give the first name that nothing has."""
    names = {one.name for one in taken}
    for number in itertools.count(1):
        name = f"{_stem(address, purpose, str(number))}-{number}"
        if name not in names:
            return name
    raise AssertionError


def replacing(
    address: Address, snapshots: Iterable[Kept], estate: str, *, at: datetime | None = None
) -> Kept | None:
    """Give the newest snapshot from which a replacement that was begun is to be restored.

    ``at``: the cache is still there and takes writes, so that an older one does not count.
    """
    found = [
        one
        for one in snapshots
        if one.is_of(address)
        and one.is_named(address, "replace")
        and _is_begun(one, address, estate)
        and (at is None or (one.created is not None and at - one.created < FRESH))
    ]
    return max(found, key=lambda one: (_moment(one), len(one.name), one.name), default=None)


def _is_begun(kept: Kept, address: Address, estate: str) -> bool:
    # While it is being made its tags can't be read; nothing but waiting follows from it then.
    if kept.status == "creating":
        return True
    held = kept.marks or {}
    said = {"estate": estate, "address": str(address), "replace": BEGUN}
    return kept.status == "available" and said.items() <= held.items()


def ours(address: Address, snapshots: Iterable[Kept]) -> tuple[Kept, ...]:
    """Give every snapshot that we had made of this cache, the newest first."""
    found = [
        one
        for one in snapshots
        if one.is_of(address)
        and (one.is_named(address, "final") or one.is_named(address, "replace"))
    ]
    return tuple(sorted(found, key=lambda one: (-_moment(one), one.name)))


def _stem(address: Address, purpose: Purpose, number: str) -> str:
    return f"{address.id[: LONGEST - len(purpose) - len(number) - 2].rstrip('-')}-{purpose}"


def _moment(kept: Kept) -> float:
    return kept.created.timestamp() if kept.created else 0.0
