"""Replication groups: nodes of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from reconciler.nouns.cache import Cache, Gate, OwnParameters
from reconciler.nouns.cache_field import (
    IpDiscovery,
    LogDeliveries,
    MinorUpgrade,
    ParameterGroup,
    Port,
    SubnetGroup,
    Topic,
    Window,
)
from reconciler.nouns.field import (
    AtCreate,
    Form,
    Ids,
    Immutable,
    Impact,
    Noun,
    Ours,
    RefersTo,
    Required,
    ServiceDefault,
    Texts,
    WriteOnly,
    listed,
)
from reconciler.nouns.secret import SecretRef


class NodeGroup(Noun):
    """One shard as it is made."""

    node_group_id: str | None = None
    """Up to four digits: "0001"."""
    slots: str | None = None
    """The slots that it starts with: "0-5460", "0-99,200-5460"."""
    replica_count: Annotated[int, Field(ge=0, le=5)] | None = None
    """How many replicas it starts with."""
    primary_availability_zone: str | None = None
    """Where its primary starts."""
    replica_availability_zones: Annotated[tuple[str, ...], BeforeValidator(listed)] | None = None
    """Where its replicas start, a zone each."""


class ReplicationGroup(Cache):
    """A replication group: one primary with replicas, or shards of them (cluster mode)."""

    kind: ClassVar[str] = "replication_group"
    gate_names: ClassVar[tuple[str, ...]] = ("tls-required", "auth-finish", "cluster-mode-enabled")

    replication_group_description: Annotated[
        str | None, Required(), Field(min_length=1, max_length=255)
    ] = None
    """What it is for."""
    engine_version: Annotated[
        str | None,
        ServiceDefault("the newest that the service offers"),
        Impact("a failover of each shard, minutes"),
    ] = None
    """Quoted; the precision written is the precision compared. Upgrades only."""
    cache_node_type: Annotated[
        str | None, Required(), Impact("a failover of each shard"), Form("cache.r7g.large")
    ] = None
    """The machine of each node."""
    num_cache_clusters: Annotated[Annotated[int, Field(ge=1, le=6)] | None, ServiceDefault("1")] = (
        None
    )
    """Cluster mode disabled: the primary and its replicas. Excludes num_node_groups."""
    num_node_groups: Annotated[Annotated[int, Field(ge=1, le=500)] | None, ServiceDefault("1")] = (
        None
    )
    """Cluster mode enabled: how many shards."""
    replicas_per_node_group: Annotated[
        Annotated[int, Field(ge=0, le=5)] | None, ServiceDefault("0")
    ] = None
    """Cluster mode enabled: replicas of each shard."""
    cluster_mode: Annotated[
        Literal["enabled", "disabled", "compatible"] | None,
        ServiceDefault("disabled with one shard, else enabled"),
    ] = None
    """enabled: shards; disabled: one primary; compatible: on the way from one to the other."""
    automatic_failover_enabled: Annotated[
        bool | None, ServiceDefault("false for redis, true for valkey and in cluster mode")
    ] = None
    """Whether a replica takes over when the primary fails; cluster mode can't be without."""
    multi_az_enabled: Annotated[bool | None, ServiceDefault("false")] = None
    """Whether nodes are spread over availability zones; needs automatic failover."""
    cache_parameter_group_name: ParameterGroup = None
    """The parameter group; its family must fit engine and version."""
    parameters: OwnParameters = None
    """Parameters of this cache alone, in place of a parameter group's name; values quoted.

    They stand in a group of their own, named after the cache and the family of its version.
    """
    cache_subnet_group_name: SubnetGroup = None
    """The subnets of the VPC that nodes may stand in."""
    preferred_cache_cluster_azs: Annotated[Texts | None, AtCreate()] = None
    """The zone of each node, the primary's first. Counts only when the group is made."""
    node_group_configuration: Annotated[
        Annotated[tuple[NodeGroup, ...], BeforeValidator(listed)] | None, AtCreate()
    ] = None
    """Slots, replicas and zones of each shard. Counts only when the group is made."""
    snapshot_name: Annotated[str | None, AtCreate()] = None
    """The snapshot to restore from. Counts only when the group is made."""
    snapshot_arns: Annotated[Texts | None, AtCreate()] = None
    """Snapshot files in S3 to restore from, by ARN. Counts only when the group is made."""
    serverless_cache_snapshot_name: Annotated[str | None, AtCreate()] = None
    """A serverless cache's snapshot to restore from. Counts only when the group is made."""
    port: Annotated[
        Port | None,
        Immutable("the API can't change it"),
        ServiceDefault("6379"),
    ] = None
    """Where it listens."""
    at_rest_encryption_enabled: Annotated[
        bool | None,
        Immutable("the API can't change it"),
        ServiceDefault("false for redis, true for valkey"),
    ] = None
    """Whether disks and snapshots are encrypted."""
    data_tiering_enabled: Annotated[
        bool | None, Immutable("a new cache"), ServiceDefault("false")
    ] = None
    """Whether values that are seldom used move to local disks (r6gd nodes)."""
    durability: Annotated[
        Literal["default", "async", "sync", "disabled"] | None,
        ServiceDefault("default, which as of valkey 9.0 means disabled"),
        Impact("nobody cut off; sync answers writes later, async may lose seconds of them"),
    ] = None
    """Whether a log in several zones keeps what was written: before a write is answered or after.

    sync and async need valkey 9.0, cluster mode, multi-AZ with replicas, and TLS.
    """
    durability_in_effect: Annotated[
        str | None, Ours(), Field(json_schema_extra={"hidden": True})
    ] = None
    """Observed only: what durability means as it stands: async, sync or disabled."""
    transit_encryption_enabled: Annotated[
        bool | None,
        ServiceDefault("false"),
        Impact("endpoints change their names; plaintext connections are cut at the last step"),
    ] = None
    """TLS. Users and AUTH tokens need it."""
    transit_encryption_mode: Annotated[
        Literal["preferred", "required"] | None,
        ServiceDefault("required when TLS is on"),
        Impact("required cuts off open plaintext connections and takes the old names away"),
    ] = None
    """required: TLS only; preferred: TLS and plaintext, for a migration."""
    auth_token: Annotated[
        SecretRef | None, WriteOnly(), Impact("staged: added, proven, the old one retired")
    ] = None
    """The AUTH token, by reference. Excludes user_group_ids."""
    auth_token_held: Annotated[str | None, Ours(), Field(json_schema_extra={"hidden": True})] = None
    """Observed only: when the token was last set (empty: not said); None without a token."""
    global_datastore: Annotated[str | None, Ours(), Field(json_schema_extra={"hidden": True})] = (
        None
    )
    """Observed only: the global datastore that it is a member of, and as what: ``id primary``."""
    user_group_ids: Annotated[
        Ids | None, RefersTo("user_group"), Impact("users who lose access are cut off")
    ] = None
    """At most one group; needs TLS."""
    snapshot_window: Window = None
    """hh24:mi-hh24:mi, UTC, at least an hour."""
    preferred_maintenance_window: Window = None
    """ddd:hh24:mi-ddd:hh24:mi, UTC, at least an hour."""
    notification_topic_arn: Topic = None
    """SNS topic that is told of events."""
    auto_minor_version_upgrade: MinorUpgrade = None
    """Whether the service may move it to a newer minor version in the maintenance window."""
    ip_discovery: IpDiscovery = None
    """Which IP version cluster clients are told."""
    log_delivery_configurations: LogDeliveries = None
    """Where the engine's logs go; each log type once."""
    apply_immediately: Annotated[bool, Ours()] = False
    """Whether changes that could wait for the maintenance window are made at once.

    The API's default is false.
    """
    gates: Annotated[Mapping[str, Gate], Ours()] = {}
    """Gates of this cache, closed unless opened here.

    tls-required, auth-finish, cluster-mode-enabled.
    """
