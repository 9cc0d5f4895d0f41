"""Snapshots of node-based caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from elasticache_local.clock import moment
from elasticache_local.service.operation.kept_data import discard_unshared, new_folder
from elasticache_local.service.operation.restoring import find_snapshot
from elasticache_local.service.paging import page
from elasticache_local.service.record import NodeBased, ReplicationGroup, Snapshot
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.network import check_key, find_subnet_group
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

PER_DAY, DAY_S = 20, 86400


def create_snapshot(turn: Turn, params: Params) -> Answer:
    """CreateSnapshot: of a whole replication group, or of a cluster."""
    group_id, cluster_id = params.get("ReplicationGroupId"), params.get("CacheClusterId")
    if bool(group_id) == bool(cluster_id):
        raise bad_combination("Exactly one of ReplicationGroupId and CacheClusterId is needed.")
    cache, member = _source(turn, group_id, cluster_id)
    tags = read_tags(params.get("Tags"))
    if not cache.at_rest:
        code = "InvalidReplicationGroupState" if group_id else "InvalidCacheClusterState"
        raise refusal(code, f"{cache.id} is not in a valid state to be snapshotted.")
    if group_id and isinstance(cache, ReplicationGroup):
        member = cache.saved_from
    key = check_key(turn.region, params.get("KmsKeyId"))
    snapshot = _take(turn, cache, params["SnapshotName"], member)
    if key:
        snapshot.facts["KmsKeyId"] = key
    if tags:
        turn.region.tags[turn.arn("snapshot", snapshot.id)] = tags
    _await(turn, cache, snapshot)
    return {"Snapshot": answer(turn, snapshot)}


def final_snapshot(turn: Turn, cache: NodeBased, name: str) -> dict[str, str]:
    """Begin the last snapshot of a cache that is being deleted; give what that must wait for."""
    snapshot = _take(turn, cache, name, "")
    saves = {snapshot.folder: turn.key(cache)}
    turn.later("snapshot.created", turn.durations.snapshot, saves=saves, snapshot=snapshot.id)
    return saves


def automatic_snapshot(turn: Turn, cache: NodeBased) -> None:
    """Begin the day's snapshot of a cache that is available."""
    day = moment(turn.now).strftime("%Y-%m-%d-%H-%M")
    snapshot = _begin(turn, cache, f"automatic.{cache.id}-{day}", "", "automated")
    _await(turn, cache, snapshot)


def copy_snapshot(turn: Turn, params: Params) -> Answer:
    """CopySnapshot; a target bucket is accepted and nothing is exported."""
    source = find_snapshot(turn, params["SourceSnapshotName"])
    if not source.at_rest:
        raise refusal("InvalidSnapshotState", f"Snapshot {source.id} is {source.shown}.")
    snapshot_id = _free_name(turn, params["TargetSnapshotName"])
    tags = read_tags(params.get("Tags"))
    _count(turn, source.cache_cluster or source.replication_group)
    copy = Snapshot(
        id=snapshot_id,
        status="copying",
        created=turn.now,
        source="manual",
        replication_group=source.replication_group,
        cache_cluster=source.cache_cluster,
        zone=source.zone,
        facts=dict(source.facts),
        shards=[dict(shard) for shard in source.shards],
        folder=source.folder,
    )
    turn.region.snapshots[snapshot_id] = copy
    if tags:
        turn.region.tags[turn.arn("snapshot", snapshot_id)] = tags
    turn.later("snapshot.created", turn.durations.snapshot, snapshot=snapshot_id)
    return {"Snapshot": answer(turn, copy)}


def delete_snapshot(turn: Turn, params: Params) -> Answer:
    """DeleteSnapshot: only an available one."""
    snapshot = find_snapshot(turn, params["SnapshotName"])
    if not snapshot.at_rest:
        raise refusal("InvalidSnapshotState", f"Snapshot {snapshot.id} is {snapshot.shown}.")
    snapshot.status = "deleting"
    turn.later("snapshot.deleted", turn.durations.snapshot_delete, snapshot=snapshot.id)
    return {"Snapshot": answer(turn, snapshot)}


def describe_snapshots(turn: Turn, params: Params) -> Answer:
    """DescribeSnapshots."""
    snapshots = dict(turn.region.snapshots)
    if params.get("SnapshotName"):
        found = find_snapshot(turn, params["SnapshotName"])
        snapshots = {found.id: found}
    if name := (params.get("ReplicationGroupId") or "").lower():
        snapshots = {key: each for key, each in snapshots.items() if each.replication_group == name}
    if name := (params.get("CacheClusterId") or "").lower():
        of_cluster = {key: each for key, each in snapshots.items() if each.cache_cluster == name}
        if not of_cluster and name not in _cluster_ids(turn):
            raise refusal("CacheClusterNotFound", f"CacheCluster {name} not found.")
        snapshots = of_cluster
    if source := params.get("SnapshotSource"):
        if source not in ("system", "user"):
            raise bad_value(f"Invalid SnapshotSource {source}.")
        wanted = "automated" if source == "system" else "manual"
        snapshots = {key: each for key, each in snapshots.items() if each.source == wanted}
    with_groups = bool(params.get("ShowNodeGroupConfig"))
    return page(
        snapshots,
        params,
        "Snapshots",
        lambda snapshot: answer(turn, snapshot, with_groups=with_groups),
        default=50,
        most=50,
    )


def answer(turn: Turn, snapshot: Snapshot, *, with_groups: bool = False) -> Answer:
    """Give a snapshot as the service shows it."""
    facts = dict(snapshot.facts)
    facts["CacheClusterCreateTime"] = moment(facts["CacheClusterCreateTime"])
    shown: Answer = {
        "SnapshotName": snapshot.id,
        "SnapshotStatus": snapshot.shown,
        "SnapshotSource": snapshot.source,
        **facts,
        "ARN": turn.arn("snapshot", snapshot.id),
        "NodeSnapshots": [_node(snapshot, shard, with_groups) for shard in snapshot.shards],
    }
    if snapshot.replication_group:
        shown["ReplicationGroupId"] = snapshot.replication_group
    if snapshot.cache_cluster:
        shown["CacheClusterId"] = snapshot.cache_cluster
        shown["PreferredAvailabilityZone"] = snapshot.zone
    else:
        # What is of no one cluster tells nothing of one.
        del shown["NumCacheNodes"], shown["CacheClusterCreateTime"]
    return shown


def created(turn: Turn, data: Params) -> None:
    """End a snapshot or a copy."""
    snapshot = turn.region.snapshots.get(data["snapshot"])
    if snapshot is None:
        return
    # What is taken of a whole group is told of its first node too (API reference, DescribeEvents).
    source = snapshot.cache_cluster or snapshot.shards[0]["cluster"]
    group = snapshot.replication_group
    of = f"replication group with ID '{group}'" if group else f"cache cluster with ID '{source}'"
    what = f"snapshot with ID '{snapshot.id}' of {of}"
    if trouble := data.get("failed") or turn.unsaved(snapshot.folder):
        snapshot.status = "failed"
        turn.tell("cache-cluster", source, f"Snapshot failed for {what}: {trouble}", known=False)
        return
    copied, snapshot.status = snapshot.status == "copying", "available"
    if copied:
        turn.tell("cache-cluster", source, f"Copy succeeded for {what}", known=False)
        return
    turn.tell("cache-cluster", source, f"Snapshot succeeded for {what}")


def deleted(turn: Turn, data: Params) -> None:
    """Forget a snapshot; its data goes with the last one that shares it."""
    if gone := turn.region.snapshots.pop(data["snapshot"], None):
        discard_unshared(turn, gone.folder)
    turn.region.tags.pop(turn.arn("snapshot", data["snapshot"]), None)


def _source(turn: Turn, group_id: str | None, cluster_id: str | None) -> tuple[NodeBased, str]:
    region = turn.region
    if group_id:
        if group_id.lower() not in region.replication_groups:
            raise refusal(
                "ReplicationGroupNotFoundFault", f"ReplicationGroup {group_id} not found."
            )
        return region.replication_groups[group_id.lower()], ""
    name = (cluster_id or "").lower()
    if name in region.cache_clusters:
        return region.cache_clusters[name], name
    for group in region.replication_groups.values():
        if any(node.id == name for node in group.nodes):
            if group.cluster_mode == "enabled":
                raise bad_combination("Snapshot the replication group: cluster mode is enabled.")
            return group, name
    raise refusal("CacheClusterNotFound", f"CacheCluster {cluster_id} not found.")


def _take(turn: Turn, cache: NodeBased, name: str, member: str) -> Snapshot:
    if cache.engine == "memcached" or cache.node_type == "cache.t1.micro":
        raise refusal(
            "SnapshotFeatureNotSupportedFault",
            f"Snapshots are not supported for {cache.engine} on {cache.node_type}.",
        )
    snapshot_id = _free_name(turn, name)
    _count(turn, member or cache.id)
    return _begin(turn, cache, snapshot_id, member, "manual")


def _count(turn: Turn, source: str) -> None:
    """Count one more manual snapshot of a node or group today, a copy too; refuse one too many."""
    today = [at for at, what in turn.region.snapshots_taken if what == source]
    if sum(turn.now - at < DAY_S for at in today) >= turn.quota("snapshots", PER_DAY):
        raise refusal("SnapshotQuotaExceededFault", "Too many snapshots within 24 hours.")
    turn.region.snapshots_taken.append((turn.now, source))


def _begin(
    turn: Turn,
    cache: NodeBased,
    snapshot_id: str,
    member: str,
    source: Literal["manual", "automated"],
) -> Snapshot:
    snapshot = Snapshot(
        id=snapshot_id,
        status="creating",
        created=turn.now,
        source=source,
        folder=new_folder(turn),
        replication_group=cache.id if isinstance(cache, ReplicationGroup) and not member else "",
        cache_cluster=member,
        zone=_zone(cache, member),
        facts=_facts(turn, cache),
        shards=_shards(cache, member),
    )
    turn.region.snapshots[snapshot_id] = snapshot
    return snapshot


def _zone(cache: NodeBased, member: str) -> str:
    nodes: list[Any] = getattr(cache, "nodes", [])
    return next((node.zone for node in nodes if member in (node.id, cache.id)), "")


def _await(turn: Turn, cache: NodeBased, snapshot: Snapshot) -> None:
    turn.later(
        "snapshot.created",
        turn.durations.snapshot,
        busy=[cache],
        label="snapshotting",
        saves={snapshot.folder: turn.key(cache)},
        snapshot=snapshot.id,
    )


def _facts(turn: Turn, cache: NodeBased) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "CacheNodeType": cache.node_type,
        "Engine": cache.engine,
        "EngineVersion": cache.engine_version,
        "NumCacheNodes": 1,
        "CacheClusterCreateTime": cache.created,
        "PreferredMaintenanceWindow": cache.maintenance_window,
        "Port": cache.port,
        "CacheParameterGroupName": cache.parameter_group,
        "CacheSubnetGroupName": cache.subnet_group,
        "VpcId": find_subnet_group(turn.region, cache.subnet_group).vpc,
        "AutoMinorVersionUpgrade": cache.auto_minor,
        "SnapshotRetentionLimit": cache.snapshot_retention,
        "SnapshotWindow": cache.snapshot_window,
        "DataTiering": "disabled",
    }
    if cache.topic_arn:
        facts["TopicArn"] = cache.topic_arn
    if isinstance(cache, ReplicationGroup):
        facts |= {
            "ReplicationGroupDescription": cache.description,
            "NumNodeGroups": len(cache.shards),
            "AutomaticFailover": "enabled" if cache.automatic_failover else "disabled",
            "DataTiering": "enabled" if cache.data_tiering else "disabled",
        }
        if cache.durability:
            facts["Durability"] = cache.durability
    return facts


def _shards(cache: NodeBased, member: str) -> list[dict[str, Any]]:
    if isinstance(cache, ReplicationGroup):
        return [
            {
                "id": shard.id,
                "slots": shard.slots or "0-16383",
                "replicas": len(shard.nodes) - 1,
                "cluster": member or shard.primary.id,
                "created": shard.primary.created,
                "clustered": cache.cluster_mode != "disabled",
                "zones": [
                    shard.primary.zone,
                    *(node.zone for node in shard.nodes if node is not shard.primary),
                ],
            }
            for shard in cache.shards
        ]
    return [{"id": "", "slots": "", "replicas": 0, "cluster": cache.id, "created": cache.created}]


def _node(snapshot: Snapshot, shard: Mapping[str, Any], with_groups: bool) -> Answer:
    shown: Answer = {
        "CacheClusterId": shard["cluster"],
        "CacheNodeId": "0001",
        "CacheSize": "" if snapshot.status == "creating" else "0 MB",
        "CacheNodeCreateTime": moment(shard["created"]),
        "SnapshotCreateTime": moment(snapshot.created),
    }
    if shard["id"]:
        shown["NodeGroupId"] = shard["id"]
    if with_groups and shard["id"]:
        shown["NodeGroupConfiguration"] = {
            "NodeGroupId": shard["id"],
            "Slots": shard["slots"],
            "ReplicaCount": shard["replicas"],
        }
        # A state that was kept by an earlier version has none.
        if places := shard.get("zones"):
            shown["NodeGroupConfiguration"] |= {
                "PrimaryAvailabilityZone": places[0],
                "ReplicaAvailabilityZones": places[1:],
            }
    return shown


def _free_name(turn: Turn, name: str) -> str:
    snapshot_id = stored_id(name, "SnapshotName", most=40)
    if snapshot_id in turn.region.snapshots:
        raise refusal("SnapshotAlreadyExistsFault", f"Snapshot {snapshot_id} already exists.")
    return snapshot_id


def _cluster_ids(turn: Turn) -> set[str]:
    region = turn.region
    members = {node.id for group in region.replication_groups.values() for node in group.nodes}
    return members | set(region.cache_clusters)
