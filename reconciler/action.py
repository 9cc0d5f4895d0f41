"""Which calls each kind makes, by the names that IAM has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Acts:
    """What a kind's calls are: how it is read, made and changed, and what such calls also name."""

    reads: tuple[tuple[str, str], ...]
    """(action, type of the ARN that it is about)."""
    creates: str
    changes: tuple[str, ...]
    names: tuple[str, ...] = ()
    """Types of ARN that its writes refer to without changing what they name."""
    tags: str = "AddTagsToResource"
    """What writes its tags."""
    untags: str = "RemoveTagsFromResource"
    """What drops its tags: only where it is let go of."""
    bound: tuple[tuple[str, tuple[str, str]], ...] = ()
    """Changes that hand on rights: (action, (IAM's key for what is given, the field it is in))."""
    deletes: tuple[str, ...] = ()
    """What ends it: only where that is asked for."""
    keeps: tuple[str, ...] = ()
    """What makes a snapshot of it, before it is made anew."""


SNAPSHOTS = ("snapshot", "serverlesscachesnapshot")

ACTS: Mapping[str, Acts] = {
    "user": Acts(
        (("DescribeUsers", "user"),), "CreateUser", ("ModifyUser",), deletes=("DeleteUser",)
    ),
    "user_group": Acts(
        (("DescribeUserGroups", "usergroup"),),
        "CreateUserGroup",
        ("ModifyUserGroup",),
        ("user",),
        deletes=("DeleteUserGroup",),
    ),
    "cache_parameter_group": Acts(
        (
            ("DescribeCacheParameterGroups", "parametergroup"),
            ("DescribeCacheParameters", "parametergroup"),
        ),
        "CreateCacheParameterGroup",
        ("ModifyCacheParameterGroup", "ResetCacheParameterGroup"),
        deletes=("DeleteCacheParameterGroup",),
    ),
    "cache_subnet_group": Acts(
        (("DescribeCacheSubnetGroups", "subnetgroup"),),
        "CreateCacheSubnetGroup",
        ("ModifyCacheSubnetGroup",),
        deletes=("DeleteCacheSubnetGroup",),
    ),
    "replication_group": Acts(
        (
            ("DescribeReplicationGroups", "replicationgroup"),
            ("DescribeCacheClusters", "cluster"),
        ),
        "CreateReplicationGroup",
        (
            "ModifyReplicationGroup",
            "IncreaseReplicaCount",
            "DecreaseReplicaCount",
            "ModifyReplicationGroupShardConfiguration",
        ),
        ("parametergroup", "subnetgroup", "usergroup", *SNAPSHOTS),
        deletes=("DeleteReplicationGroup",),
        keeps=("CreateSnapshot",),
    ),
    "serverless_cache": Acts(
        (("DescribeServerlessCaches", "serverlesscache"),),
        "CreateServerlessCache",
        ("ModifyServerlessCache",),
        ("usergroup", *SNAPSHOTS),
        deletes=("DeleteServerlessCache",),
        keeps=("CreateServerlessCacheSnapshot",),
    ),
    "cache_cluster": Acts(
        (("DescribeCacheClusters", "cluster"),),
        "CreateCacheCluster",
        ("ModifyCacheCluster",),
        ("parametergroup", "subnetgroup", "snapshot"),
        deletes=("DeleteCacheCluster",),
        keeps=("CreateSnapshot",),
    ),
    "ssm_parameter": Acts(
        (("GetParameters", "parameter"), ("ListTagsForResource", "parameter")),
        "PutParameter",
        ("PutParameter",),
        tags="AddTagsToResource",
        deletes=("DeleteParameter",),
    ),
    "iam_role": Acts(
        (
            ("GetRole", "role"),
            ("ListRolePolicies", "role"),
            ("GetRolePolicy", "role"),
            ("ListAttachedRolePolicies", "role"),
        ),
        "CreateRole",
        (
            "UpdateRole",
            "UpdateAssumeRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
            "PutRolePolicy",
            "DeleteRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
        ),
        tags="TagRole",
        untags="UntagRole",
        bound=(
            ("AttachRolePolicy", ("iam:PolicyARN", "managed_policy_arns")),
            (
                "PutRolePermissionsBoundary",
                ("iam:PermissionsBoundary", "permissions_boundary"),
            ),
        ),
        deletes=("DeleteRole",),
    ),
}
"""By kind. A test records what every kind really calls, and holds this to it both ways."""
