"""Every code that an operation declares occurs by its cause, or it is said why it can't here."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from elasticache_local.service.catalogue import OPERATIONS
from elasticache_local.service.validation import service_model

VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
NOT_HERE = {
    "InvalidCacheSecurityGroupState": "cache security groups belong to EC2-Classic",
    "InvalidGlobalReplicationGroupState": "no global datastores",
    "InsufficientCacheClusterCapacity": "a laptop's zones never run out of node types",
    "InvalidVPCNetworkStateFault": "networks are always well",
    "SubnetNotAllowedFault": "no local zones and no outposts",
    "ServiceLinkedRoleNotFoundFault": "the role is always there",
    "InvalidCredentialsException": "credentials are judged before the operation",
    "InvalidKMSKeyFault": "keys are never disabled",
}
NOT_OF = (
    {
        (
            "CreateCacheParameterGroup",
            "InvalidCacheParameterGroupState",
        ): "a new group has no state",
        ("CreateReplicationGroup", "ClusterQuotaForCustomerExceeded"): "members count as nodes",
        ("CreateServerlessCache", "InvalidServerlessCacheStateFault"): "a new cache has no state",
        ("CreateServerlessCache", "ServerlessCacheNotFoundFault"): "nothing is looked up",
        ("CreateUser", "DuplicateUserName"): "names may repeat; they differ within a user group",
        ("ModifyReplicationGroup", "NodeQuotaForClusterExceeded"): "it changes no number of nodes",
        ("ModifyReplicationGroup", "NodeQuotaForCustomerExceeded"): "it changes no number of nodes",
        ("DecreaseReplicaCount", "ClusterQuotaForCustomerExceeded"): "it adds nothing",
        ("DecreaseReplicaCount", "NodeQuotaForCustomerExceeded"): "it adds nothing",
        ("DecreaseReplicaCount", "NodeGroupsPerReplicationGroupQuotaExceeded"): "it adds nothing",
        ("IncreaseReplicaCount", "ClusterQuotaForCustomerExceeded"): "members count as nodes",
        (
            "IncreaseReplicaCount",
            "NodeGroupsPerReplicationGroupQuotaExceeded",
        ): "it adds no node group",
    }
    | {
        (action, "InvalidCacheClusterState"): "a group's state is told as the group's"
        for action in (
            "DecreaseReplicaCount",
            "IncreaseReplicaCount",
            "ModifyReplicationGroup",
            "ModifyReplicationGroupShardConfiguration",
            "TestFailover",
        )
    }
    | {
        (action, "CacheSecurityGroupNotFound"): "they belong to EC2-Classic: naming one is refused"
        for action in (
            "CreateCacheCluster",
            "CreateReplicationGroup",
            "ModifyCacheCluster",
            "ModifyReplicationGroup",
        )
    }
    | {
        (action, COMBINATION): "no two of its parameters exclude each other"
        for action in (
            "CopyServerlessCacheSnapshot",
            "CopySnapshot",
            "CreateCacheParameterGroup",
            "CreateServerlessCacheSnapshot",
            "DeleteCacheCluster",
            "DeleteCacheParameterGroup",
            "DeleteServerlessCache",
            "DeleteSnapshot",
            "DescribeCacheClusters",
            "DescribeCacheParameterGroups",
            "DescribeCacheParameters",
            "DescribeEngineDefaultParameters",
            "DescribeReplicationGroups",
            "DescribeServerlessCacheSnapshots",
            "DescribeServerlessCaches",
            "DescribeServiceUpdates",
            "DescribeSnapshots",
            "DescribeUpdateActions",
            "DescribeUserGroups",
            "DescribeUsers",
            "ModifyCacheParameterGroup",
        )
    }
    | {
        (action, VALUE): "a name of any form is looked up, and not found"
        for action in (
            "DeleteCacheParameterGroup",
            "DeleteServerlessCacheSnapshot",
            "DeleteSnapshot",
            "DeleteUserGroup",
            "ListAllowedNodeTypeModifications",
            "ListTagsForResource",
            "RemoveTagsFromResource",
        )
    }
)


def occurring():
    """Give (action, code) of every row in the tables of refusals, in the files beside."""
    tables = []
    for file in Path(__file__).parent.glob("test_refused_*.py"):
        tables += [each for each in runpy.run_path(str(file)).values() if type(each) is list]
    rows = [getattr(row, "values", row) for table in tables for row in table]
    return {(row[0], row[3]) for row in rows if len(row) == 4}


OCCURRING = occurring()


@pytest.mark.parametrize("action", sorted(OPERATIONS))
def test_each_declared_code_occurs_or_it_is_said_why_not(action):
    shapes = service_model().operation_model(action).error_shapes
    declared = {shape.metadata["error"].get("code", shape.name) for shape in shapes}
    occurs = {code for of, code in OCCURRING if of == action}
    excused = {code for code in declared if code in NOT_HERE or (action, code) in NOT_OF}

    assert declared == occurs & declared | excused
    assert not occurs & excused
