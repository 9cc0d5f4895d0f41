"""Everything that the service remembers, per account and region. Plain data; no plain secret.

Passwords and tokens are SHA-256 hex. Times are seconds since the epoch.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from elasticache_local.service.record import (
    CacheCluster,
    Event,
    ParameterGroup,
    ReplicationGroup,
    ServerlessCache,
    ServerlessSnapshot,
    Snapshot,
    SubnetGroup,
    User,
    UserGroup,
)


@dataclass(kw_only=True)
class Job:
    """A step of a life cycle that is due at a time, and when the data plane says so.

    ``holds`` maps a cache's key to the generation of its Want that must hold first;
    ``even_failed`` lets the step run when the data plane reported a problem instead. ``saves`` maps
    the folder of a snapshot to the key of the cache whose data must be in it first.
    """

    due: float
    number: int
    step: str
    holds: dict[str, int] = field(default_factory=dict)
    even_failed: bool = False
    saves: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Region:
    """One account's ElastiCache in one region, keyed by lower-case ids."""

    account_id: str
    name: str
    users: dict[str, User] = field(default_factory=dict)
    user_groups: dict[str, UserGroup] = field(default_factory=dict)
    replication_groups: dict[str, ReplicationGroup] = field(default_factory=dict)
    cache_clusters: dict[str, CacheCluster] = field(default_factory=dict)
    serverless_caches: dict[str, ServerlessCache] = field(default_factory=dict)
    handed_over: dict[str, CacheCluster] = field(default_factory=dict)
    """Clusters that groups take over: described no more, and run until their data is saved."""
    parameter_groups: dict[str, ParameterGroup] = field(default_factory=dict)
    subnet_groups: dict[str, SubnetGroup] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    serverless_snapshots: dict[str, ServerlessSnapshot] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """By ARN; a resource that was ever tagged keeps an entry, maybe empty, until it is gone."""
    jobs: list[Job] = field(default_factory=list)
    known_subnets: dict[str, str] = field(default_factory=dict)
    """Subnet id -> VPC id, as far as somebody declared them; the default VPC's are always known."""
    known_security_groups: list[str] = field(default_factory=list)
    """Those that somebody declared; where nobody has declared any, each is taken as it is named."""
    known_keys: list[str] = field(default_factory=list)
    """KMS keys that somebody declared, likewise."""
    failovers: list[tuple[float, str]] = field(default_factory=list)
    snapshots_taken: list[tuple[float, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class State:
    """All regions, the counters, and the generation of each cache's Want."""

    regions: dict[str, Region] = field(default_factory=dict)
    """By ``<account>/<region>``."""
    generations: dict[str, int] = field(default_factory=dict)
    jobs_made: int = 0

    def to_json(self) -> dict[str, Any]:
        """Give the state as JSON-ready data."""
        dumped: dict[str, Any] = _codec().dump_python(self, mode="json")
        return dumped

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> State:
        """Give the state back; ValueError when the data is not one."""
        read: State = _codec().validate_python(data)
        return read


@functools.lru_cache(maxsize=1)
def _codec() -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - a start without a state stays quick

    return TypeAdapter(State)
