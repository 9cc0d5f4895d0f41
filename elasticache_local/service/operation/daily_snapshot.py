"""Automatic snapshots: one a day when the window opens, kept for so many days."""

from __future__ import annotations

from elasticache_local.service.operation import serverless_snapshot, snapshot
from elasticache_local.service.record import Cache, NodeBased, ReplicationGroup, ServerlessCache
from elasticache_local.service.rule.window import next_time_of_day
from elasticache_local.service.turn import SECTIONS, Params, Turn

_STEP = "snapshot.window"
_DAY_S = 86400.0


def plan_snapshot(turn: Turn, cache: Cache) -> None:
    """See that a cache that is to have automatic snapshots has its next one coming."""
    if not cache.snapshot_retention or cache.engine == "memcached":
        return
    section, at = SECTIONS[type(cache).__name__], _opens(cache)
    known = {
        (job.data["section"], job.data["cache"], job.data["at"])
        for job in turn.region.jobs
        if job.step == _STEP
    }
    if (section, cache.id, at) not in known:
        _plan(turn, next_time_of_day(at, turn.now) - turn.now, section, cache.id, at)


def window_opened(turn: Turn, data: Params) -> object:
    """Take the day's snapshot as soon as the cache is at rest, let old ones go, plan the next."""
    cache = getattr(turn.region, data["section"]).get(data["cache"])
    if cache is None or not cache.snapshot_retention or _opens(cache) != data["at"]:
        return None
    if not cache.at_rest:
        return "not yet"
    where = data["section"], data["cache"], data["at"]
    if isinstance(cache, ServerlessCache):
        serverless_snapshot.automatic_snapshot(turn, cache)
    else:
        snapshot.automatic_snapshot(turn, cache)
    _drop(turn, cache, until=turn.now - cache.snapshot_retention * _DAY_S)
    _plan(turn, next_time_of_day(data["at"], turn.now) - turn.now, *where)
    return None


def _plan(turn: Turn, seconds: float, section: str, cache: str, at: str) -> None:
    turn.later(_STEP, seconds, section=section, cache=cache, at=at)


def drop_automatic(turn: Turn, cache: Cache) -> None:
    """Let the automatic snapshots of a cache go with it."""
    _drop(turn, cache, until=turn.now)


def _drop(turn: Turn, cache: Cache, until: float) -> None:
    if isinstance(cache, ServerlessCache):
        for kept in list(turn.region.serverless_snapshots.values()):
            if (kept.sort, kept.cache) == ("automated", cache.id) and kept.created <= until:
                serverless_snapshot.deleted(turn, {"snapshot": kept.id})
        return
    of_group = isinstance(cache, ReplicationGroup)
    for old in list(turn.region.snapshots.values()):
        source = old.replication_group if of_group else old.cache_cluster
        if (old.source, source) == ("automated", cache.id) and old.created <= until:
            snapshot.deleted(turn, {"snapshot": old.id})


def _opens(cache: Cache) -> str:
    """Give the time of day when the window opens."""
    if isinstance(cache, ServerlessCache):
        return cache.daily_snapshot
    assert isinstance(cache, NodeBased)
    return cache.snapshot_window.partition("-")[0]
