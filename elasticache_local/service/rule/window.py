"""Windows: times of the week and of the day, their form, least length and when they come."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta

from elasticache_local.service.refusal import bad_combination, bad_value

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}", re.IGNORECASE)
_DAY, _WEEK, _LEAST = 24 * 60, 7 * 24 * 60, 60


def weekly_window(given: str) -> str:
    """Give a maintenance window in lower case, or refuse it."""
    match = _WEEKLY.fullmatch(given)
    if not match or _weekly_length(given.lower()) < _LEAST:
        raise bad_value(
            f"Invalid maintenance window {given}: it must be ddd:hh24:mi-ddd:hh24:mi, "
            "at least 60 minutes."
        )
    return given.lower()


def daily_window(given: str) -> str:
    """Give a snapshot window, or refuse it."""
    match = _DAILY.fullmatch(given)
    if not match:
        raise bad_value(f"Invalid snapshot window {given}: it must be hh24:mi-hh24:mi.")
    start, end = _daily_minutes(given)
    if (end - start) % _DAY < _LEAST:
        raise bad_value(f"Invalid snapshot window {given}: it must be at least 60 minutes.")
    return given


def time_of_day(given: str) -> str:
    """Give a time ``HH:MM``, or refuse it."""
    if not re.fullmatch(_TIME, given):
        raise bad_value(f"Invalid time {given}: it must be HH:MM.")
    return given


def assigned_windows(seed: str, *, weekly: str = "", daily: str = "") -> tuple[str, str]:
    """Give windows that the service picks for a cache; they never overlap what was given."""
    number = zlib.crc32(seed.encode())
    hour, day_name = number % 23, _DAYS[number // 23 % 7]
    for step in range(2, 25):
        # A given daily window moves the weekly one, anything else moves the daily one.
        early = (hour + step) % 23 if daily else hour
        week = weekly or f"{day_name}:{early:02}:00-{day_name}:{early + 1:02}:00"
        later = (hour + step) % 23
        day = daily or f"{later:02}:30-{later + 1:02}:30"
        if not _overlap(week, day):
            return week, day
    raise AssertionError("a week has room for two windows of an hour")


def check_apart(weekly: str, daily: str) -> None:
    """Refuse windows that overlap."""
    if weekly and daily and _overlap(weekly, daily):
        raise bad_combination("The snapshot window and the maintenance window must not overlap.")


def next_opening(weekly: str, now: float) -> float:
    """Give when a maintenance window opens next, at or after now, in seconds since the epoch."""
    start, _ = _weekly_minutes(weekly)
    here = datetime.fromtimestamp(now, UTC)
    monday = (here - timedelta(days=here.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    opening = (monday + timedelta(minutes=start)).timestamp()
    return opening if opening >= now else opening + _WEEK * 60


def next_time_of_day(text: str, now: float) -> float:
    """Give when it is ``HH:MM`` next, after now, in seconds since the epoch."""
    hour, minute = text.split(":")
    here = datetime.fromtimestamp(now, UTC)
    at = here.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0).timestamp()
    return at if at > now else at + _DAY * 60


def _weekly_minutes(window: str) -> tuple[int, int]:
    first, last = window.split("-")
    return _week_minute(first), _week_minute(last)


def _week_minute(text: str) -> int:
    day, hour, minute = text.split(":")
    return _DAYS.index(day) * _DAY + int(hour) * 60 + int(minute)


def _weekly_length(window: str) -> int:
    start, end = _weekly_minutes(window)
    return (end - start) % _WEEK


def _daily_minutes(window: str) -> tuple[int, int]:
    (h1, m1), (h2, m2) = (part.split(":") for part in window.split("-"))
    return int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)


def _overlap(weekly: str, daily: str) -> bool:
    start, _ = _weekly_minutes(weekly)
    length = _weekly_length(weekly)
    day_start, day_end = _daily_minutes(daily)
    day_length = (day_end - day_start) % _DAY
    return any(
        (day * _DAY + day_start - start) % _WEEK < length
        or (start - day * _DAY - day_start) % _WEEK < day_length
        for day in range(7)
    )
