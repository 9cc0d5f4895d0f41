"""Replicas and shards: more, fewer, and what moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elasticache_local.service.rule.slot import (
    SLOTS,
    even_ranges,
    read_slots,
    rebalanced,
    slots_text,
)

COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


def increase(aws, group="orders", **more):
    return aws("IncreaseReplicaCount", ReplicationGroupId=group, ApplyImmediately=True, **more)


def decrease(aws, group="orders", **more):
    return aws("DecreaseReplicaCount", ReplicationGroupId=group, ApplyImmediately=True, **more)


def reshard(aws, count, group="wide", **more):
    return aws(
        "ModifyReplicationGroupShardConfiguration",
        ReplicationGroupId=group,
        ApplyImmediately=True,
        NodeGroupCount=count,
        **more,
    )["ReplicationGroup"]


def test_new_replicas_are_creating_and_then_available(aws):
    aws.group(Tags=[{"Key": "k", "Value": "v"}])

    shown = increase(aws, NewReplicaCount=3)["ReplicationGroup"]

    assert shown["Status"] == "modifying"
    assert shown["MemberClusters"] == [f"orders-00{n}" for n in (1, 2, 3, 4)]
    assert aws.show_cluster("orders-004")["CacheClusterStatus"] == "creating"
    aws.settle()
    assert aws.show_cluster("orders-004")["CacheClusterStatus"] == "available"
    assert aws.show_cluster("orders-004")["CacheNodes"][0]["Endpoint"]
    tags = aws("ListTagsForResource", ResourceName=aws.arn("cluster", "orders-004"))["TagList"]
    assert tags == [{"Key": "k", "Value": "v"}]


def test_the_newest_replicas_go_first(aws):
    aws.group(NumCacheClusters=4)

    decrease(aws, NewReplicaCount=1)
    assert aws.show_cluster("orders-004")["CacheClusterStatus"] == "deleting"

    aws.settle()
    assert aws.show()["MemberClusters"] == ["orders-001", "orders-002"]
    assert aws.refusal("DescribeCacheClusters", CacheClusterId="orders-004").status == 404


def test_named_replicas_go(aws):
    aws.group(NumCacheClusters=4)

    decrease(aws, ReplicasToRemove=["ORDERS-002"])
    aws.settle()

    assert aws.show()["MemberClusters"] == ["orders-001", "orders-003", "orders-004"]


def test_one_shard_alone_gets_more_replicas(aws):
    aws.clustered()

    configuration = [
        {
            "NodeGroupId": "0002",
            "NewReplicaCount": 2,
            "PreferredAvailabilityZones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        }
    ]
    increase(aws, "wide", ReplicaConfiguration=configuration)
    aws.settle()

    sizes = [len(shard["NodeGroupMembers"]) for shard in aws.show("wide")["NodeGroups"]]
    assert sizes == [2, 3]


@pytest.mark.parametrize(
    ("made", "action", "given", "words"),
    [
        pytest.param(
            {"AutomaticFailoverEnabled": True},
            "DecreaseReplicaCount",
            {"NewReplicaCount": 0},
            "Must have at least 1 replica when cluster mode is disabled with auto failover enabled",
            id="last-under-failover",
        ),
        pytest.param(
            {},
            "DecreaseReplicaCount",
            {"ReplicasToRemove": ["orders-001"]},
            "is a primary",
            id="the-primary",
        ),
        pytest.param(
            {}, "DecreaseReplicaCount", {"ReplicasToRemove": ["other-001"]}, "", id="a-stranger"
        ),
        pytest.param(
            {}, "IncreaseReplicaCount", {"NewReplicaCount": 6}, "between 1 and 5", id="six"
        ),
        pytest.param(
            {"NumCacheClusters": 4},
            "IncreaseReplicaCount",
            {"NewReplicaCount": 2},
            "above",
            id="increase-to-fewer",
        ),
        pytest.param(
            {}, "DecreaseReplicaCount", {"NewReplicaCount": 3}, "below", id="decrease-to-more"
        ),
        pytest.param(
            {},
            "IncreaseReplicaCount",
            {"NewReplicaCount": 2, "ApplyImmediately": False},
            "ApplyImmediately must be true",
            id="later",
        ),
        pytest.param(
            {},
            "IncreaseReplicaCount",
            {
                "ReplicaConfiguration": [
                    {
                        "NodeGroupId": "0001",
                        "NewReplicaCount": 2,
                        "PreferredAvailabilityZones": ["us-east-1a"],
                    }
                ]
            },
            "NewReplicaCount + 1",
            id="zones",
        ),
    ],
)
def test_other_replica_counts_are_refused(aws, made, action, given, words):
    aws.group(**made)

    fault = aws.refusal(
        action, **{"ReplicationGroupId": "orders", "ApplyImmediately": True} | given
    )

    assert fault.code == VALUE
    assert words in fault.message


def test_the_same_count_is_no_operation_in_the_services_words(aws):
    aws.group()

    fault = aws.refusal(
        "IncreaseReplicaCount",
        ReplicationGroupId="orders",
        ApplyImmediately=True,
        NewReplicaCount=1,
    )

    assert fault.code == "NoOperationFault"
    assert fault.message == (
        "Requested new replica count already matches current number of replicas."
    )


@pytest.mark.parametrize("mode", ["disabled-without-failover", "enabled"])
def test_down_to_no_replica_is_fine_without_failover_and_with_cluster_mode(aws, mode):
    name = aws.clustered("orders") if mode == "enabled" else aws.group()

    decrease(aws, name, NewReplicaCount=0)
    aws.settle()

    assert all(len(shard["NodeGroupMembers"]) == 1 for shard in aws.show()["NodeGroups"])


@pytest.mark.parametrize("reused", [True, False])
def test_whether_a_removed_members_id_is_used_again_is_a_switch(make_aws, reused):
    aws = make_aws(reuses_member_ids=reused)
    aws.group(NumCacheClusters=3)
    decrease(aws, ReplicasToRemove=["orders-002"])
    aws.settle()

    increase(aws, NewReplicaCount=2)
    aws.settle()

    newest = aws.show()["MemberClusters"][-1]
    assert newest == ("orders-002" if reused else "orders-004")


def test_shards_are_added_and_slots_spread_evenly(aws):
    aws.clustered()

    shown = reshard(aws, 3)

    assert shown["Status"] == "modifying"
    assert shown["PendingModifiedValues"]["Resharding"]["SlotMigration"] == {
        "ProgressPercentage": 0.0
    }
    assert "Slots" not in shown["NodeGroups"][2]
    assert [shard.slots for shard in aws.want("wide").shards] == [
        "0-5461",
        "8192-13652",
        "5462-8191,13653-16383",
    ]
    aws.pass_time(0.4)
    progress = aws.show("wide")["PendingModifiedValues"]["Resharding"]["SlotMigration"]
    assert progress["ProgressPercentage"] == 50.0
    aws.settle()
    shown = aws.show("wide")
    assert shown["PendingModifiedValues"] == {}
    assert [len(read_slots(shard["Slots"])) for shard in shown["NodeGroups"]] == [5462, 5461, 5461]
    assert len(shown["MemberClusters"]) == 6


@pytest.mark.parametrize(
    "which", [{"NodeGroupsToRemove": ["0001"]}, {"NodeGroupsToRetain": ["0002", "0003"]}]
)
def test_shards_are_taken_away_and_their_slots_go_to_the_others(aws, which):
    aws.clustered(NumNodeGroups=3)

    reshard(aws, 2, **which)
    assert [shard.id for shard in aws.want("wide").shards] == ["0002", "0003"]
    assert aws.show_cluster("wide-0001-001")["CacheClusterStatus"] == "deleting"

    aws.settle()
    shown = aws.show("wide")
    assert [shard["NodeGroupId"] for shard in shown["NodeGroups"]] == ["0002", "0003"]
    covered = set()
    for shard in shown["NodeGroups"]:
        covered |= read_slots(shard["Slots"])
    assert len(covered) == SLOTS


@pytest.mark.parametrize(
    ("count", "given", "code"),
    [
        pytest.param(2, {}, VALUE, id="the-same"),
        pytest.param(0, {}, VALUE, id="none"),
        pytest.param(1, {}, COMBINATION, id="which"),
        pytest.param(
            1,
            {"NodeGroupsToRemove": ["0001"], "NodeGroupsToRetain": ["0002"]},
            COMBINATION,
            id="both-ways",
        ),
        pytest.param(1, {"NodeGroupsToRemove": ["0001", "0002"]}, COMBINATION, id="too-many"),
        pytest.param(1, {"NodeGroupsToRemove": ["0009"]}, VALUE, id="unknown"),
        pytest.param(3, {"NodeGroupsToRemove": ["0001"]}, COMBINATION, id="remove-when-adding"),
        pytest.param(
            3, {"ReshardingConfiguration": [{"NodeGroupId": "0001"}]}, VALUE, id="taken-id"
        ),
        pytest.param(3, {"ApplyImmediately": False}, VALUE, id="later"),
    ],
)
def test_other_shard_counts_are_refused(aws, count, given, code):
    aws.clustered()
    wish = {"ReplicationGroupId": "wide", "NodeGroupCount": count, "ApplyImmediately": True}

    assert aws.refusal("ModifyReplicationGroupShardConfiguration", **wish | given).code == code


def test_resharding_needs_cluster_mode(aws):
    aws.group()

    fault = aws.refusal(
        "ModifyReplicationGroupShardConfiguration",
        ReplicationGroupId="orders",
        NodeGroupCount=2,
        ApplyImmediately=True,
    )

    assert fault.code == COMBINATION


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_however_often_it_is_resharded_every_slot_has_one_owner_and_shares_are_even(counts):
    slots = dict(zip((f"0{n:03}" for n in range(1, 4)), even_ranges(3), strict=True))

    for turn, count in enumerate(counts, 1):
        names = sorted(slots)[:count] + [f"{turn}{n:03}" for n in range(count - len(slots))]
        slots = rebalanced(slots, names)

        owned = [read_slots(text) for text in slots.values()]
        assert sum(len(each) for each in owned) == len(set().union(*owned)) == SLOTS
        assert max(map(len, owned)) - min(map(len, owned)) <= 1


@given(st.sets(st.integers(0, SLOTS - 1), min_size=1, max_size=60))
def test_slots_are_read_as_they_were_written(slots):
    assert read_slots(slots_text(slots)) == slots
