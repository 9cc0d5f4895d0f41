"""CreateCacheCluster's request, read into a record or refused."""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.service.operation.replica_count import new_node
from elasticache_local.service.operation.restoring import read_source
from elasticache_local.service.operation.shared_request import shared_fields
from elasticache_local.service.record import CacheCluster, CacheNode, Node, ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.engine_version import EngineVersion, find_version
from elasticache_local.service.rule.network import check_zone, zones
from elasticache_local.service.rule.parameter import (
    booted_values,
    check_family,
    default_group_name,
    find_parameter_group,
    is_clustered,
)
from elasticache_local.service.rule.quota import check_node_quotas
from elasticache_local.service.turn import Params, Turn

NO_VALKEY = "This API doesn't support Valkey engine. Please use CreateReplicationGroup"
_PORTS = {"redis": 6379, "memcached": 11211}


def read_cluster(turn: Turn, cluster_id: str, params: Params) -> CacheCluster:
    """Give the record of the cluster that is asked for."""
    source = read_source(turn, params)
    engine = (params.get("Engine") or source.engine or "").lower()
    if engine == "valkey":
        raise bad_value(NO_VALKEY)
    if engine not in _PORTS:
        raise bad_value(f"Invalid value {params.get('Engine')} for parameter Engine.")
    version = find_version(engine, params.get("EngineVersion") or source.engine_version)
    count = _count(turn, engine, params.get("NumCacheNodes"))
    _check_settings(engine, version, params)
    name = params.get("CacheParameterGroupName") or default_group_name(
        version.family, clustered=False
    )
    group = find_parameter_group(turn.region, name)
    check_family(group, engine, version.family)
    if is_clustered(group):
        raise bad_value(
            "Cluster mode should be disabled in parameter group, but found it is enabled."
        )
    return CacheCluster(
        **shared_fields(turn, cluster_id, params, source, _PORTS[engine]),
        engine=engine,
        engine_version=version.full,
        parameter_group=group.id,
        boot_parameters=booted_values(group),
        tls="required" if params.get("TransitEncryptionEnabled") else "off",
        nodes=[
            CacheNode(id=f"{n:04}", zone=zone, status="creating", created=turn.now)
            for n, zone in enumerate(_zones(turn, params, count), 1)
        ],
    )


def join_group(turn: Turn, group: ReplicationGroup, cluster_id: str, params: Params) -> Node:
    """Let a further replica under its own id join a group with cluster mode disabled."""
    if group.cluster_mode != "disabled":
        raise bad_combination("Replicas can be added so only with cluster mode disabled.")
    check_node_quotas(turn, [len(group.nodes) + 1], already=len(group.nodes))
    zone = params.get("PreferredAvailabilityZone")
    node = new_node(turn, group, group.shards[0], ())
    turn.region.tags.pop(turn.arn("cluster", node.id), None)
    node.id = cluster_id
    if zone:
        node.zone = check_zone(turn.region, zone)
    tags = turn.region.tags.get(turn.arn("replicationgroup", group.id))
    if tags:
        turn.region.tags[turn.arn("cluster", node.id)] = dict(tags)
    group.shards[0].nodes.append(node)
    turn.later(
        "replica_count.changed",
        turn.durations.replica_count,
        busy=[group],
        holds=[group],
        group=group.id,
    )
    return node


def check_zone_count(turn: Turn, places: Sequence[str], count: int) -> list[str]:
    """Give one zone for each node, or refuse a list of another length."""
    if places and len(places) != count:
        raise bad_combination("One availability zone must be named for each node.")
    return [check_zone(turn.region, zone) for zone in places]


def _count(turn: Turn, engine: str, asked: int | None) -> int:
    count = 1 if asked is None else asked
    if engine == "redis" and count != 1:
        raise bad_value("NumCacheNodes should be 1 if engine is redis")
    if count < 1:
        raise bad_value("NumCacheNodes must be at least 1.")
    if count > turn.quota("memcached_nodes", turn.switches.memcached_node_quota):
        raise refusal(
            "NodeQuotaForClusterExceeded",
            "The request exceeds the allowed number of cache nodes in a cluster.",
        )
    return count


def _check_settings(engine: str, version: EngineVersion, params: Params) -> None:
    if params.get("AuthToken"):
        raise bad_combination("AUTH tokens need a replication group.")
    if params.get("TransitEncryptionEnabled"):
        if engine == "redis":
            raise bad_combination("Encryption in transit of redis needs a replication group.")
        if version.number < (1, 6, 12):
            raise bad_combination("Encryption in transit needs memcached 1.6.12 or later.")
    snapshots = ("SnapshotName", "SnapshotArns", "SnapshotRetentionLimit", "SnapshotWindow")
    if engine == "memcached" and any(params.get(name) for name in snapshots):
        raise bad_combination("Snapshots are not supported for memcached.")
    if params.get("AZMode") == "cross-az" and (
        engine == "redis" or (params.get("NumCacheNodes") or 1) < 2
    ):
        raise bad_combination("AZMode cross-az needs at least two memcached nodes.")


def _zones(turn: Turn, params: Params, count: int) -> list[str]:
    if places := check_zone_count(turn, params.get("PreferredAvailabilityZones") or (), count):
        return places
    everywhere = zones(turn.region)
    if params.get("AZMode") == "cross-az":
        return [everywhere[index % len(everywhere)] for index in range(count)]
    zone = params.get("PreferredAvailabilityZone")
    return [check_zone(turn.region, zone) if zone else everywhere[0]] * count
