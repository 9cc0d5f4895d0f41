"""CreateReplicationGroup's request, read into a record or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticache_local.service.operation.restoring import Source, read_source
from elasticache_local.service.operation.shared_request import shared_fields
from elasticache_local.service.record import ClusterMode, Node, ReplicationGroup, Shard, Tls
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.durability import DURABLE, check_durable
from elasticache_local.service.rule.engine_version import (
    EngineVersion,
    find_version,
    version_number,
)
from elasticache_local.service.rule.membership import find_group_for_cache
from elasticache_local.service.rule.network import check_key, check_zone, zones
from elasticache_local.service.rule.node_type import DEFAULT_NODE_TYPE
from elasticache_local.service.rule.parameter import (
    booted_values,
    check_family,
    default_group_name,
    find_parameter_group,
    is_clustered,
)
from elasticache_local.service.rule.password import token_hash
from elasticache_local.service.rule.slot import check_covered, even_ranges
from elasticache_local.service.turn import Params, Turn

NEEDS_TWO = (
    "When using automatic failover, there must be at least 2 cache clusters "
    "in the replication group."
)
NEEDS_FAILOVER = "Redis with cluster mode enabled cannot be created with auto failover turned off."


@dataclass(frozen=True)
class Layout:
    """Shards as asked for: (id, slots, zones of the nodes, primary first)."""

    shards: tuple[tuple[str, str, tuple[str, ...]], ...]


def read_group(turn: Turn, group_id: str, params: Params) -> ReplicationGroup:
    """Give the record of the group that is asked for."""
    _check_scalars(params)
    source = read_source(turn, params)
    engine = (params.get("Engine") or source.engine or "redis").lower()
    if engine not in ("redis", "valkey"):
        raise bad_value(f"Invalid value {params.get('Engine')} for parameter Engine.")
    version = _version(engine, params.get("EngineVersion"), source)
    parameter_group, mode = _cluster_mode(turn, params, version, source)
    _check_source(params, mode, source)
    layout = _layout(turn, params, mode, source)
    failover, multi_az = _failover(params, engine, mode, layout)
    tls = _tls(params, version)
    durability = params.get("Durability") or ""
    check_durable(
        durability,
        engine=version.engine,
        version=version.number,
        clustered=mode == "enabled",
        multi_az=multi_az,
        replicas=min(len(places) for _, _, places in layout.shards) - 1,
        tls=tls != "off",
        node_type=params.get("CacheNodeType") or source.node_type or DEFAULT_NODE_TYPE,
    )
    user_group = _user_group(turn, params, version, tls)
    token = _token(params, tls)
    group = ReplicationGroup(
        **shared_fields(turn, group_id, params, source, 6379),
        description=params["ReplicationGroupDescription"],
        engine=engine,
        engine_version=version.full,
        parameter_group=parameter_group,
        cluster_mode=mode,
        clustered_names=mode == "enabled",
        automatic_failover=failover,
        multi_az=multi_az,
        tls=tls,
        at_rest_encryption=_at_rest(params, engine, durable=durability in DURABLE),
        kms_key=check_key(turn.region, params.get("KmsKeyId")),
        user_group=user_group,
        token_hashes=[token] if token else [],
        token_changed=turn.now if token else None,
        data_tiering=bool(params.get("DataTieringEnabled")),
        durability=durability,
    )
    group.boot_parameters = booted_values(find_parameter_group(turn.region, parameter_group))
    group.shards = _shards(group, layout, turn.now, params.get("PrimaryClusterId"))
    return group


def _check_scalars(params: Params) -> None:
    if not 1 <= len(params["ReplicationGroupDescription"]) <= 255:
        raise bad_value("ReplicationGroupDescription must have 1 to 255 characters.")
    if params.get("GlobalReplicationGroupId"):
        raise refusal(
            "GlobalReplicationGroupNotFoundFault",
            f"Global replication group {params['GlobalReplicationGroupId']} not found.",
        )


def _cluster_mode(
    turn: Turn, params: Params, version: EngineVersion, source: Source
) -> tuple[str, ClusterMode]:
    asked: ClusterMode | None = params.get("ClusterMode")
    several = (params.get("NumNodeGroups") or 1) > 1
    several |= len(params.get("NodeGroupConfiguration") or ()) > 1 or len(source.shards) > 1
    name = params.get("CacheParameterGroupName")
    if not name:
        clustered = several or source.clustered or asked in ("enabled", "compatible")
        name = default_group_name(version.family, clustered=clustered)
    group = find_parameter_group(turn.region, name)
    check_family(group, version.engine, version.family)
    clustered = is_clustered(group)
    if several and not clustered:
        raise bad_combination(
            "Use a parameter group with cluster-enabled parameter to create more than "
            "one node group."
        )
    if asked is not None and (asked != "disabled") != clustered:
        raise bad_combination(
            f"ClusterMode {asked} needs a parameter group with cluster-enabled "
            f"{'no' if asked == 'disabled' else 'yes'}."
        )
    if asked == "compatible" and version.number < (7, 0):
        raise bad_combination("ClusterMode compatible needs engine version 7.0 or later.")
    return group.id, asked or ("enabled" if clustered else "disabled")


def _version(engine: str, asked: str | None, source: Source) -> EngineVersion:
    """Give the version asked for, else the source's own; never one that is older than the data."""
    saved = source.engine_version if source.engine == engine else ""
    version = find_version(engine, asked or saved)
    if saved and version.number < version_number(saved):
        raise bad_combination(
            f"A snapshot of engine version {saved} can't be restored with version {version.full}."
        )
    return version


def _check_source(params: Params, mode: ClusterMode, source: Source) -> None:
    """Refuse what a snapshot can't become (user guide, restoring from a backup)."""
    if source.clustered and mode == "disabled":
        raise bad_combination(
            "A snapshot taken with cluster mode enabled can't be restored with cluster mode "
            "disabled."
        )
    there = params.get("CacheNodeType") or source.node_type
    tiered = [each.startswith("cache.r6gd.") for each in (source.node_type, there) if each]
    if source.node_type and len(set(tiered)) > 1:
        raise bad_combination(
            "Snapshots of caches with data tiering are restored with data tiering only, and no "
            "others are."
        )


def _layout(turn: Turn, params: Params, mode: ClusterMode, source: Source) -> Layout:
    nodes = params.get("NumCacheClusters")
    shards, replicas = params.get("NumNodeGroups"), params.get("ReplicasPerNodeGroup")
    configured: Sequence[Mapping[str, Any]] = params.get("NodeGroupConfiguration") or ()
    if nodes is not None and (shards is not None or replicas is not None or configured):
        raise bad_combination(
            "NumCacheClusters can't be used with NumNodeGroups, ReplicasPerNodeGroup or "
            "NodeGroupConfiguration."
        )
    if nodes is not None and not 1 <= nodes <= 6:
        raise bad_value("NumCacheClusters must be between 1 and 6.")
    if replicas is not None and not 0 <= replicas <= 5:
        raise bad_value("ReplicasPerNodeGroup must be between 0 and 5.")
    if shards is not None and shards < 1:
        raise bad_value("NumNodeGroups must be at least 1.")
    if mode == "compatible" and (shards or 1) > 1:
        raise bad_combination("ClusterMode compatible takes one node group.")
    if not configured and not shards and source.shards:
        configured = source.shards
    if configured:
        return _configured(turn, configured, shards, replicas)
    count = shards or 1
    size = nodes if nodes is not None else (replicas or 0) + 1
    slots = even_ranges(count) if mode != "disabled" else [""]
    chosen = params.get("PreferredCacheClusterAZs") or ()
    if chosen and len(chosen) != size * count:
        raise bad_combination("PreferredCacheClusterAZs must name one zone for each node.")
    spread = [check_zone(turn.region, zone) for zone in chosen] or [
        zones(turn.region)[index % 3] for index in range(size)
    ] * count
    return Layout(
        tuple(
            (f"{index + 1:04}", slots[index], tuple(spread[index * size : (index + 1) * size]))
            for index in range(count)
        )
    )


def _configured(
    turn: Turn, configured: Sequence[Mapping[str, Any]], shards: int | None, replicas: int | None
) -> Layout:
    if shards is not None and len(configured) != shards:
        raise bad_combination("NodeGroupConfiguration must name NumNodeGroups node groups.")
    given = [each.get("Slots") for each in configured]
    if any(given) and not all(given):
        raise bad_combination("Slots must be given for all node groups or for none.")
    if all(given) and len(configured) > 1:
        check_covered(str(text) for text in given)
    ranges = [str(text) for text in given] if all(given) else even_ranges(len(configured))
    made = []
    for index, each in enumerate(configured):
        number = (each.get("NodeGroupId") or str(index + 1)).zfill(4)
        count = each.get("ReplicaCount")
        count = replicas or 0 if count is None else count
        if not 0 <= count <= 5:
            raise bad_value("ReplicaCount must be between 0 and 5.")
        wanted = each.get("ReplicaAvailabilityZones") or ()
        if wanted and len(wanted) != count:
            raise bad_combination("ReplicaAvailabilityZones must name one zone for each replica.")
        everywhere = zones(turn.region)
        first = each.get("PrimaryAvailabilityZone") or everywhere[index % 3]
        others = list(wanted) or [everywhere[(index + 1 + i) % 3] for i in range(count)]
        places = tuple(check_zone(turn.region, zone) for zone in (first, *others))
        made.append((number, ranges[index], places))
    if len({number for number, _, _ in made}) != len(made):
        raise bad_combination("NodeGroupConfiguration names a node group twice.")
    return Layout(tuple(sorted(made)))


def _failover(params: Params, engine: str, mode: ClusterMode, layout: Layout) -> tuple[bool, bool]:
    asked = params.get("AutomaticFailoverEnabled")
    multi_az = bool(params.get("MultiAZEnabled"))
    least = min(len(places) for _, _, places in layout.shards)
    if mode == "enabled":
        if asked is False:
            raise bad_value(NEEDS_FAILOVER)
        failover = True
    else:
        failover = engine == "valkey" if asked is None else bool(asked)
        if failover and least < 2:
            raise bad_combination(NEEDS_TWO)
    if mode == "compatible" and not failover:
        raise bad_combination("ClusterMode compatible needs automatic failover.")
    if multi_az and not failover:
        raise bad_combination("Automatic failover must be enabled to enable MultiAZ.")
    if multi_az and least < 2:
        raise bad_combination("MultiAZ needs at least one replica in each node group.")
    return failover, multi_az


def _tls(params: Params, version: EngineVersion) -> Tls:
    mode: Tls | None = params.get("TransitEncryptionMode")
    if not params.get("TransitEncryptionEnabled"):
        if mode:
            raise bad_combination("TransitEncryptionMode needs TransitEncryptionEnabled.")
        return "off"
    if mode == "preferred" and version.number < (7, 0, 5):
        raise bad_combination(
            "TransitEncryptionMode preferred needs engine version 7.0.5 or later."
        )
    return mode or "required"


def _user_group(turn: Turn, params: Params, version: EngineVersion, tls: Tls) -> str | None:
    asked = params.get("UserGroupIds") or ()
    if not asked:
        return None
    if len(asked) > 1:
        raise bad_combination("Only one user group can be associated with a replication group.")
    if params.get("AuthToken"):
        raise bad_combination("AuthToken and UserGroupIds can't be used together.")
    if version.number < (6, 0):
        raise bad_combination("User groups need engine version 6.0 or later.")
    check_rbac_tls(tls)
    return find_group_for_cache(turn.region, asked[0], version.engine, version.full).id


def check_rbac_tls(tls: Tls) -> None:
    """Refuse a user group where encryption in transit is off or only preferred."""
    if tls == "off":
        raise bad_combination(
            "User group based access control requires encryption-in-transit to be enabled on "
            "the replication group."
        )
    if tls == "preferred":
        raise bad_combination(
            "Transit encryption preferred is not supported with redis access control."
        )


def _token(params: Params, tls: Tls) -> str:
    token = params.get("AuthToken")
    if not token:
        return ""
    if tls != "required":
        raise bad_combination(
            "The AUTH token is only supported when encryption-in-transit is enabled"
        )
    return token_hash(token)


def _at_rest(params: Params, engine: str, *, durable: bool) -> bool:
    asked: bool | None = params.get("AtRestEncryptionEnabled")
    if durable and asked is False:
        raise bad_combination("Durability requires encryption at rest.")
    if params.get("KmsKeyId") and asked is False:
        raise bad_combination("KmsKeyId needs AtRestEncryptionEnabled.")
    return engine == "valkey" or bool(params.get("KmsKeyId")) if asked is None else asked


def _shards(
    group: ReplicationGroup, layout: Layout, now: float, adopted: str | None
) -> list[Shard]:
    shards = []
    for shard_id, slots, places in layout.shards:
        nodes = [
            Node(
                id=node_id(group, shard_id, number),
                number=number,
                role="primary" if number == 1 else "replica",
                zone=zone,
                status="creating",
                created=now,
            )
            for number, zone in enumerate(places, 1)
        ]
        if adopted:
            nodes[0].id = adopted.lower()
        group.highest_numbers[shard_id] = len(nodes)
        shards.append(Shard(id=shard_id, slots=slots, status="creating", nodes=nodes))
    return shards


def node_id(group: ReplicationGroup, shard_id: str, number: int) -> str:
    """Give a member's id: ``orders-002``, or ``orders-0001-002`` with cluster mode.

    A group that moved to cluster mode later keeps its names, and the shards it gains say their own.
    """
    if group.clustered_names or shard_id != "0001":
        return f"{group.id}-{shard_id}-{number:03}"
    return f"{group.id}-{number:03}"
