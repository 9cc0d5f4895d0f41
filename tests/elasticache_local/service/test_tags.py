"""Tags: whose, when, and how far they spread."""

from __future__ import annotations

import pytest

V = [{"Key": "k", "Value": "v"}]


def tags(aws, kind, name):
    found = aws("ListTagsForResource", ResourceName=aws.arn(kind, name))["TagList"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_adding_overwrites_and_answers_with_the_full_list(aws):
    aws.user(Tags=[{"Key": "k", "Value": "old"}, {"Key": "a", "Value": "1"}])

    answer = aws("AddTagsToResource", ResourceName=aws.arn("user", "APP"), Tags=V)

    assert answer == {"TagList": [{"Key": "a", "Value": "1"}, {"Key": "k", "Value": "v"}]}


def test_removing_answers_with_what_is_left(aws):
    aws.user_group(Tags=[*V, {"Key": "a", "Value": "1"}])

    arn = aws.arn("usergroup", "people")
    answer = aws("RemoveTagsFromResource", ResourceName=arn, TagKeys=["k"])

    assert answer == {"TagList": [{"Key": "a", "Value": "1"}]}


def test_a_groups_tags_spread_to_its_members_and_leave_them(aws):
    aws.group(Tags=V)
    arn = aws.arn("replicationgroup", "orders")
    aws("AddTagsToResource", ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    aws.settle()
    assert tags(aws, "cluster", "orders-002") == {"k": "v", "b": "2"}

    aws("RemoveTagsFromResource", ResourceName=arn, TagKeys=["k"])
    aws.settle()

    assert tags(aws, "cluster", "orders-002") == {"b": "2"}


@pytest.mark.parametrize("busy", [True, False])
def test_whether_a_tag_write_makes_a_group_modifying_is_a_switch(make_aws, busy):
    aws = make_aws(tag_write_makes_busy=busy)
    aws.group()

    aws("AddTagsToResource", ResourceName=aws.arn("replicationgroup", "orders"), Tags=V)

    assert aws.show()["Status"] == ("modifying" if busy else "available")
    aws.settle()
    assert aws.show()["Status"] == "available"


def test_right_after_a_tag_write_a_user_is_not_available_for_tagging(aws):
    aws.user()
    arn = aws.arn("user", "app")
    aws("AddTagsToResource", ResourceName=arn, Tags=V)

    fault = aws.refusal("ListTagsForResource", ResourceName=arn)

    assert fault.message == "app is not available for tagging"
    aws.settle()
    assert tags(aws, "user", "app") == {"k": "v"}


@pytest.mark.parametrize(
    "tag",
    [
        {"Key": "aws:mine", "Value": ""},
        {"Key": "", "Value": ""},
        {"Key": "k" * 129, "Value": ""},
        {"Key": "k", "Value": "v" * 257},
    ],
)
def test_a_tag_that_is_none_is_refused(aws, tag):
    aws.user()

    fault = aws.refusal("AddTagsToResource", ResourceName=aws.arn("user", "app"), Tags=[tag])

    assert fault.code == "InvalidParameterValue"


def test_a_default_parameter_group_can_not_be_tagged(aws):
    arn = aws.arn("parametergroup", "default.redis7")

    assert aws.refusal("AddTagsToResource", ResourceName=arn, Tags=V).code == "InvalidARN"


def test_every_kind_can_be_tagged(aws):
    aws.user(Tags=V)
    aws.user_group(Tags=V)
    aws.group(Tags=V)
    aws.serverless(Tags=V)
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="tuned",
        CacheParameterGroupFamily="redis7",
        Description="d",
        Tags=V,
    )
    aws.service.declare_subnets(aws.principal, ["subnet-1"])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="mine",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1"],
        Tags=V,
    )
    aws("CreateSnapshot", SnapshotName="s", ReplicationGroupId="orders", Tags=V)
    aws(
        "CreateServerlessCacheSnapshot",
        ServerlessCacheSnapshotName="s",
        ServerlessCacheName="jobs",
        Tags=V,
    )
    aws.settle()

    kinds = {
        "user": "app",
        "usergroup": "people",
        "replicationgroup": "orders",
        "cluster": "orders-001",
        "serverlesscache": "jobs",
        "parametergroup": "tuned",
        "subnetgroup": "mine",
        "snapshot": "s",
        "serverlesscachesnapshot": "s",
    }
    assert {kind: tags(aws, kind, name) for kind, name in kinds.items()} == {
        kind: {"k": "v"} for kind in kinds
    }


def test_the_tagging_api_knows_what_was_ever_tagged_and_nothing_else(aws):
    aws.user("never")
    aws.user("once", Tags=V)
    arn = aws.arn("user", "once")

    aws("RemoveTagsFromResource", ResourceName=arn, TagKeys=["k"])

    assert aws.service.tagged_resources(aws.principal) == [(arn, {})]


def test_a_resource_that_is_gone_is_gone_from_the_tagging_api(aws):
    aws.user(Tags=V)
    aws("DeleteUser", UserId="app")
    aws.settle()

    assert aws.service.tagged_resources(aws.principal) == []
