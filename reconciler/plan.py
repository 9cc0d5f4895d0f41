"""(desired, observed) -> Plan: a value, pure. Equal estates give an empty plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.kind import Facts, Kind, Live, Ownership, Step, Unreachable, Wait
from reconciler.kind.asked import Asked
from reconciler.kind.ending import held, holders
from reconciler.kind.kept import ours
from reconciler.kind.reach import closure
from reconciler.model import Address, Resource
from reconciler.planning import graph
from reconciler.planning.change import Adopt as Adopt  # noqa: PLC0414 - a plan's own word
from reconciler.planning.change import Change as Change  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import Create as Create  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import Delete as Delete  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import PendingChange as PendingChange  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import Planned as Planned  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import Replace as Replace  # noqa: PLC0414 - as Adopt
from reconciler.planning.change import Update as Update  # noqa: PLC0414 - as Adopt
from reconciler.planning.complete import complete
from reconciler.planning.diff import FieldChange as FieldChange  # noqa: PLC0414 - as Adopt
from reconciler.planning.diff import field_changes
from reconciler.planning.fingerprint import plan_fingerprint as plan_fingerprint  # noqa: PLC0414 - as Adopt
from reconciler.planning.record import Moved as Moved  # noqa: PLC0414 - as FieldChange
from reconciler.planning.replacement import aim, begun, not_ours, offered, standing, unasked
from reconciler.planning.unfold import unfold
from reconciler.planning.withdrawal import every_refusal
from reconciler.rights import RightsChange as RightsChange  # noqa: PLC0414 - as FieldChange
from reconciler.rights import widening


@dataclass(frozen=True)
class Plan:
    """What differs and in which steps; ``changes`` in an order that the references allow."""

    estate: str
    account_id: str
    region: str
    changes: tuple[Planned, ...]
    pending: tuple[PendingChange, ...] = ()
    unmanaged: tuple[Address, ...] = ()
    """Live things of these kinds that are not ours and that the spec does not name."""
    orphans: tuple[Address, ...] = ()
    """Ours by tag, no longer in the spec: shown; a plain apply never deletes."""
    unknown: tuple[Address, ...] = ()
    """Ownership could not be read (busy, lagging): shown, never acted on."""
    notes: tuple[str, ...] = ()
    asked: Asked = field(default_factory=Asked)
    """What it was asked for beside the spec."""
    kept: tuple[str, ...] = ()
    """Snapshots that we had made of what ends here: they stay."""
    matched: int = 0
    """How many resources of the spec were compared."""
    fingerprint: str = ""
    """Eight hex digits over the changes: address, action, fields before and after, the calls."""

    @property
    def empty(self) -> bool:
        """Whether nothing is left to do."""
        return not self.changes


def make_plan(
    kinds: Iterable[Kind[Any]], facts: Facts, *, mode: Literal["manage", "observe"] = "manage"
) -> Plan:
    """Give what differs between ``facts.desired`` and ``facts.observed``, and the steps to mend it.

    Pure. In mode observe ownership is ignored and nothing is adopted. What can't be told whose it
    is (busy, lagging) is named in ``unknown`` and gets no change.
    """
    by_name = {kind.name: kind for kind in kinds}
    addresses = facts.ending if facts.asked.destroy else {*facts.desired, *facts.ending}
    planned = {
        address: found
        for address in sorted(addresses)
        if (found := _planned(by_name[address.kind], address, facts, mode)) is not None
    }
    planned |= _following(by_name, planned, facts)
    named_by = _named_by(by_name, planned)
    planned = {
        one: _in_turn(by_name, found, planned, facts, named_by.get(one, frozenset()))
        for one, found in planned.items()
    }
    needs = _needs(by_name, planned)
    rank = {name: place for place, name in enumerate(by_name)}
    changes = tuple(
        _unwound(dataclasses.replace(planned[one], needs=needs[one]), needs)
        for one in graph.order(needs, rank)
    )
    named = [facts.observed[one] for one in sorted(facts.desired) if one in facts.observed]
    others = [facts.observed[one] for one in sorted(facts.observed) if one not in facts.desired]
    wishes = facts.desired.values()
    referred = {one for wish in wishes for one in by_name[wish.kind].refers_to(wish)}
    return Plan(
        facts.estate,
        facts.account_id,
        facts.region,
        changes,
        pending=tuple(_pending(named, planned)),
        # What the spec itself refers to is no newcomer, whoever keeps it.
        unmanaged=tuple(one for one in _owned(others, Ownership.UNMANAGED) if one not in referred),
        orphans=tuple(one for one in _owned(others, Ownership.OWNED) if one not in planned),
        unknown=_owned(named, Ownership.UNKNOWN) if mode == "manage" else (),
        notes=tuple(
            note
            for live in named
            for note in (*_notes(live), *by_name[live.address.kind].remarks(live, facts))
        )
        + tuple(_emptinesses(planned, facts)),
        asked=facts.asked,
        kept=tuple(sorted(one.name for end in facts.ending for one in ours(end, facts.snapshots))),
        matched=len(facts.desired),
        fingerprint=plan_fingerprint(changes),
    )


def _following(
    by_name: Mapping[str, Kind[Any]], planned: Mapping[Address, Planned], facts: Facts
) -> dict[Address, Planned]:
    """Give what stands as it should and moves once others have: what it becomes is not known."""
    changes = {
        address: frozenset(field.field for field in getattr(one.change, "fields", ()))
        for address, one in planned.items()
        if one.steps
    }
    found = {}
    for address, wish in facts.desired.items():
        live, kind = facts.observed.get(address), by_name[address.kind]
        owned = live is not None and live.ownership is Ownership.OWNED
        if live is None or not owned or address in planned:
            continue
        if until := kind.follows(wish, changes):
            before, needs = live.effective, kind.refers_to(wish)
            found[address] = Planned(
                address, Update(before, before, ()), (), Wait(until), needs=needs
            )
    return found


def _needs(
    by_name: Mapping[str, Kind[Any]], planned: Mapping[Address, Planned]
) -> dict[Address, frozenset[Address]]:
    """Give what each change waits for among the others.

    A reference that stood before and stands afterwards is no reason to wait where the one that is
    named waits itself: a cache is upgraded before the user that it lets in gets rights only the
    new version knows.
    """
    standing = {
        address: _refers(by_name, getattr(one.change, "before", None)) & one.needs & planned.keys()
        for address, one in planned.items()
    }
    needs = {
        address: (one.needs & planned.keys()) - standing[address]
        for address, one in planned.items()
    }
    for address, some in sorted(standing.items()):
        for one in sorted(some):
            without = needs[address]
            needs[address] = without | {one}
            if graph.cycle(needs, address):
                needs[address] = without
    return needs


def _refers(by_name: Mapping[str, Kind[Any]], before: Resource | None) -> frozenset[Address]:
    return frozenset() if before is None else by_name[before.kind].refers_to(before)


def _in_turn(
    by_name: Mapping[str, Kind[Any]],
    one: Planned,
    planned: Mapping[Address, Planned],
    facts: Facts,
    naming: frozenset[Address],
) -> Planned:
    """Give a deletion that comes after all that lets go of it, or that is kept from happening."""
    if not isinstance(one.change, Delete):
        return one
    going = {
        holder
        for holder in holders(one.address, facts)
        if (other := planned.get(holder)) is not None and _lets_go(by_name, other, one.address)
    }
    stop = held(one.address, facts, going)
    steps = () if stop is not None else one.steps
    felt = tuple(sorted(set(one.reaches) - planned.keys())) if steps else ()
    return dataclasses.replace(
        one, needs=naming | going, steps=steps, stop=stop or one.stop, reaches=felt
    )


def _named_by(
    by_name: Mapping[str, Kind[Any]], planned: Mapping[Address, Planned]
) -> Mapping[Address, frozenset[Address]]:
    """Give what ends and names each: what names another goes before it."""
    found: dict[Address, frozenset[Address]] = {}
    for address, one in planned.items():
        if isinstance(one.change, Delete):
            for other in by_name[address.kind].refers_to(one.change.before):
                found[other] = found.get(other, frozenset()) | {address}
    return found


def _lets_go(by_name: Mapping[str, Kind[Any]], other: Planned, address: Address) -> bool:
    match other.change:
        case Delete():
            return True
        case Update(after=after) | Adopt(after=after) | Replace(after=after):
            stuck = isinstance(other.stop, Unreachable) and not other.steps
            return not stuck and address not in by_name[after.kind].refers_to(after)
        case _:
            return False


def _planned(
    kind: Kind[Any], address: Address, facts: Facts, mode: Literal["manage", "observe"]
) -> Planned | None:
    if address in facts.ending:
        return _deletion(kind, facts.observed[address], facts)
    desired, live = facts.desired[address], facts.observed.get(address)
    if live is None or _leaving(live):
        return _creation(kind, desired, live, facts)
    if live.ownership is Ownership.UNKNOWN and mode == "manage":
        return None
    before = standing(live.effective, facts)
    if mode == "observe":
        before = before.but(marks=_watched(kind, desired, before, facts))
    after = complete(kind, desired, before, facts)
    fields = (*_forward(live, facts), *field_changes(kind, before, after, desired))
    adopted = live.ownership is Ownership.UNMANAGED and mode == "manage"
    if not fields and not adopted and not _failed(live):
        return None
    facts = unasked(address, facts) if adopted else facts
    steps, stop = _steps(kind, live, before, after, facts)
    change: Change = (Adopt if adopted else Update)(before, after, fields)
    every = _every(kind, desired, before, stop, facts)
    if isinstance(stop, Unreachable) and stop.replace and adopted:
        steps, every = (), tuple(not_ours(one) for one in every)
    elif isinstance(stop, Unreachable) and stop.replace:
        change, steps = Replace(before, after, fields), ()
    elif any(step.leaves is None for step in steps):
        change = Replace(before, after, fields)
    return Planned(
        address,
        change,
        steps,
        every[0] if every else stop,
        every[1:],
        needs=kind.refers_to(after) | kind.waits_for(after, before, facts),
        reaches=closure(address, facts),
        rights=widening(before, after, facts),
        restores=isinstance(change, Update) and all(one.moved == "live" for one in fields),
    )


def _every(
    kind: Kind[Any],
    desired: Resource,
    before: Resource | None,
    stop: Wait | Unreachable | None,
    facts: Facts,
) -> tuple[Unreachable, ...]:
    """Give every wish that no call can reach, with the consent that would have it made anew."""
    if not isinstance(stop, Unreachable):
        return ()
    found = every_refusal(kind, desired, before, stop, facts)
    live = facts.observed.get(desired.address)
    if before is None or (live is not None and live.ownership is Ownership.UNMANAGED):
        return found
    after = complete(kind, desired, before, facts)
    return tuple(offered(kind, before, after, facts, one) if one.replace else one for one in found)


def _forward(live: Live[Any], facts: Facts) -> tuple[FieldChange, ...]:
    """Give what is brought forward here from its maintenance window, if that is asked for."""
    if live.address not in facts.asked.now:
        return ()
    return tuple(
        FieldChange(one.field, getattr(live.resource, one.field, None), one.value, "spec")
        for one in live.pending
        if one.when
    )


def _deletion(kind: Kind[Any], live: Live[Any], facts: Facts) -> Planned:
    before = standing(live.effective, facts)
    steps, stop = unfold(kind, before, None, facts)
    if _leaving(live):
        steps, stop = (), Wait(f"{live.address} is gone; it is being deleted")
    felt = tuple(one for one in closure(live.address, facts) if one in facts.observed)
    return Planned(live.address, Delete(before), steps, stop, reaches=felt)


def _watched(
    kind: Kind[Any], desired: Resource, before: Resource, facts: Facts
) -> Mapping[str, str]:
    """Give the marks of something that is only watched: as ours, and without drift of its own.

    A version of a secret that was never recorded can't have moved; verify proves it by login.
    """
    ours = {"estate": facts.estate, "address": str(desired.address)}
    return {**kind.marks(desired, before, facts), **before.marks, **ours}


def _creation(kind: Kind[Any], desired: Resource, live: Live[Any] | None, facts: Facts) -> Planned:
    after = aim(kind, desired, None, facts)
    steps, stop = unfold(kind, None, after, facts)
    every = _every(kind, desired, None, stop, facts)
    if live is not None:
        steps, stop, every = (), Wait(f"{desired.address} is gone; it is being deleted"), ()
    return Planned(
        desired.address,
        Create(after),
        steps,
        every[0] if every else stop,
        every[1:],
        needs=kind.refers_to(after) | kind.waits_for(after, None, facts),
        reaches=closure(desired.address, facts),
        rights=widening(None, after, facts),
    )


def _steps(
    kind: Kind[Any], live: Live[Any], before: Resource, after: Resource, facts: Facts
) -> tuple[tuple[Step, ...], Wait | Unreachable | None]:
    if _failed(live):
        gone = f"delete it (reconcile destroy --target {live.address})"
        way = f"look at its events, {gone}, then apply again"
        return (), Unreachable(f"{live.address} could not be created by the service", way)
    return unfold(kind, before, after, facts)


def _failed(live: Live[Any]) -> bool:
    return live.status.replace("_", "-") == "create-failed"


def _leaving(live: Live[Any]) -> bool:
    return live.status == "deleting"


def _unwound(planned: Planned, needs: Mapping[Address, frozenset[Address]]) -> Planned:
    """Give a change that waits for itself no steps: an order can't be found."""
    found = graph.cycle(needs, planned.address)
    if not found:
        return planned
    reason = "waits for itself: " + " -> ".join(map(str, found))
    way = "apply one of them in a commit of its own first"
    return dataclasses.replace(planned, steps=(), stop=Unreachable(reason, way))


def _pending(
    named: Iterable[Live[Any]], planned: Mapping[Address, Planned]
) -> Iterator[PendingChange]:
    for live in named:
        fields = getattr(getattr(planned.get(live.address), "change", None), "fields", ())
        sent = {change.field for change in fields}
        for one in live.pending:
            if one.field in sent:
                continue
            yield PendingChange(live.address, one, getattr(live.resource, one.field, None))


def _owned(some: Iterable[Live[Any]], ownership: Ownership) -> tuple[Address, ...]:
    return tuple(live.address for live in some if live.ownership is ownership and not live.built_in)


FOREIGN = ("aws:cloudformation:stack-name", "crossplane-name", "terraform", "pulumi:project")
"""Tags by which other tools mark what they reconcile."""


def other_tool(resource: Resource) -> str:
    """Name the tag by which another tool claims this, or nothing."""
    held = resource.tags or {}
    return next((key for key in FOREIGN if key in held), "")


def _notes(live: Live[Any]) -> Iterator[str]:
    if found := other_tool(live.resource):
        yield f"{live.address} carries the tag {found}: another tool may reconcile it too"


def _emptinesses(planned: Mapping[Address, Planned], facts: Facts) -> Iterator[str]:
    """Say of a cache that begins empty that there is a snapshot of an earlier one."""
    for address, one in planned.items():
        if not isinstance(one.change, Create) or begun(address, facts) is not None:
            continue
        if left := ours(address, facts.snapshots):
            arns = "snapshot_arns_to_restore" in type(one.change.after).model_fields
            field = "snapshot_arns_to_restore" if arns else "snapshot_name"
            yield (
                f"{address} begins empty; {left[0].name} is a snapshot of the one before, and "
                f"{field} in the spec restores it"
            )
