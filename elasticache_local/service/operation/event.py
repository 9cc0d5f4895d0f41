"""DescribeEvents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from elasticache_local.clock import moment
from elasticache_local.service.paging import page
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.turn import Answer, Params, Turn

LONGEST_MINUTES = 20160


def describe_events(turn: Turn, params: Params) -> Answer:
    """DescribeEvents: the last hour when nothing else is said, fourteen days at most."""
    source, sort = params.get("SourceIdentifier"), params.get("SourceType")
    if source and not sort:
        raise bad_combination("SourceIdentifier needs SourceType.")
    start, end = _span(turn, params)
    found = {
        f"{index:09}": {
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


def _span(turn: Turn, params: Params) -> tuple[float, float]:
    minutes = params.get("Duration")
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        raise bad_value(f"Duration must be between 1 and {LONGEST_MINUTES} minutes.")
    start, end = _seconds(params.get("StartTime")), _seconds(params.get("EndTime"))
    if minutes is not None and start is not None and end is not None:
        raise bad_combination("Duration can't be used with both StartTime and EndTime.")
    length = 60.0 * (minutes or 60)
    if start is None:
        end = turn.now if end is None else end
        start = end - length
    elif end is None:
        end = start + length if minutes is not None else turn.now
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
