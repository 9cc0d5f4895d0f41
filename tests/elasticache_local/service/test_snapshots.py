"""Snapshots of node-based caches, and what is made of them."""

from __future__ import annotations

import json

import pytest

from elasticache_local.fault import Fault
from elasticache_local.service import State

COPY = {"ReplicationGroupId": "copy", "ReplicationGroupDescription": "d", "SnapshotName": "s"}
LAST = {
    "group": (
        lambda aws: aws.group(),
        lambda aws: aws(
            "DeleteReplicationGroup", ReplicationGroupId="orders", FinalSnapshotIdentifier="l"
        ),
        lambda aws: aws.show(),
    ),
    "serverless": (
        lambda aws: aws.serverless(),
        lambda aws: aws("DeleteServerlessCache", ServerlessCacheName="jobs", FinalSnapshotName="l"),
        lambda aws: aws.show_serverless(),
    ),
    "cluster": (
        lambda aws: (
            aws("CreateCacheCluster", CacheClusterId="solo", Engine="redis"),
            aws.settle(),
        ),
        lambda aws: aws("DeleteCacheCluster", CacheClusterId="solo", FinalSnapshotIdentifier="l"),
        lambda aws: aws.show_cluster("solo"),
    ),
}


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


def test_a_snapshot_is_told_of_its_node_in_the_services_words(aws):
    aws.clustered("wide")
    aws.group()
    aws("CreateSnapshot", ReplicationGroupId="wide", SnapshotName="all")
    aws("CreateSnapshot", CacheClusterId="orders-002", SnapshotName="one")
    aws.settle()

    [told] = [words for words in aws.events("wide-0001-001") if "Snapshot" in words]
    assert told == (
        "Snapshot succeeded for snapshot with ID 'all' of replication group with ID 'wide'"
    )
    assert any("with ID 'one' of cache cluster" in words for words in aws.events("orders-002"))


def test_a_group_says_which_node_its_daily_snapshots_are_taken_of(aws):
    aws.group(NumCacheClusters=3, SnapshotRetentionLimit=2)
    assert aws.show()["SnapshottingClusterId"] == "orders-002"
    aws.modify(SnapshottingClusterId="orders-003")
    aws.settle()
    assert aws.show()["SnapshottingClusterId"] == "orders-003"

    aws(
        "DecreaseReplicaCount",
        ReplicationGroupId="orders",
        NewReplicaCount=1,
        ApplyImmediately=True,
    )
    aws.settle()

    assert aws.show()["SnapshottingClusterId"] == "orders-002"


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


def test_a_snapshot_is_available_once_the_data_plane_has_saved_it(aws, make_aws):
    aws.group()
    aws.host.silent = True

    snap(aws, ReplicationGroupId="orders")
    aws.settle()
    waiting = show(aws)["SnapshotStatus"], aws.show()["Status"]
    again = make_aws(state=State.from_json(json.loads(aws.state_text())), clock=aws.clock)
    again.settle()

    assert waiting == ("creating", "snapshotting")
    assert show(again)["SnapshotStatus"] == "available"
    assert again.show()["Status"] == "available"


def test_a_snapshot_that_could_not_be_saved_has_failed_and_says_why(aws):
    aws.group()
    aws.host.trouble["orders"] = "the engine could not save"

    snap(aws, ReplicationGroupId="orders")
    aws.settle()

    assert show(aws)["SnapshotStatus"] == "failed"
    assert any("the engine could not save" in text for text in aws.events())
    fault = aws.refusal(
        "CreateReplicationGroup",
        ReplicationGroupId="copy",
        ReplicationGroupDescription="d",
        SnapshotName="s",
    )
    assert fault.code == "InvalidParameterValue"


@pytest.mark.parametrize("sort", ["group", "serverless"])
def test_a_cache_goes_only_when_its_last_snapshot_is_saved(aws, sort):
    name = getattr(aws, sort)()
    aws.host.silent = True

    if sort == "group":
        aws("DeleteReplicationGroup", ReplicationGroupId=name, FinalSnapshotIdentifier="last")
        look = aws.show
    else:
        aws("DeleteServerlessCache", ServerlessCacheName=name, FinalSnapshotName="last")
        look = aws.show_serverless
    aws.settle()

    assert look(name)["Status"] == "deleting"
    assert not aws.host.forgotten


def test_what_a_cache_is_made_of_stays_until_it_is_made(aws):
    aws.group()
    snap(aws, ReplicationGroupId="orders")
    aws.settle()

    wish = {"ReplicationGroupDescription": "d", "SnapshotName": "S", "NumCacheClusters": 2}
    aws("CreateReplicationGroup", ReplicationGroupId="copy", **wish)

    assert show(aws)["SnapshotStatus"] == "restoring"
    assert [aws.want("copy").restore_from] == aws.host.saved
    assert aws.refusal("DeleteSnapshot", SnapshotName="s").code == "InvalidSnapshotState"
    aws("CreateReplicationGroup", ReplicationGroupId="copy2", **wish)
    aws.settle()
    aws("DeleteSnapshot", SnapshotName="s")
    aws.settle()
    assert aws.host.saved == []
    aws.modify("copy", ReplicationGroupDescription="starts from nothing again")
    assert aws.want("copy").restore_from == ""


def test_the_data_of_a_copy_outlives_what_it_was_copied_from(aws):
    aws.group()
    snap(aws, ReplicationGroupId="orders")
    aws.settle()
    aws("CopySnapshot", SourceSnapshotName="s", TargetSnapshotName="t")
    aws.settle()

    for name, left in (("s", 1), ("t", 0)):
        aws("DeleteSnapshot", SnapshotName=name)
        aws.settle()
        assert len(aws.host.saved) == left


def test_a_snapshot_is_restored_into_as_many_node_groups_as_are_asked_for(aws):
    aws.clustered()
    snap(aws, ReplicationGroupId="wide")
    aws.settle()

    aws.group("small", Engine="valkey", SnapshotName="s", NumNodeGroups=1, ReplicasPerNodeGroup=0)
    aws.serverless("one", SnapshotArnsToRestore=[aws.arn("snapshot", "s")])

    assert [shard["Slots"] for shard in aws.show("small")["NodeGroups"]] == ["0-16383"]
    assert aws.show("small")["ClusterMode"] == "enabled"
    assert aws.show_serverless("one")["Status"] == "available"


@pytest.mark.parametrize("shards", [1, 2])
def test_what_was_saved_with_cluster_mode_is_not_restored_without(aws, shards):
    aws.clustered(NumNodeGroups=shards, CacheParameterGroupName="default.redis7.cluster.on")
    snap(aws, ReplicationGroupId="wide")
    aws.settle()

    fault = aws.refusal("CreateReplicationGroup", **COPY, CacheParameterGroupName="default.redis7")

    assert fault.code == "InvalidParameterCombination"


def test_data_is_restored_with_its_engine_version_or_a_later_one(aws):
    aws.group("new", Engine="valkey", EngineVersion="8.1")
    snap(aws, ReplicationGroupId="new")
    aws.settle()

    fault = aws.refusal("CreateReplicationGroup", **COPY, EngineVersion="8.0")
    aws("CreateReplicationGroup", **COPY, EngineVersion="8.2", NumCacheClusters=2)

    assert fault.code == "InvalidParameterCombination"


def test_data_tiering_is_kept_by_a_restore(aws):
    tiered = {"CacheNodeType": "cache.r6gd.xlarge", "DataTieringEnabled": True}
    aws.group("cold", **tiered)
    aws.group("warm")
    for group in ("cold", "warm"):
        snap(aws, f"s-{group}", ReplicationGroupId=group)
    aws.settle()

    for name, given in (("s-cold", {"CacheNodeType": "cache.r6g.xlarge"}), ("s-warm", tiered)):
        fault = aws.refusal("CreateReplicationGroup", **COPY | given | {"SnapshotName": name})
        assert fault.code == "InvalidParameterCombination"


@pytest.mark.parametrize("sort", ["group", "serverless", "cluster"])
@pytest.mark.parametrize("stays", [True, False])
def test_a_cache_stays_when_its_last_snapshot_fails_unless_switched(make_aws, sort, stays):
    aws = make_aws(keeps_cache_without_final_snapshot=stays)
    make, delete, look = LAST[sort]
    make(aws)
    before = look(aws)
    aws.host.trouble |= dict.fromkeys(("orders", "jobs", "solo"), "the engine could not save")

    delete(aws)
    aws.settle()

    if stays:
        assert look(aws) == before
        assert any("Not deleted: the final snapshot failed" in text for text in aws.events())
    else:
        with pytest.raises(Fault, match="not found"):
            look(aws)


DAY_S = 86400


def automated(aws):
    found = aws("DescribeSnapshots", SnapshotSource="system")["Snapshots"]
    return [each["SnapshotName"] for each in found]


def test_automatic_snapshots_come_in_the_window_and_stay_for_as_many_days_as_asked(aws):
    aws.group(SnapshotRetentionLimit=2, SnapshotWindow="03:00-04:00")
    kept = []
    for _ in range(5):
        aws.pass_time(DAY_S)
        aws.settle()
        kept.append(automated(aws))

    assert [len(names) for names in kept] == [1, 2, 2, 2, 2]
    assert all(name.startswith("automatic.orders-") for name in kept[-1])
    assert all(name.endswith("-03-00") for name in kept[-1])
    assert not set(kept[1]) & set(kept[3])
    assert len(aws.host.saved) == 2


def test_automatic_snapshots_follow_a_changed_window_end_with_zero_and_go_with_the_cache(aws):
    aws.group(SnapshotRetentionLimit=3, SnapshotWindow="03:00-04:00")
    aws.modify(SnapshotWindow="05:00-06:00")
    aws.settle()
    aws.pass_time(DAY_S)
    aws.settle()
    first = automated(aws)

    aws.modify(SnapshotRetentionLimit=0)
    aws.settle()
    aws.pass_time(2 * DAY_S)
    later = automated(aws)
    aws("DeleteReplicationGroup", ReplicationGroupId="orders")
    aws.settle()

    assert len(first) == 1
    assert first[0].endswith("-05-00")
    assert later == first
    assert automated(aws) == []
    assert aws.host.saved == []


def test_a_serverless_cache_is_saved_once_a_day(aws):
    aws.serverless(SnapshotRetentionLimit=1, DailySnapshotTime="02:30")

    for _ in range(3):
        aws.pass_time(DAY_S)
        aws.settle()

    found = aws("DescribeServerlessCacheSnapshots", SnapshotType="system")
    [kept] = found["ServerlessCacheSnapshots"]
    assert (kept["SnapshotType"], kept["Status"]) == ("automated", "available")
    assert kept["CreateTime"].strftime("%H:%M") == "02:30"
