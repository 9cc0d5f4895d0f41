"""Times of day and of the week in which the service may work, as minutes."""

from __future__ import annotations

import re

DAY = 24 * 60
WEEK = 7 * DAY
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_SNAPSHOT = re.compile(rf"{_CLOCK}-{_CLOCK}")
_MAINTENANCE = re.compile(rf"({'|'.join(_DAYS)}):{_CLOCK}-({'|'.join(_DAYS)}):{_CLOCK}")

WINDOWS = ("snapshot_window", "preferred_maintenance_window")
"""The fields of a cache of nodes that hold its windows."""
MEET = "the snapshot window meets the maintenance window"
APART = "write snapshot_window and preferred_maintenance_window, an hour or more each, apart"

Window = tuple[int, int]
"""Start and length in minutes, from Monday 00:00 or from midnight (UTC)."""


def daily(text: str) -> Window | None:
    """Read ``hh24:mi-hh24:mi``; None when it is of another form."""
    found = _SNAPSHOT.fullmatch(text.lower())
    if found is None:
        return None
    start, end = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    return start, (end - start) % DAY


def weekly(text: str) -> Window | None:
    """Read ``ddd:hh24:mi-ddd:hh24:mi``; None when it is of another form."""
    found = _MAINTENANCE.fullmatch(text.lower())
    if found is None:
        return None
    start = _DAYS.index(found[1]) * DAY + _minutes(found[2], found[3])
    end = _DAYS.index(found[4]) * DAY + _minutes(found[5], found[6])
    return start, (end - start) % WEEK


def windows_meet(every_day: str | None, in_week: str | None) -> bool:
    """Say whether a snapshot window meets a maintenance window; one of no known form meets none."""
    read = daily(every_day or ""), weekly(in_week or "")
    return read[0] is not None and read[1] is not None and overlap(read[0], read[1])


def is_time(text: str) -> bool:
    """Say whether this is ``HH:MM``."""
    return re.fullmatch(_CLOCK, text) is not None


def overlap(every_day: Window, in_week: Window) -> bool:
    """Say whether a daily window ever meets a weekly one."""
    return any(
        (day * DAY + every_day[0] - in_week[0]) % WEEK < in_week[1]
        or (in_week[0] - day * DAY - every_day[0]) % WEEK < every_day[1]
        for day in range(7)
    )


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)
