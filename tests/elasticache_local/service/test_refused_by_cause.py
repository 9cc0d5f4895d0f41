"""Each code that an operation declares and that can occur here is caused, not planned."""

from __future__ import annotations

import pytest
from service_bench import PASSWORD

TLS = {"TransitEncryptionEnabled": True}
TOKEN = "a-token-of-some-length"
OTHER_TOKEN = "another-token-altogether"


def nothing(aws):
    pass


def many(count, make):
    def arrange(aws):
        for number in range(count):
            make(aws, number)

    return arrange


def quota(name, limit, arrange=nothing):
    def lower(aws):
        arrange(aws)
        aws.service.faults.add({"sort": "quota", "quota": name, "limit": limit})

    return lower


def tags(count):
    return [{"Key": f"k{number}", "Value": "v"} for number in range(count)]


USER = {
    "UserId": "new",
    "UserName": "new",
    "Engine": "redis",
    "AccessString": "on ~* +@all",
    "Passwords": [PASSWORD],
}


def user_with(**given):
    return USER | given


def busy_user(aws):
    aws.user()
    aws("ModifyUser", UserId="app", AccessString="off")


USERS = [
    pytest.param("CreateUser", lambda a: a.user("new"), USER, "UserAlreadyExists", id="exists"),
    pytest.param("CreateUser", quota("users", 1), USER, "UserQuotaExceeded", id="quota"),
    pytest.param(
        "CreateUser", nothing, user_with(Tags=tags(51)), "TagQuotaPerResourceExceeded", id="tags"
    ),
    pytest.param(
        "CreateUser",
        nothing,
        user_with(AuthenticationMode={"Type": "iam"}, UserName="Other") | {"Passwords": None},
        "InvalidParameterCombination",
        id="iam-name",
    ),
    pytest.param(
        "CreateUser",
        nothing,
        user_with(AccessString="on >pw"),
        "InvalidParameterValue",
        id="password-in-string",
    ),
    pytest.param("ModifyUser", nothing, {"UserId": "no"}, "UserNotFound", id="unknown"),
    pytest.param(
        "ModifyUser",
        busy_user,
        {"UserId": "app", "AccessString": "on"},
        "InvalidUserState",
        id="busy",
    ),
    pytest.param("DeleteUser", nothing, {"UserId": "no"}, "UserNotFound", id="delete-unknown"),
    pytest.param("DeleteUser", busy_user, {"UserId": "app"}, "InvalidUserState", id="delete-busy"),
    pytest.param(
        "DeleteUser",
        lambda a: a.user_group(),
        {"UserId": "people-default"},
        "DefaultUserAssociatedToUserGroup",
        id="a-redis-group-needs-it",
    ),
    pytest.param(
        "DeleteUser", nothing, {"UserId": "default"}, "InvalidParameterValue", id="the-account's"
    ),
    pytest.param("DescribeUsers", nothing, {"UserId": "no"}, "UserNotFound", id="describe"),
]


def group_of(*users, engine="redis"):
    return {"UserGroupId": "new", "Engine": engine, "UserIds": list(users)}


def two_defaults(aws):
    aws.user("a", UserName="default")
    aws.user("b", UserName="default")


def busy_group(aws):
    aws.user_group()
    aws.user("late")
    aws("ModifyUserGroup", UserGroupId="people", UserIdsToAdd=["late"])


USER_GROUPS = [
    pytest.param("CreateUserGroup", nothing, group_of("no"), "UserNotFound", id="no-user"),
    pytest.param(
        "CreateUserGroup", two_defaults, group_of("a", "b"), "DuplicateUserName", id="alike"
    ),
    pytest.param(
        "CreateUserGroup",
        lambda a: a.user_group("new"),
        group_of("new-default"),
        "UserGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateUserGroup", lambda a: a.user(), group_of("app"), "DefaultUserRequired", id="default"
    ),
    pytest.param(
        "CreateUserGroup",
        quota("user_groups", 0, lambda a: a.user("d", UserName="default")),
        group_of("d"),
        "UserGroupQuotaExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateUserGroup",
        lambda a: a.user("d", UserName="default"),
        group_of("d") | {"Tags": tags(51)},
        "TagQuotaPerResourceExceeded",
        id="tags",
    ),
    pytest.param(
        "CreateUserGroup",
        nothing,
        group_of("default", engine="valkey"),
        "InvalidParameterCombination",
        id="no-password-in-valkey",
    ),
    pytest.param(
        "ModifyUserGroup",
        nothing,
        {"UserGroupId": "no", "UserIdsToAdd": ["x"]},
        "UserGroupNotFound",
        id="unknown",
    ),
    pytest.param(
        "ModifyUserGroup",
        lambda a: a.user_group(),
        {"UserGroupId": "people", "UserIdsToAdd": ["no"]},
        "UserNotFound",
        id="add-unknown",
    ),
    pytest.param(
        "ModifyUserGroup",
        lambda a: (a.user_group(), a.user("b", UserName="default")),
        {"UserGroupId": "people", "UserIdsToAdd": ["b"]},
        "DuplicateUserName",
        id="add-alike",
    ),
    pytest.param(
        "ModifyUserGroup",
        lambda a: a.user_group(),
        {"UserGroupId": "people", "UserIdsToRemove": ["people-default"]},
        "DefaultUserRequired",
        id="remove-default",
    ),
    pytest.param(
        "ModifyUserGroup",
        busy_group,
        {"UserGroupId": "people", "UserIdsToRemove": ["people-default"]},
        "InvalidUserGroupState",
        id="busy",
    ),
    pytest.param(
        "ModifyUserGroup",
        lambda a: (a.user_group(), a.user()),
        {"UserGroupId": "people", "UserIdsToAdd": ["app"], "UserIdsToRemove": ["gone"]},
        "InvalidParameterValue",
        id="remove-stranger",
    ),
    pytest.param(
        "DeleteUserGroup", nothing, {"UserGroupId": "no"}, "UserGroupNotFound", id="delete-unknown"
    ),
    pytest.param(
        "DeleteUserGroup",
        lambda a: a.group(UserGroupIds=[a.user_group()], **TLS),
        {"UserGroupId": "people"},
        "InvalidUserGroupState",
        id="attached",
    ),
    pytest.param(
        "DescribeUserGroups", nothing, {"UserGroupId": "no"}, "UserGroupNotFound", id="describe"
    ),
]


def new_group(**given):
    return {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d"} | given


def creating(aws):
    aws("CreateReplicationGroup", **new_group())


def creating_user_group(aws):
    aws.user("d", UserName="default")
    aws("CreateUserGroup", UserGroupId="soon", Engine="redis", UserIds=["d"])


def standalone(aws, engine="redis", cluster_id="solo", **given):
    aws("CreateCacheCluster", CacheClusterId=cluster_id, Engine=engine, **given)
    aws.settle()


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

COUNT = {"ReplicationGroupId": "orders", "ApplyImmediately": True}
SCALING = [
    *(
        pytest.param(
            action,
            nothing,
            COUNT | more,
            "ReplicationGroupNotFoundFault",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("IncreaseReplicaCount", {"NewReplicaCount": 2}),
            ("DecreaseReplicaCount", {"NewReplicaCount": 2}),
            ("ModifyReplicationGroupShardConfiguration", {"NodeGroupCount": 2}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateReplicationGroup", **new_group(ReplicationGroupId="orders")),
            COUNT | more,
            "InvalidReplicationGroupState",
            id=f"{action}-busy",
        )
        for action, more in (
            ("IncreaseReplicaCount", {"NewReplicaCount": 2}),
            ("DecreaseReplicaCount", {"NewReplicaCount": 2}),
            ("ModifyReplicationGroupShardConfiguration", {"NodeGroupCount": 2}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a.group(),
            COUNT | {"NewReplicaCount": 1},
            "NoOperationFault",
            id=f"{action}-nothing",
        )
        for action in ("IncreaseReplicaCount", "DecreaseReplicaCount")
    ),
    pytest.param(
        "IncreaseReplicaCount",
        quota("nodes_per_group", 2, lambda a: a.group()),
        COUNT | {"NewReplicaCount": 2},
        "InvalidParameterValue",
        id="increase-cluster-quota",
    ),
    pytest.param(
        "IncreaseReplicaCount",
        quota("nodes", 2, lambda a: a.group()),
        COUNT | {"NewReplicaCount": 2},
        "NodeQuotaForCustomerExceeded",
        id="increase-region-quota",
    ),
    pytest.param(
        "IncreaseReplicaCount",
        lambda a: a.group(),
        COUNT | {"ReplicaConfiguration": [{"NodeGroupId": "0009", "NewReplicaCount": 2}]},
        "InvalidParameterValue",
        id="increase-no-shard",
    ),
    pytest.param(
        "DecreaseReplicaCount",
        lambda a: a.group(AutomaticFailoverEnabled=True),
        COUNT | {"NewReplicaCount": 0},
        "InvalidParameterValue",
        id="decrease-last",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        quota("shards", 2, lambda a: a.clustered("orders")),
        COUNT | {"NodeGroupCount": 3},
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        id="shards-quota",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        quota("nodes", 4, lambda a: a.clustered("orders")),
        COUNT | {"NodeGroupCount": 3},
        "NodeQuotaForCustomerExceeded",
        id="shards-region-quota",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        lambda a: a.clustered("orders"),
        COUNT | {"NodeGroupCount": 1},
        "InvalidParameterCombination",
        id="shards-which",
    ),
    pytest.param(
        "TestFailover",
        nothing,
        {"ReplicationGroupId": "no", "NodeGroupId": "0001"},
        "ReplicationGroupNotFoundFault",
        id="failover-unknown",
    ),
    pytest.param(
        "TestFailover",
        creating,
        {"ReplicationGroupId": "new", "NodeGroupId": "0001"},
        "InvalidReplicationGroupState",
        id="failover-busy",
    ),
    pytest.param(
        "TestFailover",
        lambda a: a.clustered(),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0009"},
        "NodeGroupNotFoundFault",
        id="failover-no-shard",
    ),
    pytest.param(
        "TestFailover",
        lambda a: a.clustered(ReplicasPerNodeGroup=0),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0001"},
        "TestFailoverNotAvailableFault",
        id="failover-no-replica",
    ),
    pytest.param(
        "TestFailover",
        quota("failovers", 0, lambda a: a.clustered()),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0001"},
        "APICallRateForCustomerExceeded",
        id="failover-too-often",
    ),
]

CLUSTERS = [
    pytest.param(
        "CreateCacheCluster",
        standalone,
        {"CacheClusterId": "Solo", "Engine": "redis"},
        "CacheClusterAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheCluster",
        lambda a: a.group(),
        {"CacheClusterId": "orders-001", "Engine": "redis"},
        "CacheClusterAlreadyExists",
        id="a-member-has-it",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="no-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        creating,
        {"CacheClusterId": "c", "ReplicationGroupId": "new"},
        "InvalidReplicationGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "CacheParameterGroupName": "no"},
        "CacheParameterGroupNotFound",
        id="no-parameter-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "CacheSubnetGroupName": "no"},
        "CacheSubnetGroupNotFoundFault",
        id="no-subnet-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        quota("clusters", 0),
        {"CacheClusterId": "c", "Engine": "redis"},
        "ClusterQuotaForCustomerExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "memcached", "NumCacheNodes": 41},
        "NodeQuotaForClusterExceeded",
        id="nodes",
    ),
    pytest.param(
        "CreateCacheCluster",
        quota("nodes", 0),
        {"CacheClusterId": "c", "Engine": "redis"},
        "NodeQuotaForCustomerExceeded",
        id="nodes-in-region",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "valkey"},
        "InvalidParameterValue",
        id="valkey",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheClusterId": "no"} | more,
            "CacheClusterNotFound",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyCacheCluster", {"SnapshotRetentionLimit": 1}),
            ("DeleteCacheCluster", {}),
            ("RebootCacheCluster", {"CacheNodeIdsToReboot": ["0001"]}),
            ("DescribeCacheClusters", {}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateCacheCluster", CacheClusterId="c", Engine="redis"),
            {"CacheClusterId": "c"} | more,
            "InvalidCacheClusterState",
            id=f"{action}-busy",
        )
        for action, more in (
            ("ModifyCacheCluster", {"SnapshotRetentionLimit": 1}),
            ("DeleteCacheCluster", {}),
            ("RebootCacheCluster", {"CacheNodeIdsToReboot": ["0001"]}),
        )
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: a.group(NumCacheClusters=1),
        {"CacheClusterId": "orders-001"},
        "InvalidCacheClusterState",
        id="only-member",
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: a.group(AutomaticFailoverEnabled=True),
        {"CacheClusterId": "orders-002"},
        "InvalidCacheClusterState",
        id="only-replica",
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: standalone(a, "memcached"),
        {"CacheClusterId": "solo", "FinalSnapshotIdentifier": "s"},
        "SnapshotFeatureNotSupportedFault",
        id="memcached-snapshot",
    ),
]

SERVERLESS = [
    pytest.param(
        "CreateServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "JOBS", "Engine": "valkey"},
        "ServerlessCacheAlreadyExistsFault",
        id="exists",
    ),
    pytest.param(
        "CreateServerlessCache",
        quota("serverless_caches", 0),
        {"ServerlessCacheName": "jobs", "Engine": "valkey"},
        "ServerlessCacheQuotaForCustomerExceededFault",
        id="quota",
    ),
    pytest.param(
        "CreateServerlessCache",
        nothing,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "UserGroupId": "no"},
        "UserGroupNotFound",
        id="no-group",
    ),
    pytest.param(
        "CreateServerlessCache",
        creating_user_group,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "UserGroupId": "soon"},
        "InvalidUserGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateServerlessCache",
        nothing,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "Tags": tags(51)},
        "TagQuotaPerResourceExceeded",
        id="tags",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"ServerlessCacheName": "no"} | more,
            "ServerlessCacheNotFoundFault",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyServerlessCache", {"Description": "x"}),
            ("DeleteServerlessCache", {}),
            ("DescribeServerlessCaches", {}),
            ("CreateServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "s"}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateServerlessCache", ServerlessCacheName="jobs", Engine="valkey"),
            {"ServerlessCacheName": "jobs"} | more,
            "InvalidServerlessCacheStateFault",
            id=f"{action}-creating",
        )
        for action, more in (
            ("ModifyServerlessCache", {"Description": "x"}),
            ("DeleteServerlessCache", {}),
            ("CreateServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "s"}),
        )
    ),
    pytest.param(
        "ModifyServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "jobs", "UserGroupId": "no"},
        "UserGroupNotFound",
        id="modify-no-group",
    ),
    pytest.param(
        "ModifyServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "jobs", "Description": "x", "SnapshotRetentionLimit": 3},
        "InvalidParameterCombination",
        id="two-fields",
    ),
    pytest.param(
        "DeleteServerlessCache",
        lambda a: (
            a.serverless(),
            a(
                "CreateServerlessCacheSnapshot",
                ServerlessCacheName="jobs",
                ServerlessCacheSnapshotName="s",
            ),
        ),
        {"ServerlessCacheName": "jobs", "FinalSnapshotName": "s"},
        "ServerlessCacheSnapshotAlreadyExistsFault",
        id="delete-snapshot-exists",
    ),
    pytest.param(
        "CreateServerlessCacheSnapshot",
        quota("serverless_snapshots", 0, lambda a: a.serverless()),
        {"ServerlessCacheName": "jobs", "ServerlessCacheSnapshotName": "s"},
        "ServerlessCacheSnapshotQuotaExceededFault",
        id="snapshot-quota",
    ),
    *(
        pytest.param(
            action,
            nothing,
            more,
            "ServerlessCacheSnapshotNotFoundFault",
            id=f"{action}-no-snapshot",
        )
        for action, more in (
            ("DeleteServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "no"}),
            ("DescribeServerlessCacheSnapshots", {"ServerlessCacheSnapshotName": "no"}),
            (
                "CopyServerlessCacheSnapshot",
                {
                    "SourceServerlessCacheSnapshotName": "no",
                    "TargetServerlessCacheSnapshotName": "t",
                },
            ),
        )
    ),
    pytest.param(
        "DeleteServerlessCacheSnapshot",
        lambda a: (
            a.serverless(),
            a(
                "CreateServerlessCacheSnapshot",
                ServerlessCacheName="jobs",
                ServerlessCacheSnapshotName="s",
            ),
        ),
        {"ServerlessCacheSnapshotName": "s"},
        "InvalidServerlessCacheSnapshotStateFault",
        id="snapshot-busy",
    ),
]


def own_parameter_group(aws):
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="tuned",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )


VALUE = {"ParameterNameValues": [{"ParameterName": "timeout", "ParameterValue": "30"}]}
PARAMETER_GROUPS = [
    pytest.param(
        "CreateCacheParameterGroup",
        own_parameter_group,
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis7",
            "Description": "d",
        },
        "CacheParameterGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheParameterGroup",
        quota("parameter_groups", 0),
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis7",
            "Description": "d",
        },
        "CacheParameterGroupQuotaExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheParameterGroup",
        nothing,
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis77",
            "Description": "d",
        },
        "InvalidParameterValue",
        id="family",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheParameterGroupName": "no"} | more,
            "CacheParameterGroupNotFound",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyCacheParameterGroup", VALUE),
            ("ResetCacheParameterGroup", {"ResetAllParameters": True}),
            ("DeleteCacheParameterGroup", {}),
            ("DescribeCacheParameterGroups", {}),
            ("DescribeCacheParameters", {}),
        )
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheParameterGroupName": "default.redis7"} | more,
            "InvalidCacheParameterGroupState",
            id=f"{action}-default",
        )
        for action, more in (
            ("ModifyCacheParameterGroup", VALUE),
            ("ResetCacheParameterGroup", {"ResetAllParameters": True}),
            ("DeleteCacheParameterGroup", {}),
        )
    ),
    pytest.param(
        "DeleteCacheParameterGroup",
        lambda a: (own_parameter_group(a), a.group(CacheParameterGroupName="tuned")),
        {"CacheParameterGroupName": "tuned"},
        "InvalidCacheParameterGroupState",
        id="in-use",
    ),
]


def subnets_in_two_networks(aws):
    aws.service.declare_subnets(aws.principal, {"subnet-1": "vpc-1", "subnet-2": "vpc-2"})


def own_subnet_group(aws):
    aws.service.declare_subnets(aws.principal, ["subnet-1", "subnet-2", "subnet-9"])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="mine",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1", "subnet-2"],
    )


SUBNETS = {"CacheSubnetGroupName": "mine", "CacheSubnetGroupDescription": "d"}
SUBNET_GROUPS = [
    pytest.param(
        "CreateCacheSubnetGroup",
        own_subnet_group,
        SUBNETS | {"SubnetIds": ["subnet-1"]},
        "CacheSubnetGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        quota("subnet_groups", 0, lambda a: a.service.declare_subnets(a.principal, ["subnet-1"])),
        SUBNETS | {"SubnetIds": ["subnet-1"]},
        "CacheSubnetGroupQuotaExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        nothing,
        SUBNETS | {"SubnetIds": [f"subnet-{n}" for n in range(21)]},
        "CacheSubnetQuotaExceededFault",
        id="subnets",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        nothing,
        SUBNETS | {"SubnetIds": ["subnet-nowhere"]},
        "InvalidSubnet",
        id="unknown-subnet",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        subnets_in_two_networks,
        SUBNETS | {"SubnetIds": ["subnet-1", "subnet-2"]},
        "InvalidSubnet",
        id="two-networks",
    ),
    pytest.param(
        "ModifyCacheSubnetGroup",
        lambda a: (
            own_subnet_group(a),
            a.group(NumCacheClusters=3, CacheSubnetGroupName="mine"),
        ),
        SUBNETS | {"SubnetIds": ["subnet-9"]},
        "SubnetInUse",
        id="in-use",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheSubnetGroupName": "no"},
            "CacheSubnetGroupNotFoundFault",
            id=f"{action}-unknown",
        )
        for action in (
            "ModifyCacheSubnetGroup",
            "DeleteCacheSubnetGroup",
            "DescribeCacheSubnetGroups",
        )
    ),
    pytest.param(
        "DeleteCacheSubnetGroup",
        lambda a: (own_subnet_group(a), a.group(CacheSubnetGroupName="mine")),
        {"CacheSubnetGroupName": "mine"},
        "CacheSubnetGroupInUse",
        id="delete-in-use",
    ),
    pytest.param(
        "DeleteCacheSubnetGroup",
        nothing,
        {"CacheSubnetGroupName": "default"},
        "CacheSubnetGroupInUse",
        id="delete-default",
    ),
]


def arn(kind, name):
    return f"arn:aws:elasticache:us-east-1:123456789012:{kind}:{name}"


KINDS = {
    "cluster": "CacheClusterNotFound",
    "replicationgroup": "ReplicationGroupNotFoundFault",
    "serverlesscache": "ServerlessCacheNotFoundFault",
    "serverlesscachesnapshot": "ServerlessCacheSnapshotNotFoundFault",
    "user": "UserNotFound",
    "usergroup": "UserGroupNotFound",
    "parametergroup": "CacheParameterGroupNotFound",
    "subnetgroup": "CacheSubnetGroupNotFoundFault",
    "snapshot": "SnapshotNotFoundFault",
}
TAG_CALLS = {
    "ListTagsForResource": {},
    "AddTagsToResource": {"Tags": tags(1)},
    "RemoveTagsFromResource": {"TagKeys": ["k"]},
}
TAGS = [
    *(
        pytest.param(
            action, nothing, {"ResourceName": arn(kind, "no")} | more, code, id=f"{action}-{kind}"
        )
        for action, more in TAG_CALLS.items()
        for kind, code in KINDS.items()
    ),
    *(
        pytest.param(
            action, nothing, {"ResourceName": name} | more, "InvalidARN", id=f"{action}-{name}"
        )
        for action, more in TAG_CALLS.items()
        for name in (
            "nonsense",
            "arn:aws:elasticache:eu-west-1:123456789012:user:app",
            "arn:aws:elasticache:us-east-1:210987654321:user:app",
            "arn:aws:elasticache:us-east-1:123456789012:teapot:app",
        )
    ),
    *(
        pytest.param(
            action,
            creating,
            {"ResourceName": arn("replicationgroup", "new")} | more,
            "InvalidReplicationGroupState",
            id=f"{action}-busy-group",
        )
        for action, more in TAG_CALLS.items()
    ),
    *(
        pytest.param(
            action,
            busy_user,
            {"ResourceName": arn("user", "app")} | more,
            "UserNotFound",
            id=f"{action}-busy-user",
        )
        for action, more in TAG_CALLS.items()
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateServerlessCache", ServerlessCacheName="jobs", Engine="valkey"),
            {"ResourceName": arn("serverlesscache", "jobs")} | more,
            "InvalidServerlessCacheStateFault",
            id=f"{action}-busy-serverless",
        )
        for action, more in TAG_CALLS.items()
    ),
    pytest.param(
        "AddTagsToResource",
        lambda a: a.user(Tags=tags(50)),
        {"ResourceName": arn("user", "app"), "Tags": [{"Key": "one-more", "Value": ""}]},
        "TagQuotaPerResourceExceeded",
        id="too-many",
    ),
    pytest.param(
        "RemoveTagsFromResource",
        lambda a: a.user(),
        {"ResourceName": arn("user", "app"), "TagKeys": ["no"]},
        "TagNotFound",
        id="no-tag",
    ),
]

SNAPSHOTS = [
    pytest.param(
        "CreateSnapshot",
        nothing,
        {"SnapshotName": "s", "ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="no-group",
    ),
    pytest.param(
        "CreateSnapshot",
        nothing,
        {"SnapshotName": "s", "CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="no-cluster",
    ),
    pytest.param(
        "CreateSnapshot",
        creating,
        {"SnapshotName": "s", "ReplicationGroupId": "new"},
        "InvalidReplicationGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: a("CreateCacheCluster", CacheClusterId="c", Engine="redis"),
        {"SnapshotName": "s", "CacheClusterId": "c"},
        "InvalidCacheClusterState",
        id="cluster-busy",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: standalone(a, "memcached"),
        {"SnapshotName": "s", "CacheClusterId": "solo"},
        "SnapshotFeatureNotSupportedFault",
        id="memcached",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: (
            a.group(),
            a("CreateSnapshot", SnapshotName="S", ReplicationGroupId="orders"),
            a.settle(),
        ),
        {"SnapshotName": "s", "ReplicationGroupId": "orders"},
        "SnapshotAlreadyExistsFault",
        id="exists",
    ),
    pytest.param(
        "CreateSnapshot",
        quota("snapshots", 0, lambda a: a.group()),
        {"SnapshotName": "s", "ReplicationGroupId": "orders"},
        "SnapshotQuotaExceededFault",
        id="quota",
    ),
    *(
        pytest.param(action, nothing, params, "SnapshotNotFoundFault", id=f"{action}-unknown")
        for action, params in (
            ("DeleteSnapshot", {"SnapshotName": "no"}),
            ("DescribeSnapshots", {"SnapshotName": "no"}),
            ("CopySnapshot", {"SourceSnapshotName": "no", "TargetSnapshotName": "t"}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: (
                a.group(),
                a("CreateSnapshot", SnapshotName="s", ReplicationGroupId="orders"),
            ),
            params,
            "InvalidSnapshotState",
            id=f"{action}-busy",
        )
        for action, params in (
            ("DeleteSnapshot", {"SnapshotName": "s"}),
            ("CopySnapshot", {"SourceSnapshotName": "s", "TargetSnapshotName": "t"}),
        )
    ),
    pytest.param(
        "DescribeSnapshots",
        nothing,
        {"CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="describe-no-cluster",
    ),
    pytest.param(
        "ListAllowedNodeTypeModifications",
        nothing,
        {"CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="moves-no-cluster",
    ),
    pytest.param(
        "ListAllowedNodeTypeModifications",
        nothing,
        {"ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="moves-no-group",
    ),
]

STATUS = {"CacheSubnetGroupNotFoundFault": 400}


@pytest.mark.parametrize(
    ("action", "arrange", "params", "code"),
    [
        *USERS,
        *USER_GROUPS,
        *REPLICATION_GROUPS,
        *SCALING,
        *CLUSTERS,
        *SERVERLESS,
        *PARAMETER_GROUPS,
        *SUBNET_GROUPS,
        *TAGS,
        *SNAPSHOTS,
    ],
)
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    arrange(aws)

    fault = aws.refusal(action, **params)

    assert fault.code == code, fault.message
    assert fault.status == STATUS.get(code, 404 if "NotFound" in code else 400)
