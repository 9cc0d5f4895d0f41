"""What people are told: a title that says how serious, a body that ends with two commands."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drifting.history import Event, Message
from reconciler.report.drift_report import TITLES, day
from reconciler.report.lines import counted, value_text

SHOWN = 15
"""So many changes are told one by one; of more the number."""
LONGEST = 160
"""Characters of a value; the whole one stands on the page."""

_WORST_FIRST = ("high", "medium", "low")


def message_text(message: Message) -> tuple[str, str]:
    """Give title and body, as plain text that any receiver can show."""
    return _title(message), "\n".join(_body(message)) + "\n"


def _title(message: Message) -> str:
    counts = {
        "drifted": [one for one in message.events if one.what in _ALARMS],
        "mended": [one for one in message.events if one.what == "mended"],
        "new and not ours": [one for one in message.events if one.what == "newcomer"],
    }
    parts = [f"{len(found)} {word}" for word, found in counts.items() if found]
    parts += [one.what for one in message.events if one.what in _SIGHT]
    level = f"{message.severity}: " if counts["drifted"] else ""
    owner = f" [{message.owner}]" if message.owner else ""
    return f"{level}{message.estate}{owner} {', '.join(parts)}"


_ALARMS = ("drifted", "no longer acknowledged")
_SIGHT = ("could not look", "looking again")


def _body(message: Message) -> Iterator[str]:
    events = sorted(message.events, key=_rank)
    for event in events[:SHOWN]:
        yield from _event(event)
    if len(events) > SHOWN:
        yield f"and {counted(len(events) - SHOWN, 'more change')}"
    yield ""
    yield f"show:  reconcile drift {message.spec}"
    if any(one.what in _ALARMS for one in events):
        yield f"mend:  reconcile apply {message.spec}"
    again = " (told again: whether it arrived before is not known)" if message.tried > 1 else ""
    where = f", {message.estate_key}" if message.estate_key.strip("/") != message.estate else ""
    yield f"ref {message.key}{where}, seen {day(message.at)}{again}"


def _rank(event: Event) -> int:
    if event.what in _ALARMS and event.finding:
        return _WORST_FIRST.index(event.finding.severity)
    return len(_WORST_FIRST)


def _event(event: Event) -> Iterator[str]:
    found = event.finding
    if found is None:
        yield {
            "newcomer": f"new, not ours: {event.text}",
            "could not look": f"could not look: {event.text}",
        }.get(event.what, f"looking again, after {_since(event)}")
        return
    subject = f"{found.address} {found.field}".rstrip()
    if event.what == "mended":
        yield f"{event.ended}: {subject} ({found.id}, {_since(event)})"
        return
    again = "no longer acknowledged, " if event.what == "no longer acknowledged" else ""
    what = "" if found.field else f" {TITLES[found.sort]}"
    yield f"{found.severity}: {again}{subject}{what} ({found.id})"
    if found.field:
        yield f"    spec {_short(value_text(found.spec))}"
        yield f"    live {_short(value_text(found.live))}"
    for fact in found.gained[:3]:
        yield f"    gained {_short(fact)}"
    if found.reaches:
        more = f" and {len(found.reaches) - 8} more" if len(found.reaches) > 8 else ""
        yield f"    reaches {', '.join(found.reaches[:8])}{more}"
    if event.by:
        yield f"    by {event.by.who}, {day(event.by.at)} ({event.by.call})"


def _since(event: Event) -> str:
    return f"since {day(event.since)}" if event.since else "just now"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
