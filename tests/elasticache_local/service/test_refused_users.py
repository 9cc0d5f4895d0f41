"""Users and user groups: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_bench import PASSWORD
from service_causes import TLS, busy_user, check_cause, nothing, quota, tags

USER = {
    "UserId": "new",
    "UserName": "new",
    "Engine": "redis",
    "AccessString": "on ~* +@all",
    "Passwords": [PASSWORD],
}


def user_with(**given):
    return USER | given


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


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*USERS, *USER_GROUPS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
