"""Refusals of all operations that stand in no table of their own, by their causes."""

from __future__ import annotations

import pytest
from service_causes import check_cause, new_group, nothing, quota, standalone, tags

VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
MANY = {"Tags": tags(51)}
NOW = {"ApplyImmediately": True}
GROUP, CLUSTER = {"ReplicationGroupId": "orders"}, {"CacheClusterId": "solo"}
SERVERLESS = {"ServerlessCacheName": "jobs"}
PARAMETERS = {"CacheParameterGroupName": "mine"}


def group(aws):
    aws.group()


def clustered(aws):
    aws.clustered("orders")


def serverless(aws):
    aws.serverless()


def cluster(aws):
    standalone(aws)


def memcached(aws):
    standalone(aws, engine="memcached")


def parameters(aws):
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupFamily="redis7",
        Description="d",
        **PARAMETERS,
    )


def creating_user_group(aws):
    serverless(aws)
    aws("CreateUserGroup", UserGroupId="soon", Engine="valkey", UserIds=[aws.user(Engine="valkey")])


def snapshot(aws, *, at_rest=True):
    aws.group()
    aws("CreateSnapshot", SnapshotName="taken", **GROUP)
    if at_rest:
        aws.settle()


def serverless_snapshot(aws, *, at_rest=True):
    aws.serverless()
    aws("CreateServerlessCacheSnapshot", ServerlessCacheSnapshotName="taken", **SERVERLESS)
    if at_rest:
        aws.settle()


def unfinished_serverless_snapshot(aws):
    serverless_snapshot(aws, at_rest=False)


def snapshot_and_cluster(aws):
    snapshot(aws)
    standalone(aws)


def subnet_group(aws):
    aws.service.declare_subnets(aws.principal, [f"subnet-{n}" for n in range(21)])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="net",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1"],
    )


COPY = {"SourceSnapshotName": "taken", "TargetSnapshotName": "copy"}
SERVERLESS_COPY = {
    "SourceServerlessCacheSnapshotName": "taken",
    "TargetServerlessCacheSnapshotName": "copy",
}
SNAPSHOT_ARN = "arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:taken"
NEW_SNAPSHOT = {"ServerlessCacheSnapshotName": "new"} | SERVERLESS
TAG = {"Tags": [{"Key": "k", "Value": "v"}]}
CAUSES = [
    ("AddTagsToResource", group, {"Tags": [{"Key": "aws:k", "Value": "v"}]}, VALUE),
    (
        "AddTagsToResource",
        unfinished_serverless_snapshot,
        TAG,
        "InvalidServerlessCacheSnapshotStateFault",
    ),
    (
        "ListTagsForResource",
        unfinished_serverless_snapshot,
        {},
        "InvalidServerlessCacheSnapshotStateFault",
    ),
    (
        "RemoveTagsFromResource",
        unfinished_serverless_snapshot,
        {"TagKeys": ["k"]},
        "InvalidServerlessCacheSnapshotStateFault",
    ),
    (
        "CopyServerlessCacheSnapshot",
        unfinished_serverless_snapshot,
        SERVERLESS_COPY,
        "InvalidServerlessCacheSnapshotStateFault",
    ),
    (
        "CopyServerlessCacheSnapshot",
        serverless_snapshot,
        SERVERLESS_COPY | {"TargetServerlessCacheSnapshotName": "taken"},
        "ServerlessCacheSnapshotAlreadyExistsFault",
    ),
    (
        "CopyServerlessCacheSnapshot",
        quota("serverless_snapshots", 1, serverless_snapshot),
        SERVERLESS_COPY,
        "ServerlessCacheSnapshotQuotaExceededFault",
    ),
    (
        "CopyServerlessCacheSnapshot",
        serverless_snapshot,
        SERVERLESS_COPY | MANY,
        "TagQuotaPerResourceExceeded",
    ),
    (
        "CopyServerlessCacheSnapshot",
        serverless_snapshot,
        SERVERLESS_COPY | {"TargetServerlessCacheSnapshotName": "1-no"},
        VALUE,
    ),
    (
        "CopySnapshot",
        snapshot,
        COPY | {"TargetSnapshotName": "taken"},
        "SnapshotAlreadyExistsFault",
    ),
    ("CopySnapshot", quota("snapshots", 1, snapshot), COPY, "SnapshotQuotaExceededFault"),
    ("CopySnapshot", snapshot, COPY | MANY, "TagQuotaPerResourceExceeded"),
    ("CopySnapshot", snapshot, COPY | {"TargetSnapshotName": "no--name"}, VALUE),
    (
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "AuthToken": "a" * 16},
        COMBINATION,
    ),
    (
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis"} | MANY,
        "TagQuotaPerResourceExceeded",
    ),
    (
        "CreateCacheParameterGroup",
        nothing,
        {"CacheParameterGroupName": "p", "CacheParameterGroupFamily": "redis7", "Description": "d"}
        | MANY,
        "TagQuotaPerResourceExceeded",
    ),
    (
        "CreateCacheSubnetGroup",
        subnet_group,
        {"CacheSubnetGroupName": "s", "CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-1"]}
        | MANY,
        "TagQuotaPerResourceExceeded",
    ),
    ("CreateReplicationGroup", nothing, new_group(NumCacheClusters=7), VALUE),
    (
        "CreateReplicationGroup",
        nothing,
        new_group(NumCacheClusters=2, NumNodeGroups=2),
        COMBINATION,
    ),
    ("CreateReplicationGroup", nothing, new_group(SnapshotArns=["arn:aws:s3:::b/o.rdb"]), VALUE),
    (
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "OutpostMode": "single-outpost"},
        VALUE,
    ),
    ("CreateServerlessCache", nothing, SERVERLESS | {"Engine": "oracle"}, VALUE),
    (
        "CreateServerlessCache",
        lambda aws: aws.user_group(),
        SERVERLESS | {"Engine": "memcached", "UserGroupId": "people"},
        COMBINATION,
    ),
    (
        "CreateServerlessCacheSnapshot",
        serverless_snapshot,
        NEW_SNAPSHOT | {"ServerlessCacheSnapshotName": "taken"},
        "ServerlessCacheSnapshotAlreadyExistsFault",
    ),
    (
        "CreateServerlessCacheSnapshot",
        serverless,
        NEW_SNAPSHOT | MANY,
        "TagQuotaPerResourceExceeded",
    ),
    (
        "CreateServerlessCacheSnapshot",
        serverless,
        NEW_SNAPSHOT | {"ServerlessCacheSnapshotName": "-"},
        VALUE,
    ),
    ("CreateSnapshot", group, {"SnapshotName": "s"}, COMBINATION),
    ("CreateSnapshot", group, {"SnapshotName": "1s"} | GROUP, VALUE),
    ("CreateSnapshot", group, {"SnapshotName": "s"} | GROUP | MANY, "TagQuotaPerResourceExceeded"),
    (
        "CreateUserGroup",
        nothing,
        {"UserGroupId": "no-", "Engine": "redis", "UserIds": ["default"]},
        VALUE,
    ),
    ("DecreaseReplicaCount", group, GROUP | NOW, COMBINATION),
    (
        "DeleteCacheCluster",
        snapshot_and_cluster,
        CLUSTER | {"FinalSnapshotIdentifier": "taken"},
        "SnapshotAlreadyExistsFault",
    ),
    (
        "DeleteCacheCluster",
        quota("snapshots", 0, cluster),
        CLUSTER | {"FinalSnapshotIdentifier": "s"},
        "SnapshotQuotaExceededFault",
    ),
    ("DeleteCacheCluster", cluster, CLUSTER | {"FinalSnapshotIdentifier": "1s"}, VALUE),
    ("DeleteReplicationGroup", group, GROUP | {"FinalSnapshotIdentifier": "1s"}, VALUE),
    (
        "DeleteReplicationGroup",
        group,
        GROUP | {"FinalSnapshotIdentifier": "s", "RetainPrimaryCluster": True},
        COMBINATION,
    ),
    ("DeleteServerlessCache", serverless, SERVERLESS | {"FinalSnapshotName": "1s"}, VALUE),
    *(
        (action, nothing, {"MaxRecords": 5}, VALUE)
        for action in (
            "DescribeCacheClusters",
            "DescribeCacheParameterGroups",
            "DescribeEvents",
            "DescribeReplicationGroups",
            "DescribeServiceUpdates",
            "DescribeSnapshots",
            "DescribeUpdateActions",
        )
    ),
    ("DescribeCacheParameters", parameters, PARAMETERS | {"Source": "mine"}, VALUE),
    ("DescribeEngineDefaultParameters", nothing, {"CacheParameterGroupFamily": "oracle"}, VALUE),
    ("DescribeEvents", nothing, {"SourceIdentifier": "orders"}, COMBINATION),
    ("DescribeServerlessCaches", nothing, {"NextToken": "!"}, VALUE),
    ("DescribeServerlessCacheSnapshots", nothing, {"SnapshotType": "weekly"}, VALUE),
    ("DescribeServerlessCacheSnapshots", nothing, SERVERLESS, "ServerlessCacheNotFoundFault"),
    (
        "DescribeServiceUpdates",
        nothing,
        {"ServiceUpdateName": "elasticache-patch"},
        "ServiceUpdateNotFoundFault",
    ),
    ("IncreaseReplicaCount", group, GROUP | NOW, COMBINATION),
    ("ListAllowedNodeTypeModifications", nothing, {}, COMBINATION),
    ("ModifyCacheCluster", cluster, CLUSTER, COMBINATION),
    ("ModifyCacheCluster", cluster, CLUSTER | {"NumCacheNodes": 2}, VALUE),
    (
        "ModifyCacheCluster",
        cluster,
        CLUSTER | {"CacheParameterGroupName": "none"},
        "CacheParameterGroupNotFound",
    ),
    (
        "ModifyCacheCluster",
        memcached,
        CLUSTER | {"NumCacheNodes": 41},
        "NodeQuotaForClusterExceeded",
    ),
    (
        "ModifyCacheCluster",
        quota("nodes", 1, memcached),
        CLUSTER | {"NumCacheNodes": 2},
        "NodeQuotaForCustomerExceeded",
    ),
    (
        "ModifyCacheParameterGroup",
        parameters,
        PARAMETERS | {"ParameterNameValues": [{"ParameterName": "nope", "ParameterValue": "1"}]},
        VALUE,
    ),
    (
        "ModifyCacheSubnetGroup",
        subnet_group,
        {"CacheSubnetGroupName": "net", "SubnetIds": ["subnet-none"]},
        "InvalidSubnet",
    ),
    (
        "ModifyCacheSubnetGroup",
        subnet_group,
        {"CacheSubnetGroupName": "net", "SubnetIds": [f"subnet-{n}" for n in range(21)]},
        "CacheSubnetQuotaExceededFault",
    ),
    ("ModifyReplicationGroup", group, GROUP | {"CacheNodeType": "cache.none"}, VALUE),
    ("ModifyReplicationGroup", group, GROUP | {"CacheSecurityGroupNames": ["classic"]}, VALUE),
    (
        "ModifyReplicationGroup",
        group,
        GROUP | {"SnapshottingClusterId": "none"},
        "CacheClusterNotFound",
    ),
    ("ModifyReplicationGroup", group, GROUP | {"PrimaryClusterId": "none"}, "CacheClusterNotFound"),
    (
        "ModifyReplicationGroupShardConfiguration",
        clustered,
        GROUP | NOW | {"NodeGroupCount": 0},
        VALUE,
    ),
    ("ModifyServerlessCache", serverless, SERVERLESS | {"DailySnapshotTime": "noon"}, VALUE),
    (
        "ModifyServerlessCache",
        creating_user_group,
        SERVERLESS | {"UserGroupId": "soon"},
        "InvalidUserGroupState",
    ),
    ("ModifyUser", lambda aws: aws.user(), {"UserId": "app", "AccessString": "on nonsense"}, VALUE),
    ("ModifyUser", lambda aws: aws.user(), {"UserId": "app"}, COMBINATION),
    ("ModifyUserGroup", lambda aws: aws.user_group(), {"UserGroupId": "people"}, COMBINATION),
    ("ResetCacheParameterGroup", parameters, PARAMETERS, COMBINATION),
    (
        "ResetCacheParameterGroup",
        parameters,
        PARAMETERS | {"ParameterNameValues": [{"ParameterName": "nope"}]},
        VALUE,
    ),
    ("TestFailover", group, GROUP | {"NodeGroupId": "first"}, VALUE),
    ("TestFailover", group, GROUP | {"NodeGroupId": "0001"}, COMBINATION),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), CAUSES)
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    if "Tags" in action:
        params = {
            "ResourceName": SNAPSHOT_ARN
            if arrange is not group
            else aws.arn("replicationgroup", "orders")
        } | params
    check_cause(aws, action, arrange, params, code)
