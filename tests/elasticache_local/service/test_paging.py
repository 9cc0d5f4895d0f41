"""Pages: 25 and 1,000 things, none twice, none lost, whatever happens in between."""

from __future__ import annotations

import time

import pytest
from service_bench import PASSWORD

from elasticache_local.service import Principal
from elasticache_local.service.rule.engine_version import VERSIONS
from elasticache_local.service.rule.parameter import built_in_groups


def walk(aws, action, key, token="Marker", **params):
    sizes, found, more = [], [], {}
    while True:
        answer = aws(action, **params, **more)
        sizes.append(len(answer[key]))
        found += answer[key]
        if token not in answer:
            return sizes, found
        more = {token: answer[token]}


def users(aws, count):
    for number in range(count):
        aws.user(f"u{number:04}")


def test_a_thousand_users_come_in_pages_of_a_hundred(make_aws):
    aws = make_aws(user_quota=2000)
    users(aws, 999)

    sizes, found = walk(aws, "DescribeUsers", "Users")

    assert sizes == [100] * 10
    assert len({user["UserId"] for user in found}) == 1000


def test_twenty_five_users_in_pages_of_twenty(aws):
    users(aws, 24)

    sizes, found = walk(aws, "DescribeUsers", "Users", MaxRecords=20)

    assert sizes == [20, 5]
    assert len({user["UserId"] for user in found}) == 25


def test_what_is_made_and_deleted_between_pages_loses_and_doubles_nothing(aws):
    users(aws, 60)
    first = aws("DescribeUsers", MaxRecords=20)
    seen = [user["UserId"] for user in first["Users"]]

    aws("DeleteUser", UserId=seen[-1])
    aws("DeleteUser", UserId=seen[3])
    aws.user("aaa-new")
    aws.settle()
    more = aws("DescribeUsers", MaxRecords=100, Marker=first["Marker"])
    seen += [user["UserId"] for user in more["Users"]]

    assert len(seen) == len(set(seen))
    assert {f"u{number:04}" for number in range(60)} <= set(seen)


CLASSIC = [
    "DescribeUsers",
    "DescribeUserGroups",
    "DescribeReplicationGroups",
    "DescribeCacheClusters",
    "DescribeCacheParameterGroups",
    "DescribeCacheSubnetGroups",
    "DescribeEvents",
    "DescribeCacheEngineVersions",
]


@pytest.mark.parametrize("action", CLASSIC)
@pytest.mark.parametrize("size", [0, 19, 101])
def test_page_sizes_out_of_range_are_refused(aws, action, size):
    assert aws.refusal(action, MaxRecords=size).code == "InvalidParameterValue"


@pytest.mark.parametrize("action", CLASSIC)
@pytest.mark.parametrize("size", [20, 100])
def test_page_sizes_in_range_are_taken(aws, action, size):
    there = {
        "DescribeCacheParameterGroups": len(built_in_groups()),
        "DescribeCacheEngineVersions": len(VERSIONS),
    }.get(action, 1)

    assert ("Marker" in aws(action, MaxRecords=size)) is (there > size)


@pytest.mark.parametrize(("size", "taken"), [(19, False), (20, True), (50, True), (51, False)])
def test_snapshots_come_in_pages_of_twenty_to_fifty(aws, size, taken):
    if taken:
        assert aws("DescribeSnapshots", MaxRecords=size) == {"Snapshots": []}
    else:
        assert aws.refusal("DescribeSnapshots", MaxRecords=size).code == "InvalidParameterValue"


def test_a_marker_that_is_none_is_refused(aws):
    assert aws.refusal("DescribeUsers", Marker="é").code == "InvalidParameterValue"


def test_a_marker_of_another_list_is_refused(aws):
    marker = aws("DescribeCacheParameterGroups", MaxRecords=20)["Marker"]

    assert aws.refusal("DescribeUsers", Marker=marker).code == "InvalidParameterValue"
    assert aws.refusal("DescribeServerlessCaches", NextToken=marker).code == "InvalidParameterValue"


def test_serverless_caches_come_fifty_at_a_time(make_aws):
    aws = make_aws(serverless_quota=60)
    for number in range(60):
        aws("CreateServerlessCache", ServerlessCacheName=f"s{number}", Engine="valkey")

    sizes, _ = walk(aws, "DescribeServerlessCaches", "ServerlessCaches", token="NextToken")

    assert sizes == [50, 10]


def test_accounts_and_regions_do_not_see_each_other(aws):
    aws.user()
    others = [Principal("210987654321", "us-east-1"), Principal("123456789012", "eu-west-1")]

    for principal in others:
        found = aws.service.call("DescribeUsers", {}, principal)["Users"]
        assert [user["UserId"] for user in found] == ["default"]
        assert principal.account_id in found[0]["ARN"]


def test_two_thousand_users_are_described_quickly(make_aws):
    aws = make_aws(user_quota=2001)
    wish = {"Engine": "redis", "AccessString": "on ~* +@all", "Passwords": [PASSWORD]}
    for number in range(2000):
        name = f"u{number}"
        aws.service.call("CreateUser", {"UserId": name, "UserName": name, **wish}, aws.principal)

    began = time.process_time()
    marker = {}
    while True:
        answer = aws.service.call("DescribeUsers", marker, aws.principal)
        if "Marker" not in answer:
            break
        marker = {"Marker": answer["Marker"]}

    # The promise is 1.5 s over HTTP; in process it is a small part of that.
    assert time.process_time() - began < 0.5


def snapshots(aws, count):
    aws.group()
    for number in range(count):
        aws("CreateSnapshot", SnapshotName=f"s{number}", ReplicationGroupId="orders")
        aws.settle()
        aws.pass_time(2 * 3600)


def serverless_snapshots(aws, count):
    aws.serverless()
    for number in range(count):
        name = {"ServerlessCacheSnapshotName": f"s{number}"}
        aws("CreateServerlessCacheSnapshot", ServerlessCacheName="jobs", **name)
        aws.settle()
        aws.pass_time(2 * 3600)


def subnet_group(aws, name):
    [default] = aws("DescribeCacheSubnetGroups", CacheSubnetGroupName="default")[
        "CacheSubnetGroups"
    ]
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName=name,
        CacheSubnetGroupDescription="d",
        SubnetIds=[default["Subnets"][0]["SubnetIdentifier"]],
    )


def each(make):
    return lambda aws, count: [make(aws, f"n{number}") for number in range(count)]


def group(aws, name):
    wish = {"ReplicationGroupDescription": "d", "Engine": "redis"}
    aws("CreateReplicationGroup", ReplicationGroupId=name, **wish)


def parameter_group(aws, name):
    more = {"CacheParameterGroupFamily": "redis7", "Description": "d"}
    aws("CreateCacheParameterGroup", CacheParameterGroupName=name, **more)


def user_group(aws, name):
    if not aws("DescribeUserGroups")["UserGroups"]:
        aws.user("d", UserName="default")
    aws("CreateUserGroup", UserGroupId=name, Engine="redis", UserIds=["d"])


MADE = [
    ("DescribeUserGroups", "UserGroups", "UserGroupId", each(user_group)),
    ("DescribeReplicationGroups", "ReplicationGroups", "ReplicationGroupId", each(group)),
    ("DescribeCacheClusters", "CacheClusters", "CacheClusterId", each(group)),
    (
        "DescribeCacheParameterGroups",
        "CacheParameterGroups",
        "CacheParameterGroupName",
        each(parameter_group),
    ),
    ("DescribeCacheSubnetGroups", "CacheSubnetGroups", "CacheSubnetGroupName", each(subnet_group)),
    ("DescribeSnapshots", "Snapshots", "SnapshotName", snapshots),
    ("DescribeEvents", "Events", "SourceIdentifier", each(parameter_group)),
    (
        "DescribeServerlessCacheSnapshots",
        "ServerlessCacheSnapshots",
        "ServerlessCacheSnapshotName",
        serverless_snapshots,
    ),
]


@pytest.mark.parametrize(
    ("action", "key", "name", "make"), [pytest.param(*row, id=row[0]) for row in MADE]
)
def test_twenty_five_of_everything_come_once_each(aws, action, key, name, make):
    by_token = "Serverless" in action
    before = {
        shown[name] for shown in walk(aws, action, key, "NextToken" if by_token else "Marker")[1]
    }
    make(aws, 25)

    size = {"MaxResults" if by_token else "MaxRecords": 20}
    sizes, found = walk(aws, action, key, "NextToken" if by_token else "Marker", **size)

    names = [shown[name] for shown in found]
    assert len(names) == len(set(names)) == len(before) + 25
    assert before <= set(names)
    assert sizes[0] == 20


def test_a_thousand_user_groups_and_events_come_once_each(make_aws):
    aws = make_aws(user_group_quota=1000)
    each(user_group)(aws, 1000)
    aws.settle()

    sizes, found = walk(aws, "DescribeUserGroups", "UserGroups")
    _, events = walk(aws, "DescribeEvents", "Events", SourceType="user-group")

    assert sizes == [100] * 10
    assert len({group["UserGroupId"] for group in found}) == 1000
    assert len({event["SourceIdentifier"] for event in events}) == len(events) == 1000
