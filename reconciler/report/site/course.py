"""How an estate stood over time, as stretches of a bar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.drifting.history import EstateMemory, State

SHOWN = timedelta(days=14)
STYLE: dict[State, str] = {"in step": "good", "drifted": "bad", "could not look": "open"}


_LEAST = 6
"""Thousandths of the bar that even a moment takes: a short outage is to be seen."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state from ``start`` to ``end``; ``left`` and ``width`` in thousandths of the bar."""

    state: State
    start: datetime
    end: datetime
    left: float
    width: float


def stretches(estate: EstateMemory, now: datetime) -> tuple[Stretch, ...]:
    """Give the states of the last fourteen days, oldest first; same neighbours are one."""
    first = now - SHOWN
    found: list[tuple[State, datetime, datetime]] = []
    ends = (*(one.at for one in estate.course[1:]), now)
    for mark, until in zip(estate.course, ends, strict=False):
        start, end = max(mark.at, first), min(until, now)
        if start > end:
            continue
        if found and found[-1][0] == mark.state:
            found[-1] = (mark.state, found[-1][1], end)
        else:
            found.append((mark.state, start, end))
    return tuple(
        Stretch(
            state,
            start,
            end,
            min(_part(start - first), 1000 - _LEAST),
            max(_part(end - start), _LEAST),
        )
        for state, start, end in found
    )


def _part(span: timedelta) -> float:
    return round(1000 * span / SHOWN, 1)
