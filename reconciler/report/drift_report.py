"""Drift as a page: what alarms first, then what needs no alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.drifting.drift import Drift, Drifted
from reconciler.drifting.finding import Finding
from reconciler.drifting.history import Entry
from reconciler.plan import Planned
from reconciler.report.lines import Paint, counted, duration, plain, sides, value_text, wrapped
from reconciler.report.plan_facts import Seen, Where, nowhere

TITLES = {
    "changed": "has changed behind the spec",
    "missing": "is in the spec and not there (deleted, or not applied yet)",
    "not ours": "exists and does not carry our tags",
}
_INDENT = " " * 13


@dataclass(frozen=True)
class DriftReport:
    """What a page of drift says of one estate."""

    drift: Drift
    spec: str
    entries: Mapping[str, Entry]
    """By finding id: the finding and what is remembered of it."""
    seen: Seen = field(default_factory=Seen)
    where: Where = nowhere
    newcomers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remembered: bool = False
    """Whether a memory stands behind it, so that "new" means something."""
    shortened: bool = True
    """Whether long lists of what is not ours end in a count."""
    ends: bool = True
    """Whether the command ends with this page, so that it says its exit code."""

    @property
    def alarming(self) -> tuple[Finding, ...]:
        """Give the findings that are not acknowledged."""
        return tuple(one.finding for one in self.entries.values() if not one.acknowledged)

    @property
    def exit_code(self) -> int:
        """Give 3 when something drifted that is not acknowledged, else 0."""
        return 3 if self.alarming else 0

    def of(self, drifted: Drifted) -> list[Entry]:
        """Give the entries of one resource, what is said of it as a whole first."""
        address = str(drifted.address)
        found = [one for one in self.entries.values() if one.finding.address == address]
        return sorted(found, key=lambda one: bool(one.finding.field))


def drift_text(report: DriftReport, paint: Paint = plain) -> str:
    """Give the page."""
    drift, plan, seen = report.drift, report.drift.plan, report.seen
    who = f"  as {seen.who}" if seen.who else ""
    read = f"{counted(seen.resources, 'resource')} read, {duration(seen.seconds)}"
    lines = [*sides(f"{plan.estate}  {plan.account_id} {plan.region}{who}", read), ""]
    for one in drift.drifted:
        entries = report.of(one)
        if not entries or not all(entry.acknowledged for entry in entries):
            lines += [*_drifted(one, entries, report, paint), ""]
    lines += _acknowledged(report)
    lines += _apart(
        "The spec is ahead of the estate (merged, not applied yet):", drift.ahead, drift
    )
    lines += _apart("Waiting at a closed gate, as planned:", drift.at_gate, drift)
    for pending in plan.pending:
        what = f"{pending.pending.field} -> {value_text(pending.pending.value)}"
        lines += wrapped(f"accepted by the service, not finished: {pending.address} {what}", "  ")
    if plan.pending:
        lines.append("")
    lines += _others(report)
    for note in report.notes:
        lines += wrapped(note, "      ", first="note  ")
    if report.notes:
        lines.append("")
    return "\n".join([*lines, *_sums(report, paint)]) + "\n"


def _drifted(
    one: Drifted, entries: list[Entry], report: DriftReport, paint: Paint
) -> Iterator[str]:
    title = f"{one.address} {TITLES[one.sort]}"
    yield from sides(title, report.where(one.address, None), paint=paint, style="danger")
    for entry in entries:
        yield from _entry(entry, report)
    first = entries[0].finding if entries else None
    if first and first.reaches:
        yield from wrapped(", ".join(first.reaches), _INDENT, first="    reaches  ")
    mend = ", ".join(step.call.action for step in one.planned.steps)
    if mend:
        yield f"    mended by  reconcile apply {report.spec} ({mend})"


def _entry(entry: Entry, report: DriftReport) -> Iterator[str]:
    finding = entry.finding
    if finding.field:
        label = f"  ~ {finding.field}  "
        aside = "  (the spec changed too)" if finding.both else ""
        aside += "  (accepted by the service, not finished)" if finding.pending else ""
        indent = " " * (len(label) + 5)
        yield from wrapped(f"spec {value_text(finding.spec)}", indent, first=label)
        live = f"live {value_text(finding.live)}{aside}"
        yield from wrapped(live, indent, first=" " * len(label))
    facts = [finding.severity, f"id {finding.id}"]
    if finding.owner:
        facts.append(f"owner {finding.owner}")
    if entry.acknowledged:
        facts.append(f"acknowledged until {entry.acknowledged}")
    elif report.remembered:
        new = entry.first_seen == entry.last_seen
        facts.append("new" if new else f"first seen {day(entry.first_seen)}")
    yield f"    {', '.join(facts)}"
    if entry.by:
        yield f"    by       {entry.by.who}, {day(entry.by.at)} ({entry.by.call})"
    for word, lines in (("gained", finding.gained), ("lost", finding.lost)):
        for line in lines:
            yield from wrapped(line, _INDENT, first=f"    {word:<9}")


def _acknowledged(report: DriftReport) -> list[str]:
    """Name what is drifted and accepted, where nothing of its resource alarms."""
    shown = {
        str(one.address)
        for one in report.drift.drifted
        if not all(entry.acknowledged for entry in report.of(one))
    }
    found = [
        f"{one.finding.address} {one.finding.field or one.finding.sort}  until {one.acknowledged}"
        f"  ({one.finding.id})"
        for one in report.entries.values()
        if one.acknowledged and one.finding.address not in shown
    ]
    return ["Acknowledged:", *(f"  {line}" for line in found), ""] if found else []


def _apart(title: str, planned: Iterable[Planned], drift: Drift) -> list[str]:
    """List what is not applied yet; fields that somebody moved stand above."""
    moved = {(one.address, change.field) for one in drift.drifted for change in one.fields}
    lines = []
    for one in planned:
        names = [change.field for change in getattr(one.change, "fields", ())]
        fields = ", ".join(name for name in names if (one.address, name) not in moved)
        lines += wrapped(f"{one.address}  {fields}".rstrip(), "    ", first="  ")
    return [title, *lines, ""] if lines else []


SHOWN = 5


def _others(report: DriftReport) -> Iterator[str]:
    plan = report.drift.plan
    for title, addresses in (
        ("New here since the last look, not ours:", report.newcomers),
        ("Unmanaged here, never touched:", tuple(map(str, plan.unmanaged))),
        ("Ours by tag, no longer in the spec:", tuple(map(str, plan.orphans))),
        (
            "Busy or lagging, whose they are can't be read now:",
            tuple(map(str, plan.unknown)),
        ),
    ):
        if addresses:
            beyond = len(addresses) - SHOWN if report.shortened else 0
            shown = addresses[:SHOWN] if beyond > 0 else addresses
            more = f" and {beyond} more (--format json lists them)" if beyond > 0 else ""
            yield from wrapped(", ".join(shown) + more, "  ", first=f"{title} ")
            yield ""


def _sums(report: DriftReport, paint: Paint) -> list[str]:
    drift, plan = report.drift, report.drift.plan
    acknowledged = [one for one in report.entries.values() if one.acknowledged]
    beside = [
        f"{len(found)} {word}"
        for word, found in (
            ("acknowledged", acknowledged),
            ("ahead", drift.ahead),
            ("at a gate", drift.at_gate),
            ("scheduled", plan.pending),
            ("unmanaged", plan.unmanaged),
        )
        if found
    ]
    aside = f" ({', '.join(beside)})" if beside else ""
    compared = counted(plan.matched, "resource")
    if report.entries and not report.alarming:
        return [
            paint(f"Nothing drifted but what is acknowledged, in {report.spec}{aside}.", "good")
        ]
    if not report.alarming:
        return [paint(f"No drift. {compared} compared with {report.spec}{aside}.", "good")]
    alarming = {one.address for one in report.alarming}
    code = f"   exit {report.exit_code}" if report.ends else ""
    return [
        "Known and accepted for a while: reconcile drift ack ID --until DATE --why REASON",
        f"Drift: {len(alarming)} of {compared} in {report.spec}{aside}.{code}",
    ]


def day(at: datetime) -> str:
    """Give a moment as people write it, in UTC."""
    return f"{at:%a %Y-%m-%d %H:%M} UTC"
