"""What drift detection remembers, as a page."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drifting.history import Entry, EstateMemory, Memory
from reconciler.report.drift_report import day
from reconciler.report.lines import counted, duration, sides, wrapped


def history_text(memory: Memory, place: str, limit: int) -> str:
    """Give each estate: how it stands, what is open, and what ended lately."""
    if not memory.estates:
        return f"Nothing is remembered in {place} yet.\n"
    lines = []
    for key in sorted(memory.estates):
        lines += [*_estate(memory.estates[key], limit), ""]
    waiting = len(memory.outbox)
    if waiting:
        last = memory.outbox[0]
        why = f": {last.error}" if last.error else ""
        lines += [*wrapped(f"{counted(waiting, 'message')} not taken yet{why}", "  "), ""]
    return "\n".join(lines)


def _estate(estate: EstateMemory, limit: int) -> Iterator[str]:
    since = f" since {day(began)}" if (began := estate.since) else ""
    where = f"  {estate.account_id} {estate.region}" if estate.account_id else ""
    title = f"{estate.estate}{where}  {estate.state}{since}"
    yield from sides(title, f"{estate.spec}, {counted(estate.rounds, 'round')}")
    for at, line in enumerate(estate.blind.why.splitlines() if estate.blind else ()):
        yield from wrapped(line, "         ", first="       " if at else "  why  ")
    if estate.last_success:
        took = duration(estate.last_seconds)
        yield f"  last looked at {day(estate.last_success)}, in {took}"
    for entry in estate.open:
        yield from _open(entry)
    for entry in reversed(estate.past[-limit:] if limit else []):
        yield from _past(entry)


def _open(entry: Entry) -> Iterator[str]:
    found = entry.finding
    until = f", acknowledged until {entry.acknowledged}" if entry.acknowledged else ""
    told = f", told {day(entry.told)}" if entry.told else ""
    subject = f"{found.address} {found.field or found.sort}"
    line = f"{found.id} {found.severity:<6} {subject}  since {day(entry.first_seen)}{until}{told}"
    yield from wrapped(line, "        ", first="  open  ")


def _past(entry: Entry) -> Iterator[str]:
    found = entry.finding
    at = day(entry.resolved) if entry.resolved else ""
    subject = f"{found.address} {found.field or found.sort}"
    line = f"{found.id} {found.severity:<6} {subject}  {day(entry.first_seen)} to {at}"
    yield from wrapped(f"{line}: {entry.ended}", "        ", first="  past  ")
