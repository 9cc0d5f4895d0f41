"""What plan, apply and drift share: observe one spec, plan it, and put the report together."""

from __future__ import annotations

import dataclasses
import importlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reconciler.cli.asking import Ask
from reconciler.cli.wiring import Wired
from reconciler.errors import Refused
from reconciler.kind import Facts
from reconciler.kind.asked import Asked
from reconciler.kinds import EVERY_KIND
from reconciler.model import Address
from reconciler.observe import Whose, left_behind
from reconciler.planning.selection import named, with_references
from reconciler.spec.loaded import Spec

if TYPE_CHECKING:
    from reconciler.plan import Plan
    from reconciler.preflight import Foresight
    from reconciler.report.plan_facts import PlanReport, Seen

_AFTER_A_LOOK = (
    "reconciler.observing.confirm",
    "reconciler.cli.meaning",
    "reconciler.preflight",
    "reconciler.report.plan_facts",
    "reconciler.report.plan_text",
)
"""What reads the answers: loaded while they are on their way, which is felt at every plan."""


@dataclass(frozen=True)
class Looked:
    """A plan with the facts that it was made from."""

    plan: Plan
    facts: Facts
    seen: Seen
    partial: bool


def look(
    wired: Wired,
    *,
    targets: Sequence[str] = (),
    ask: Ask | None = None,
    refresh_tags: bool = False,
    again: bool = False,
) -> Looked:
    """Observe and plan one spec; with targets only they and what they refer to.

    ``again``: what was to be brought forward may be by now.
    """
    ask = ask or Ask(targets=tuple(targets))
    who = wired.identity.short
    started = wired.clock.monotonic()
    reader = wired.reader.fresh()
    beside = frozenset[Address]()
    if ask.prune or ask.destroy:
        estate = wired.spec.estate
        whose = Whose(estate.estate, estate.safety.tag_prefix)
        beside = left_behind(EVERY_KIND, reader, whose, ask.targets)
    threading.Thread(target=_load_ahead, name="load-ahead", daemon=True).start()
    observation = wired.observe(refresh_tags=refresh_tags, named=beside)
    from reconciler.cli.meaning import asked, refuse_idle  # noqa: PLC0415 - _AFTER_A_LOOK
    from reconciler.guard import unused  # noqa: PLC0415 - as above
    from reconciler.observing.confirm import confirmed  # noqa: PLC0415 - as above
    from reconciler.report.plan_facts import Seen  # noqa: PLC0415 - as above

    facts = wired.facts(observation)
    meant = asked(ask, facts, wired.spec.estate.safety, wired.today)
    if not again:
        refuse_idle(meant.now, facts)
    facts = dataclasses.replace(facts, asked=meant)
    facts, plan = confirmed(EVERY_KIND, reader, facts, wired.spec.estate.mode)
    seconds = wired.clock.monotonic() - started
    notes = (*plan.notes, *unused(plan, wired.spec.estate.safety), *wired.notes)
    plan = dataclasses.replace(plan, notes=notes)
    if ask.targets:
        plan = narrowed(plan, _chosen(wired, ask, meant))
    seen = Seen(who, observation.resources, observation.calls + reader.calls, seconds)
    return Looked(plan, facts, seen, partial=bool(ask.targets))


def _load_ahead() -> None:
    for name in _AFTER_A_LOOK:
        importlib.import_module(name)


def _chosen(wired: Wired, ask: Ask, meant: Asked) -> frozenset[Address]:
    """Give what the targets mean: with what they refer to, and never more than they to delete."""
    ends = meant.only or frozenset()
    if ask.destroy:
        return ends
    spec = wired.spec.resources
    words = ends & spec.keys() if meant.prune else named(ask.targets, spec)
    return with_references(words, spec, EVERY_KIND) | ends


def narrowed(plan: Plan, chosen: Iterable[Address]) -> Plan:
    """Keep the changes of these addresses only."""
    from reconciler.plan import plan_fingerprint  # noqa: PLC0415 - _AFTER_A_LOOK

    kept = frozenset(chosen)
    changes = tuple(one for one in plan.changes if one.address in kept)
    return dataclasses.replace(
        plan,
        changes=changes,
        unknown=tuple(one for one in plan.unknown if one in kept),
        matched=len(kept),
        fingerprint=plan_fingerprint(changes),
    )


def ending(looked: Looked) -> frozenset[str]:
    """Give the consents that destroying an estate brings along; protect still wins."""
    if not looked.plan.asked.destroy:
        return frozenset()
    return frozenset(f"delete:{one.address}" for one in looked.plan.changes)


def foreseen(wired: Wired, looked: Looked) -> Foresight:
    """Look up what an apply of this plan would run into; nothing where none can follow."""
    from reconciler.preflight import Foresight, foresee  # noqa: PLC0415 - _AFTER_A_LOOK

    if wired.spec.estate.mode == "observe":
        return Foresight()
    return foresee(looked.plan, looked.facts, wired.reader.fresh())


def refuse(report: PlanReport) -> None:
    """Raise Refused with every reason on the page, what was foreseen included."""
    if report.refusals:
        some = report.refusals.items()
        raise Refused([f"{address}: {reason}" for address, reasons in some for reason in reasons])


def _together(
    plan: Plan, *some: Mapping[Address, tuple[str, ...]]
) -> Mapping[Address, tuple[str, ...]]:
    """Give the reasons of several judges by address, in plan order."""
    found = {
        one.address: tuple(reason for reasons in some for reason in reasons.get(one.address, ()))
        for one in plan.changes
    }
    return {address: reasons for address, reasons in found.items() if reasons}


def report_of(
    wired: Wired,
    looked: Looked,
    *,
    allow: frozenset[str] = frozenset(),
    through: frozenset[str] = frozenset(),
    show_unmanaged: bool = False,
    show_all: bool = False,
    ahead: Foresight | None = None,
) -> PlanReport:
    """Put beside the plan what belongs on its page."""
    from reconciler.guard import idle, refusals  # noqa: PLC0415 - _AFTER_A_LOOK
    from reconciler.preflight import Foresight  # noqa: PLC0415 - as above
    from reconciler.report.plan_facts import PlanReport  # noqa: PLC0415 - as above

    refused = refusals(
        looked.plan,
        wired.spec.estate.safety,
        allow=allow,
        today=wired.today,
        through=through,
        written=partial(written, spec=wired.spec),
    )
    ahead = ahead or Foresight()
    once = idle(looked.plan, allow - ending(looked), through)
    notes = (*looked.plan.notes, *once, *ahead.notes)
    return PlanReport(
        dataclasses.replace(looked.plan, notes=notes),
        wired.spec.path,
        seen=dataclasses.replace(looked.seen, calls=looked.seen.calls + ahead.calls),
        refusals=_together(looked.plan, refused, ahead.refusals),
        where=partial(where, spec=wired.spec),
        written=partial(written, spec=wired.spec),
        partial=looked.partial,
        watched=wired.spec.estate.mode == "observe",
        through=through,
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


def written(address: Address, field: str, spec: Spec) -> str:
    """Give ``specs/prod.yaml:23:5``, where this very field stands."""
    if address not in spec.resources:
        return ""
    position = spec.at(address, field)
    return f"{position.file}:{position.line}:{position.column}"
