"""User groups: membership that takes its time, and who may be in."""

from __future__ import annotations

import pytest

TLS = {"TransitEncryptionEnabled": True}


def test_a_group_is_creating_and_then_active(aws):
    aws.user("d", UserName="default")

    answer = aws("CreateUserGroup", UserGroupId="People", Engine="Redis", UserIds=["D"])

    assert answer["Status"] == "creating"
    assert answer["UserIds"] == ["d"]
    aws.settle()
    assert aws.show_user_group("PEOPLE") == {
        "UserGroupId": "people",
        "Status": "active",
        "Engine": "redis",
        "UserIds": ["d"],
        "MinimumEngineVersion": "6.0",
        "ReplicationGroups": [],
        "ServerlessCaches": [],
        "ARN": aws.arn("usergroup", "people"),
    }


def test_until_a_change_has_happened_the_old_members_show_beside_what_is_pending(aws):
    aws.user_group()
    aws.user()

    answer = aws("ModifyUserGroup", UserGroupId="people", UserIdsToAdd=["app"])

    assert answer["Status"] == "modifying"
    assert answer["UserIds"] == ["people-default"]
    assert answer["PendingChanges"] == {"UserIdsToAdd": ["app"], "UserIdsToRemove": []}
    assert aws.show_user()["UserGroupIds"] == []
    aws.settle()
    assert aws.show_user_group()["UserIds"] == ["people-default", "app"]
    assert "PendingChanges" not in aws.show_user_group()
    assert aws.show_user()["UserGroupIds"] == ["people"]


def test_the_default_user_is_replaced_in_one_call(aws):
    aws.user_group()
    aws.user("better", UserName="default")

    aws(
        "ModifyUserGroup",
        UserGroupId="people",
        UserIdsToAdd=["better"],
        UserIdsToRemove=["people-default"],
    )
    aws.settle()

    assert aws.show_user_group()["UserIds"] == ["better"]


def test_a_busy_group_is_refused_in_the_services_words(aws):
    aws.user_group()
    aws.user()
    aws("ModifyUserGroup", UserGroupId="people", UserIdsToAdd=["app"])

    fault = aws.refusal("ModifyUserGroup", UserGroupId="people", UserIdsToRemove=["app"])

    assert fault.message == (
        "User group people has status modifying. Only active user groups can be modified."
    )


def test_a_call_that_asks_for_nothing_is_refused(aws):
    aws.user_group()

    assert aws.refusal("ModifyUserGroup", UserGroupId="people").code == (
        "InvalidParameterCombination"
    )


def test_a_valkey_group_needs_no_default_user(aws):
    aws.user("v", Engine="valkey")

    aws.user_group(Engine="valkey", UserIds=["v"])

    assert aws.show_user_group()["Status"] == "active"


@pytest.mark.parametrize("taken", [True, False])
def test_whether_a_redis_group_takes_valkey_users_is_a_switch(make_aws, taken):
    aws = make_aws(redis_group_takes_valkey_users=taken)
    aws.user("v", Engine="valkey", UserName="default")
    wish = {"UserGroupId": "people", "Engine": "redis", "UserIds": ["v"]}

    if taken:
        assert aws("CreateUserGroup", **wish)["Status"] == "creating"
    else:
        assert aws.refusal("CreateUserGroup", **wish).code == "InvalidParameterCombination"


def test_a_redis_cache_does_not_take_a_valkey_group(aws):
    aws.user("v", Engine="valkey")
    aws.user_group(Engine="valkey", UserIds=["v"])

    fault = aws.refusal(
        "CreateReplicationGroup",
        ReplicationGroupId="orders",
        ReplicationGroupDescription="d",
        Engine="redis",
        UserGroupIds=["people"],
        **TLS,
    )

    assert fault.code == "InvalidParameterCombination"


def test_attaching_and_detaching_show_on_both_sides(aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], **TLS)
    aws.serverless(UserGroupId="people")

    group = aws.show_user_group()
    assert (group["ReplicationGroups"], group["ServerlessCaches"]) == (["orders"], ["jobs"])
    aws.modify(RemoveUserGroups=True)
    aws("ModifyServerlessCache", ServerlessCacheName="jobs", RemoveUserGroup=True)
    aws.settle()
    group = aws.show_user_group()
    assert (group["ReplicationGroups"], group["ServerlessCaches"]) == ([], [])
    assert aws.show()["UserGroupIds"] == []
    assert "UserGroupId" not in aws.show_serverless()


def test_a_group_whose_cache_is_still_deleting_can_not_be_deleted(aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], **TLS)
    aws("DeleteReplicationGroup", ReplicationGroupId="orders")

    assert aws.refusal("DeleteUserGroup", UserGroupId="people").code == "InvalidUserGroupState"
    aws.settle()
    assert aws("DeleteUserGroup", UserGroupId="people")["Status"] == "deleting"
    aws.settle()
    assert aws("DescribeUserGroups")["UserGroups"] == []
    assert aws.show_user("people-default")["UserGroupIds"] == []


def test_more_than_a_hundred_members_are_refused(aws):
    users = [aws.user(f"u{number}") for number in range(100)]
    users.append(aws.user("d", UserName="default"))

    fault = aws.refusal("CreateUserGroup", UserGroupId="g", Engine="redis", UserIds=users)

    assert fault.code == "InvalidParameterValue"
