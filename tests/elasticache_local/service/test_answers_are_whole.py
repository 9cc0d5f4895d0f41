"""Every member that the model gives an answer is given by some answer, or it is said why not."""

from __future__ import annotations

import itertools

from botocore.model import ListShape, StructureShape

from elasticache_local.service.catalogue import OPERATIONS
from elasticache_local.service.validation import service_model

NOW = {"ApplyImmediately": True}
TAGS = [{"Key": "k", "Value": "v"}]
TOPIC = {"NotificationTopicArn": "arn:aws:sns:us-east-1:123456789012:news"}
LOGS = {
    "LogDeliveryConfigurations": [
        {
            "LogType": "slow-log",
            "DestinationType": "cloudwatch-logs",
            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "group"}},
            "LogFormat": "json",
        },
        {
            "LogType": "engine-log",
            "DestinationType": "kinesis-firehose",
            "DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": "stream"}},
            "LogFormat": "text",
        },
    ]
}
RICH = {
    "TransitEncryptionEnabled": True,
    "KmsKeyId": "key",
    "CacheNodeType": "cache.m5.large",
    "SnapshotRetentionLimit": 1,
    **TOPIC,
    **LOGS,
}
LIMITS = {
    "DataStorage": {"Minimum": 1, "Maximum": 5, "Unit": "GB"},
    "ECPUPerSecond": {"Minimum": 1000, "Maximum": 2000},
}
NO_OUTPOSTS = "no outposts"
NO_UPDATES = "no service updates"
NOT_GIVEN = {
    ("CacheCluster", "PreferredOutpostArn"): NO_OUTPOSTS,
    ("CacheNode", "CustomerOutpostArn"): NO_OUTPOSTS,
    ("NodeGroupConfiguration", "PrimaryOutpostArn"): NO_OUTPOSTS,
    ("NodeGroupConfiguration", "ReplicaOutpostArns"): NO_OUTPOSTS,
    ("NodeGroupMember", "PreferredOutpostArn"): NO_OUTPOSTS,
    ("ReplicationGroup", "MemberClustersOutpostArns"): NO_OUTPOSTS,
    ("Snapshot", "PreferredOutpostArn"): NO_OUTPOSTS,
    ("Subnet", "SubnetOutpost"): NO_OUTPOSTS,
    ("CacheNode", "SourceCacheNodeId"): "empty for a node that is no replica of another cluster",
    ("LogDeliveryConfiguration", "Message"): "log delivery never fails",
    ("PendingModifiedValues", "LogDeliveryConfigurations"): "log delivery changes at once",
    ("ReplicationGroupPendingModifiedValues", "LogDeliveryConfigurations"): "it changes at once",
    ("ServerlessCache", "Migration"): "newer than what is built",
}
NEVER_SHOWN = {
    "CacheNodeUpdateStatus": NO_UPDATES,
    "NodeGroupMemberUpdateStatus": NO_UPDATES,
    "NodeGroupUpdateStatus": NO_UPDATES,
    "ServiceUpdate": NO_UPDATES,
    "UpdateAction": NO_UPDATES,
    "CacheSecurityGroupMembership": "cache security groups belong to EC2-Classic",
    "GlobalReplicationGroupInfo": "no global datastores",
    "MigrationSummary": "newer than what is built",
    "PendingLogDeliveryConfiguration": "log delivery changes at once",
    "SubnetOutpost": NO_OUTPOSTS,
}


def look(aws):
    for things in ("Users", "UserGroups", "ReplicationGroups", "ServerlessCaches", "Events"):
        aws(f"Describe{things}")
    aws("DescribeCacheClusters", ShowCacheNodeInfo=True)
    aws("DescribeSnapshots", ShowNodeGroupConfig=True)
    aws("DescribeServerlessCacheSnapshots")


def live(aws):
    """Make, change and delete at least one thing of each sort, and look at it on its way."""
    make(aws)
    look(aws)
    for change in changes(aws):
        change()
        look(aws)
        aws.settle()
    aws.pass_time(24 * 3600)
    aws.settle()
    look(aws)
    say_what_there_is(aws)
    part(aws)


def make(aws):
    aws.user("app", Tags=TAGS)
    aws.user("other")
    aws.user_group(UserIds=["app", aws.user("d", UserName="default")])
    aws.group("token", AuthToken="a" * 16, **RICH)
    aws.group("users", UserGroupIds=["people"], **RICH)
    aws.clustered("wide", AuthToken="a" * 16, **RICH)
    aws.group("plain")
    durable = {"Engine": "valkey", "EngineVersion": "9.0", "CacheNodeType": "cache.r7g.large"}
    durable |= {"MultiAZEnabled": True, "TransitEncryptionEnabled": True, "Durability": "async"}
    aws.clustered("durable", **durable)
    aws("CreateCacheCluster", CacheClusterId="solo", Engine="redis", **TOPIC, **LOGS)
    memcached = {"Engine": "memcached", "EngineVersion": "1.6.12", "NumCacheNodes": 2}
    aws("CreateCacheCluster", CacheClusterId="m", TransitEncryptionEnabled=True, **memcached)
    more = {"UserGroupId": "people", "KmsKeyId": "key", "CacheUsageLimits": LIMITS}
    aws.serverless("jobs", SnapshotRetentionLimit=1, **more)
    nine = {"Engine": "valkey", "MajorEngineVersion": "9"}
    aws.serverless("table", Integrations=[{"IntegrationType": "dynamodb"}], **nine)
    aws.settle()
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="p",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )
    [subnets] = aws("DescribeCacheSubnetGroups")["CacheSubnetGroups"]
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="net",
        CacheSubnetGroupDescription="d",
        SubnetIds=[subnets["Subnets"][0]["SubnetIdentifier"]],
    )


def changes(aws):
    def do(action, **params):
        return lambda: aws(action, **params)

    def modify(group, **params):
        return do("ModifyReplicationGroup", ReplicationGroupId=group, **{**NOW, **params})

    timeout = {"ParameterName": "timeout", "ParameterValue": "30"}
    snapshots = {"SourceSnapshotName": "s", "TargetSnapshotName": "t"}
    serverless = {"ServerlessCacheName": "jobs"}
    name, target = "ServerlessCacheSnapshotName", "TargetServerlessCacheSnapshotName"
    return [
        do("ModifyUser", UserId="other", AccessString="off"),
        do(
            "ModifyUserGroup",
            UserGroupId="people",
            UserIdsToAdd=["other"],
            UserIdsToRemove=["app"],
        ),
        modify("token", AuthToken="b" * 16, SnapshottingClusterId="token-001"),
        modify("token", CacheNodeType="cache.m5.xlarge", ApplyImmediately=False),
        modify(
            "token",
            AutomaticFailoverEnabled=True,
            ApplyImmediately=False,
            Engine="valkey",
            EngineVersion="8.0",
        ),
        modify("users", RemoveUserGroups=True),
        do("IncreaseReplicaCount", ReplicationGroupId="wide", NewReplicaCount=2, **NOW),
        do("DecreaseReplicaCount", ReplicationGroupId="wide", NewReplicaCount=1, **NOW),
        do(
            "ModifyReplicationGroupShardConfiguration",
            ReplicationGroupId="wide",
            NodeGroupCount=3,
            **NOW,
        ),
        do("TestFailover", ReplicationGroupId="wide", NodeGroupId="0001"),
        modify("plain", PrimaryClusterId="plain-002"),
        modify("plain", TransitEncryptionEnabled=True, TransitEncryptionMode="preferred"),
        modify("plain", AutomaticFailoverEnabled=True),
        modify("plain", ClusterMode="compatible"),
        do(
            "ModifyCacheCluster",
            CacheClusterId="m",
            NumCacheNodes=1,
            CacheNodeIdsToRemove=["0002"],
        ),
        do("ModifyCacheCluster", CacheClusterId="solo", CacheNodeType="cache.m5.large"),
        do("RebootCacheCluster", CacheClusterId="solo", CacheNodeIdsToReboot=["0001"]),
        do("CreateSnapshot", ReplicationGroupId="wide", SnapshotName="s", KmsKeyId="key"),
        do("CreateSnapshot", CacheClusterId="solo", SnapshotName="of-solo"),
        do("CreateSnapshot", ReplicationGroupId="durable", SnapshotName="of-durable"),
        do(
            "ModifyCacheCluster",
            CacheClusterId="m",
            CacheNodeType="cache.m5.large",
            ScaleConfig={"ScalePercentage": 50, "ScaleIntervalMinutes": 5},
        ),
        do("CopySnapshot", **snapshots),
        do("CreateServerlessCacheSnapshot", **serverless, **{name: "s", "KmsKeyId": "key"}),
        do("CopyServerlessCacheSnapshot", **{f"Source{name}": "s", target: "t"}),
        do("ModifyServerlessCache", **serverless, Description="d"),
        do(
            "ModifyCacheParameterGroup",
            CacheParameterGroupName="p",
            ParameterNameValues=[timeout],
        ),
        do("ModifyCacheSubnetGroup", CacheSubnetGroupName="net", CacheSubnetGroupDescription="e"),
        do("RemoveTagsFromResource", ResourceName=aws.arn("user", "app"), TagKeys=["k"]),
        do("AddTagsToResource", ResourceName=aws.arn("user", "app"), Tags=TAGS),
    ]


def say_what_there_is(aws):
    aws("ListTagsForResource", ResourceName=aws.arn("user", "app"))
    aws("ListAllowedNodeTypeModifications", CacheClusterId="solo")
    aws("DescribeCacheEngineVersions")
    aws("DescribeCacheParameterGroups")
    aws("DescribeCacheSubnetGroups")
    aws("DescribeCacheParameters", CacheParameterGroupName="p")
    aws("DescribeServiceUpdates")
    aws("DescribeUpdateActions")
    for family in ("redis7", "memcached1.6"):
        aws("DescribeEngineDefaultParameters", CacheParameterGroupFamily=family)
        aws("DescribeEngineDefaultParameters", CacheParameterGroupFamily=family, MaxRecords=20)


def part(aws):
    aws("DeleteSnapshot", SnapshotName="t")
    aws("DeleteServerlessCacheSnapshot", ServerlessCacheSnapshotName="t")
    aws("ResetCacheParameterGroup", CacheParameterGroupName="p", ResetAllParameters=True)
    for cache in ("jobs", "table"):
        aws("DeleteServerlessCache", ServerlessCacheName=cache)
    for group in ("token", "users", "wide", "plain", "durable"):
        aws("DeleteReplicationGroup", ReplicationGroupId=group)
    for cluster in ("solo", "m"):
        aws("DeleteCacheCluster", CacheClusterId=cluster)
    aws.settle()
    aws("DeleteUserGroup", UserGroupId="people")
    aws.settle()
    aws("DeleteUser", UserId="app")


def members(shape, value=None, *, seen=None):
    """Give (structure, member) of what a value has, or of all that its shape could have."""
    if isinstance(shape, ListShape):
        for each in [None] if value is None else value:
            yield from members(shape.member, each, seen=seen)
    elif isinstance(shape, StructureShape) and not (seen is not None and shape.name in seen):
        if seen is not None:
            seen.add(shape.name)
        for name in shape.members if value is None else value:
            yield shape.name, name
            inner = None if value is None else value[name]
            yield from members(shape.members[name], inner, seen=seen)


def outputs():
    shapes = (
        (action, service_model().operation_model(action).output_shape) for action in OPERATIONS
    )
    return {action: shape for action, shape in shapes if shape is not None}


def test_every_member_is_given_or_it_is_said_why_not(aws):
    given, called, ask = set(), set(), aws.service.call

    def call(action, params, principal):
        answer = ask(action, params, principal)
        called.add(action)
        if action in outputs():
            given.update(members(outputs()[action], answer))
        return answer

    aws.service.call = call
    live(aws)

    possible = set(itertools.chain(*(members(s, seen=set()) for s in outputs().values())))
    paged = {(message, name) for message, name in possible if name in ("Marker", "NextToken")}
    left = {each for each in possible - given - paged if each[0] not in NEVER_SHOWN}
    assert called == set(OPERATIONS) - {"DeleteCacheParameterGroup", "DeleteCacheSubnetGroup"}
    assert left == set(NOT_GIVEN)
    assert not {structure for structure, _ in given} & set(NEVER_SHOWN)
