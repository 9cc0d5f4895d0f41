"""Shards of a replication group: resharding in and out while it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticache_local.service.answer.replication_group import answer
from elasticache_local.service.operation.replica_count import check_zones, new_node
from elasticache_local.service.operation.replication_group import (
    check_available,
    find_group,
    forget_node,
)
from elasticache_local.service.record import ReplicationGroup, Shard
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.rule.quota import check_node_quotas
from elasticache_local.service.rule.slot import rebalanced
from elasticache_local.service.turn import Answer, Params, Turn


def modify_replication_group_shard_configuration(turn: Turn, params: Params) -> Answer:
    """ModifyReplicationGroupShardConfiguration: slots spread evenly over what is asked for."""
    group = find_group(turn, params["ReplicationGroupId"])
    if not params["ApplyImmediately"]:
        raise bad_value("ApplyImmediately must be true.")
    check_available(group)
    if group.cluster_mode != "enabled":
        raise bad_combination("Resharding needs cluster mode enabled.")
    count = params["NodeGroupCount"]
    if count < 1:
        raise bad_value("NodeGroupCount must be at least 1.")
    if count == len(group.shards):
        raise bad_value(f"{group.id} has {count} node groups already.")
    before = {shard.id: shard.slots for shard in group.shards}
    if count > len(group.shards):
        _add(turn, group, params, count)
    else:
        _remove(group, params, count)
    staying = [shard.id for shard in group.shards if shard.status != "deleting"]
    group.applying = {"slots": rebalanced(before, staying), "resharding_since": turn.now}
    turn.later(
        "shard_count.changed", turn.durations.reshard, busy=[group], holds=[group], group=group.id
    )
    return {"ReplicationGroup": answer(turn, group)}


def changed(turn: Turn, data: Params) -> None:
    """Let the new slots hold, new shards be available and emptied ones be gone."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None or group.status == "deleting":
        return
    slots = group.applying.pop("slots")
    group.applying.pop("resharding_since")
    back = bool(data.get("rolled_back"))
    for shard in list(group.shards):
        if shard.status == ("creating" if back else "deleting"):
            group.shards.remove(shard)
            group.highest_numbers.pop(shard.id, None)
            for node in shard.nodes:
                forget_node(turn, node)
                turn.tell("cache-cluster", node.id, "Cache cluster deleted", known=False)
            continue
        shard.status = "available"
        shard.slots = shard.slots if back else slots[shard.id]
        for node in shard.nodes:
            if node.status == "creating":
                turn.tell("cache-cluster", node.id, "Cache cluster created")
            node.status = "available"
    turn.touch(group)
    words = data.get("rolled_back") or "Finished resharding"
    turn.tell("replication-group", group.id, words, known=False)


def _add(turn: Turn, group: ReplicationGroup, params: Params, count: int) -> None:
    if params.get("NodeGroupsToRemove") or params.get("NodeGroupsToRetain"):
        raise bad_combination("Node groups to remove or retain belong to a lower NodeGroupCount.")
    added = count - len(group.shards)
    configured: Sequence[Mapping[str, Any]] = params.get("ReshardingConfiguration") or ()
    if configured and len(configured) != added:
        raise bad_combination("ReshardingConfiguration must name each new node group.")
    size = max(len(shard.nodes) for shard in group.shards)
    check_node_quotas(
        turn,
        [len(shard.nodes) for shard in group.shards] + [size] * added,
        already=len(group.nodes),
        too_many="NodeGroupsPerReplicationGroupQuotaExceeded",
    )
    taken = {shard.id for shard in group.shards}
    free = [f"{n:04}" for n in range(1, count + len(taken) + 1) if f"{n:04}" not in taken]
    places_of = [tuple(each.get("PreferredAvailabilityZones") or ()) for each in configured]
    names = [(each.get("NodeGroupId") or "").zfill(4) for each in configured]
    names = [n if n != "0000" else free[i] for i, n in enumerate(names)] or free[:added]
    if taken & set(names) or len(set(names)) != added:
        raise bad_value("ReshardingConfiguration names a node group that exists already.")
    for places in places_of:
        check_zones(turn, places)
        if places and len(places) != size:
            raise bad_value("PreferredAvailabilityZones must name one zone for each node.")
    for index, name in enumerate(names):
        shard = Shard(id=name, slots="", status="creating")
        for _ in range(size):
            places = places_of[index] if places_of else ()
            shard.nodes.append(new_node(turn, group, shard, places))
        shard.nodes[0].role = "primary"
        group.shards.append(shard)
    group.shards.sort(key=lambda shard: shard.id)


def _remove(group: ReplicationGroup, params: Params, count: int) -> None:
    if params.get("ReshardingConfiguration"):
        raise bad_combination("ReshardingConfiguration belongs to a higher NodeGroupCount.")
    removed = [each.zfill(4) for each in params.get("NodeGroupsToRemove") or ()]
    retained = [each.zfill(4) for each in params.get("NodeGroupsToRetain") or ()]
    if bool(removed) == bool(retained):
        raise bad_combination("Give either NodeGroupsToRemove or NodeGroupsToRetain.")
    here = {shard.id for shard in group.shards}
    if unknown := (set(removed) | set(retained)) - here:
        raise bad_value(f"Node groups {', '.join(sorted(unknown))} are not in {group.id}.")
    leaving = set(removed) or here - set(retained)
    if len(here - leaving) != count:
        raise bad_combination("The node groups that stay must be NodeGroupCount.")
    for shard in group.shards:
        if shard.id in leaving:
            shard.status = "deleting"
            for node in shard.nodes:
                node.status = "deleting"
