"""One turn of the service: what an operation or a step of a life cycle may see and do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from elasticache_local.fault import Fault
from elasticache_local.service.duration import Durations
from elasticache_local.service.faults import FaultPlan
from elasticache_local.service.record import (
    Cache,
    CacheCluster,
    Event,
    Record,
    ReplicationGroup,
    ServerlessCache,
)
from elasticache_local.service.refusal import refusal
from elasticache_local.service.state import Job, Region, State
from elasticache_local.switch import Switches

Params = Mapping[str, Any]
Answer = dict[str, Any]
EVENTS_KEPT_S = 14 * 86400
_EVENTS_APART_S = 1e-6
SECTIONS = {
    "User": "users",
    "UserGroup": "user_groups",
    "ReplicationGroup": "replication_groups",
    "CacheCluster": "cache_clusters",
    "ServerlessCache": "serverless_caches",
    "Snapshot": "snapshots",
    "ServerlessSnapshot": "serverless_snapshots",
}
"""The section of a Region that holds each sort of record."""


@dataclass
class Turn:
    """The state, the time, and the ways to put work off, tell events and mark caches as changed."""

    state: State
    region: Region
    now: float
    switches: Switches
    durations: Durations
    faults: FaultPlan
    normalise: Callable[[str], str]
    failover: Callable[[str, str, str], None]
    roles: Callable[[str], Mapping[str, str]]
    """What the data plane last said of a cache's roles, by node id."""
    problem: Callable[[str], str]
    """What the data plane last complained of about a cache; empty when nothing."""
    unsaved: Callable[[str], str]
    """Why a snapshot's folder could not be filled; empty when it was."""
    action: str = ""
    touched: dict[str, Cache] = field(default_factory=dict)
    new_jobs: list[Job] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    discarded: list[str] = field(default_factory=list)
    """Folders of snapshots that nobody needs any more."""

    def arn(self, kind: str, name: str) -> str:
        """Give the ARN of one of this region's resources."""
        partition = "aws-cn" if self.region.name.startswith("cn-") else "aws"
        return (
            f"arn:{partition}:elasticache:{self.region.name}:{self.region.account_id}:{kind}:{name}"
        )

    def key(self, cache: Cache) -> str:
        """Give the key under which the data plane knows a cache."""
        sort = {
            ReplicationGroup: "replication_group",
            CacheCluster: "cache_cluster",
            ServerlessCache: "serverless_cache",
        }[type(cache)]
        return f"{self.region.account_id}/{self.region.name}/{sort}/{cache.id}"

    def touch(self, cache: Cache) -> None:
        """Say that what is wanted of this cache may have changed."""
        self.touched[self.key(cache)] = cache

    def later(
        self,
        step: str,
        seconds: float,
        *,
        busy: Iterable[Record] = (),
        label: str = "modifying",
        holds: Iterable[Cache] = (),
        even_failed: bool = False,
        saves: Mapping[str, str] = {},
        **data: Any,
    ) -> Job:
        """Put a step off; until then these records show the label.

        The step runs when the time is over and the data plane has what it is sent in this turn
        for the caches in ``holds``, and has saved what ``saves`` says (folder -> key of the cache).
        """
        self.state.jobs_made += 1
        job = Job(
            due=self.now + seconds,
            number=self.state.jobs_made,
            step=step,
            even_failed=even_failed,
            saves=dict(saves),
            data=data,
        )
        job.data["busy"] = []
        for record in busy:
            record.busy[str(job.number)] = label
            job.data["busy"].append([SECTIONS[type(record).__name__], record.id])
        for cache in holds:
            self.touch(cache)
            job.holds[self.key(cache)] = -1
        self.region.jobs.append(job)
        self.new_jobs.append(job)
        return job

    def tell(self, source_type: str, source: str, message: str, *, known: bool = True) -> None:
        """Add an event; ``known`` says that the words are the service's own.

        No two have the same time, so that their order can be told from it.
        """
        if known or self.switches.tells_unknown_events:
            events = self.region.events
            at = round(max(self.now, events[-1].at + _EVENTS_APART_S if events else 0.0), 6)
            events.append(Event(at=at, source_type=source_type, source=source, message=message))
            while events[0].at < self.now - EVENTS_KEPT_S:
                del events[0]

    def quota(self, name: str, default: int) -> int:
        """Give a quota, lowered when a fault says so."""
        return self.faults.quota(name, default)

    def caches_of_group(self, group_id: str) -> list[ReplicationGroup | ServerlessCache]:
        """Give the caches that a user group is attached to, or is on its way to or from."""
        found: list[ReplicationGroup | ServerlessCache] = [
            cache
            for cache in self.region.replication_groups.values()
            if group_id in (cache.user_group, cache.applying.get("user_group"))
        ]
        found += [
            cache
            for cache in self.region.serverless_caches.values()
            if group_id in (cache.user_group, cache.applying.get("user_group"))
        ]
        return found

    def refuse(self, code: str, message: str) -> Fault:
        """Give a refusal; here so that operations need one import less."""
        return refusal(code, message)
