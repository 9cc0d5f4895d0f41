"""Replicas of a replication group: more, fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticache_local.fault import Fault
from elasticache_local.service.answer.replication_group import answer
from elasticache_local.service.operation.group_request import node_id
from elasticache_local.service.operation.replication_group import (
    check_available,
    find_group,
    find_shard,
    forget_node,
)
from elasticache_local.service.record import Node, ReplicationGroup, Shard
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.network import check_zone, zones
from elasticache_local.service.rule.quota import REPLICAS, check_node_quotas
from elasticache_local.service.turn import Answer, Params, Turn

LAST_REPLICA = (
    "Must have at least 1 replica when cluster mode is disabled with auto failover enabled."
)
ALREADY = "Requested new replica count already matches current number of replicas."


def increase_replica_count(turn: Turn, params: Params) -> Answer:
    """IncreaseReplicaCount."""
    group = _group(turn, params)
    aims = _aims(group, params, least=1)
    _check_something(group, aims)
    for shard_id, (count, _) in aims.items():
        if count < len(find_shard(group, shard_id).nodes) - 1:
            raise bad_value("The new replica count must be above the current number of replicas.")
    sizes = [aims.get(s.id, (len(s.nodes) - 1, ()))[0] + 1 for s in group.shards]
    check_node_quotas(turn, sizes, already=len(group.nodes), too_many="InvalidParameterValue")
    for shard_id, (count, places) in aims.items():
        shard = find_shard(group, shard_id)
        for _ in range(count - (len(shard.nodes) - 1)):
            shard.nodes.append(new_node(turn, group, shard, places))
    _begin(turn, group)
    return {"ReplicationGroup": answer(turn, group)}


def decrease_replica_count(turn: Turn, params: Params) -> Answer:
    """DecreaseReplicaCount: the newest replicas go, or those that are named."""
    group = _group(turn, params)
    named = [each.lower() for each in params.get("ReplicasToRemove") or ()]
    if named:
        leaving = _named(group, named, params)
    else:
        aims = _aims(group, params, least=0)
        _check_something(group, aims)
        leaving = _newest(group, aims)
    for shard in group.shards:
        left = len(shard.nodes) - 1 - sum(node in leaving for node in shard.nodes)
        _check_left(group, left)
    for node in leaving:
        node.status = "deleting"
    _begin(turn, group)
    return {"ReplicationGroup": answer(turn, group)}


def changed(turn: Turn, data: Params) -> None:
    """Let new nodes be available and leaving ones be gone."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None or group.status == "deleting":
        return
    back = bool(data.get("rolled_back"))
    for shard in group.shards:
        gone = [n for n in shard.nodes if n.status == ("creating" if back else "deleting")]
        for node in gone:
            shard.nodes.remove(node)
            forget_node(turn, node)
            turn.tell("cache-cluster", node.id, "Cache cluster deleted", known=False)
        for node in shard.nodes:
            if node.status == "creating":
                turn.tell("cache-cluster", node.id, "Cache cluster created")
            node.status = "available"
    turn.touch(group)
    words = data.get("rolled_back") or "Finished modifying the number of replicas"
    turn.tell("replication-group", group.id, words, known=False)


def new_node(turn: Turn, group: ReplicationGroup, shard: Shard, places: Sequence[str]) -> Node:
    """Give a further node of a shard; it has its group's tags."""
    taken = {node.number for node in shard.nodes}
    number = next(n for n in range(1, len(taken) + 2) if n not in taken)
    if not turn.switches.reuses_member_ids:
        number = group.highest_numbers.get(shard.id, len(taken)) + 1
    group.highest_numbers[shard.id] = max(number, group.highest_numbers.get(shard.id, 0))
    everywhere = zones(turn.region)
    index = len(shard.nodes)
    node = Node(
        id=node_id(group, shard.id, number),
        number=number,
        role="replica",
        zone=places[index] if index < len(places) else everywhere[index % len(everywhere)],
        status="creating",
        created=turn.now,
    )
    tags = turn.region.tags.get(turn.arn("replicationgroup", group.id))
    if tags:
        turn.region.tags[turn.arn("cluster", node.id)] = dict(tags)
    return node


def _group(turn: Turn, params: Params) -> ReplicationGroup:
    group = find_group(turn, params["ReplicationGroupId"])
    if not params["ApplyImmediately"]:
        raise bad_value("ApplyImmediately must be true.")
    check_available(group)
    if group.cluster_mode == "compatible":
        raise bad_combination(
            "No modification but of the cluster mode is accepted while the cluster mode is "
            "compatible."
        )
    return group


def _aims(
    group: ReplicationGroup, params: Params, *, least: int
) -> dict[str, tuple[int, Sequence[str]]]:
    count = params.get("NewReplicaCount")
    configured: Sequence[Mapping[str, Any]] = params.get("ReplicaConfiguration") or ()
    if (count is None) == (not configured):
        raise bad_combination("Give either NewReplicaCount or ReplicaConfiguration.")
    if count is not None:
        aims: dict[str, tuple[int, Sequence[str]]] = {s.id: (count, ()) for s in group.shards}
    else:
        aims = {}
        for each in configured:
            shard = _shard(group, each["NodeGroupId"])
            places = each.get("PreferredAvailabilityZones") or ()
            if places and len(places) != each["NewReplicaCount"] + 1:
                raise bad_value("PreferredAvailabilityZones must name NewReplicaCount + 1 zones.")
            aims[shard.id] = (each["NewReplicaCount"], places)
    for number, _ in aims.values():
        if not least <= number <= REPLICAS:
            raise bad_value(f"The new replica count must be between {least} and {REPLICAS}.")
    return aims


def _shard(group: ReplicationGroup, shard_id: str) -> Shard:
    # Unlike TestFailover, these operations declare no code for a node group that is not there.
    try:
        return find_shard(group, shard_id)
    except Fault as fault:
        raise bad_value(fault.message) from None


def _check_something(
    group: ReplicationGroup, aims: Mapping[str, tuple[int, Sequence[str]]]
) -> None:
    if all(count == len(find_shard(group, s).nodes) - 1 for s, (count, _) in aims.items()):
        raise refusal("NoOperationFault", ALREADY)


def _named(group: ReplicationGroup, named: list[str], params: Params) -> list[Node]:
    if params.get("ReplicaConfiguration"):
        raise bad_combination("ReplicasToRemove and ReplicaConfiguration exclude each other.")
    nodes = {node.id: node for node in group.nodes}
    for each in named:
        if each not in nodes:
            raise bad_value(f"{each} is not a member of replication group {group.id}.")
        if nodes[each].role == "primary":
            raise bad_value(f"{each} is a primary and can't be removed.")
    return [nodes[each] for each in dict.fromkeys(named)]


def _newest(group: ReplicationGroup, aims: Mapping[str, tuple[int, Sequence[str]]]) -> list[Node]:
    leaving: list[Node] = []
    for shard_id, (count, _) in aims.items():
        shard = find_shard(group, shard_id)
        surplus = len(shard.nodes) - 1 - count
        if surplus < 0:
            raise bad_value("The new replica count must be below the current number of replicas.")
        replicas = [node for node in shard.nodes if node.role == "replica"]
        replicas.sort(key=lambda node: node.number)
        leaving += replicas[len(replicas) - surplus :]
    return leaving


def _check_left(group: ReplicationGroup, left: int) -> None:
    if left < 0:
        raise bad_value("A primary can't be removed.")
    if left == 0 and group.cluster_mode == "disabled" and group.automatic_failover:
        raise bad_value(LAST_REPLICA)
    if left == 0 and group.multi_az:
        raise bad_combination("MultiAZ needs at least one replica in each node group.")


def _begin(turn: Turn, group: ReplicationGroup) -> None:
    turn.later(
        "replica_count.changed",
        turn.durations.replica_count,
        busy=[group],
        holds=[group],
        group=group.id,
    )


def check_zones(turn: Turn, places: Sequence[str]) -> None:
    """Refuse zones of another region."""
    for zone in places:
        check_zone(turn.region, zone)
