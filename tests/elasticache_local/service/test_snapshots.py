"""Snapshots of node-based caches, and what is made of them."""

from __future__ import annotations

import pytest


def snap(aws, name="s", **source):
    return aws("CreateSnapshot", SnapshotName=name, **source)["Snapshot"]


def show(aws, name="s", **more):
    return aws("DescribeSnapshots", SnapshotName=name, **more)["Snapshots"][0]


def test_a_cache_is_snapshotting_while_its_snapshot_is_creating(aws):
    aws.group()

    made = snap(aws, "Nightly", ReplicationGroupId="orders")

    assert (made["SnapshotName"], made["SnapshotStatus"]) == ("nightly", "creating")
    assert made["SnapshotSource"] == "manual"
    assert aws.show()["Status"] == "snapshotting"
    assert aws.show_cluster("orders-001")["CacheClusterStatus"] == "snapshotting"
    aws.settle()
    assert show(aws, "nightly")["SnapshotStatus"] == "available"
    assert aws.show()["Status"] == "available"


def test_with_cluster_mode_the_snapshot_is_of_the_whole_group(aws):
    aws.clustered()

    snap(aws, ReplicationGroupId="wide")
    aws.settle()

    shown = show(aws, ShowNodeGroupConfig=True)
    assert shown["ReplicationGroupId"] == "wide"
    assert shown["NumNodeGroups"] == 2
    slots = [node["NodeGroupConfiguration"]["Slots"] for node in shown["NodeSnapshots"]]
    assert slots == ["0-8191", "8192-16383"]


def test_a_member_of_a_group_without_cluster_mode_can_be_named(aws):
    aws.group()

    made = snap(aws, CacheClusterId="orders-002")

    assert made["CacheClusterId"] == "orders-002"
    aws.settle()
    found = aws("DescribeSnapshots", CacheClusterId="orders-002")["Snapshots"]
    assert [each["SnapshotName"] for each in found] == ["s"]


@pytest.mark.parametrize(
    "source", [{}, {"ReplicationGroupId": "orders", "CacheClusterId": "orders-001"}]
)
def test_exactly_one_source_is_needed(aws, source):
    aws.group()

    fault = aws.refusal("CreateSnapshot", SnapshotName="s", **source)

    assert fault.code == "InvalidParameterCombination"


def test_a_copy_is_copying_and_then_available(aws):
    aws.group()
    snap(aws, ReplicationGroupId="orders")
    aws.settle()

    copy = aws("CopySnapshot", SourceSnapshotName="s", TargetSnapshotName="t")["Snapshot"]

    assert copy["SnapshotStatus"] == "copying"
    aws.settle()
    assert show(aws, "t")["SnapshotStatus"] == "available"


def test_deleting_takes_its_time(aws):
    aws.group()
    snap(aws, ReplicationGroupId="orders")
    aws.settle()

    assert aws("DeleteSnapshot", SnapshotName="s")["Snapshot"]["SnapshotStatus"] == "deleting"
    aws.settle()
    assert aws("DescribeSnapshots")["Snapshots"] == []


def test_a_group_made_of_a_snapshot_has_its_shards_engine_and_node_type(aws):
    aws.clustered(NumNodeGroups=3, CacheNodeType="cache.m5.large", EngineVersion="7.0")
    snap(aws, ReplicationGroupId="wide")
    aws.settle()

    aws(
        "CreateReplicationGroup",
        ReplicationGroupId="again",
        ReplicationGroupDescription="d",
        SnapshotName="s",
    )
    aws.settle()

    shown = aws.show("again")
    assert shown["CacheNodeType"] == "cache.m5.large"
    assert [shard["Slots"] for shard in shown["NodeGroups"]] == [
        "0-5460",
        "5461-10922",
        "10923-16383",
    ]
    assert aws.show_cluster("again-0001-001")["EngineVersion"] == "7.0.7"


@pytest.mark.parametrize("name", ["SnapshotName", "ServerlessCacheSnapshotName"])
def test_a_group_can_not_be_made_of_a_snapshot_that_is_not_there(aws, name):
    fault = aws.refusal(
        "CreateReplicationGroup",
        ReplicationGroupId="again",
        ReplicationGroupDescription="d",
        **{name: "no"},
    )

    assert fault.code == "InvalidParameterValue"


def test_a_final_snapshot_outlives_its_group(aws):
    aws.group()

    aws("DeleteReplicationGroup", ReplicationGroupId="orders", FinalSnapshotIdentifier="last")
    aws.settle()

    assert show(aws, "last")["SnapshotStatus"] == "available"


def test_twenty_a_day_and_the_day_passes(aws):
    aws.group()
    for number in range(20):
        snap(aws, f"s{number}", ReplicationGroupId="orders")
        aws.settle()

    fault = aws.refusal("CreateSnapshot", SnapshotName="more", ReplicationGroupId="orders")
    assert fault.code == "SnapshotQuotaExceededFault"

    aws.pass_time(24 * 3600)
    assert snap(aws, "more", ReplicationGroupId="orders")


def test_automated_and_manual_ones_are_told_apart(aws):
    aws.group()
    snap(aws, ReplicationGroupId="orders")
    aws.settle()

    assert aws("DescribeSnapshots", SnapshotSource="system")["Snapshots"] == []
    assert len(aws("DescribeSnapshots", SnapshotSource="user")["Snapshots"]) == 1
