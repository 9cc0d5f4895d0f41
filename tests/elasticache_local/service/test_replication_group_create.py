"""Replication groups at creation: defaults, shapes by cluster mode, and what is refused."""

from __future__ import annotations

import pytest

TLS = {"TransitEncryptionEnabled": True}
COMMON = {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d"}
COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        pytest.param(
            {"Engine": "valkey", "EngineVersion": "8.0"},
            COMBINATION,
            "there must be at least 2 cache clusters",
            id="valkey-defaults-to-failover",
        ),
        pytest.param(
            {"NumNodeGroups": 2, "AutomaticFailoverEnabled": False},
            VALUE,
            "cannot be created with auto failover turned off",
            id="cluster-mode-needs-failover",
        ),
        pytest.param(
            {"NumNodeGroups": 2, "CacheParameterGroupName": "default.redis7"},
            COMBINATION,
            "Use a parameter group with cluster-enabled parameter",
            id="shards-need-a-cluster-group",
        ),
        pytest.param({"NumCacheClusters": 7}, VALUE, "between 1 and 6", id="seven-nodes"),
        pytest.param(
            {"NumCacheClusters": 2, "NumNodeGroups": 2}, COMBINATION, "", id="two-ways-to-count"
        ),
        pytest.param({"NumNodeGroups": 2, "ReplicasPerNodeGroup": 6}, VALUE, "", id="replicas"),
        pytest.param({"MultiAZEnabled": True}, COMBINATION, "", id="multi-az-without-failover"),
        pytest.param({"TransitEncryptionMode": "preferred"}, COMBINATION, "", id="mode-without"),
        pytest.param(
            TLS | {"TransitEncryptionMode": "preferred", "EngineVersion": "6.2"},
            COMBINATION,
            "7.0.5",
            id="preferred-too-early",
        ),
        pytest.param(
            {"AuthToken": "a-token-of-some-length"},
            COMBINATION,
            "only supported when encryption-in-transit is enabled",
            id="token-without-tls",
        ),
        pytest.param(
            TLS | {"AuthToken": "too short"}, VALUE, "Invalid AuthToken provided.", id="bad-token"
        ),
        pytest.param(
            TLS | {"AuthToken": "bad/character-in-token"}, VALUE, "Invalid AuthToken", id="slash"
        ),
        pytest.param(
            {"UserGroupIds": ["people"]},
            COMBINATION,
            "requires encryption-in-transit to be enabled",
            id="group-without-tls",
        ),
        pytest.param(
            TLS | {"UserGroupIds": ["people"], "TransitEncryptionMode": "preferred"},
            COMBINATION,
            "Transit encryption preferred is not supported with redis access control.",
            id="group-with-preferred",
        ),
        pytest.param(
            TLS | {"UserGroupIds": ["people"], "AuthToken": "a-token-of-some-length"},
            COMBINATION,
            "",
            id="group-and-token",
        ),
        pytest.param(TLS | {"UserGroupIds": ["people", "more"]}, COMBINATION, "", id="two-groups"),
        pytest.param({"Engine": "memcached"}, VALUE, "", id="memcached"),
        pytest.param({"Engine": "valkey", "EngineVersion": "6.0"}, VALUE, "", id="version"),
        pytest.param(
            {"CacheParameterGroupName": "default.valkey8"},
            COMBINATION,
            "valkey parameter group is not applicable to engine redis",
            id="family-of-another-engine",
        ),
        pytest.param(
            {"CacheParameterGroupName": "default.redis6.x"},
            COMBINATION,
            "Expected a parameter group of family redis7 but found one of family redis6.x",
            id="family-of-another-version",
        ),
        pytest.param(
            {"CacheNodeType": "cache.r6gd.xlarge"}, COMBINATION, "Data tiering", id="tiering"
        ),
        pytest.param(
            {"CacheNodeType": "cache.m5.large", "DataTieringEnabled": True},
            COMBINATION,
            "Data tiering is not supported for the node type cache.m5.large.",
            id="no-tiering",
        ),
        pytest.param({"CacheNodeType": "cache.huge"}, VALUE, "", id="node-type"),
        pytest.param({"SnapshotRetentionLimit": 36}, VALUE, "", id="retention"),
        pytest.param({"SnapshotWindow": "05:00-6:00"}, VALUE, "", id="window-form"),
        pytest.param({"SnapshotWindow": "05:00-05:30"}, VALUE, "", id="window-short"),
        pytest.param(
            {
                "SnapshotWindow": "05:00-06:00",
                "PreferredMaintenanceWindow": "sun:05:30-sun:06:30",
            },
            COMBINATION,
            "overlap",
            id="windows-overlap",
        ),
        pytest.param(
            {
                "SnapshotWindow": "23:30-00:30",
                "PreferredMaintenanceWindow": "mon:00:00-mon:01:00",
            },
            COMBINATION,
            "overlap",
            id="windows-overlap-at-midnight",
        ),
        pytest.param(
            {"NodeGroupConfiguration": [{"Slots": "0-8191"}, {"Slots": "8000-16383"}]},
            COMBINATION,
            "overlap",
            id="slots-overlap",
        ),
        pytest.param(
            {"NodeGroupConfiguration": [{"Slots": "0-8191"}, {"Slots": "8193-16383"}]},
            COMBINATION,
            "cover",
            id="slot-missing",
        ),
        pytest.param(
            {"NodeGroupConfiguration": [{"Slots": "0-16383"}, {}]}, COMBINATION, "", id="slots-half"
        ),
        pytest.param(
            {"KmsKeyId": "key", "AtRestEncryptionEnabled": False}, COMBINATION, "", id="kms"
        ),
        pytest.param({"ReplicationGroupId": "x" * 41}, VALUE, "", id="long-id"),
        pytest.param({"ReplicationGroupId": "ends-"}, VALUE, "", id="hyphen-at-the-end"),
        pytest.param({"SecurityGroupIds": ["web"]}, VALUE, "", id="security-group"),
        pytest.param({"ClusterMode": "compatible"}, COMBINATION, "", id="compatible-alone"),
        pytest.param({"ClusterMode": "sideways"}, VALUE, "enum", id="enum"),
        pytest.param(
            {"ClusterMode": "enabled", "CacheParameterGroupName": "default.redis7"},
            COMBINATION,
            "",
            id="mode-against-parameter-group",
        ),
    ],
)
def test_a_create_that_the_service_does_not_take_is_refused(aws, given, code, words):
    aws.user_group()

    fault = aws.refusal("CreateReplicationGroup", **COMMON | {"Engine": "redis"} | given)

    assert fault.code == code, fault.message
    assert words in fault.message


def test_a_group_reads_back_with_the_services_defaults(aws):
    aws.group(NumCacheClusters=1)

    shown = aws.show()

    assert shown["NetworkType"] == shown["IpDiscovery"] == "ipv4"
    assert shown["DataTiering"] == shown["MultiAZ"] == shown["AutomaticFailover"] == "disabled"
    assert shown["AutoMinorVersionUpgrade"] is True
    assert shown["SnapshotRetentionLimit"] == 0
    assert shown["UserGroupIds"] == []
    assert shown["AuthTokenEnabled"] is shown["ClusterEnabled"] is False
    assert shown["AtRestEncryptionEnabled"] is shown["TransitEncryptionEnabled"] is False
    assert "TransitEncryptionMode" not in shown
    assert shown["PendingModifiedValues"] == {}


def test_valkey_has_failover_and_encryption_at_rest_by_default(aws):
    aws.group(Engine="valkey", EngineVersion="8.0")

    shown = aws.show()

    assert shown["AutomaticFailover"] == "enabled"
    assert shown["AtRestEncryptionEnabled"] is True


def test_with_cluster_mode_disabled_there_is_one_node_group_with_roles_and_endpoints(aws):
    aws.group(NumCacheClusters=3)

    shown = aws.show()

    assert shown["MemberClusters"] == ["orders-001", "orders-002", "orders-003"]
    [shard] = shown["NodeGroups"]
    assert shard["NodeGroupId"] == "0001"
    assert "Slots" not in shard
    assert [m["CurrentRole"] for m in shard["NodeGroupMembers"]] == [
        "primary",
        "replica",
        "replica",
    ]
    assert all("ReadEndpoint" in member for member in shard["NodeGroupMembers"])
    assert shard["PrimaryEndpoint"]["Address"] == "127.0.0.1"
    assert shard["PrimaryEndpoint"] != shard["ReaderEndpoint"]
    assert "ConfigurationEndpoint" not in shown


def test_with_cluster_mode_enabled_there_are_slots_and_one_endpoint(aws):
    aws.clustered(NumNodeGroups=3)

    shown = aws.show("wide")

    assert shown["ClusterEnabled"] is True
    assert shown["ClusterMode"] == "enabled"
    assert shown["AutomaticFailover"] == "enabled"
    assert shown["ConfigurationEndpoint"]["Port"]
    assert [shard["Slots"] for shard in shown["NodeGroups"]] == [
        "0-5460",
        "5461-10922",
        "10923-16383",
    ]
    for shard in shown["NodeGroups"]:
        assert set(shard) == {"NodeGroupId", "Status", "Slots", "NodeGroupMembers"}
        for member in shard["NodeGroupMembers"]:
            assert set(member) == {"CacheClusterId", "CacheNodeId", "PreferredAvailabilityZone"}
    assert shown["MemberClusters"][:3] == ["wide-0001-001", "wide-0001-002", "wide-0002-001"]


def test_what_the_group_does_not_show_stands_on_its_members(aws):
    aws.service.declare_subnets(aws.principal, ["subnet-1"])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="mine",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1"],
    )
    aws.group(
        EngineVersion="7.0",
        CacheSubnetGroupName="Mine",
        SecurityGroupIds=["sg-1"],
        PreferredMaintenanceWindow="Sun:05:00-Sun:06:00",
        NotificationTopicArn="arn:aws:sns:us-east-1:123456789012:told",
        SnapshotWindow="07:00-08:00",
    )

    member = aws.show_cluster("orders-002")

    assert member["EngineVersion"] == "7.0.7"
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"
    assert member["CacheSubnetGroupName"] == "mine"
    assert member["SecurityGroups"] == [{"SecurityGroupId": "sg-1", "Status": "active"}]
    assert member["PreferredMaintenanceWindow"] == "sun:05:00-sun:06:00"
    assert member["NotificationConfiguration"]["TopicStatus"] == "active"
    assert member["ReplicationGroupId"] == "orders"
    assert member["NumCacheNodes"] == 1
    assert [node["CacheNodeId"] for node in member["CacheNodes"]] == ["0001"]
    assert "EngineVersion" not in aws.show()


@pytest.mark.parametrize(
    ("asked", "full"),
    [("7.1", "7.1.0"), ("7.1.0", "7.1.0"), ("6.x", "6.2.6"), ("6.0", "6.0.5"), (None, "7.1.0")],
)
def test_the_version_reads_back_in_full(aws, asked, full):
    aws.group(**{"EngineVersion": asked} if asked else {})

    assert aws.show_cluster("orders-001")["EngineVersion"] == full


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"EngineVersion": "6.2"}, "default.redis6.x"),
        ({"NumNodeGroups": 2}, "default.redis7.cluster.on"),
        ({"Engine": "valkey", "EngineVersion": "7.2", "NumCacheClusters": 2}, "default.valkey7"),
        (
            {"Engine": "valkey", "EngineVersion": "9.0", "ClusterMode": "enabled"},
            "default.valkey9.cluster.on",
        ),
    ],
)
def test_the_default_parameter_group_follows_version_and_mode(aws, given, name):
    aws.group(**given)

    first = aws.show()["MemberClusters"][0]
    group = aws.show_cluster(first)["CacheParameterGroup"]
    assert group["CacheParameterGroupName"] == name


@pytest.mark.parametrize(
    ("given", "meanwhile"),
    [
        ({"NumCacheClusters": 2, "AutomaticFailoverEnabled": True}, "enabling"),
        ({"NumCacheClusters": 2}, "disabled"),
        ({"NumNodeGroups": 2}, "enabled"),
    ],
)
def test_failover_is_enabling_until_the_group_is_available(aws, given, meanwhile):
    aws("CreateReplicationGroup", **COMMON, **given)
    assert aws.show("new")["AutomaticFailover"] == meanwhile
    aws.settle()

    assert aws.show("new")["AutomaticFailover"] == meanwhile.replace("enabling", "enabled")


def test_endpoints_appear_when_the_group_is_available(aws):
    shown = aws("CreateReplicationGroup", NumCacheClusters=2, **COMMON)["ReplicationGroup"]

    assert shown["Status"] == "creating"
    assert "PrimaryEndpoint" not in shown["NodeGroups"][0]
    assert "Endpoint" not in aws.show_cluster("new-001")["CacheNodes"][0]
    aws.settle()
    assert "PrimaryEndpoint" in aws.show("new")["NodeGroups"][0]
    assert "Endpoint" in aws.show_cluster("new-001")["CacheNodes"][0]


def test_a_group_is_available_only_when_the_data_plane_has_it(aws):
    aws.host.silent = True
    aws("CreateReplicationGroup", **COMMON)

    aws.settle()
    assert aws.show("new")["Status"] == "creating"

    aws.host.speak()
    assert aws.show("new")["Status"] == "available"


def test_a_problem_of_the_data_plane_at_creation_fails_it_and_is_told(aws):
    aws.host.trouble["new"] = "no engine for this version"

    aws("CreateReplicationGroup", **COMMON)
    aws.settle()

    assert aws.show("new")["Status"] == "create-failed"
    assert "no engine for this version" in aws.events("new")
    assert aws("DeleteReplicationGroup", ReplicationGroupId="new")
    aws.settle()
    assert aws("DescribeReplicationGroups")["ReplicationGroups"] == []


def test_given_slots_and_zones_are_taken_as_they_are(aws):
    aws(
        "CreateReplicationGroup",
        **COMMON,
        NodeGroupConfiguration=[
            {
                "NodeGroupId": "2",
                "Slots": "0-99,16000-16383",
                "ReplicaCount": 1,
                "PrimaryAvailabilityZone": "us-east-1c",
                "ReplicaAvailabilityZones": ["us-east-1a"],
            },
            {"NodeGroupId": "1", "Slots": "100-15999"},
        ],
    )

    first, second = aws.show("new")["NodeGroups"]
    assert (first["NodeGroupId"], first["Slots"]) == ("0001", "100-15999")
    assert (second["NodeGroupId"], second["Slots"]) == ("0002", "0-99,16000-16383")
    zones = [m["PreferredAvailabilityZone"] for m in second["NodeGroupMembers"]]
    assert zones == ["us-east-1c", "us-east-1a"]


def test_a_standalone_cluster_is_adopted_as_the_primary(aws):
    aws("CreateCacheCluster", CacheClusterId="solo", Engine="redis", EngineVersion="7.0")
    aws.settle()

    aws("CreateReplicationGroup", **COMMON, PrimaryClusterId="Solo", NumCacheClusters=2)
    aws.settle()

    assert aws.show("new")["MemberClusters"] == ["solo", "new-002"]
    assert aws.show_cluster("solo")["ReplicationGroupId"] == "new"
    assert aws.host.forgotten == [f"{aws.principal.scope}/cache_cluster/solo"]
    assert aws.host.saved == []


@pytest.mark.parametrize("trouble", ["", "it is down"])
def test_an_adopted_cluster_is_saved_before_its_group_is_told_of(aws, trouble):
    aws("CreateCacheCluster", CacheClusterId="solo", Engine="redis", EngineVersion="7.0")
    aws.settle()
    aws.host.trouble["solo"], aws.host.silent = trouble, True

    aws("CreateReplicationGroup", **COMMON, PrimaryClusterId="Solo", NumCacheClusters=2)
    aws.settle()
    aws.service.want_again()
    told = {want.name for want in aws.host.wants.values()}
    aws.host.speak()
    aws.settle()

    assert told == {"solo"}
    assert aws.show("new")["Status"] == ("create-failed" if trouble else "available")


def test_deleting_takes_the_members_along_and_leaves_the_user_group(aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], Tags=[{"Key": "k", "Value": "v"}], **TLS)

    answer = aws("DeleteReplicationGroup", ReplicationGroupId="Orders")["ReplicationGroup"]

    assert answer["Status"] == "deleting"
    assert aws.show_cluster("orders-001")["CacheClusterStatus"] == "deleting"
    aws.settle()
    assert aws.refusal("DescribeReplicationGroups", ReplicationGroupId="orders").status == 404
    assert aws("DescribeCacheClusters")["CacheClusters"] == []
    assert aws.show_user_group()["Status"] == "active"
    assert aws.host.forgotten == [f"{aws.principal.scope}/replication_group/orders"]
    assert aws.service.tagged_resources(aws.principal) == []


def test_the_primary_can_be_kept_as_a_cluster_of_its_own(aws):
    aws.group()

    aws("DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)
    aws.settle()

    [cluster] = aws("DescribeCacheClusters")["CacheClusters"]
    assert cluster["CacheClusterId"] == "orders-001"
    assert cluster["CacheClusterStatus"] == "available"
    assert "ReplicationGroupId" not in cluster
    assert aws.want("orders-001").restore_from
    assert aws.host.saved == []


def test_a_group_stays_whose_primary_can_not_be_kept(aws):
    aws.group()
    aws.host.trouble["orders"] = "it is down"

    aws("DeleteReplicationGroup", ReplicationGroupId="orders", RetainPrimaryCluster=True)
    aws.settle()

    assert aws.show()["Status"] == "available"
    assert any("it is down" in text for text in aws.events())


@pytest.mark.parametrize(("kept", "excluded"), [(True, "FinalSnapshotIdentifier")])
def test_keeping_the_primary_excludes_a_final_snapshot(aws, kept, excluded):
    aws.group()

    fault = aws.refusal(
        "DeleteReplicationGroup",
        ReplicationGroupId="orders",
        RetainPrimaryCluster=kept,
        **{excluded: "last"},
    )

    assert fault.code == COMBINATION
