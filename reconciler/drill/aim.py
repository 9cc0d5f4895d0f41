"""What a drill needs before anything is promoted: the shard, a user, names, and every refusal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.checks.announced import slot_of
from reconciler.checks.guest import PREFIX
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.checks.writer import Writer, writer
from reconciler.drill.service import PER_DAY
from reconciler.errors import CouldNotLook, Refused, UsageError
from reconciler.kind import Live, Ownership, Shard
from reconciler.model import Address, ReplicationGroup, Safety

_TRIES = 200_000


@dataclass(frozen=True)
class Aim:
    """One shard of one cache. ``failover`` False: watched only, nothing is promoted."""

    target: Target
    shard: Shard
    nodes: frozenset[str]
    failover: bool = True


def aim(target: Target, live: Live[Any], shard: str | None, *, failover: bool) -> Aim:
    """Give the shard that is meant; UsageError when it is not said and there are several."""
    by_id = {one.id: one for one in live.shards}
    if shard is None and len(by_id) == 1:
        [shard] = by_id
    if shard not in by_id:
        there = ", ".join(sorted(by_id)) or "none that describe shows"
        said = f"{target.address} has no shard {shard}" if shard else "say which --shard"
        raise UsageError(f"{said}; there are: {there}")
    nodes = frozenset(node.id for node in live.nodes if node.shard == shard)
    return Aim(target, by_id[shard], nodes, failover)


def refusals(aimed: Aim, live: Live[Any], safety: Safety, *, mode: str) -> Iterator[str]:
    """Give every reason why this shard may not be failed over; read before anything is sent."""
    address = aimed.target.address
    if mode == "observe":
        yield "the spec says mode: observe: what it names is watched, never interrupted"
    if str(address) in safety.protect:
        yield (
            f"{address}: a drill is an outage, and safety.protect names it: take it off that list "
            "in its own commit"
        )
    if live.ownership is not Ownership.OWNED and mode != "observe":
        yield f"{address} is not ours (its tags say so): reconcile adopt takes it over"
    if not live.at_rest:
        yield f"{address} is {live.status}, not at rest: see reconcile status, and drill later"
    group: ReplicationGroup = live.resource
    if not group.automatic_failover_enabled:
        yield f"{address}: automatic_failover_enabled is off, without which nothing is promoted"
    if len(aimed.nodes) < 2:
        yield f"{address}: shard {aimed.shard.id} has no replica that could be promoted"


def refuse_beyond_the_day(used: int, address: Address) -> None:
    """Refuse when the service has no failover left to give today."""
    if used >= PER_DAY:
        reason = (
            f"{address}: {used} failovers were tested in this account and region in the last 24 "
            f"hours, and the service allows {PER_DAY}: wait until the first is a day old"
        )
        raise Refused([reason])


def crew(visit: Visit, aimed: Aim, workers: int) -> tuple[Writer, list[str]]:
    """Give who reads and writes, and a name in this shard for each worker."""
    # Whoever confirms a drill has agreed to its writes; the page that asks says so.
    wishes = visit.target.wishes.model_copy(update={"writes": True})
    visit.target = dataclasses.replace(visit.target, wishes=wishes)
    chosen = writer(visit, "drill", _needs_of_a_cluster if visit.target.clustered else _needs)
    if isinstance(chosen, str):
        raise CouldNotLook(f"{visit.target.address}: {chosen}")
    return chosen, list(_names(visit, aimed, chosen, workers))


def _names(visit: Visit, aimed: Aim, chosen: Writer, workers: int) -> Iterator[str]:
    ours = f"{PREFIX}:{visit.run}:drill"
    slots = _slots(aimed.shard.slots) if visit.target.clustered else []
    tried, found = 0, 0
    while found < workers:
        name = chosen.name.replace(ours, f"{ours}:{tried}")
        if not slots or any(first <= slot_of(name) <= last for first, last in slots):
            found += 1
            yield name
        tried += 1
        if tried > _TRIES:
            raise CouldNotLook(
                f"no name that could be ours falls into shard {aimed.shard.id}: the key patterns "
                f"of {chosen.key.account.label} hold it elsewhere"
            )


def _slots(text: str) -> list[tuple[int, int]]:
    """Read slots as describe writes them: ``0-5461,8000``."""
    ranges = (part.partition("-") for part in text.replace(" ", "").split(",") if part)
    return [(int(first), int(last or first)) for first, _, last in ranges]


def _needs(name: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("RPUSH", name, "1"),
        ("LLEN", name),
        ("LRANGE", name, "0", "1"),
        ("EXPIRE", name, "60"),
        ("DEL", name),
    )


def _needs_of_a_cluster(name: str) -> tuple[tuple[str, ...], ...]:
    return (*_needs(name), ("CLUSTER", "SLOTS"), ("READONLY",))
