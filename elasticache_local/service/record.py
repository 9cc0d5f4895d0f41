"""The records of the resources: what is live, what is being applied, what waits for the window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

AT_REST = frozenset({"active", "available"})

Tls = Literal["off", "preferred", "required"]
ClusterMode = Literal["disabled", "compatible", "enabled"]


@dataclass(kw_only=True)
class Record:
    """What every resource with a life cycle has.

    ``busy`` holds one label per piece of work under way (token -> ``modifying``), so that
    overlapping work ends in the right status whatever finishes first.
    """

    id: str
    status: str
    created: float = 0.0
    busy: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The status as describe shows it."""
        if self.status in AT_REST and self.busy:
            return next(iter(self.busy.values()))
        return self.status

    @property
    def at_rest(self) -> bool:
        """Whether it takes changes now."""
        return self.status in AT_REST and not self.busy


@dataclass(kw_only=True)
class User(Record):
    """A user; ``sort`` is the answer's Authentication.Type."""

    name: str
    engine: str
    access_string: str
    sort: Literal["password", "no-password", "iam"]
    password_hashes: list[str] = field(default_factory=list)
    minimum_engine_version: str = "6.0"
    group_ids: list[str] = field(default_factory=list)
    tags_quiet_until: float = 0.0


@dataclass(kw_only=True)
class UserGroup(Record):
    """A user group with what of its membership is still on the way."""

    engine: str
    user_ids: list[str] = field(default_factory=list)
    adds: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    minimum_engine_version: str = "6.0"

    @property
    def wanted_ids(self) -> list[str]:
        """The membership once everything accepted has happened."""
        kept = [user for user in self.user_ids if user not in self.removes]
        return kept + [user for user in self.adds if user not in kept]


@dataclass(kw_only=True)
class Cache(Record):
    """What replication groups, cache clusters and serverless caches share."""

    engine: str
    engine_version: str
    """In full: ``7.1.0``."""
    ports: dict[str, int] = field(default_factory=dict)
    """As the data plane last told them (see Is.ports)."""
    security_groups: list[str] = field(default_factory=list)
    snapshot_retention: int = 0
    network_type: str = "ipv4"
    restore_from: str = ""
    awaits_data: bool = False
    """Whether what it is to begin with is still being saved: the data plane knows nothing of it."""
    told_problem: int = 0
    """The newest generation whose problem was told as an event."""


@dataclass(kw_only=True)
class NodeBased(Cache):
    """What replication groups and standalone cache clusters share."""

    node_type: str
    port: int
    parameter_group: str
    boot_parameters: dict[str, str] = field(default_factory=dict)
    """Values of parameters that need a reboot, as of the last one."""
    parameters_status: str = "in-sync"
    subnet_group: str = "default"
    snapshot_window: str = ""
    maintenance_window: str = ""
    auto_minor: bool = True
    ip_discovery: str = "ipv4"
    topic_arn: str = ""
    topic_status: str = ""
    log_delivery: list[dict[str, Any]] = field(default_factory=list)
    tls: Tls = "off"
    pending: dict[str, Any] = field(default_factory=dict)
    """Accepted, waits for the maintenance window."""
    applying: dict[str, Any] = field(default_factory=dict)
    """Accepted, on its way."""
    windows_done_until: float = 0.0


@dataclass(kw_only=True)
class Node:
    """A member of a shard; ``number`` is the last part of its id."""

    id: str
    number: int
    role: Literal["primary", "replica"]
    zone: str
    status: str
    created: float


@dataclass(kw_only=True)
class Shard:
    """A node group with its slots (``0-8191``; empty with cluster mode disabled)."""

    id: str
    slots: str
    status: str
    nodes: list[Node] = field(default_factory=list)

    @property
    def primary(self) -> Node:
        """The node in the primary role."""
        return next((node for node in self.nodes if node.role == "primary"), self.nodes[0])


@dataclass(kw_only=True)
class ReplicationGroup(NodeBased):
    """A replication group; its members are seen through it."""

    description: str
    shards: list[Shard] = field(default_factory=list)
    cluster_mode: ClusterMode = "disabled"
    clustered_names: bool = False
    """Whether members are called <id>-<shard>-<node>: decided at creation."""
    automatic_failover: bool = False
    multi_az: bool = False
    at_rest_encryption: bool = False
    kms_key: str = ""
    user_group: str | None = None
    token_hashes: list[str] = field(default_factory=list)
    token_open: bool = False
    """Whether clients without a token still come in beside those with one."""
    token_changed: float | None = None
    snapshotting_cluster: str = ""
    data_tiering: bool = False
    durability: str = ""
    highest_numbers: dict[str, int] = field(default_factory=dict)

    @property
    def nodes(self) -> list[Node]:
        """All members, in order of shard and number."""
        return [node for shard in self.shards for node in shard.nodes]

    @property
    def saved_from(self) -> str:
        """The node that snapshots are taken of without cluster mode: chosen, or a replica."""
        if self.cluster_mode != "disabled":
            return ""
        ids = [node.id for node in self.nodes]
        return self.snapshotting_cluster if self.snapshotting_cluster in ids else ids[:2][-1]


@dataclass(kw_only=True)
class CacheNode:
    """A node of a standalone cache cluster."""

    id: str
    zone: str
    status: str
    created: float


@dataclass(kw_only=True)
class CacheCluster(NodeBased):
    """A cache cluster that belongs to no replication group."""

    nodes: list[CacheNode] = field(default_factory=list)


@dataclass(kw_only=True)
class ServerlessCache(Cache):
    """A serverless cache; ``limits`` stands as the answer shows it."""

    description: str = " "
    major: str
    limits: dict[str, Any] = field(default_factory=dict)
    kms_key: str = ""
    user_group: str | None = None
    subnets: list[str] = field(default_factory=list)
    daily_snapshot: str = ""
    connection_type: str = "vpc"
    integrations: list[str] = field(default_factory=list)
    suffix: str = ""
    applying: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class ParameterGroup:
    """A customer's parameter group: only what differs from the family."""

    id: str
    family: str
    description: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class SubnetGroup:
    """A subnet group; subnets as (id, zone)."""

    id: str
    description: str
    vpc: str
    subnets: list[tuple[str, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class Snapshot(Record):
    """A node-based snapshot: the answer's own members as they were when it was taken."""

    source: Literal["manual", "automated"]
    replication_group: str = ""
    cache_cluster: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    shards: list[dict[str, Any]] = field(default_factory=list)
    """Per shard: id, slots, replicas, cluster."""
    zone: str = ""
    """Of the cluster that it was taken of; empty where that was a whole group."""
    folder: str = ""
    """Where the data plane keeps the data."""


@dataclass(kw_only=True)
class ServerlessSnapshot(Record):
    """A serverless snapshot with the cache's configuration at that time."""

    sort: Literal["manual", "automated"]
    cache: str
    kms_key: str = ""
    configuration: dict[str, str] = field(default_factory=dict)
    expires: float | None = None
    folder: str = ""


@dataclass(kw_only=True)
class Event:
    """One line of DescribeEvents."""

    at: float
    source_type: str
    source: str
    message: str
