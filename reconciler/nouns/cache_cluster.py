"""Clusters of nodes without a replication group: memcached, and redis of one node."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.nouns.cache import OwnParameters, Verify
from reconciler.nouns.cache_field import (
    IpDiscovery,
    IpVersions,
    LogDeliveries,
    MinorUpgrade,
    ParameterGroup,
    Port,
    Retention,
    SecurityGroups,
    SubnetGroup,
    Topic,
    Window,
)
from reconciler.nouns.field import (
    AtCreate,
    Form,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    Required,
    ServiceDefault,
    Texts,
)
from reconciler.nouns.resource import Resource


class ScaleConfig(Noun):
    """How fast memcached moves to another node type (user guide, on-demand vertical scaling)."""

    scale_percentage: Annotated[int, Field(ge=10, le=100)] | None = None
    """How many of the nodes at a time, in percent; the service's own is 20."""
    scale_interval_minutes: Annotated[int, Field(ge=2, le=30)] | None = None
    """Minutes between one batch and the next; the service's own is 5."""


class CacheCluster(Resource):
    """A cache cluster by itself: memcached on several nodes, or redis on one.

    Members of replication groups are none of these; they change with their group.
    """

    kind: ClassVar[str] = "cache_cluster"

    engine: Annotated[
        LowerId | None, Required(), Immutable("a cluster of another engine is another cluster")
    ] = None
    """memcached or redis. A valkey of one node is a replication group."""
    engine_version: Annotated[
        str | None,
        ServiceDefault("the newest that the service offers"),
        Impact("clients are cut off; memcached loses what it holds"),
    ] = None
    """Quoted; the precision written is the precision compared. Upgrades only."""
    cache_node_type: Annotated[
        str | None,
        Required(),
        Impact("clients are cut off; memcached loses what it holds"),
        Form("cache.t4g.small"),
    ] = None
    """The machine of each node."""
    num_cache_nodes: Annotated[
        Annotated[int, Field(ge=1, le=60)] | None,
        ServiceDefault("1"),
        Impact("keys are found on other nodes; what nodes that go hold is lost"),
    ] = None
    """How many nodes; redis has one."""
    az_mode: Annotated[Literal["single-az", "cross-az"] | None, ServiceDefault("single-az")] = None
    """Whether memcached's nodes stand in several zones; only new ones can be placed."""
    preferred_availability_zone: Annotated[
        str | None, Immutable("nodes do not move"), ServiceDefault("chosen by the service")
    ] = None
    """Where all nodes stand."""
    preferred_availability_zones: Annotated[Texts | None, AtCreate()] = None
    """The zone of each of memcached's nodes; counts when they are made, also those added later."""
    snapshot_name: Annotated[str | None, AtCreate()] = None
    """The snapshot of redis to restore from. Counts only when the cluster is made."""
    snapshot_arns: Annotated[Texts | None, AtCreate()] = None
    """Snapshot files in S3 to restore from, by ARN. Counts only when the cluster is made."""
    cache_parameter_group_name: ParameterGroup = None
    """The parameter group; its family must fit engine and version."""
    parameters: OwnParameters = None
    """Parameters of this cluster alone, in place of a parameter group's name; values quoted.

    They stand in a group of their own, named after the cluster and the family of its version.
    """
    cache_subnet_group_name: SubnetGroup = None
    """The subnets of the VPC that nodes may stand in."""
    security_group_ids: SecurityGroups = None
    """Who in the network may reach it."""
    port: Annotated[
        Port | None,
        Immutable("the API can't change it"),
        ServiceDefault("11211 for memcached, 6379 for redis"),
    ] = None
    """Where it listens."""
    transit_encryption_enabled: Annotated[
        bool | None, Immutable("the API can't change it"), ServiceDefault("false")
    ] = None
    """TLS, for memcached 1.6.12 or later."""
    snapshot_retention_limit: Retention = None
    """Days that automatic snapshots are kept; redis only."""
    snapshot_window: Window = None
    """hh24:mi-hh24:mi, UTC, at least an hour; redis only."""
    preferred_maintenance_window: Window = None
    """ddd:hh24:mi-ddd:hh24:mi, UTC, at least an hour."""
    notification_topic_arn: Topic = None
    """SNS topic that is told of events."""
    auto_minor_version_upgrade: MinorUpgrade = None
    """Whether the service may move it to a newer minor version in the maintenance window."""
    network_type: Annotated[
        IpVersions | None,
        Immutable("a new cluster"),
        ServiceDefault("ipv4"),
    ] = None
    """Which IP versions it speaks."""
    ip_discovery: IpDiscovery = None
    """Which IP version clients are told."""
    log_delivery_configurations: LogDeliveries = None
    """Where redis's logs go; each log type once."""
    verify: Annotated[Verify | None, Ours()] = None
    """What verify may do to it, and what it is to leave out."""
    apply_immediately: Annotated[bool, Ours()] = False
    """Whether changes that could wait for the maintenance window are made at once.

    The API's default is false.
    """
    scale_config: Annotated[ScaleConfig | None, Ours()] = None
    """How another node type comes to memcached: so many of its nodes at a time."""
    scheduled: Annotated[Texts, Ours(), Field(json_schema_extra={"hidden": True})] = ()
    """Observed only: fields whose value here waits for the maintenance window."""
    snapshot_kept: Annotated[str | None, Ours(), Field(json_schema_extra={"hidden": True})] = None
    """Observed only: the snapshot that was taken of it to make it anew."""
