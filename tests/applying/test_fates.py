"""Each code that the service declares, and what it means for the work that was asked for."""

from __future__ import annotations

import botocore.session
import pytest

from reconciler import fate
from reconciler.errors import AwsError, Fate
from reconciler.fate import classify, is_passing
from reconciler.kinds import KINDS

NOT_DONE, UNKNOWN, ALREADY, FINAL = Fate.NOT_DONE, Fate.UNKNOWN, Fate.ALREADY, Fate.FINAL

CREATE_GROUP, MODIFY_GROUP = "CreateReplicationGroup", "ModifyReplicationGroup"
CREATE_CACHE, MODIFY_CACHE = "CreateServerlessCache", "ModifyServerlessCache"
SHARDS = "ModifyReplicationGroupShardConfiguration"

TABLE = [
    # replication groups
    (MODIFY_GROUP, "InvalidReplicationGroupState", NOT_DONE),
    (MODIFY_GROUP, "InvalidCacheClusterState", NOT_DONE),
    (CREATE_GROUP, "InvalidUserGroupState", NOT_DONE),
    (SHARDS, "InvalidReplicationGroupState", NOT_DONE),
    ("IncreaseReplicaCount", "InvalidReplicationGroupState", NOT_DONE),
    (CREATE_GROUP, "ReplicationGroupAlreadyExists", ALREADY),
    ("IncreaseReplicaCount", "NoOperationFault", ALREADY),
    ("DecreaseReplicaCount", "NoOperationFault", ALREADY),
    ("DeleteReplicationGroup", "ReplicationGroupNotFoundFault", ALREADY),
    (MODIFY_GROUP, "ReplicationGroupNotFoundFault", FINAL),
    (CREATE_GROUP, "InvalidParameterValue", FINAL),
    (CREATE_GROUP, "InvalidParameterCombination", FINAL),
    (CREATE_GROUP, "InsufficientCacheClusterCapacity", FINAL),
    (CREATE_GROUP, "ClusterQuotaForCustomerExceeded", FINAL),
    (CREATE_GROUP, "NodeQuotaForClusterExceeded", FINAL),
    (CREATE_GROUP, "NodeQuotaForCustomerExceeded", FINAL),
    (CREATE_GROUP, "UserGroupNotFound", FINAL),
    (CREATE_GROUP, "CacheParameterGroupNotFound", FINAL),
    (CREATE_GROUP, "InvalidVPCNetworkStateFault", FINAL),
    (MODIFY_GROUP, "InvalidKMSKeyFault", FINAL),
    (SHARDS, "NodeGroupsPerReplicationGroupQuotaExceeded", FINAL),
    ("DecreaseReplicaCount", "ServiceLinkedRoleNotFoundFault", FINAL),
    ("DeleteReplicationGroup", "SnapshotAlreadyExistsFault", FINAL),
    ("DeleteReplicationGroup", "SnapshotQuotaExceededFault", FINAL),
    ("DeleteReplicationGroup", "SnapshotFeatureNotSupportedFault", FINAL),
    # users and their groups
    ("ModifyUser", "InvalidUserState", NOT_DONE),
    ("CreateUser", "UserAlreadyExists", ALREADY),
    ("DeleteUser", "UserNotFound", ALREADY),
    ("ModifyUser", "UserNotFound", FINAL),
    ("CreateUser", "UserQuotaExceeded", FINAL),
    ("CreateUser", "DuplicateUserName", FINAL),
    ("DeleteUser", "DefaultUserAssociatedToUserGroup", FINAL),
    ("ModifyUserGroup", "InvalidUserGroupState", NOT_DONE),
    ("CreateUserGroup", "UserGroupAlreadyExists", ALREADY),
    ("DeleteUserGroup", "UserGroupNotFound", ALREADY),
    ("ModifyUserGroup", "DefaultUserRequired", FINAL),
    ("CreateUserGroup", "DuplicateUserName", FINAL),
    ("CreateUserGroup", "UserNotFound", FINAL),
    ("CreateUserGroup", "UserGroupQuotaExceeded", FINAL),
    # serverless
    (MODIFY_CACHE, "InvalidServerlessCacheStateFault", NOT_DONE),
    (CREATE_CACHE, "InvalidUserGroupState", NOT_DONE),
    (CREATE_CACHE, "ServerlessCacheAlreadyExistsFault", ALREADY),
    ("DeleteServerlessCache", "ServerlessCacheNotFoundFault", ALREADY),
    (CREATE_CACHE, "ServerlessCacheQuotaForCustomerExceededFault", FINAL),
    (CREATE_CACHE, "InvalidCredentialsException", FINAL),
    # clusters, parameter groups, subnet groups
    ("ModifyCacheCluster", "InvalidCacheClusterState", NOT_DONE),
    ("DeleteCacheCluster", "CacheClusterNotFound", ALREADY),
    ("ModifyCacheParameterGroup", "InvalidCacheParameterGroupState", NOT_DONE),
    ("CreateCacheParameterGroup", "CacheParameterGroupAlreadyExists", ALREADY),
    ("DeleteCacheParameterGroup", "CacheParameterGroupNotFound", ALREADY),
    ("CreateCacheParameterGroup", "CacheParameterGroupQuotaExceeded", FINAL),
    ("ModifyCacheParameterGroup", "InvalidGlobalReplicationGroupState", FINAL),
    ("DeleteCacheSubnetGroup", "CacheSubnetGroupInUse", NOT_DONE),
    ("ModifyCacheSubnetGroup", "SubnetInUse", NOT_DONE),
    ("CreateCacheSubnetGroup", "CacheSubnetGroupAlreadyExists", ALREADY),
    ("DeleteCacheSubnetGroup", "CacheSubnetGroupNotFoundFault", ALREADY),
    ("CreateCacheSubnetGroup", "InvalidSubnet", FINAL),
    ("CreateCacheSubnetGroup", "SubnetNotAllowedFault", FINAL),
    # tags
    ("AddTagsToResource", "InvalidReplicationGroupState", NOT_DONE),
    ("AddTagsToResource", "InvalidServerlessCacheStateFault", NOT_DONE),
    ("AddTagsToResource", "UserNotFound", NOT_DONE),
    ("ListTagsForResource", "UserNotFound", NOT_DONE),
    ("RemoveTagsFromResource", "TagNotFound", ALREADY),
    ("AddTagsToResource", "TagQuotaPerResourceExceeded", FINAL),
    ("AddTagsToResource", "InvalidARN", FINAL),
    # failover
    ("TestFailover", "InvalidReplicationGroupState", NOT_DONE),
    ("TestFailover", "APICallRateForCustomerExceeded", NOT_DONE),
    ("TestFailover", "NodeGroupNotFoundFault", FINAL),
    ("TestFailover", "TestFailoverNotAvailableFault", FINAL),
    # any
    ("ModifyUser", "Throttling", NOT_DONE),
    ("ModifyUser", "ThrottlingException", NOT_DONE),
    ("ModifyUser", "RequestLimitExceeded", NOT_DONE),
    ("ModifyUser", "NotSent", NOT_DONE),
    ("ModifyUser", "AccessDenied", FINAL),
    ("ModifyUser", "ExpiredToken", FINAL),
    ("ModifyUser", "InvalidAction", FINAL),
    ("ModifyUser", "SomethingNew", FINAL),
]


def error(operation: str, code: str, message: str = "", status: int = 400) -> AwsError:
    return AwsError("elasticache", operation, code, message, status=status)


@pytest.mark.parametrize(("operation", "code", "fate"), TABLE, ids=str)
def test_each_code_has_a_fate(operation, code, fate):
    assert classify(error(operation, code)) is fate


@pytest.mark.parametrize(
    ("code", "message", "fate"),
    [
        ("InvalidParameterCombination", "No modifications were requested", ALREADY),
        ("InvalidParameterCombination", "User group needs TLS", FINAL),
        ("InvalidParameterValue", "app is not a member of user group people.", ALREADY),
        ("InvalidParameterValue", "app is not valid", FINAL),
    ],
)
def test_where_a_code_means_many_things_its_words_decide(code, message, fate):
    assert classify(error("ModifyUserGroup", code, message)) is fate


@pytest.mark.parametrize(
    ("code", "status"),
    [("Timeout", 0), ("ConnectionError", 0), ("InternalFailure", 500), ("ServiceUnavailable", 503)],
)
def test_without_an_answer_below_500_nobody_knows(code, status):
    assert classify(error("ModifyUser", code, status=status)) is UNKNOWN


def test_throttled_with_a_503_is_still_throttled():
    assert classify(error("ModifyUser", "Throttling", status=503)) is NOT_DONE


@pytest.mark.parametrize(
    ("code", "status", "passing"),
    [("Throttling", 400, True), ("X", 500, True), ("AccessDenied", 403, False)],
)
def test_a_read_may_succeed_later_or_not(code, status, passing):
    assert is_passing(error("DescribeUsers", code, status=status)) is passing


def test_every_code_named_here_is_one_that_the_service_can_send():
    session = botocore.session.get_session()
    models = [session.get_service_model(name) for name in ("elasticache", "iam", "lambda")]
    known = {
        shape.metadata.get("error", {}).get("code", name)
        for model in models
        for name in model.shape_names
        if (shape := model.shape_for(name)).metadata.get("exception")
    }

    assert known >= fate.BUSY | fate.EXISTS | fate.GONE | fate.NOTHING_TO_DO


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kinds_own_codes_do_not_contradict_each_other(kind):
    assert not kind.retry_faults & kind.already_faults
