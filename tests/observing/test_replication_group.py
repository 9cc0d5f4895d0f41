"""A replication group is read from two describes and shown as one."""

from __future__ import annotations

from datetime import UTC, datetime

import build
import pytest
from inprocess import InProcess

from reconciler.kind import Pending
from reconciler.kinds.replication_group.describe import live_group

GROUP = {
    "ReplicationGroupId": "orders",
    "Description": "orders of the shop",
    "Status": "available",
    "PendingModifiedValues": {},
    "MemberClusters": ["orders-001", "orders-002"],
    "NodeGroups": [
        {
            "NodeGroupId": "0001",
            "Status": "available",
            "PrimaryEndpoint": {
                "Address": "master.orders.x.euw1.cache.amazonaws.com",
                "Port": 6379,
            },
            "ReaderEndpoint": {
                "Address": "replica.orders.x.euw1.cache.amazonaws.com",
                "Port": 6379,
            },
            "NodeGroupMembers": [
                {
                    "CacheClusterId": "orders-001",
                    "CurrentRole": "primary",
                    "ReadEndpoint": {"Address": "orders-001.x", "Port": 6379},
                },
                {
                    "CacheClusterId": "orders-002",
                    "CurrentRole": "replica",
                    "ReadEndpoint": {"Address": "orders-002.x", "Port": 6379},
                },
            ],
        }
    ],
    "AutomaticFailover": "enabled",
    "MultiAZ": "disabled",
    "ClusterEnabled": False,
    "ClusterMode": "disabled",
    "CacheNodeType": "cache.r7g.large",
    "AuthTokenEnabled": False,
    "TransitEncryptionEnabled": True,
    "TransitEncryptionMode": "required",
    "AtRestEncryptionEnabled": True,
    "KmsKeyId": build.KEY_ARN,
    "SnapshotRetentionLimit": 0,
    "SnapshotWindow": "01:00-02:00",
    "AutoMinorVersionUpgrade": True,
    "DataTiering": "disabled",
    "NetworkType": "ipv4",
    "IpDiscovery": "ipv4",
    "UserGroupIds": [],
    "Engine": "valkey",
    "ARN": f"arn:aws:elasticache:{build.REGION}:{build.ACCOUNT}:replicationgroup:orders",
}
MEMBER = {
    "CacheClusterId": "orders-001",
    "ReplicationGroupId": "orders",
    "CacheClusterStatus": "available",
    "Engine": "valkey",
    "EngineVersion": "8.1.0",
    "CacheParameterGroup": {"CacheParameterGroupName": "default.valkey8"},
    "CacheSubnetGroupName": "default",
    "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
    "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
    "NotificationConfiguration": {},
    "PendingModifiedValues": {},
}
WINDOW = "sun:03:00-sun:04:00"


def look(group=None, member=None):
    first = {**MEMBER, **(member or {})}
    return live_group(
        {**GROUP, **(group or {})}, [first, {**first, "CacheClusterId": "orders-002"}]
    )


def test_both_describes_give_one_resource():
    assert look().resource == build.shown_group()


def test_endpoints_shards_and_nodes_are_there_for_whoever_connects():
    live = look()

    assert {one.role for one in live.endpoints} == {"primary", "reader", "node"}
    assert [node.id for node in live.nodes if node.role == "replica"] == ["orders-002"]
    assert [shard.id for shard in live.shards] == ["0001"]
    assert live.engine_version == "8.1.0"
    assert all(endpoint.tls for endpoint in live.endpoints)


@pytest.mark.parametrize(
    ("group", "member"),
    [
        pytest.param({"Status": "modifying"}, {}, id="the group"),
        pytest.param({}, {"CacheClusterStatus": "modifying"}, id="a member"),
        pytest.param(
            {"NodeGroups": [{**GROUP["NodeGroups"][0], "Status": "modifying"}]}, {}, id="a shard"
        ),
        pytest.param(
            {"MemberClusters": ["orders-001", "orders-002", "orders-003"]}, {}, id="one to come"
        ),
    ],
)
def test_it_rests_only_when_group_shards_and_members_do(group, member):
    assert look().at_rest
    assert not look(group, member).at_rest


@pytest.mark.parametrize(
    ("word", "on"),
    [("enabled", True), ("enabling", True), ("disabled", False), ("disabling", False)],
)
def test_words_on_the_way_are_taken_for_where_they_lead(word, on):
    live = look({"AutomaticFailover": word, "MultiAZ": word})

    assert live.resource.automatic_failover_enabled is on
    assert live.resource.multi_az_enabled is on


@pytest.mark.parametrize(
    ("group", "member", "expected"),
    [
        pytest.param(
            {},
            {"PendingModifiedValues": {"CacheNodeType": "cache.r7g.xlarge"}},
            Pending("cache_node_type", "cache.r7g.xlarge", WINDOW),
            id="a node type waits on the member",
        ),
        pytest.param(
            {},
            {"PendingModifiedValues": {"EngineVersion": "8.2"}},
            Pending("engine_version", "8.2", WINDOW),
            id="so does a version",
        ),
        pytest.param(
            {"PendingModifiedValues": {"AutomaticFailoverStatus": "disabled"}},
            {},
            Pending("automatic_failover_enabled", False, WINDOW),
            id="failover waits on the group",
        ),
        pytest.param(
            {
                "Status": "modifying",
                "PendingModifiedValues": {"TransitEncryptionMode": "required"},
            },
            {},
            Pending("transit_encryption_mode", "required"),
            id="what is under way waits for no window",
        ),
        pytest.param(
            {"Status": "modifying", "PendingModifiedValues": {"ClusterMode": "compatible"}},
            {},
            Pending("cluster_mode", "compatible"),
            id="cluster mode",
        ),
        pytest.param(
            {
                "Status": "modifying",
                "UserGroupIds": ["old"],
                "PendingModifiedValues": {
                    "UserGroups": {"UserGroupIdsToAdd": ["new"], "UserGroupIdsToRemove": ["old"]}
                },
            },
            {},
            Pending("user_group_ids", ("new",)),
            id="a swap of groups",
        ),
    ],
)
def test_pending_is_read_from_both(group, member, expected):
    live = look(group, member)

    assert live.pending == (expected,)
    assert getattr(live.effective, expected.field) == expected.value


def test_what_waits_for_the_window_is_told_from_what_is_under_way():
    live = look(member={"PendingModifiedValues": {"EngineVersion": "8.2"}})

    assert live.effective.scheduled == ("engine_version",)


def test_a_version_that_only_valkey_has_brings_valkey_with_it():
    """Nothing pending names the engine; the service's last redis is 7.1."""
    redis = {"Engine": "redis"}
    waiting = {"EngineVersion": "7.1.0", "PendingModifiedValues": {"EngineVersion": "8.1"}}

    crossing = look(redis, waiting)
    staying = look(
        redis, {"EngineVersion": "6.2.6", "PendingModifiedValues": {"EngineVersion": "7.1"}}
    )

    assert crossing.effective.engine == "valkey"
    assert staying.effective.engine == "redis"


def test_a_token_shows_that_there_is_one_and_when_it_was_set():
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    held = look({"AuthTokenEnabled": True, "AuthTokenLastModifiedDate": moment}).resource

    assert held.auth_token == build.HELD
    assert held.auth_token_held == "2026-01-01T00:00:00+00:00"
    assert look().resource.auth_token is None


def test_a_port_on_loopback_is_not_the_caches():
    shard = {
        **GROUP["NodeGroups"][0],
        "PrimaryEndpoint": {"Address": "127.0.0.1", "Port": 40123},
        "ReaderEndpoint": {"Address": "127.0.0.1", "Port": 40124},
    }

    assert look({"NodeGroups": [shard]}).resource.port is None


def test_a_topic_that_is_switched_off_is_none():
    topic = {"TopicArn": "arn:topic", "TopicStatus": "inactive"}

    assert look(member={"NotificationConfiguration": topic}).resource.notification_topic_arn is None


def test_a_log_that_is_switched_off_is_none():
    log = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "slow"}},
        "LogFormat": "json",
        "Status": "active",
    }

    on, off = (
        {"LogDeliveryConfigurations": [{**log, "Status": status}]}
        for status in ("active", "disabling")
    )

    assert look(on).resource.log_delivery_configurations == build.LOGS
    assert look(off).resource.log_delivery_configurations == ()


def test_in_cluster_mode_nodes_are_counted_by_shard_alone():
    sharded = {**GROUP, "ClusterMode": "enabled", "ClusterEnabled": True}

    assert live_group(sharded, ()).resource.num_cache_clusters is None


def test_more_nodes_than_a_spec_may_ask_for_are_read_like_others():
    bench = InProcess()
    bench.aws(
        "create_replication_group",
        ReplicationGroupId="orders",
        ReplicationGroupDescription="d",
        Engine="valkey",
        CacheNodeType="cache.r7g.large",
        NumCacheClusters=6,
    )
    bench.settle()
    [group] = bench.aws("describe_replication_groups")["ReplicationGroups"]
    more = {**group, "MemberClusters": [f"orders-{number:03}" for number in range(1, 10)]}

    assert live_group(more, ()).resource.num_cache_clusters == 9
