"""How each resource of a spec stands right now: at rest, or what it waits for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.guard import is_open
from reconciler.kind import Facts, Live, Ownership, Step, Wait
from reconciler.model import Address
from reconciler.plan import PendingChange, Plan, Planned

ABSENT = "absent"
_RESTING = frozenset({"available", "active"})


@dataclass(frozen=True)
class Status:
    """One resource: the service's word for it, and what stands between it and the spec.

    ``waits_for`` says what is not at rest; ``gate`` is the step that a closed gate stands before;
    ``steps`` counts those that an apply would still take. An absent one has no owner.
    """

    address: Address
    status: str
    at_rest: bool
    waits_for: tuple[str, ...] = ()
    pending: tuple[PendingChange, ...] = ()
    gate: Step | None = None
    owner: Ownership | None = None
    estate: str = ""
    """The estate that its tags name, where that is another one."""
    steps: int = 0


def statuses(facts: Facts, plan: Plan, chosen: Collection[Address] = ()) -> tuple[Status, ...]:
    """Give the status of each resource of the spec (of the chosen ones), in order of address."""
    planned = {one.address: one for one in plan.changes}
    return tuple(
        _status(address, facts, plan, planned)
        for address in sorted(facts.desired)
        if not chosen or address in chosen
    )


def _status(
    address: Address, facts: Facts, plan: Plan, planned: Mapping[Address, Planned]
) -> Status:
    live, change = facts.observed.get(address), planned.get(address)
    steps = len(change.steps) if change else 0
    waits_for = tuple(_waits_for(live, change, facts, planned))
    gate = _gate(change)
    if live is None:
        return Status(address, ABSENT, True, waits_for, gate=gate, steps=steps)
    named = live.resource.marks.get("estate", "")
    return Status(
        address,
        live.status,
        live.at_rest,
        waits_for,
        tuple(one for one in plan.pending if one.address == address),
        gate,
        live.ownership,
        estate="" if named == facts.estate else named,
        steps=steps,
    )


def _waits_for(
    live: Live[Any] | None, change: Planned | None, facts: Facts, planned: Mapping[Address, Planned]
) -> Iterator[str]:
    if live is not None and not live.at_rest:
        parts = [f"{one.id} ({one.status})" for one in live.nodes if one.status not in _RESTING]
        parts += [
            f"shard {one.id} ({one.status})" for one in live.shards if one.status not in _RESTING
        ]
        yield from parts or [f"the service ({live.status})"]
    if change is None:
        return
    for address in change.reaches:
        other = facts.observed.get(address)
        if other is not None and not other.at_rest:
            yield f"{address} ({other.status})"
    for need in sorted(change.needs & planned.keys()):
        yield f"{need}, which is brought about first"
    if isinstance(change.stop, Wait) and not change.steps:
        yield change.stop.until


def _gate(change: Planned | None) -> Step | None:
    step = change.steps[0] if change and change.steps else None
    if change is None or step is None or not step.gate:
        return None
    return None if is_open(change, step.gate, frozenset()) else step
