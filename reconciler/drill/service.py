"""What the service says of a failover: statuses while it lasts, its events, how often it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.ports import Reader

PER_DAY = 15
"""ElastiCache API reference, TestFailover: so many node groups in any rolling 24 hours."""

_DAY = timedelta(hours=24)
_ASKED = "Test Failover API called"
_PROMOTED = "Failover from primary node"
_RECOVERED = "Finished recovery"
_SOURCES = ("replication-group", "cache-cluster")


@dataclass(frozen=True, slots=True)
class Event:
    """What the service told, and when by its own clock."""

    at: datetime
    source: str
    words: str


@dataclass(frozen=True, slots=True)
class ServiceSide:
    """What the service itself saw. A figure that its events do not give is None.

    ``promoted_s``: from the call to the replica's promotion, which is for how long it saw no
    primary. ``recovered_s``: until the old primary was a replica again. ``old`` and ``new`` are the
    primary's node before and after, as describe tells.
    """

    events: tuple[Event, ...] = ()
    promoted_s: float | None = None
    recovered_s: float | None = None
    old: str = ""
    new: str = ""
    at_rest: bool = False


def used_today(reader: Reader, now: datetime) -> int:
    """Count the failovers that were tested in this account and region in the last 24 hours."""
    since = {"SourceType": "replication-group", "StartTime": now - _DAY, "EndTime": now}
    events = reader.pages("elasticache", "describe_events", "Events", since)
    return sum(_ASKED in event["Message"] for event in events)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the group: whether it is at rest, and the node that leads the shard."""

    at_rest: bool
    primary: str


def look(reader: Reader, group: str, shard: str) -> Look:
    """Describe the group, afresh."""
    [found] = reader.fresh().read(
        "elasticache", "describe_replication_groups", {"ReplicationGroupId": group}
    )["ReplicationGroups"]
    shards = {one["NodeGroupId"]: one for one in found.get("NodeGroups", ())}
    members = shards.get(shard, {}).get("NodeGroupMembers", ())
    resting = found["Status"] == "available" and all(
        one["Status"] == "available" for one in shards.values()
    )
    return Look(resting, next(_primaries(members), ""))


def _primaries(members: list[Mapping[str, Any]]) -> Iterator[str]:
    return (one["CacheClusterId"] for one in members if one.get("CurrentRole") == "primary")


def told_since(reader: Reader, sources: frozenset[str], since: datetime) -> tuple[Event, ...]:
    """Give the events about this group and its nodes, oldest first."""
    # The service's events carry whole seconds.
    start = since.replace(microsecond=0)
    found = [
        Event(event["Date"], event["SourceIdentifier"], event["Message"])
        for sort in _SOURCES
        for event in reader.fresh().pages(
            "elasticache", "describe_events", "Events", {"SourceType": sort, "StartTime": start}
        )
        if event["SourceIdentifier"] in sources and event["Date"] >= start
    ]
    return tuple(sorted(found, key=lambda one: one.at))


def read_as(
    events: tuple[Event, ...], shard: str, *, old: str, new: str, at_rest: bool
) -> ServiceSide:
    """Give the service's own figures from its events, in the words that the user guide lists."""
    asked = next((one for one in events if _is_call(one, shard)), None)
    promoted = _seconds(asked, events, _PROMOTED)
    recovered = _seconds(asked, events, _RECOVERED)
    return ServiceSide(events, promoted, recovered, old, new, at_rest)


def _is_call(event: Event, shard: str) -> bool:
    return event.words.startswith(_ASKED) and event.words.endswith(shard)


def _seconds(asked: Event | None, events: tuple[Event, ...], words: str) -> float | None:
    if asked is None:
        return None
    after = (one for one in events if one.at >= asked.at and one.words.startswith(words))
    found = next(after, None)
    return (found.at - asked.at).total_seconds() if found else None
