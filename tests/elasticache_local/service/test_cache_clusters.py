"""Standalone clusters, and members addressed by their own id."""

from __future__ import annotations

import pytest

COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


def cluster(aws, engine="memcached", cluster_id="solo", **given):
    aws("CreateCacheCluster", CacheClusterId=cluster_id, Engine=engine, **given)
    aws.settle()


def modify(aws, **given):
    given.setdefault("ApplyImmediately", True)
    return aws("ModifyCacheCluster", CacheClusterId="solo", **given)["CacheCluster"]


def test_a_redis_cluster_has_one_node_and_no_configuration_endpoint(aws):
    cluster(aws, "redis")

    shown = aws.show_cluster("SOLO")

    assert shown["CacheClusterStatus"] == "available"
    assert shown["NumCacheNodes"] == 1
    assert shown["CacheNodes"][0]["Endpoint"]["Address"] == "127.0.0.1"
    assert "ConfigurationEndpoint" not in shown
    assert shown["EngineVersion"] == "7.1.0"


def test_a_memcached_cluster_has_nodes_and_a_configuration_endpoint(aws):
    cluster(aws, NumCacheNodes=3, AZMode="cross-az")

    shown = aws.show_cluster("solo")

    assert [node["CacheNodeId"] for node in shown["CacheNodes"]] == ["0001", "0002", "0003"]
    assert shown["PreferredAvailabilityZone"] == "Multiple"
    assert shown["ConfigurationEndpoint"]["Port"]
    assert "SnapshotRetentionLimit" not in shown
    assert len({node["Endpoint"]["Port"] for node in shown["CacheNodes"]}) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"Engine": "valkey"}, "doesn't support Valkey engine", id="valkey"),
        pytest.param({"Engine": "redis", "NumCacheNodes": 2}, "should be 1", id="two-redis"),
        pytest.param({"Engine": "memcached", "NumCacheNodes": 0}, "", id="none"),
        pytest.param(
            {"Engine": "redis", "CacheParameterGroupName": "default.redis7.cluster.on"},
            "Cluster mode should be disabled in parameter group, but found it is enabled.",
            id="cluster-on",
        ),
        pytest.param({"Engine": "postgres"}, "", id="engine"),
    ],
)
def test_values_that_are_not_taken(aws, given, words):
    fault = aws.refusal("CreateCacheCluster", CacheClusterId="solo", **given)

    assert fault.code == VALUE
    assert words in fault.message


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"Engine": "redis", "TransitEncryptionEnabled": True}, id="redis-tls"),
        pytest.param({"Engine": "redis", "AuthToken": "a-token-of-some-length"}, id="token"),
        pytest.param(
            {"Engine": "memcached", "EngineVersion": "1.6.6", "TransitEncryptionEnabled": True},
            id="memcached-tls-too-early",
        ),
        pytest.param({"Engine": "memcached", "SnapshotRetentionLimit": 1}, id="snapshots"),
        pytest.param({"Engine": "memcached", "AZMode": "cross-az"}, id="one-node-cross-az"),
    ],
)
def test_combinations_that_are_not_taken(aws, given):
    fault = aws.refusal("CreateCacheCluster", CacheClusterId="solo", **given)

    assert fault.code == COMBINATION


def test_memcached_may_have_tls_from_1_6_12_on(aws):
    cluster(aws, EngineVersion="1.6.12", TransitEncryptionEnabled=True)

    assert aws.show_cluster("solo")["TransitEncryptionEnabled"] is True


def test_nodes_are_added_with_the_services_events(aws):
    cluster(aws)

    shown = modify(aws, NumCacheNodes=3)

    assert shown["CacheClusterStatus"] == "modifying"
    assert shown["PendingModifiedValues"]["NumCacheNodes"] == 3
    assert shown["NumCacheNodes"] == 1
    aws.settle()
    assert aws.show_cluster("solo")["NumCacheNodes"] == 3
    assert aws.events("solo")[-4:] == [
        "Increasing number of requested nodes",
        "Added cache node 0002 in availability zone us-east-1a",
        "Added cache node 0003 in availability zone us-east-1a",
        "Finished modifying number of nodes from 1 to 3",
    ]


def test_named_nodes_are_taken_away(aws):
    cluster(aws, NumCacheNodes=3)

    modify(aws, NumCacheNodes=2, CacheNodeIdsToRemove=["0002"])
    aws.settle()

    nodes = aws.show_cluster("solo")["CacheNodes"]
    assert [node["CacheNodeId"] for node in nodes] == ["0001", "0003"]


def test_asking_for_the_current_count_takes_a_pending_one_back(aws):
    cluster(aws)
    modify(aws, NumCacheNodes=3, ApplyImmediately=False)
    assert aws.show_cluster("solo")["PendingModifiedValues"] == {
        "NumCacheNodes": 3,
    }

    modify(aws, NumCacheNodes=1, ApplyImmediately=False)
    aws.settle()

    assert aws.show_cluster("solo")["PendingModifiedValues"] == {}
    aws.pass_time(8 * 24 * 3600)
    assert aws.show_cluster("solo")["NumCacheNodes"] == 1


def test_a_deferred_change_happens_in_the_window(aws):
    cluster(aws)

    modify(aws, NumCacheNodes=2, ApplyImmediately=False)
    aws.pass_time(8 * 24 * 3600)
    aws.settle()

    assert aws.show_cluster("solo")["NumCacheNodes"] == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"NumCacheNodes": 1}, COMBINATION, id="which"),
        pytest.param(
            {"NumCacheNodes": 1, "CacheNodeIdsToRemove": ["0009"]}, VALUE, id="a-stranger"
        ),
        pytest.param({"CacheNodeIdsToRemove": ["0001"]}, COMBINATION, id="no-count"),
        pytest.param({"EngineVersion": "1.5.16"}, COMBINATION, id="down"),
        pytest.param({"CacheNodeType": "cache.none"}, VALUE, id="node-type"),
        pytest.param({"ScaleConfig": {"ScalePercentage": 9}}, VALUE, id="pace-of-shares"),
        pytest.param({"ScaleConfig": {"ScaleIntervalMinutes": 31}}, VALUE, id="pace-in-time"),
        pytest.param({"ScaleConfig": {"ScalePercentage": 50}}, COMBINATION, id="pace-of-nothing"),
        pytest.param({}, COMBINATION, id="nothing"),
    ],
)
def test_other_changes_are_refused(aws, given, code):
    cluster(aws, NumCacheNodes=2)

    assert aws.refusal("ModifyCacheCluster", CacheClusterId="solo", **given).code == code


def test_memcached_changes_its_node_type_at_a_pace_that_shows_until_then(aws):
    cluster(aws)
    pace = {"ScalePercentage": 50, "ScaleIntervalMinutes": 5}

    modify(aws, CacheNodeType="cache.m5.large", ScaleConfig=pace)

    pending = {"CacheNodeType": "cache.m5.large", "ScaleConfig": pace}
    assert aws.show_cluster("solo")["PendingModifiedValues"] == pending
    aws.settle()
    assert aws.show_cluster("solo")["PendingModifiedValues"] == {}
    assert aws.show_cluster("solo")["CacheNodeType"] == "cache.m5.large"


def test_a_pace_is_for_memcached_only(aws):
    cluster(aws, "redis")
    given = {"CacheNodeType": "cache.m5.large", "ScaleConfig": {"ScalePercentage": 50}}

    assert aws.refusal("ModifyCacheCluster", CacheClusterId="solo", **given).code == COMBINATION


@pytest.mark.parametrize(
    ("in_place", "version", "taken"),
    [(True, "1.6.22", True), (True, "1.4.34", False), (False, "1.6.22", False)],
)
def test_whether_memcached_changes_its_node_type_is_a_switch(make_aws, in_place, version, taken):
    aws = make_aws(memcached_scales_in_place=in_place)
    cluster(aws, EngineVersion=version)
    given = {"CacheClusterId": "solo", "CacheNodeType": "cache.m5.large"}

    if taken:
        assert aws("ModifyCacheCluster", **given)
    else:
        assert aws.refusal("ModifyCacheCluster", **given).code == COMBINATION


def test_a_member_is_changed_through_its_group(aws):
    aws.group()

    fault = aws.refusal("ModifyCacheCluster", CacheClusterId="orders-001", SnapshotRetentionLimit=1)

    assert fault.code == COMBINATION


def test_a_replica_joins_a_group_under_its_own_id_and_leaves_it(aws):
    aws.group()

    aws("CreateCacheCluster", CacheClusterId="extra", ReplicationGroupId="orders")
    aws.settle()
    assert aws.show()["MemberClusters"] == ["orders-001", "orders-002", "extra"]

    answer = aws("DeleteCacheCluster", CacheClusterId="extra")["CacheCluster"]
    assert answer["CacheClusterStatus"] == "deleting"
    aws.settle()
    assert aws.show()["MemberClusters"] == ["orders-001", "orders-002"]


@pytest.mark.parametrize(
    ("made", "which", "words"),
    [
        pytest.param({"NumCacheClusters": 1}, "orders-001", "only member", id="only-member"),
        pytest.param(
            {"AutomaticFailoverEnabled": True},
            "orders-002",
            "only read replica for replication group orders which has autofailover enabled",
            id="only-replica",
        ),
        pytest.param({}, "orders-001", "primary", id="the-primary"),
    ],
)
def test_a_member_that_its_group_needs_can_not_be_deleted(aws, made, which, words):
    aws.group(**made)

    fault = aws.refusal("DeleteCacheCluster", CacheClusterId=which)

    assert fault.code == "InvalidCacheClusterState"
    assert words in fault.message


def test_members_can_be_left_out_of_the_list(aws):
    aws.group()
    cluster(aws, "redis")

    listed = aws("DescribeCacheClusters", ShowCacheClustersNotInReplicationGroups=True)

    assert [each["CacheClusterId"] for each in listed["CacheClusters"]] == ["solo"]
    assert len(aws("DescribeCacheClusters")["CacheClusters"]) == 3


def test_nodes_show_only_when_asked_for(aws):
    cluster(aws)

    [shown] = aws("DescribeCacheClusters", CacheClusterId="solo")["CacheClusters"]

    assert "CacheNodes" not in shown


def test_a_cluster_with_cluster_mode_can_not_be_rebooted(aws):
    aws.clustered()

    fault = aws.refusal(
        "RebootCacheCluster", CacheClusterId="wide-0001-001", CacheNodeIdsToReboot=["0001"]
    )

    assert fault.code == VALUE


def test_a_rebooting_cluster_says_so(aws):
    cluster(aws, "redis")

    aws("RebootCacheCluster", CacheClusterId="solo", CacheNodeIdsToReboot=["0001"])

    assert aws.show_cluster("solo")["CacheClusterStatus"] == "rebooting cluster nodes"
    aws.settle()
    assert aws.show_cluster("solo")["CacheClusterStatus"] == "available"


def test_a_rebooting_member_says_so_and_its_group_is_modifying(aws):
    aws.group()

    aws("RebootCacheCluster", CacheClusterId="orders-002", CacheNodeIdsToReboot=["0001"])

    assert aws.show_cluster("orders-002")["CacheClusterStatus"] == "rebooting cluster nodes"
    assert aws.show()["Status"] == "modifying"
    aws.settle()
    assert aws.show_cluster("orders-002")["CacheClusterStatus"] == "available"


def test_deleting_forgets_a_cluster(aws):
    cluster(aws, "redis", Tags=[{"Key": "k", "Value": "v"}])

    assert aws("DeleteCacheCluster", CacheClusterId="solo")["CacheCluster"]
    aws.settle()

    assert aws("DescribeCacheClusters")["CacheClusters"] == []
    assert aws.service.tagged_resources(aws.principal) == []
