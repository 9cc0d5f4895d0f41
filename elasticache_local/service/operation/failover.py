"""TestFailover: a real promotion, with the events that the service tells."""

from __future__ import annotations

from elasticache_local.service.answer.replication_group import answer
from elasticache_local.service.operation.replication_group import (
    check_available,
    find_group,
    find_shard,
)
from elasticache_local.service.refusal import bad_combination, refusal
from elasticache_local.service.turn import Answer, Params, Turn

DAY_S = 86400


def test_failover(turn: Turn, params: Params) -> Answer:
    """TestFailover."""
    group = find_group(turn, params["ReplicationGroupId"])
    check_available(group, "test failover")
    shard = find_shard(group, params["NodeGroupId"])
    if not group.automatic_failover:
        raise bad_combination("Automatic failover must be enabled to test failover.")
    replicas = [node for node in shard.nodes if node.role == "replica"]
    if not replicas:
        raise refusal(
            "TestFailoverNotAvailableFault", f"Node group {shard.id} has no replica to promote."
        )
    lately = [at for at, _ in turn.region.failovers if turn.now - at < DAY_S]
    if len(lately) >= turn.quota("failovers", turn.switches.failovers_per_day):
        raise refusal(
            "APICallRateForCustomerExceeded",
            "Test Failover was called for too many node groups within 24 hours.",
        )
    turn.region.failovers = [(at, "") for at in lately] + [(turn.now, group.id)]
    before = shard.primary
    turn.tell("replication-group", group.id, f"Test Failover API called for node group {shard.id}")
    turn.later(
        "failover.done",
        turn.durations.failover,
        busy=[group],
        holds=[group],
        group=group.id,
        before=before.id,
        after=replicas[0].id,
    )
    turn.failover(turn.key(group), shard.id, replicas[0].id)
    return {"ReplicationGroup": answer(turn, group)}


def done(turn: Turn, data: Params) -> object:
    """End a failover once the data plane says who the primary is, and tell it in order."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None:
        return None
    if turn.roles(turn.key(group)).get(data["after"]) != "primary":
        return "not yet"
    words = f"Failover from primary node {data['before']} to replica node {data['after']} completed"
    turn.tell("cache-cluster", data["before"], words)
    turn.tell("replication-group", group.id, words)
    turn.tell("cache-cluster", data["before"], "Recovering cache nodes 0001")
    turn.tell("cache-cluster", data["before"], "Finished recovery for cache nodes 0001")
    return None
