"""Replication groups: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import (
    TLS,
    check_cause,
    creating,
    creating_user_group,
    new_group,
    nothing,
    quota,
    tags,
)

REPLICATION_GROUPS = [
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(PrimaryClusterId="no"),
        "CacheClusterNotFound",
        id="adopt-unknown",
    ),
    pytest.param(
        "CreateReplicationGroup",
        lambda a: a("CreateCacheCluster", CacheClusterId="solo", Engine="redis"),
        new_group(PrimaryClusterId="solo"),
        "InvalidCacheClusterState",
        id="adopt-busy",
    ),
    pytest.param(
        "CreateReplicationGroup",
        lambda a: a.group("new"),
        new_group(),
        "ReplicationGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateReplicationGroup",
        creating_user_group,
        new_group(UserGroupIds=["soon"], **TLS),
        "InvalidUserGroupState",
        id="user-group-busy",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(UserGroupIds=["no"], **TLS),
        "UserGroupNotFound",
        id="no-user-group",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(CacheSubnetGroupName="no"),
        "CacheSubnetGroupNotFoundFault",
        id="no-subnet-group",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(CacheParameterGroupName="no"),
        "CacheParameterGroupNotFound",
        id="no-parameter-group",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(GlobalReplicationGroupId="no"),
        "GlobalReplicationGroupNotFoundFault",
        id="no-global-group",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(NumNodeGroups=91),
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        id="shards",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(NumNodeGroups=20, ReplicasPerNodeGroup=5),
        "NodeQuotaForClusterExceeded",
        id="nodes",
    ),
    pytest.param(
        "CreateReplicationGroup",
        quota("nodes", 3),
        new_group(NumCacheClusters=4),
        "NodeQuotaForCustomerExceeded",
        id="nodes-in-region",
    ),
    pytest.param(
        "CreateReplicationGroup",
        nothing,
        new_group(Tags=tags(51)),
        "TagQuotaPerResourceExceeded",
        id="tags",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        nothing,
        {"ReplicationGroupId": "no", "ReplicationGroupDescription": "x"},
        "ReplicationGroupNotFoundFault",
        id="modify-unknown",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        creating,
        {"ReplicationGroupId": "new", "ReplicationGroupDescription": "x"},
        "InvalidReplicationGroupState",
        id="modify-creating",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        lambda a: (a.group(**TLS), creating_user_group(a)),
        {"ReplicationGroupId": "orders", "UserGroupIdsToAdd": ["soon"]},
        "InvalidUserGroupState",
        id="modify-group-busy",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        lambda a: a.group(**TLS),
        {"ReplicationGroupId": "orders", "UserGroupIdsToAdd": ["no"]},
        "UserGroupNotFound",
        id="modify-no-group",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        lambda a: a.group(),
        {"ReplicationGroupId": "orders", "CacheParameterGroupName": "no"},
        "CacheParameterGroupNotFound",
        id="modify-no-parameter-group",
    ),
    pytest.param(
        "ModifyReplicationGroup",
        lambda a: a.group(),
        {"ReplicationGroupId": "orders", "ReplicationGroupDescription": "d"},
        "InvalidParameterCombination",
        id="modify-nothing",
    ),
    pytest.param(
        "DeleteReplicationGroup",
        nothing,
        {"ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="delete-unknown",
    ),
    pytest.param(
        "DeleteReplicationGroup",
        creating,
        {"ReplicationGroupId": "new"},
        "InvalidReplicationGroupState",
        id="delete-creating",
    ),
    pytest.param(
        "DeleteReplicationGroup",
        lambda a: (
            a.group(),
            a("CreateSnapshot", ReplicationGroupId="orders", SnapshotName="s"),
            a.settle(),
        ),
        {"ReplicationGroupId": "orders", "FinalSnapshotIdentifier": "s"},
        "SnapshotAlreadyExistsFault",
        id="delete-snapshot-exists",
    ),
    pytest.param(
        "DeleteReplicationGroup",
        quota("snapshots", 0, lambda a: a.group()),
        {"ReplicationGroupId": "orders", "FinalSnapshotIdentifier": "s"},
        "SnapshotQuotaExceededFault",
        id="delete-snapshot-quota",
    ),
    pytest.param(
        "DeleteReplicationGroup",
        lambda a: a.group(CacheNodeType="cache.t1.micro"),
        {"ReplicationGroupId": "orders", "FinalSnapshotIdentifier": "s"},
        "SnapshotFeatureNotSupportedFault",
        id="delete-snapshot-t1",
    ),
    pytest.param(
        "DescribeReplicationGroups",
        nothing,
        {"ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="describe",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*REPLICATION_GROUPS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
