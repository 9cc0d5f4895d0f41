"""Users: what is stored, what is shown, and whom a change reaches."""

from __future__ import annotations

import hashlib
import json

import pytest
from service_bench import PASSWORD

TLS = {"TransitEncryptionEnabled": True}
COMMON = {"UserId": "new", "UserName": "new", "Engine": "redis", "AccessString": "on ~* +@all"}


def test_every_account_has_a_default_user_from_the_start(aws):
    [user] = aws("DescribeUsers")["Users"]

    assert user["UserId"] == user["UserName"] == "default"
    assert user["AccessString"] == "on ~* +@all"
    assert user["Authentication"] == {"Type": "no-password"}


def test_ids_and_engine_are_stored_in_lower_case_and_found_in_any(aws):
    aws("CreateUser", **COMMON | {"UserId": "ReAder", "Engine": "REDIS"}, Passwords=[PASSWORD])

    assert aws.show_user("READER")["UserId"] == "reader"
    assert aws.show_user("reader")["Engine"] == "redis"


def test_a_user_shows_all_that_the_real_answer_has(aws):
    aws.user(Passwords=[PASSWORD, PASSWORD + "2"])

    assert aws.show_user() == {
        "UserId": "app",
        "UserName": "app",
        "Status": "active",
        "Engine": "redis",
        "MinimumEngineVersion": "6.0",
        "AccessString": "on ~* +@all",
        "UserGroupIds": [],
        "Authentication": {"Type": "password", "PasswordCount": 2},
        "ARN": aws.arn("user", "app"),
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({}, "No password was provided.", id="nothing"),
        pytest.param(
            {"AuthenticationMode": {"Type": "password"}},
            "A user with Authentication Mode: password, must have at least one password",
            id="password-without",
        ),
        pytest.param(
            {"AuthenticationMode": {"Type": "iam"}, "Passwords": [PASSWORD]},
            "Password field is not allowed with authentication type: iam",
            id="iam-with-password",
        ),
        pytest.param(
            {"NoPasswordRequired": True, "Passwords": [PASSWORD]},
            "Password field is not allowed with authentication type: no-password-required",
            id="both",
        ),
        pytest.param(
            {"NoPasswordRequired": True, "AuthenticationMode": {"Type": "iam"}},
            "No password required flag is not allowed",
            id="flag-and-type",
        ),
        pytest.param(
            {"AuthenticationMode": {"Type": "magic"}},
            "Input Authentication type: magic is not in the allowed list: "
            "[password,no-password-required,iam]",
            id="type",
        ),
        pytest.param(
            {"Passwords": ["short"]}, "Passwords length must be between 16-128", id="short"
        ),
        pytest.param({"Passwords": ["x" * 129]}, "between 16-128 characters.", id="long"),
        pytest.param({"Passwords": [PASSWORD + "@"]}, "must not contain", id="character"),
        pytest.param(
            {"Passwords": [PASSWORD + n for n in "123"]}, "one or two passwords", id="three"
        ),
    ],
)
def test_contradictory_authentication_is_refused_in_the_services_words(aws, given, message):
    assert message in aws.refusal("CreateUser", **COMMON | given).message


@pytest.mark.parametrize(
    "user_id", ["1st", "a--b", "end-", "has_under", "has.dot", "x" * 41, "späßig"]
)
def test_a_bad_id_is_refused(aws, user_id):
    fault = aws.refusal("CreateUser", **COMMON | {"UserId": user_id}, Passwords=[PASSWORD])

    assert fault.code == "InvalidParameterValue"


@pytest.mark.parametrize("long_ids", [True, False])
def test_whether_ids_end_at_forty_characters_is_a_switch(make_aws, long_ids):
    aws = make_aws(id_max_length_40=not long_ids)
    wish = COMMON | {"UserId": "x" * 41, "Passwords": [PASSWORD]}

    if long_ids:
        assert aws("CreateUser", **wish)["UserId"] == "x" * 41
    else:
        assert aws.refusal("CreateUser", **wish).code == "InvalidParameterValue"


def test_a_valkey_user_needs_to_authenticate(aws):
    fault = aws.refusal("CreateUser", **COMMON | {"Engine": "valkey"}, NoPasswordRequired=True)

    assert fault.code == "InvalidParameterCombination"


def test_an_iam_user_is_shown_without_a_password_count(aws):
    aws("CreateUser", **COMMON, AuthenticationMode={"Type": "iam"})

    assert aws.show_user("new")["Authentication"] == {"Type": "iam"}


def test_passwords_are_kept_as_hashes_only(aws):
    aws.user(Passwords=[PASSWORD])

    kept = json.dumps(aws.service.snapshot())

    assert PASSWORD not in kept
    assert hashlib.sha256(PASSWORD.encode()).hexdigest() in kept


def test_appended_rules_come_after_the_stored_ones(aws):
    aws.user(AccessString="on ~app:* +get")

    aws("ModifyUser", UserId="app", AppendAccessString="+set")

    assert aws.show_user()["AccessString"] == "on ~app:* -@all +get +set"


def test_a_change_ripples_to_groups_and_their_caches_and_ends(aws):
    aws.user()
    aws.user_group(UserIds=["app", aws.user("d", UserName="default")])
    aws.group(UserGroupIds=["people"], **TLS)
    aws.serverless(UserGroupId="people")

    answer = aws("ModifyUser", UserId="app", AccessString="on ~x +get")

    assert answer["Status"] == "modifying"
    assert aws.show_user_group()["Status"] == "modifying"
    assert aws.show()["Status"] == "modifying"
    assert aws.show_serverless()["Status"] == "modifying"
    aws.settle()
    assert aws.show_user()["Status"] == "active"
    assert aws.show_user_group()["Status"] == "active"
    assert aws.show()["Status"] == "available"
    assert aws.show_serverless()["Status"] == "available"


def test_two_changes_at_once_end_only_when_both_have(make_aws):
    aws = make_aws()
    aws.user("one")
    aws.user("two")
    aws.user_group(UserIds=["one", "two", aws.user("d", UserName="default")])

    aws("ModifyUser", UserId="one", AccessString="off")
    aws.pass_time(0.2)
    aws("ModifyUser", UserId="two", AccessString="off")
    aws.pass_time(0.15)

    assert aws.show_user("one")["Status"] == "active"
    assert aws.show_user("two")["Status"] == "modifying"
    assert aws.show_user_group()["Status"] == "modifying"
    aws.settle()
    assert aws.show_user_group()["Status"] == "active"


def test_whether_a_busy_group_refuses_a_change_of_its_user_is_a_switch(make_aws):
    aws = make_aws(busy_group_refuses_user_change=True)
    aws.user("one")
    aws.user("two")
    aws.user_group(UserIds=["one", "two", aws.user("d", UserName="default")])

    aws("ModifyUser", UserId="one", AccessString="off")
    fault = aws.refusal("ModifyUser", UserId="two", AccessString="off")

    assert fault.code == "InvalidUserState"
    assert "User group people has status modifying" in fault.message


def test_a_busy_user_is_refused_in_the_services_words(aws):
    aws.user()
    aws("ModifyUser", UserId="app", AccessString="off")

    fault = aws.refusal("ModifyUser", UserId="app", AccessString="on")

    assert fault.message == ("User app has status modifying. Only active users can be modified.")


def test_a_user_stays_modifying_until_the_data_plane_has_it(aws):
    aws.user()
    aws.user_group(UserIds=["app", aws.user("d", UserName="default")])
    aws.group(UserGroupIds=["people"], **TLS)
    aws.host.silent = True

    aws("ModifyUser", UserId="app", AccessString="off")
    aws.settle()

    assert aws.show_user()["Status"] == "modifying"
    aws.host.speak()
    assert aws.show_user()["Status"] == "active"


def test_a_deleted_user_leaves_all_its_groups(aws):
    aws.user()
    default = aws.user("d", UserName="default")
    aws.user_group("one", UserIds=["app", default])
    aws.user_group("two", UserIds=["app", default])

    assert aws("DeleteUser", UserId="app")["Status"] == "deleting"
    aws.settle()

    assert aws.show_user_group("one")["UserIds"] == ["d"]
    assert aws.show_user_group("two")["UserIds"] == ["d"]
    assert aws.refusal("DescribeUsers", UserId="app").code == "UserNotFound"
    fault = aws.refusal("ModifyUserGroup", UserGroupId="one", UserIdsToRemove=["app"])
    assert fault.code == "InvalidParameterValue"
    assert "is not a member of user group" in fault.message


@pytest.mark.parametrize("action", ["ModifyUser", "DeleteUser"])
def test_the_accounts_own_default_user_can_be_neither_changed_nor_deleted(aws, action):
    more = {"AccessString": "off"} if action == "ModifyUser" else {}

    assert aws.refusal(action, UserId="default", **more).code == "InvalidParameterValue"


def test_users_are_found_by_engine_and_by_filter(aws):
    aws.user("a")
    aws.user("b", Engine="valkey")

    by_engine = aws("DescribeUsers", Engine="Valkey")["Users"]
    by_filter = aws("DescribeUsers", Filters=[{"Name": "UserId", "Values": ["A"]}])["Users"]

    assert [user["UserId"] for user in by_engine] == ["b"]
    assert [user["UserId"] for user in by_filter] == ["a"]


def test_an_unknown_filter_is_refused(aws):
    fault = aws.refusal("DescribeUsers", Filters=[{"Name": "Colour", "Values": ["red"]}])

    assert fault.code == "InvalidParameterValue"


def test_whether_a_user_starts_as_creating_is_a_switch(make_aws):
    aws = make_aws(user_starts_creating=True)

    aws.user()

    assert aws.show_user()["Status"] == "creating"
    aws.settle()
    assert aws.show_user()["Status"] == "active"


def test_a_user_moves_between_password_and_iam(aws):
    aws.user()

    aws("ModifyUser", UserId="app", AuthenticationMode={"Type": "iam"})
    aws.settle()
    assert aws.show_user()["Authentication"] == {"Type": "iam"}

    mode = {"Type": "password", "Passwords": ["p" * 16, "q" * 16]}
    aws("ModifyUser", UserId="app", AuthenticationMode=mode)
    aws.settle()
    assert aws.show_user()["Authentication"] == {"Type": "password", "PasswordCount": 2}
