"""What plan, apply and drift share: observe one spec, plan it, and put the report together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.cli.wiring import Wired
from reconciler.confirm import confirmed
from reconciler.guard import refusals, unused
from reconciler.kind import Facts
from reconciler.kinds import KINDS
from reconciler.model import Address
from reconciler.plan import Plan, plan_fingerprint
from reconciler.report.plan_facts import PlanReport, Seen
from reconciler.selection import named, with_references
from reconciler.spec.loaded import Spec


@dataclass(frozen=True)
class Looked:
    """A plan with the facts that it was made from."""

    plan: Plan
    facts: Facts
    seen: Seen
    partial: bool


def look(wired: Wired, *, targets: Sequence[str] = (), refresh_tags: bool = False) -> Looked:
    """Observe and plan one spec; with targets only they and what they refer to."""
    who = wired.identity.short
    started = wired.clock.monotonic()
    observation = wired.observe(refresh_tags=refresh_tags)
    reader = wired.reader.fresh()
    facts, plan = confirmed(KINDS, reader, wired.facts(observation), wired.spec.estate.mode)
    seconds = wired.clock.monotonic() - started
    notes = (*plan.notes, *unused(plan, wired.spec.estate.safety), *wired.notes)
    plan = dataclasses.replace(plan, notes=notes)
    if targets:
        chosen = with_references(named(targets, wired.spec.resources), wired.spec.resources, KINDS)
        plan = narrowed(plan, chosen)
    seen = Seen(who, observation.resources, observation.calls + reader.calls, seconds)
    return Looked(plan, facts, seen, partial=bool(targets))


def narrowed(plan: Plan, chosen: Iterable[Address]) -> Plan:
    """Keep the changes of these addresses only."""
    kept = frozenset(chosen)
    changes = tuple(one for one in plan.changes if one.address in kept)
    return dataclasses.replace(
        plan, changes=changes, matched=len(kept), fingerprint=plan_fingerprint(changes)
    )


def report_of(
    wired: Wired,
    looked: Looked,
    *,
    allow: frozenset[str] = frozenset(),
    through: frozenset[str] = frozenset(),
    show_unmanaged: bool = False,
    show_all: bool = False,
) -> PlanReport:
    """Put beside the plan what belongs on its page."""
    refused = refusals(
        looked.plan, wired.spec.estate.safety, allow=allow, today=wired.today, through=through
    )
    return PlanReport(
        looked.plan,
        wired.spec.path,
        seen=looked.seen,
        refusals=refused,
        where=partial(where, spec=wired.spec),
        partial=looked.partial,
        watched=wired.spec.estate.mode == "observe",
        show_unmanaged=show_unmanaged,
        show_all=show_all,
    )


def where(address: Address, field: str | None, spec: Spec) -> str:
    """Give ``specs/prod.yaml:23``, after ``defaults, `` where the value came from there."""
    if address not in spec.resources:
        return ""
    position = spec.at(address, field or "")
    origin = "defaults, " if field and spec.origin(address, field) == "defaults" else ""
    return f"{origin}{position.file}:{position.line}"
