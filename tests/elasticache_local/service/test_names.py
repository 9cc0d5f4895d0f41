"""What things may be called, and what they are called in answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from service_bench import PASSWORD

from elasticache_local.service import Principal

LIMIT = "InvalidParameterValue"


@dataclass(frozen=True)
class Kind:
    """How one kind of thing is made, found and named in ARNs."""

    create: str
    name: str
    longest: int
    arn: str
    describe: str
    more: dict[str, Any]
    find: str = ""

    def made(self, aws, name):
        answer = aws(self.create, **{self.name: name}, **self.more)
        return answer if self.name in answer else next(iter(answer.values()))

    def found(self, aws, name):
        answer = aws(self.describe, **{self.find or self.name: name})
        [one] = next(value for value in answer.values() if isinstance(value, list))
        return one


USER = {"UserName": "u", "Engine": "redis", "AccessString": "on", "Passwords": [PASSWORD]}
KINDS = {
    "user": Kind("CreateUser", "UserId", 40, "user", "DescribeUsers", USER),
    "user group": Kind(
        "CreateUserGroup",
        "UserGroupId",
        40,
        "usergroup",
        "DescribeUserGroups",
        {"Engine": "redis", "UserIds": ["default"]},
    ),
    "replication group": Kind(
        "CreateReplicationGroup",
        "ReplicationGroupId",
        40,
        "replicationgroup",
        "DescribeReplicationGroups",
        {"ReplicationGroupDescription": "d"},
    ),
    "cache cluster": Kind(
        "CreateCacheCluster",
        "CacheClusterId",
        50,
        "cluster",
        "DescribeCacheClusters",
        {"Engine": "redis"},
    ),
    "serverless cache": Kind(
        "CreateServerlessCache",
        "ServerlessCacheName",
        40,
        "serverlesscache",
        "DescribeServerlessCaches",
        {"Engine": "valkey"},
    ),
    "parameter group": Kind(
        "CreateCacheParameterGroup",
        "CacheParameterGroupName",
        255,
        "parametergroup",
        "DescribeCacheParameterGroups",
        {"CacheParameterGroupFamily": "redis7", "Description": "d"},
    ),
    "subnet group": Kind(
        "CreateCacheSubnetGroup",
        "CacheSubnetGroupName",
        255,
        "subnetgroup",
        "DescribeCacheSubnetGroups",
        {"CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-1"]},
    ),
    "snapshot": Kind(
        "CreateSnapshot",
        "SnapshotName",
        40,
        "snapshot",
        "DescribeSnapshots",
        {"ReplicationGroupId": "orders"},
    ),
    "serverless snapshot": Kind(
        "CreateServerlessCacheSnapshot",
        "ServerlessCacheSnapshotName",
        255,
        "serverlesscachesnapshot",
        "DescribeServerlessCacheSnapshots",
        {"ServerlessCacheName": "jobs"},
    ),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@pytest.fixture
def aws(aws):
    aws.group()
    aws.serverless()
    aws.service.declare_subnets(aws.principal, ["subnet-1"])
    return aws


@each_kind
def test_an_id_is_stored_in_lower_case_and_found_in_any(aws, kind):
    assert kind.made(aws, "My-Thing2")[kind.name] == "my-thing2"
    assert kind.found(aws, "MY-THING2")[kind.name] == "my-thing2"


@each_kind
@pytest.mark.parametrize("name", ["1st", "-x", "end-", "a--b", "has_under", "has.dot", "späßig"])
def test_a_name_of_another_form_is_refused(aws, kind, name):
    assert aws.refusal(kind.create, **{kind.name: name}, **kind.more).code == LIMIT


@each_kind
def test_the_longest_name_is_taken_and_one_letter_more_is_not(aws, kind):
    name = "x" * (kind.longest + 1)

    assert aws.refusal(kind.create, **{kind.name: name}, **kind.more).code == LIMIT
    assert kind.made(aws, name[1:])[kind.name] == name[1:]


@each_kind
def test_an_arn_says_where_a_thing_is_and_of_which_kind(aws, kind):
    made = kind.made(aws, "thing")

    assert made["ARN"] == f"arn:aws:elasticache:us-east-1:123456789012:{kind.arn}:thing"


def test_an_arn_in_china_is_of_its_own_partition(aws):
    aws.principal = Principal("123456789012", "cn-north-1")
    aws.user()

    assert aws.show_user()["ARN"] == "arn:aws-cn:elasticache:cn-north-1:123456789012:user:app"


def test_a_user_name_may_have_spaces(aws):
    aws.user("app", UserName="The App of Ours")

    assert aws.show_user()["UserName"] == "The App of Ours"


@pytest.mark.parametrize("kind", [k for k in KINDS.values() if "Snapshot" not in k.create], ids=str)
def test_a_list_of_nothing_is_empty_and_no_error(aws, kind):
    aws.principal = Principal("123456789012", "eu-west-3")

    [found] = [each for each in aws(kind.describe).values() if isinstance(each, list)]

    names = [str(each[kind.name]) for each in found]
    assert [name for name in names if not name.startswith("default")] == []
