"""TestFailover: roles move when the data plane says so, and events come in the service's order."""

from __future__ import annotations

import pytest


def failover(aws, shard="0001", group="orders"):
    return aws("TestFailover", ReplicationGroupId=group, NodeGroupId=shard)


def roles(aws):
    members = aws.show()["NodeGroups"][0]["NodeGroupMembers"]
    return {member["CacheClusterId"]: member["CurrentRole"] for member in members}


def test_a_replica_becomes_the_primary(aws):
    aws.group(AutomaticFailoverEnabled=True)

    answer = failover(aws)["ReplicationGroup"]

    assert answer["Status"] == "modifying"
    assert aws.host.failovers == [
        (f"{aws.principal.scope}/replication_group/orders", "0001", "orders-002")
    ]
    aws.settle()
    assert roles(aws) == {"orders-001": "replica", "orders-002": "primary"}
    assert [node.role for node in aws.want().shards[0].nodes] == ["replica", "primary"]


def test_it_lasts_until_the_data_plane_has_promoted(aws):
    aws.group(AutomaticFailoverEnabled=True)
    aws.host.silent = True

    failover(aws)
    aws.settle()
    assert aws.show()["Status"] == "modifying"
    assert roles(aws)["orders-001"] == "primary"

    aws.host.silent = False
    aws.host.failover(*aws.host.failovers[0])
    assert aws.show()["Status"] == "available"
    assert roles(aws)["orders-002"] == "primary"


def test_a_failover_that_nobody_asked_for_is_told_and_so_is_the_recovery(aws):
    aws.group(AutomaticFailoverEnabled=True)
    host, want = aws.host, aws.want()
    told = len(aws.events())

    host._answered(host.answer(want, {"orders-002": "primary"}))
    aws.settle()
    after = roles(aws)
    host._answered(host.answer(aws.want(), {"orders-001": "replica", "orders-002": "primary"}))
    aws.settle()

    assert after == {"orders-001": "replica", "orders-002": "primary"}
    done = "Failover from primary node orders-001 to replica node orders-002 completed"
    assert aws.events()[told:] == [
        done,
        done,
        "Recovering cache nodes 0001",
        "Finished recovery for cache nodes 0001",
    ]


def test_a_dead_primary_is_not_succeeded_where_automatic_failover_is_off(aws):
    aws.group()
    off = aws.want().fails_over
    aws.modify(AutomaticFailoverEnabled=True)
    aws.settle()

    assert (off, aws.want().fails_over) == (False, True)


def test_events_come_in_the_services_order_and_words(aws):
    aws.group(AutomaticFailoverEnabled=True)
    failover(aws)
    aws.settle()

    told = aws("DescribeEvents", Duration=60)["Events"]
    told = [(e["SourceType"], e["SourceIdentifier"], e["Message"]) for e in reversed(told)][-5:]

    done = "Failover from primary node orders-001 to replica node orders-002 completed"
    assert told == [
        ("replication-group", "orders", "Test Failover API called for node group 0001"),
        ("cache-cluster", "orders-001", done),
        ("replication-group", "orders", done),
        ("cache-cluster", "orders-001", "Recovering cache nodes 0001"),
        ("cache-cluster", "orders-001", "Finished recovery for cache nodes 0001"),
    ]


def test_a_second_one_waits_for_the_first(aws):
    aws.group(AutomaticFailoverEnabled=True)
    failover(aws)

    fault = aws.refusal("TestFailover", ReplicationGroupId="orders", NodeGroupId="0001")

    assert fault.code == "InvalidReplicationGroupState"


def test_without_automatic_failover_it_is_refused(aws):
    aws.group()

    fault = aws.refusal("TestFailover", ReplicationGroupId="orders", NodeGroupId="0001")

    assert fault.code == "InvalidParameterCombination"


@pytest.mark.parametrize("limit", [5, 15])
def test_how_many_shards_a_day_is_a_switch_and_the_day_passes(make_aws, limit):
    aws = make_aws(failovers_per_day=limit)
    aws.group(AutomaticFailoverEnabled=True)
    for _ in range(limit):
        failover(aws)
        aws.settle()

    fault = aws.refusal("TestFailover", ReplicationGroupId="orders", NodeGroupId="0001")
    assert fault.code == "APICallRateForCustomerExceeded"

    aws.pass_time(24 * 3600)
    assert failover(aws)


def test_roles_that_the_data_plane_changed_by_itself_are_taken_over(aws):
    aws.group(AutomaticFailoverEnabled=True)
    want = aws.want()

    aws.host._answered(aws.host.answer(want, {"orders-001": "replica", "orders-002": "primary"}))

    assert roles(aws) == {"orders-001": "replica", "orders-002": "primary"}
    assert aws.want().generation > want.generation
