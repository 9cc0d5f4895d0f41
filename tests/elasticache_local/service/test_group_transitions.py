"""TLS, cluster mode, engine and availability of a replication group: step by step, or refused."""

from __future__ import annotations

import pytest

COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"
TLS = {"TransitEncryptionEnabled": True}
PREFERRED = TLS | {"TransitEncryptionMode": "preferred"}
REQUIRED = {"TransitEncryptionMode": "required"}
FAILOVER = {"AutomaticFailoverEnabled": True}


def refusal(aws, **given):
    return aws.refusal(
        "ModifyReplicationGroup",
        **{"ReplicationGroupId": "orders", "ApplyImmediately": True} | given,
    )


def test_tls_goes_by_preferred_to_required(aws):
    aws.group()

    answer = aws.modify(**PREFERRED)["ReplicationGroup"]

    assert answer["TransitEncryptionEnabled"] is False
    assert answer["PendingModifiedValues"] == {
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "preferred",
    }
    aws.settle()
    assert aws.show()["TransitEncryptionMode"] == "preferred"
    assert aws.show_cluster("orders-001")["TransitEncryptionMode"] == "preferred"
    assert aws.want().tls == "preferred"
    aws.modify(**REQUIRED)
    aws.settle()
    assert aws.show()["TransitEncryptionMode"] == "required"
    assert aws.want().tls == "required"


@pytest.mark.parametrize(
    ("made", "given", "words"),
    [
        pytest.param({}, TLS, "preferred first", id="off-to-required"),
        pytest.param({}, REQUIRED, "must be true", id="mode-without-enabled"),
        pytest.param(
            {"EngineVersion": "7.0", **TLS},
            {"TransitEncryptionEnabled": False},
            "not supported",
            id="off-again",
        ),
        pytest.param(TLS, PREFERRED, "not supported", id="back-to-preferred"),
        pytest.param({"EngineVersion": "6.2"}, PREFERRED, "7.0.5", id="too-early"),
    ],
)
def test_other_moves_of_tls_are_refused(aws, made, given, words):
    aws.group(**made)

    fault = refusal(aws, **given)

    assert fault.code == COMBINATION
    assert words in fault.message


def test_with_a_user_group_tls_is_not_even_named_with_its_own_value(aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], **TLS)

    fault = refusal(aws, TransitEncryptionEnabled=True)

    assert fault.message == (
        "Modification of transit encryption is not supported for access control enabled clusters."
    )


def test_whether_tls_may_go_back_is_a_switch(make_aws):
    aws = make_aws(tls_may_go_back=True)
    aws.group(**TLS)

    aws.modify(**PREFERRED)
    aws.settle()

    assert aws.show()["TransitEncryptionMode"] == "preferred"


def test_cluster_mode_goes_by_compatible_to_enabled(aws):
    aws.group(**FAILOVER)

    answer = aws.modify(ClusterMode="compatible")["ReplicationGroup"]

    assert answer["ClusterMode"] == "disabled"
    assert answer["PendingModifiedValues"]["ClusterMode"] == "compatible"
    aws.settle()
    shown = aws.show()
    assert shown["ClusterMode"] == "compatible"
    assert shown["ConfigurationEndpoint"]
    assert shown["NodeGroups"][0]["PrimaryEndpoint"]
    assert shown["NodeGroups"][0]["Slots"] == "0-16383"
    member = aws.show_cluster("orders-001")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"
    aws.modify(ClusterMode="enabled")
    aws.settle()
    shown = aws.show()
    assert shown["ClusterMode"] == "enabled"
    assert "PrimaryEndpoint" not in shown["NodeGroups"][0]
    assert shown["MemberClusters"] == ["orders-001", "orders-002"]
    assert refusal(aws, ClusterMode="disabled").code == COMBINATION


def test_compatible_may_go_back(aws):
    aws.group(**FAILOVER)
    aws.modify(ClusterMode="compatible")
    aws.settle()

    aws.modify(ClusterMode="disabled")
    aws.settle()

    assert aws.show()["ClusterMode"] == "disabled"
    member = aws.show_cluster("orders-001")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"


@pytest.mark.parametrize(
    "given",
    [
        {"ReplicationGroupDescription": "x"},
        {"CacheNodeType": "cache.m5.large"},
        {"SnapshotRetentionLimit": 3},
        {"ClusterMode": "enabled", "ReplicationGroupDescription": "x"},
    ],
)
def test_in_compatible_nothing_else_is_accepted(aws, given):
    aws.group(**FAILOVER)
    aws.modify(ClusterMode="compatible")
    aws.settle()

    assert refusal(aws, **given).code == COMBINATION
    count = {"ReplicationGroupId": "orders", "NewReplicaCount": 2, "ApplyImmediately": True}
    assert aws.refusal("IncreaseReplicaCount", **count).code == COMBINATION


@pytest.mark.parametrize(
    ("made", "given"),
    [
        pytest.param(FAILOVER, {"ClusterMode": "enabled"}, id="skipping-compatible"),
        pytest.param({}, {"ClusterMode": "compatible"}, id="without-failover"),
        pytest.param(
            FAILOVER | {"EngineVersion": "6.2"}, {"ClusterMode": "compatible"}, id="too-early"
        ),
        pytest.param(
            FAILOVER,
            {"ClusterMode": "compatible", "CacheNodeType": "cache.m5.large"},
            id="with-something-else",
        ),
        pytest.param(
            FAILOVER,
            {"ClusterMode": "compatible", "CacheParameterGroupName": "default.redis7"},
            id="with-a-group-that-has-it-off",
        ),
    ],
)
def test_other_moves_of_cluster_mode_are_refused(aws, made, given):
    aws.group(**made)

    assert refusal(aws, **given).code == COMBINATION


def test_a_custom_parameter_group_must_come_along_with_the_mode(aws):
    for name in ("off", "on"):
        aws(
            "CreateCacheParameterGroup",
            CacheParameterGroupName=name,
            CacheParameterGroupFamily="redis7",
            Description="d",
        )
    on = [{"ParameterName": "cluster-enabled", "ParameterValue": "yes"}]
    aws("ModifyCacheParameterGroup", CacheParameterGroupName="on", ParameterNameValues=on)
    aws.group(CacheParameterGroupName="off", **FAILOVER)

    assert refusal(aws, ClusterMode="compatible").code == COMBINATION
    assert "cluster-enabled" in refusal(aws, CacheParameterGroupName="on").message
    aws.modify(ClusterMode="compatible", CacheParameterGroupName="on")
    aws.settle()
    member = aws.show_cluster("orders-001")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "on"


def test_redis_moves_to_valkey_with_the_default_parameter_group(aws):
    aws.group(EngineVersion="7.1")

    answer = aws.modify(Engine="valkey", EngineVersion="8.0")["ReplicationGroup"]

    assert answer["Engine"] == "redis"
    member = aws.show_cluster("orders-001")
    assert member["EngineVersion"] == "7.1.0"
    assert member["PendingModifiedValues"]["EngineVersion"] == "8.0.1"
    aws.settle()
    assert aws.show()["Engine"] == "valkey"
    member = aws.show_cluster("orders-001")
    assert member["EngineVersion"] == "8.0.1"
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey8"


def tuned(aws, family="redis6.x"):
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="tuned",
        CacheParameterGroupFamily=family,
        Description="d",
    )


@pytest.mark.parametrize(
    ("made", "given", "words"),
    [
        pytest.param({"EngineVersion": "7.1"}, {"EngineVersion": "7.0"}, "downgrade", id="down"),
        pytest.param(
            {"EngineVersion": "6.2", "CacheParameterGroupName": "tuned"},
            {"EngineVersion": "7.1"},
            "Expected a parameter group of family redis7 but found one of family redis6.x",
            id="family-left-behind",
        ),
        pytest.param(
            {},
            {"CacheParameterGroupName": "default.valkey8", "EngineVersion": "7.1"},
            "valkey parameter group is not applicable to engine redis",
            id="engine-forgotten",
        ),
        pytest.param(
            {"Engine": "valkey", "EngineVersion": "8.0"},
            {"Engine": "redis", "EngineVersion": "7.1"},
            "Cannot modify engine",
            id="valkey-8-to-redis",
        ),
    ],
)
def test_other_moves_of_the_engine_are_refused(aws, made, given, words):
    tuned(aws)
    aws.group(**made)

    fault = refusal(aws, **given)

    assert fault.code == COMBINATION
    assert words in fault.message


def test_valkey_7_may_go_back_to_redis_7_1(aws):
    aws.group(Engine="valkey", EngineVersion="7.2")

    aws.modify(Engine="redis", EngineVersion="7.1")
    aws.settle()

    assert aws.show_cluster("orders-001")["EngineVersion"] == "7.1.0"


def test_with_a_valkey_group_attached_the_engine_can_not_go_back(aws):
    aws.user("v", Engine="valkey")
    aws.user_group(Engine="valkey", UserIds=["v"])
    aws.group(Engine="valkey", EngineVersion="7.2", UserGroupIds=["people"], **TLS)

    assert refusal(aws, Engine="redis", EngineVersion="7.1").code == COMBINATION


def test_the_lowest_redis_version_that_may_cross_is_a_switch(make_aws):
    aws = make_aws(redis_version_to_valkey="7.0")
    aws.group(EngineVersion="6.2")

    assert refusal(aws, Engine="valkey", EngineVersion="8.0").code == COMBINATION


def test_the_engine_and_version_it_has_are_no_modification(aws):
    aws.group()

    fault = refusal(aws, Engine="Redis", EngineVersion="7.1")

    assert "No modifications were requested" in fault.message


def test_failover_shows_that_it_is_on_its_way(aws):
    aws.group()

    answer = aws.modify(**FAILOVER)["ReplicationGroup"]

    assert answer["AutomaticFailover"] == "enabling"
    assert answer["PendingModifiedValues"]["AutomaticFailoverStatus"] == "enabled"
    aws.settle()
    assert aws.show()["AutomaticFailover"] == "enabled"
    assert (
        aws.modify(AutomaticFailoverEnabled=False)["ReplicationGroup"]["AutomaticFailover"]
        == "disabling"
    )


@pytest.mark.parametrize(
    ("made", "given", "words"),
    [
        pytest.param(
            {"NumCacheClusters": 1}, FAILOVER, "at least one read replica", id="no-replica"
        ),
        pytest.param(
            {"NumNodeGroups": 2},
            {"AutomaticFailoverEnabled": False},
            "cluster mode enabled is not supported",
            id="off-with-cluster-mode",
        ),
        pytest.param({}, {"MultiAZEnabled": True}, "Automatic failover", id="multi-az-alone"),
        pytest.param(
            FAILOVER | {"MultiAZEnabled": True},
            {"AutomaticFailoverEnabled": False},
            "MultiAZ",
            id="failover-under-multi-az",
        ),
        pytest.param(
            FAILOVER, {"PrimaryClusterId": "orders-002"}, "disabled", id="promote-under-failover"
        ),
        pytest.param(
            {"NumNodeGroups": 2},
            {"SnapshottingClusterId": "orders-0001-001"},
            "Cannot set snapshotting cluster for cluster mode enabled replication group",
            id="snapshotting-cluster",
        ),
    ],
)
def test_other_moves_of_availability_are_refused(aws, made, given, words):
    aws.group(**made)

    fault = refusal(aws, **given)

    assert fault.code == COMBINATION
    assert words in fault.message


def test_a_replica_is_promoted_by_hand(aws):
    aws.group()

    answer = aws.modify(PrimaryClusterId="ORDERS-002")["ReplicationGroup"]

    assert answer["PendingModifiedValues"]["PrimaryClusterId"] == "orders-002"
    aws.settle()
    roles = {
        member["CacheClusterId"]: member["CurrentRole"]
        for member in aws.show()["NodeGroups"][0]["NodeGroupMembers"]
    }
    assert roles == {"orders-001": "replica", "orders-002": "primary"}


def test_a_node_type_that_is_offered_is_taken_and_shows_on_the_members_until_then(aws):
    aws.group(CacheNodeType="cache.m5.large")
    offered = aws("ListAllowedNodeTypeModifications", ReplicationGroupId="orders")

    assert "cache.m5.xlarge" in offered["ScaleUpModifications"]
    assert "cache.t4g.micro" in offered["ScaleDownModifications"]
    aws.modify(CacheNodeType="cache.m5.xlarge")
    pending = aws.show_cluster("orders-001")["PendingModifiedValues"]
    assert pending == {"CacheNodeType": "cache.m5.xlarge"}
    assert aws.show()["CacheNodeType"] == "cache.m5.large"
    aws.settle()
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"


def test_a_node_type_that_is_not_offered_is_refused(aws):
    aws.group(CacheNodeType="cache.m5.large")

    assert refusal(aws, CacheNodeType="cache.r6gd.xlarge").code == VALUE


def test_a_busy_group_is_refused_in_the_services_words(aws):
    aws.group()
    aws.modify(CacheNodeType="cache.m5.large")

    fault = refusal(aws, ReplicationGroupDescription="x")

    assert fault.code == "InvalidReplicationGroupState"
    assert fault.message == "Replication group must be in available state to modify."
    fault = aws.refusal("DeleteReplicationGroup", ReplicationGroupId="orders")
    assert fault.message == (
        "Replication group orders has status modifying which is not valid for deletion."
    )
