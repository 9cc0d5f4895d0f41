"""Replication groups: create, delete, describe."""

from __future__ import annotations

from elasticache_local.service.answer.replication_group import answer
from elasticache_local.service.operation.daily_snapshot import drop_automatic, plan_snapshot
from elasticache_local.service.operation.group_request import read_group
from elasticache_local.service.operation.handing_over import adopt, create_soon, go_on_alone
from elasticache_local.service.operation.kept_data import (
    discard_unshared,
    lost_final,
    new_folder,
)
from elasticache_local.service.operation.restoring import sources_in_use
from elasticache_local.service.operation.snapshot import final_snapshot
from elasticache_local.service.paging import page
from elasticache_local.service.record import Node, ReplicationGroup, Shard
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.quota import check_node_quotas
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn


def create_replication_group(turn: Turn, params: Params) -> Answer:
    """CreateReplicationGroup."""
    group_id = stored_id(params["ReplicationGroupId"], "ReplicationGroupId", most=40)
    tags = read_tags(params.get("Tags"))
    if group_id in turn.region.replication_groups:
        raise refusal(
            "ReplicationGroupAlreadyExists",
            f"Replication group with id {group_id} already exists.",
        )
    group = read_group(turn, group_id, params)
    check_node_quotas(turn, [len(shard.nodes) for shard in group.shards])
    adopted = (params.get("PrimaryClusterId") or "").lower()
    for node in group.nodes:
        if node.id in turn.region.cache_clusters and node.id != adopted:
            raise bad_value(f"Cache cluster {node.id} already exists.")
    turn.region.replication_groups[group_id] = group
    if tags:
        set_tags(turn, group, tags)
    if adopted:
        adopt(turn, group, turn.region.cache_clusters.pop(adopted))
    else:
        create_soon(turn, group, sources_in_use(turn, params))
    return {"ReplicationGroup": answer(turn, group)}


def delete_replication_group(turn: Turn, params: Params) -> Answer:
    """DeleteReplicationGroup: parameter group, subnet group and user group stay."""
    group = find_group(turn, params["ReplicationGroupId"])
    retain = bool(params.get("RetainPrimaryCluster"))
    final = params.get("FinalSnapshotIdentifier")
    if not group.at_rest and group.status != "create-failed":
        raise refusal(
            "InvalidReplicationGroupState",
            f"Replication group {group.id} has status {group.shown} "
            "which is not valid for deletion.",
        )
    if retain and final:
        raise bad_combination("RetainPrimaryCluster excludes FinalSnapshotIdentifier.")
    if retain and (group.cluster_mode != "disabled" or group.engine != "redis"):
        raise bad_combination(
            "The primary cluster can be retained only of a redis replication group "
            "with cluster mode disabled."
        )
    saves = final_snapshot(turn, group, final) if final else {}
    if retain:
        saves = {new_folder(turn): turn.key(group)}
    group.status = "deleting"
    for shard in group.shards:
        shard.status = "deleting"
        for node in shard.nodes:
            node.status = "deleting"
    turn.later(
        "replication_group.deleted",
        turn.durations.cache_delete,
        saves=saves,
        group=group.id,
        retain=retain,
        final=list(saves),
    )
    return {"ReplicationGroup": answer(turn, group)}


def describe_replication_groups(turn: Turn, params: Params) -> Answer:
    """DescribeReplicationGroups."""
    groups = turn.region.replication_groups
    if params.get("ReplicationGroupId"):
        group = find_group(turn, params["ReplicationGroupId"])
        groups = {group.id: group}
    return page(groups, params, "ReplicationGroups", lambda group: answer(turn, group))


def find_group(turn: Turn, group_id: str) -> ReplicationGroup:
    """Give the group, or refuse with ReplicationGroupNotFoundFault."""
    group = turn.region.replication_groups.get(group_id.lower())
    if group is None:
        raise refusal("ReplicationGroupNotFoundFault", f"ReplicationGroup {group_id} not found.")
    return group


def check_available(group: ReplicationGroup, purpose: str = "modify") -> None:
    """Refuse a change of a group that is not available."""
    if not group.at_rest:
        raise refusal(
            "InvalidReplicationGroupState",
            f"Replication group must be in available state to {purpose}.",
        )


def find_shard(group: ReplicationGroup, shard_id: str) -> Shard:
    """Give the shard, or refuse with NodeGroupNotFoundFault."""
    for shard in group.shards:
        if shard.id == shard_id.zfill(4):
            return shard
    raise refusal("NodeGroupNotFoundFault", f"Node group {shard_id} not found in {group.id}.")


def set_tags(turn: Turn, group: ReplicationGroup, tags: dict[str, str]) -> None:
    """Put tags on a group; they spread to its members."""
    own = turn.region.tags.setdefault(turn.arn("replicationgroup", group.id), {})
    own |= tags
    for node in group.nodes:
        turn.region.tags.setdefault(turn.arn("cluster", node.id), {}).update(tags)


def forget_node(turn: Turn, node: Node) -> None:
    """Drop what is remembered about a member that is gone."""
    turn.region.tags.pop(turn.arn("cluster", node.id), None)


def created(turn: Turn, data: Params) -> None:
    """End a creation, well or badly."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None or group.status != "creating":
        return
    discard_unshared(turn, data.get("handed_over", ""))
    if trouble := data.get("failed") or turn.problem(turn.key(group)):
        group.status = "create-failed"
        turn.tell("replication-group", group.id, f"Creation failed: {trouble}", known=False)
        return
    group.status, group.restore_from = "available", ""
    plan_snapshot(turn, group)
    for shard in group.shards:
        shard.status = "available"
        for node in shard.nodes:
            node.status = "available"
            turn.tell("cache-cluster", node.id, "Cache cluster created")
    turn.tell("replication-group", group.id, "Replication group created", known=False)


def deleted(turn: Turn, data: Params) -> None:
    """Forget a group and its members; a retained primary goes on alone."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None:
        return
    if trouble := lost_final(turn, data.get("final", ())):
        _stay(turn, group, trouble)
        return
    del turn.region.replication_groups[group.id]
    turn.forgotten.append(turn.key(group))
    drop_automatic(turn, group)
    turn.region.tags.pop(turn.arn("replicationgroup", group.id), None)
    for node in group.nodes:
        if data["retain"] and node.role == "primary":
            go_on_alone(turn, group, node, next(iter(data["final"]), ""))
            continue
        forget_node(turn, node)
        turn.tell("cache-cluster", node.id, "Cache cluster deleted", known=False)
    turn.tell("replication-group", group.id, "Replication group deleted", known=False)


def _stay(turn: Turn, group: ReplicationGroup, trouble: str) -> None:
    group.status = "available"
    for shard in group.shards:
        shard.status = "available"
    for node in group.nodes:
        node.status = "available"
    turn.touch(group)
    plan_snapshot(turn, group)
    words = f"Not deleted: the final snapshot failed: {trouble}"
    turn.tell("replication-group", group.id, words, known=False)
