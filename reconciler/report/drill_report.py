"""A drill as text and JSON: what clients saw, what the service saw, what became of the writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.drill import Drill
from reconciler.drill.service import Event
from reconciler.drill.timeline import BUCKET_S, Bucket, Side
from reconciler.drill.worker import PACE_S
from reconciler.report.lines import Paint, plain, sides, wrapped

FORMAT_VERSION = 1
_COLUMNS = (
    ("operations", 11),
    ("failed", 9),
    ("interrupted", 14),
    ("times", 7),
    ("longest pause", 16),
    ("one connection at worst", 26),
)
_ROW = 80
"""Tenths of a second in a line of the strip."""


def drill_text(found: Drill, chart: str = "", paint: Paint = plain) -> str:
    """Give the page; ``chart`` is a picture of the same, or why there is none."""
    terms, called = found.terms, found.called_s
    what = "drill failover" if found.aim.failover else "drill watch"
    title = f"{what} {found.aim.target.address} shard {found.aim.shard.id}"
    load = f"{terms.workers} workers, reads from {terms.reads}, as {found.user}"
    when = "nothing was promoted" if called is None else f"TestFailover at {called:.1f} s"
    lines = [
        *sides(title, load, paint=paint, style="bold"),
        f"{found.seconds:.1f} s of load; {when}",
        "",
        " " * 8 + "".join(f"{name:>{width}}" for name, width in _COLUMNS),
        _row("reads", found.reads, paint),
        _row("writes", found.writes, paint),
        "",
        *_service(found),
        *_writes(found, paint),
        *_care(found),
        "",
        *_troubles(found),
        *_strips(found),
    ]
    if chart:
        lines += ["", chart.rstrip("\n")]
    if found.service.events:
        lines += ["", "the service's own events", *_events(found)]
    return "\n".join(lines) + "\n"


def _row(name: str, side: Side, paint: Paint) -> str:
    count = len(side.interruptions)
    told = f"{seconds_text(side.longest_s) if count else '0 s':>14}"
    return (
        f"{name:8}{side.made:>11,}{side.failed.total():>9,}"
        f"{paint(told, 'danger' if count else 'good')}{count:>7}"
        f"{seconds_text(side.longest_pause_s):>16}{seconds_text(side.worst_s):>26}"
    )


def seconds_text(seconds: float) -> str:
    """Give seconds to the millisecond."""
    return f"{seconds:.3f} s"


def _service(found: Drill) -> Iterator[str]:
    if found.called_s is None:
        return
    side = found.service
    if side.promoted_s is None:
        yield f"service   the promotion was not seen to end within {found.terms.seconds:g} s"
        return
    moved = f", primary {side.old} -> {side.new}" if side.old and side.new else ""
    back = (
        "its recovery not seen to end"
        if side.recovered_s is None
        else f"old primary recovered after {side.recovered_s:g} s"
    )
    text = f"no primary for {side.promoted_s:g} s by its own events, {back}{moved}"
    yield from wrapped(text, " " * 10, first="service   ")


def _writes(found: Drill, paint: Paint) -> Iterator[str]:
    told = found.tally
    if found.unread:
        yield f"written   {told.acknowledged:,} acknowledged; not counted: {found.unread}"
        return
    lost = paint(f"{told.lost:,} lost", "danger" if told.lost else "good")
    yield (
        f"written   {told.acknowledged:,} acknowledged, {lost}, {told.duplicate:,} there twice "
        f"({told.unanswered:,} sent again for want of an answer)"
    )


def _care(found: Drill) -> Iterator[str]:
    floors = max(found.reads.floor_s, found.writes.floor_s)
    usual = max(found.reads.usual_s, found.writes.usual_s)
    text = (
        f"An interruption lasts from the last good answer on any connection to the next one, and "
        f"at least {seconds_text(floors)}: shorter pauses are this path's own (the longest before: "
        f"{seconds_text(usual)})."
    )
    longest, total = found.blind_s
    if longest:
        text += (
            f" This machine itself did not run for {seconds_text(longest)} at most, "
            f"{seconds_text(total)} in all: so uncertain are the figures."
        )
    yield from ["", *wrapped(text, "")]


def _troubles(found: Drill) -> Iterator[str]:
    for name, side in (("reads", found.reads), ("writes", found.writes)):
        for words, count in side.failed.most_common(5):
            yield f"{name} failed  {count:>5} x  {words}"
    if found.reads.failed or found.writes.failed:
        yield ""


def _strips(found: Drill) -> Iterator[str]:
    yield "a character is 0.1 s:  # answered  + some failed  x all failed  . nothing came back"
    longest = max(len(found.reads.buckets), len(found.writes.buckets))
    for start in range(0, longest, _ROW):
        at = f"{start * BUCKET_S:6.1f} s "
        for name, side in (("reads", found.reads), ("writes", found.writes)):
            marks = "".join(map(_mark, side.buckets[start : start + _ROW]))
            yield f"{at}{name:7}{marks}"
            at = " " * len(at)


def _mark(bucket: Bucket) -> str:
    if bucket.good:
        return "+" if bucket.failed else "#"
    return "x" if bucket.failed else "."


def _events(found: Drill) -> Iterator[str]:
    width = max(len(event.source) for event in found.service.events)
    for event in found.service.events:
        first = f"  {_at(event, found):>6.1f} s  {event.source:<{width}}  "
        yield from wrapped(event.words, " " * 12, first=first)


def _at(event: Event, found: Drill) -> float:
    return (event.at - found.began).total_seconds()


def drill_json(found: Drill) -> dict[str, Any]:
    """Give the drill as one object; what was not measured is absent, not 0."""
    side = found.service
    service = {
        "promoted_s": side.promoted_s,
        "recovered_s": side.recovered_s,
        "old_primary": side.old or None,
        "new_primary": side.new or None,
        "at_rest": side.at_rest if found.called_s is not None else None,
    }
    return {
        "format_version": FORMAT_VERSION,
        "address": str(found.aim.target.address),
        "shard": found.aim.shard.id,
        "failover": found.aim.failover,
        "reads_from": found.terms.reads,
        "workers": found.terms.workers,
        "pace_s": PACE_S / 2,
        "user": found.user,
        "began": found.began.isoformat(),
        "seconds": round(found.seconds, 3),
        **_given({"called_s": found.called_s}),
        "reads": _side_json(found.reads),
        "writes": _side_json(found.writes),
        "written": _tally_json(found),
        **({"service": _given(service)} if found.called_s is not None else {}),
        "events": [
            {"at": event.at.isoformat(), "source": event.source, "text": event.words}
            for event in side.events
        ],
        "own_pauses_s": {"longest": round(found.blind_s[0], 4), "all": round(found.blind_s[1], 4)},
        "exit_code": found.exit_code,
    }


def _tally_json(found: Drill) -> dict[str, Any]:
    told = found.tally
    shown: dict[str, Any] = {"acknowledged": told.acknowledged, "sent_again": told.unanswered}
    if found.unread:
        return {**shown, "not_counted": found.unread}
    return {**shown, "lost": told.lost, "duplicate": told.duplicate}


def _side_json(side: Side) -> dict[str, Any]:
    return {
        "operations": side.made,
        "failed": dict(side.failed),
        "interrupted_s": round(side.longest_s, 4),
        "interrupted_in_all_s": round(side.total_s, 4),
        "interruptions": [
            {
                "began_s": round(one.began, 4),
                "seconds": round(one.seconds, 4),
                "ended": not one.open,
            }
            for one in side.interruptions
        ],
        "longest_pause_s": round(side.longest_pause_s, 4),
        "usual_pause_s": round(side.usual_s, 4),
        "shortest_interruption_s": round(side.floor_s, 4),
        "worst_connection_s": round(side.worst_s, 4),
        "bucket_s": BUCKET_S,
        "good": [one.good for one in side.buckets],
        "bad": [one.failed for one in side.buckets],
    }


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
