"""State that is written down and read back goes on where it was."""

from __future__ import annotations

import json

import pytest

from elasticache_local.service import State
from elasticache_local.service.null_host import NullHost


def restart(aws, make_aws, **switches):
    kept = json.loads(json.dumps(aws.service.snapshot()))
    return make_aws(state=State.from_json(kept), clock=aws.clock, **switches)


def test_everything_is_described_as_before(aws, make_aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], TransitEncryptionEnabled=True)
    aws.clustered()
    aws.serverless(UserGroupId="people")
    aws("CreateSnapshot", ReplicationGroupId="wide", SnapshotName="s")
    aws.settle()
    questions = (
        "DescribeUsers",
        "DescribeUserGroups",
        "DescribeServerlessCaches",
        "DescribeReplicationGroups",
        "DescribeSnapshots",
        "DescribeEvents",
    )
    before = [aws(action) for action in questions]

    after = restart(aws, make_aws)

    def bare(answers):
        # Ports are the data plane's, and it is another one.
        return json.loads(json.dumps(answers, default=str), object_hook=without_port)

    def without_port(thing):
        return {key: value for key, value in thing.items() if key != "Port"}

    assert bare([after(action) for action in questions]) == bare(before)


def test_work_under_way_goes_on(aws, make_aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], TransitEncryptionEnabled=True)
    aws.host.silent = True
    aws("ModifyUser", UserId="people-default", AccessString="off")

    after = restart(aws, make_aws)
    assert after.show_user("people-default")["Status"] == "modifying"

    after.settle()
    assert after.show_user("people-default")["Status"] == "active"
    assert after.show()["Status"] == "available"


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("TestFailover", {"NodeGroupId": "0001"}),
        ("ModifyReplicationGroup", {"PrimaryClusterId": "orders-002", "ApplyImmediately": True}),
    ],
)
def test_a_promotion_under_way_goes_on(aws, make_aws, action, given):
    aws.group(AutomaticFailoverEnabled=action == "TestFailover")
    aws.host.silent = True
    aws(action, ReplicationGroupId="orders", **given)

    after = restart(aws, make_aws)
    after.settle()

    assert after.show()["Status"] == "available"
    members = after.show()["NodeGroups"][0]["NodeGroupMembers"]
    assert [member["CurrentRole"] for member in members] == ["replica", "primary"]


def adopt(aws):
    aws("CreateCacheCluster", CacheClusterId="solo", Engine="redis")
    aws.settle()
    aws.host.silent = True
    aws(
        "CreateReplicationGroup",
        ReplicationGroupId="orders",
        ReplicationGroupDescription="d",
        PrimaryClusterId="solo",
    )


class Told(NullHost):
    """A data plane that is coming up, and remembers what it was told to do."""

    def __init__(self, normalise):
        super().__init__(normalise)
        self.silent, self.told = True, []

    def save(self, key, folder, saved):
        self.told.append(("save", key.rpartition("/")[2]))
        super().save(key, folder, saved)

    def forget(self, key):
        self.told.append(("forget", key.rpartition("/")[2]))
        super().forget(key)


def test_a_cluster_that_is_being_adopted_stands_again_and_is_saved_before_it_goes(aws, make_aws):
    adopt(aws)
    host = Told(aws.host.normalise)

    after = restart(aws, make_aws, host=host)
    [want] = host.wants.values()
    assert (want.sort, want.name, host.told) == ("cache_cluster", "solo", [])
    host.speak()
    after.settle()

    assert host.told == [("save", "solo"), ("forget", "solo")]
    assert after.show()["Status"] == "available"
    assert after.want().shards[0].nodes[0].id == "solo"
    assert after("DescribeCacheClusters", ShowCacheClustersNotInReplicationGroups=True) == {
        "CacheClusters": []
    }


def test_a_snapshot_under_way_is_taken_once_its_cache_stands_again(aws, make_aws):
    aws.group()
    aws.host.silent = True
    aws("CreateSnapshot", ReplicationGroupId="orders", SnapshotName="s")
    host = Told(aws.host.normalise)

    after = restart(aws, make_aws, host=host)
    after.settle()
    assert host.told == []
    host.speak()
    after.settle()

    [taken] = after("DescribeSnapshots")["Snapshots"]
    assert (taken["SnapshotStatus"], host.told) == ("available", [("save", "orders")])


def test_pending_values_still_wait_for_their_window(aws, make_aws):
    aws.group(CacheNodeType="cache.m5.large")
    aws.modify(ApplyImmediately=False, CacheNodeType="cache.m5.xlarge")

    after = restart(aws, make_aws)
    after.pass_time(8 * 24 * 3600)
    after.settle()

    assert after.show()["CacheNodeType"] == "cache.m5.xlarge"


def test_the_data_plane_is_told_everything_again_under_a_new_generation(aws, make_aws):
    aws.group()
    aws.serverless()
    before = aws.host.wants

    after = restart(aws, make_aws).host.wants

    assert set(after) == set(before)
    for key, want in after.items():
        assert want.generation == before[key].generation + 1


def test_a_data_plane_that_was_started_anew_can_be_told_again(aws):
    aws.group()
    aws.host.wants.clear()

    aws.service.want_again()

    assert aws.want().name == "orders"
    assert aws.show()["Status"] == "available"


@pytest.mark.parametrize("text", ['{"regions": 5}', '{"regions": {"a": {"users": 1}}}'])
def test_what_is_no_state_is_refused(text):
    with pytest.raises(ValueError, match="validation error"):
        State.from_json(json.loads(text))
