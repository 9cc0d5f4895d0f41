"""DescribeEvents."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from elasticache_local.clock import moment
from elasticache_local.service.paging import page
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.turn import EVENTS_KEPT_S, Answer, Params, Turn

LONGEST_MINUTES = EVENTS_KEPT_S // 60


def describe_events(turn: Turn, params: Params) -> Answer:
    """DescribeEvents, newest first: of the last hour if not said, of fourteen days at most."""
    source, sort = params.get("SourceIdentifier"), params.get("SourceType")
    if source and not sort:
        raise bad_combination("SourceIdentifier needs SourceType.")
    start, end = _span(turn, params)
    found = {
        _newest_first(event.at, index): {
            "SourceIdentifier": event.source,
            "SourceType": event.source_type,
            "Message": event.message,
            "Date": moment(event.at),
        }
        for index, event in enumerate(turn.region.events)
        if start <= event.at <= end
        and sort in (None, event.source_type)
        and (source is None or source.lower() == event.source)
    }
    return page(found, params, "Events", lambda row: row)


def _newest_first(at: float, index: int) -> str:
    """Give a key that sorts a later event before; what happens between two pages comes before."""
    return f"{10**18 - round(at * 1e6):019}/{10**9 - index:010}"


def _span(turn: Turn, params: Params) -> tuple[float, float]:
    minutes = params.get("Duration")
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        raise bad_value(f"Duration must be between 1 and {LONGEST_MINUTES} minutes.")
    start, end = _seconds(params.get("StartTime")), _seconds(params.get("EndTime"))
    if minutes is not None and start is not None and end is not None:
        raise bad_combination("Duration can't be used with both StartTime and EndTime.")
    length = 60.0 * (minutes or 60)
    if start is None:
        start = (turn.now if end is None else end) - length
    elif end is None and minutes is not None:
        end = start + length
    # Of many at one moment the last is told with a time that is a little later.
    end = math.inf if end is None else end
    if turn.now - start > 60 * LONGEST_MINUTES + 1:
        raise bad_value("StartTime must be within the last 14 days.")
    if end < start:
        raise bad_combination("EndTime must not be before StartTime.")
    return start, end


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise bad_value(f"{given} is not a time.") from None
    return float((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
