"""How a spec stands, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.kind import Ownership
from reconciler.lease import Holder
from reconciler.report.lease_report import holder_json, holder_line, moment
from reconciler.report.lines import Paint, counted, plain, value_text, wrapped
from reconciler.report.plan_json import jsonable
from reconciler.status import ABSENT, Status

FORMAT_VERSION = 1
_INDENT = " " * 15


@dataclass(frozen=True)
class StatusReport:
    """What stands on the page. ``lease_unknown`` says why nothing can be said of the lease."""

    estate: str
    account_id: str
    region: str
    resources: tuple[Status, ...]
    holder: Holder | None = None
    lease_unknown: str = ""

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves: every resource at rest, and nobody at work."""
        busy = self.holder is not None and self.holder.holds
        return not busy and all(one.at_rest for one in self.resources)


def status_text(report: StatusReport, paint: Paint = plain) -> str:
    """Give a line per resource, and below it what it waits for."""
    lines = [f"{report.estate}  {report.account_id} {report.region}", *_lease(report), ""]
    width = max((len(str(one.address)) for one in report.resources), default=0)
    for one in report.resources:
        lines += _resource(one, width, paint)
    moving = sum(not one.at_rest for one in report.resources)
    todo = sum(one.steps > 0 for one in report.resources)
    sums = [counted(moving, "resource") + " not at rest" if moving else "all at rest"]
    if todo:
        sums.append(f"{counted(todo, 'resource')} not as the spec says: see reconcile plan")
    return "\n".join([*lines, "", "; ".join(sums)]) + "\n"


def _lease(report: StatusReport) -> Iterator[str]:
    if report.lease_unknown:
        yield from wrapped(report.lease_unknown, "       ", first="lease  ")
    elif report.holder is None or not report.holder.holds:
        yield "lease  nobody applies"
    else:
        since = moment(report.holder.record.since)
        yield from wrapped(
            f"{holder_line(report.holder)}, since {since}; {report.holder.standing.value}",
            "       ",
            first="lease  ",
        )


def _resource(one: Status, width: int, paint: Paint) -> Iterator[str]:
    rest = "" if one.status == ABSENT else "at rest" if one.at_rest else "moving"
    style = "plain" if one.at_rest else "update"
    owner = owner_text(one)
    line = f"{one.address!s:<{width}}  {one.status:<13} {rest:<8} {owner}".rstrip()
    yield paint(line, style)
    for text in one.waits_for:
        yield from wrapped(text, _INDENT, first="    waits for  ")
    for change in one.pending:
        edit = f"{value_text(change.before)} -> {value_text(change.pending.value)}"
        when = f", {change.pending.when}" if change.pending.when else ", under way"
        yield from wrapped(f"{change.pending.field} {edit}{when}", _INDENT, first="    pending    ")
    if one.gate:
        text = f"{one.gate.gate}: {one.gate.gate_text}"
        for folded in wrapped(text, _INDENT, first="    GATE       "):
            yield paint(folded, "gate")
        yield f"{_INDENT}open it: gates: {{{one.gate.gate}: open}}"
        yield f"{_INDENT}or once:  reconcile apply --through-gate {one.address.id}/{one.gate.gate}"
    elif one.steps:
        yield f"    to do      {counted(one.steps, 'step')}"


def owner_text(one: Status) -> str:
    """Give whose it is."""
    match one.owner:
        case None:
            return ""
        case Ownership.UNMANAGED if one.estate:
            return f"unmanaged (its tags name the estate {one.estate})"
        case owner:
            return owner.value


def status_json(report: StatusReport) -> dict[str, Any]:
    """Give one object, resources by address."""
    return {
        "format_version": FORMAT_VERSION,
        "estate": report.estate,
        "account_id": report.account_id,
        "region": report.region,
        "at_rest": report.at_rest,
        "lease": holder_json(report.holder),
        "lease_unknown": report.lease_unknown,
        "resources": {str(one.address): _row(one) for one in report.resources},
    }


def _row(one: Status) -> dict[str, Any]:
    return {
        "status": one.status,
        "at_rest": one.at_rest,
        "waits_for": list(one.waits_for),
        "owner": one.owner.value if one.owner else None,
        "estate": one.estate or None,
        "pending": [
            {
                "field": change.pending.field,
                "before": jsonable(change.before),
                "pending": jsonable(change.pending.value),
                "when": change.pending.when,
            }
            for change in one.pending
        ],
        "gate": {"name": one.gate.gate, "text": one.gate.gate_text} if one.gate else None,
        "steps": one.steps,
    }
