"""ModifyCacheCluster, and how the life cycles of standalone clusters end."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.answer.cache_cluster import cluster_answer
from elasticache_local.service.operation.cache_cluster import REBOOTING, check_rests, find_cluster
from elasticache_local.service.operation.cluster_listing import find_member
from elasticache_local.service.operation.cluster_request import check_zone_count
from elasticache_local.service.operation.daily_snapshot import drop_automatic, plan_snapshot
from elasticache_local.service.operation.group_change.setting import shared_settings
from elasticache_local.service.operation.kept_data import lost_final
from elasticache_local.service.record import CacheCluster, CacheNode, NodeBased, ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.engine_version import check_move, find_version
from elasticache_local.service.rule.network import zones
from elasticache_local.service.rule.node_type import allowed_moves
from elasticache_local.service.rule.parameter import (
    booted_values,
    built_in_groups,
    check_family,
    default_group_name,
    find_parameter_group,
    is_clustered,
)
from elasticache_local.service.rule.quota import NODES_PER_REGION, node_count
from elasticache_local.service.rule.window import next_opening
from elasticache_local.service.turn import Answer, Params, Turn

NOTHING = "No modifications were requested."


def modify_cache_cluster(turn: Turn, params: Params) -> Answer:
    """ModifyCacheCluster: standalone clusters only; members change with their group."""
    if member := find_member(turn, params["CacheClusterId"]):
        raise bad_combination(
            f"{member[1].id} is a member of replication group {member[0].id}; modify the group."
        )
    cluster = find_cluster(turn, params["CacheClusterId"])
    check_rests(cluster, cluster.id, "modified")
    changes = {
        **_engine(turn, cluster, params),
        **_node_type(turn, cluster, params),
        **_count(turn, cluster, params),
    }
    settings = {
        name: value
        for name, value in shared_settings(turn.region, cluster, params).items()
        if getattr(cluster, name) != value
    }
    # Asking for the current count takes a pending one back.
    taken_back = params.get("NumCacheNodes") == len(cluster.nodes) and (
        "node_count" in cluster.pending
    )
    if not changes and not settings and not taken_back:
        raise bad_combination(NOTHING)
    before = {name: getattr(cluster, name) for name in settings}
    for name, value in settings.items():
        setattr(cluster, name, value)
    if taken_back:
        for name in ("node_count", "removed_nodes", "new_zones"):
            cluster.pending.pop(name, None)
    _begin(turn, cluster, changes, before, now=bool(params.get("ApplyImmediately")))
    return {"CacheCluster": cluster_answer(turn, cluster, nodes=False)}


def _begin(
    turn: Turn,
    cluster: CacheCluster,
    changes: dict[str, Any],
    before: dict[str, Any],
    *,
    now: bool,
) -> None:
    if now:
        due, cluster.pending = {**cluster.pending, **changes}, {}
        _apply(turn, cluster, due, before)
    elif changes:
        cluster.pending |= changes
        opening = next_opening(cluster.maintenance_window, turn.now)
        turn.later(
            "cache_cluster.window",
            opening - turn.now,
            cluster=cluster.id,
            window=cluster.maintenance_window,
        )
    else:
        _apply(turn, cluster, {}, before)


def window_opened(turn: Turn, data: Params) -> object:
    """Apply what waited for the maintenance window, as soon as the cluster is at rest."""
    cluster = turn.region.cache_clusters.get(data["cluster"])
    if cluster is None or not cluster.pending or cluster.maintenance_window != data["window"]:
        return None
    if not cluster.at_rest:
        return "not yet"
    due, cluster.pending = dict(cluster.pending), {}
    _apply(turn, cluster, due, {})
    return None


def created(turn: Turn, data: Params) -> None:
    """End a creation, well or badly."""
    cluster = turn.region.cache_clusters.get(data["cluster"])
    if cluster is None or cluster.status != "creating":
        return
    if trouble := data.get("failed") or turn.problem(turn.key(cluster)):
        cluster.status = "create-failed"
        turn.tell("cache-cluster", cluster.id, f"Creation failed: {trouble}", known=False)
        return
    cluster.status, cluster.restore_from = "available", ""
    plan_snapshot(turn, cluster)
    for node in cluster.nodes:
        node.status = "available"
        turn.tell(
            "cache-cluster",
            cluster.id,
            f"Added cache node {node.id} in availability zone {node.zone}",
        )
    turn.tell("cache-cluster", cluster.id, "Cache cluster created")


def deleted(turn: Turn, data: Params) -> None:
    """Forget a cluster."""
    cluster = turn.region.cache_clusters.get(data["cluster"])
    if cluster is None:
        return
    if trouble := lost_final(turn, data.get("final", ())):
        cluster.status = "available"
        for node in cluster.nodes:
            node.status = "available"
        turn.touch(cluster)
        plan_snapshot(turn, cluster)
        words = f"Not deleted: the final snapshot failed: {trouble}"
        turn.tell("cache-cluster", cluster.id, words, known=False)
        return
    del turn.region.cache_clusters[cluster.id]
    turn.forgotten.append(turn.key(cluster))
    drop_automatic(turn, cluster)
    turn.region.tags.pop(turn.arn("cluster", cluster.id), None)
    turn.tell("cache-cluster", cluster.id, "Cache cluster deleted", known=False)


def rebooted(turn: Turn, data: Params) -> None:
    """Bring in the parameters that waited for a reboot."""
    cache: NodeBased | None
    if data["group"]:
        cache = turn.region.replication_groups.get(data["group"])
        for node in cache.nodes if isinstance(cache, ReplicationGroup) else ():
            node.status = "available" if node.status == REBOOTING else node.status
    else:
        cache = turn.region.cache_clusters.get(data["cluster"])
    if cache is not None:
        group = find_parameter_group(turn.region, cache.parameter_group)
        cache.boot_parameters = booted_values(group)
        cache.parameters_status = "in-sync"
        turn.touch(cache)
        turn.tell("cache-cluster", cache.id, "Cache nodes rebooted", known=False)


def modified(turn: Turn, data: Params) -> None:
    """Let what was applied become what is, or drop it when made to fail."""
    cluster = turn.region.cache_clusters.get(data["cluster"])
    if cluster is None:
        return
    changes, cluster.applying = cluster.applying, {}
    back = bool(data.get("rolled_back"))
    if back:
        for name, value in data.get("before", {}).items():
            setattr(cluster, name, value)
        turn.tell("cache-cluster", cluster.id, data["rolled_back"], known=False)
    before = sum(node.status != "creating" for node in cluster.nodes)
    gone = "creating" if back else "deleting"
    cluster.nodes = [node for node in cluster.nodes if node.status != gone]
    for node in cluster.nodes:
        if node.status == "creating":
            turn.tell(
                "cache-cluster",
                cluster.id,
                f"Added cache node {node.id} in availability zone {node.zone}",
            )
        node.status = "available"
    plan_snapshot(turn, cluster)
    if not back:
        for name in ("engine_version", "node_type", "parameter_group"):
            if name in changes:
                setattr(cluster, name, changes[name])
        if "parameter_group" in changes:
            chosen = find_parameter_group(turn.region, cluster.parameter_group)
            cluster.boot_parameters = booted_values(chosen)
        if "node_count" in changes:
            turn.tell(
                "cache-cluster",
                cluster.id,
                f"Finished modifying number of nodes from {before} to {len(cluster.nodes)}",
            )
    turn.touch(cluster)


def _apply(
    turn: Turn, cluster: CacheCluster, changes: dict[str, Any], before: dict[str, Any]
) -> None:
    cluster.applying = changes
    if "node_count" in changes:
        _change_nodes(turn, cluster, changes)
    seconds = turn.durations.cache_modify if changes else turn.durations.cache_settings
    turn.later(
        "cache_cluster.modified",
        seconds,
        busy=[cluster],
        holds=[cluster],
        cluster=cluster.id,
        before=before,
    )


def _change_nodes(turn: Turn, cluster: CacheCluster, changes: dict[str, Any]) -> None:
    for node in cluster.nodes:
        if node.id in changes["removed_nodes"]:
            node.status = "deleting"
    taken = {node.id for node in cluster.nodes}
    staying = sum(node.status != "deleting" for node in cluster.nodes)
    added = changes["node_count"] - staying
    if added > 0:
        turn.tell("cache-cluster", cluster.id, "Increasing number of requested nodes")
    free = [f"{n:04}" for n in range(1, len(taken) + added + 1) if f"{n:04}" not in taken]
    for index in range(added):
        places = changes["new_zones"]
        zone = places[index] if places else cluster.nodes[0].zone
        cluster.nodes.append(
            CacheNode(id=free[index], zone=zone, status="creating", created=turn.now)
        )


def _engine(turn: Turn, cluster: CacheCluster, params: Params) -> dict[str, Any]:
    if (params.get("Engine") or cluster.engine).lower() != cluster.engine:
        raise bad_combination("The engine of a cache cluster can't be changed.")
    here = find_version(cluster.engine, cluster.engine_version)
    there = find_version(cluster.engine, params.get("EngineVersion") or here.full)
    if there.number < here.number and cluster.engine == "memcached":
        raise bad_combination(f"Cannot downgrade from {here.full} to {there.full}.")
    check_move(
        (cluster.engine, here.full), there, lowest_to_valkey=turn.switches.redis_version_to_valkey
    )
    name = params.get("CacheParameterGroupName")
    group = find_parameter_group(turn.region, name or cluster.parameter_group)
    if not name and group.id in built_in_groups() and group.family != there.family:
        name = default_group_name(there.family, clustered=False)
        group = find_parameter_group(turn.region, name)
    if there != here or name:
        check_family(group, cluster.engine, there.family)
    if is_clustered(group):
        raise bad_value(
            "Cluster mode should be disabled in parameter group, but found it is enabled."
        )
    changes: dict[str, Any] = {}
    if there != here:
        changes["engine_version"] = there.full
    # One that is named takes back one that waits.
    if group.id != (cluster.pending if name else {}).get(
        "parameter_group", cluster.parameter_group
    ):
        changes["parameter_group"] = group.id
    return changes


def _node_type(turn: Turn, cluster: CacheCluster, params: Params) -> dict[str, Any]:
    wanted = params.get("CacheNodeType")
    pace = params.get("ScaleConfig")
    if pace:
        _check_pace(cluster, pace)
    if not wanted or wanted == cluster.node_type:
        return {}
    if cluster.engine == "memcached":
        _check_scales(turn, cluster)
    up, down = allowed_moves(cluster.node_type)
    if wanted not in (*up, *down):
        raise bad_value(f"The node type {wanted} is not allowed from {cluster.node_type}.")
    return {"node_type": wanted} | ({"pace": dict(pace)} if pace else {})


def _check_scales(turn: Turn, cluster: CacheCluster) -> None:
    """Refuse another node type for a memcached that is too old for it (user guide)."""
    number = find_version(cluster.engine, cluster.engine_version).number
    if not turn.switches.memcached_scales_in_place or number < (1, 5):
        raise bad_combination("The node type of memcached can't be modified.")


def _check_pace(cluster: CacheCluster, pace: Params) -> None:
    """Refuse a pace out of bounds, or for another engine (user guide, vertical scaling)."""
    if cluster.engine != "memcached":
        raise bad_combination("ScaleConfig is for memcached only.")
    for name, least, most in (("ScalePercentage", 10, 100), ("ScaleIntervalMinutes", 2, 30)):
        if (value := pace.get(name)) is not None and not least <= value <= most:
            raise bad_value(f"{name} must be between {least} and {most}.")


def _count(turn: Turn, cluster: CacheCluster, params: Params) -> dict[str, Any]:
    count = params.get("NumCacheNodes")
    removed = list(params.get("CacheNodeIdsToRemove") or ())
    here = len(cluster.nodes)
    if count is None or count == here:
        if removed:
            raise bad_combination("CacheNodeIdsToRemove needs a lower NumCacheNodes.")
        return {}
    if cluster.engine == "redis":
        raise bad_value("NumCacheNodes should be 1 if engine is redis")
    if count < 1:
        raise bad_value("NumCacheNodes must be at least 1.")
    if count > turn.quota("memcached_nodes", turn.switches.memcached_node_quota):
        raise refusal(
            "NodeQuotaForClusterExceeded",
            "The request exceeds the allowed number of cache nodes in a cluster.",
        )
    if node_count(turn) - here + count > turn.quota("nodes", NODES_PER_REGION):
        raise refusal(
            "NodeQuotaForCustomerExceeded",
            "The request exceeds the allowed number of cache nodes per customer.",
        )
    if len(removed) != max(0, here - count):
        raise bad_combination("CacheNodeIdsToRemove must name as many nodes as are to go.")
    if unknown := set(removed) - {node.id for node in cluster.nodes}:
        raise bad_value(f"There are no cache nodes {', '.join(sorted(unknown))}.")
    places = check_zone_count(turn, params.get("NewAvailabilityZones") or (), count - here)
    taken = {node.zone for node in cluster.nodes}
    if not places and count > here and (params.get("AZMode") == "cross-az" or len(taken) > 1):
        everywhere = sorted(zones(turn.region), key=lambda zone: zone in taken)
        places = [everywhere[index % len(everywhere)] for index in range(count - here)]
    return {"node_count": count, "removed_nodes": removed, "new_zones": places}
