"""AUTH tokens, user groups, and the ways between them."""

from __future__ import annotations

import hashlib
import json

import pytest

TLS = {"TransitEncryptionEnabled": True}
OLD, NEW, NEWER = ("old-token-of-16-chars", "new-token-of-16-chars", "newer-token-16-chars")
COMBINATION, VALUE = "InvalidParameterCombination", "InvalidParameterValue"


def hashes(*tokens):
    return tuple(hashlib.sha256(token.encode()).hexdigest() for token in tokens)


def tokened(aws, **given):
    aws.group(AuthToken=OLD, **TLS | given)


def grouped(aws):
    aws.user_group()
    aws.user_group("others")
    aws.group(UserGroupIds=["people"], **TLS)


def test_a_group_made_with_a_token_says_so_and_keeps_no_plain_text(aws):
    tokened(aws)

    assert aws.show()["AuthTokenEnabled"] is True
    assert aws.show()["AuthTokenLastModifiedDate"]
    assert aws.show_cluster("orders-001")["AuthTokenEnabled"] is True
    assert OLD not in json.dumps(aws.service.snapshot())
    assert (aws.want().token_hashes, aws.want().open) == (hashes(OLD), False)


def test_rotate_lets_both_tokens_in_and_set_only_the_new_one(aws):
    tokened(aws)
    before = aws.show()["AuthTokenLastModifiedDate"]

    answer = aws.modify(AuthToken=NEW, AuthTokenUpdateStrategy="ROTATE")["ReplicationGroup"]

    assert answer["PendingModifiedValues"]["AuthTokenStatus"] == "ROTATING"
    aws.settle()
    assert aws.want().token_hashes == hashes(OLD, NEW)
    assert aws.show()["AuthTokenLastModifiedDate"] > before
    answer = aws.modify(AuthToken=NEW, AuthTokenUpdateStrategy="SET")["ReplicationGroup"]
    assert answer["PendingModifiedValues"]["AuthTokenStatus"] == "SETTING"
    aws.settle()
    assert aws.want().token_hashes == hashes(NEW)
    assert aws.show()["PendingModifiedValues"] == {}


def test_rotate_is_what_a_token_alone_means(aws):
    tokened(aws)

    answer = aws.modify(AuthToken=NEW)["ReplicationGroup"]

    assert answer["PendingModifiedValues"]["AuthTokenStatus"] == "ROTATING"


def test_a_third_token_drops_the_oldest(aws):
    tokened(aws)
    for token in (NEW, NEWER):
        aws.modify(AuthToken=token, AuthTokenUpdateStrategy="ROTATE")
        aws.settle()

    assert aws.want().token_hashes == hashes(NEW, NEWER)


@pytest.mark.parametrize("deduplicates", [True, False])
def test_whether_rotating_to_the_newest_token_drops_the_older_is_a_switch(make_aws, deduplicates):
    aws = make_aws(rotate_deduplicates=deduplicates)
    tokened(aws)
    for _ in range(2):
        aws.modify(AuthToken=NEW, AuthTokenUpdateStrategy="ROTATE")
        aws.settle()

    assert (hashes(OLD)[0] in aws.want().token_hashes) is deduplicates


def test_rotating_in_a_first_token_leaves_the_door_open_until_it_is_set(aws):
    aws.group(**TLS)

    aws.modify(AuthToken=NEW, AuthTokenUpdateStrategy="ROTATE")
    aws.settle()
    assert (aws.want().token_hashes, aws.want().open) == (hashes(NEW), True)

    aws.modify(AuthToken=NEW, AuthTokenUpdateStrategy="SET")
    aws.settle()
    assert (aws.want().token_hashes, aws.want().open) == (hashes(NEW), False)


@pytest.mark.parametrize("needed", [True, False])
def test_whether_set_needs_a_rotate_is_a_switch(make_aws, needed):
    aws = make_aws(set_needs_rotate=needed)
    tokened(aws)
    wish = {
        "ReplicationGroupId": "orders",
        "AuthToken": NEW,
        "AuthTokenUpdateStrategy": "SET",
        "ApplyImmediately": True,
    }

    if needed:
        assert aws.refusal("ModifyReplicationGroup", **wish).code == COMBINATION
    else:
        assert aws("ModifyReplicationGroup", **wish)


def test_from_token_to_user_group_is_one_call(aws):
    tokened(aws)
    aws.user_group()

    answer = aws.modify(AuthTokenUpdateStrategy="DELETE", UserGroupIdsToAdd=["people"])

    assert answer["ReplicationGroup"]["UserGroupIds"] == []
    pending = answer["ReplicationGroup"]["PendingModifiedValues"]
    assert pending["UserGroups"] == {"UserGroupIdsToAdd": ["people"], "UserGroupIdsToRemove": []}
    aws.settle()
    shown = aws.show()
    assert (shown["UserGroupIds"], shown["AuthTokenEnabled"]) == (["people"], False)
    assert "AuthTokenLastModifiedDate" not in shown
    assert aws.want().token_hashes == ()
    assert [user.name for user in aws.want().users] == ["default"]


def test_from_user_group_to_token_is_one_call(aws):
    grouped(aws)

    aws.modify(RemoveUserGroups=True, AuthToken=NEW, AuthTokenUpdateStrategy="SET")
    aws.settle()

    shown = aws.show()
    assert (shown["UserGroupIds"], shown["AuthTokenEnabled"]) == ([], True)
    assert (aws.want().users, aws.want().token_hashes) == (None, hashes(NEW))
    assert aws.want().open is False


def test_one_group_is_swapped_for_another_in_one_call_and_the_old_one_shows_until_then(aws):
    grouped(aws)

    answer = aws.modify(UserGroupIdsToAdd=["Others"], UserGroupIdsToRemove=["people"])

    assert answer["ReplicationGroup"]["UserGroupIds"] == ["people"]
    assert answer["ReplicationGroup"]["PendingModifiedValues"]["UserGroups"] == {
        "UserGroupIdsToAdd": ["others"],
        "UserGroupIdsToRemove": ["people"],
    }
    aws.settle()
    assert aws.show()["UserGroupIds"] == ["others"]
    assert [user.user_id for user in aws.want().users] == ["others-default"]


@pytest.mark.parametrize(
    ("arrange", "given", "code", "words"),
    [
        pytest.param(
            tokened,
            {"AuthTokenUpdateStrategy": "DELETE"},
            VALUE,
            "Auth token update strategy delete is not supported currently",
            id="delete-alone",
        ),
        pytest.param(
            lambda a: (tokened(a), a.user_group()),
            {"UserGroupIdsToAdd": ["people"]},
            COMBINATION,
            "User group can't be associated with auth token enabled. "
            "Pass AuthStrategy delete to proceed.",
            id="group-beside-token",
        ),
        pytest.param(
            grouped,
            {"AuthToken": NEW},
            COMBINATION,
            "Auth tokens can't be enabled with a user group already associated. "
            "Pass RemoveUserGroups to proceed.",
            id="token-beside-group",
        ),
        pytest.param(
            grouped,
            {"AuthToken": NEW, "RemoveUserGroups": True},
            COMBINATION,
            "must be SET",
            id="rotate-from-group",
        ),
        pytest.param(
            grouped, {"UserGroupIdsToAdd": ["others"]}, COMBINATION, "Only one", id="two-groups"
        ),
        pytest.param(
            grouped, {"UserGroupIdsToAdd": ["people"]}, VALUE, "already", id="the-same-group"
        ),
        pytest.param(
            grouped, {"UserGroupIdsToRemove": ["others"]}, VALUE, "not associated", id="stranger"
        ),
        pytest.param(
            grouped,
            {"UserGroupIdsToRemove": ["people"]},
            COMBINATION,
            "Pass RemoveUserGroups",
            id="the-only-group",
        ),
        pytest.param(
            grouped,
            {"RemoveUserGroups": True, "UserGroupIdsToAdd": ["others"]},
            COMBINATION,
            "",
            id="remove-and-add",
        ),
        pytest.param(
            lambda a: a.group(**TLS),
            {"AuthTokenUpdateStrategy": "SET"},
            COMBINATION,
            "needs AuthToken",
            id="strategy-without-token",
        ),
        pytest.param(
            lambda a: a.group(), {"AuthToken": NEW}, COMBINATION, "encryption", id="no-tls"
        ),
        pytest.param(
            tokened, {"AuthToken": "bad"}, VALUE, "Invalid AuthToken provided.", id="bad-token"
        ),
        pytest.param(
            tokened,
            {"AuthToken": NEW, "ApplyImmediately": False},
            COMBINATION,
            "ApplyImmediately",
            id="later",
        ),
        pytest.param(
            lambda a: (a.user_group(), a.group()),
            {"UserGroupIdsToAdd": ["people"]},
            COMBINATION,
            "requires encryption-in-transit to be enabled",
            id="group-without-tls",
        ),
    ],
)
def test_other_ways_are_refused(aws, arrange, given, code, words):
    arrange(aws)

    fault = aws.refusal(
        "ModifyReplicationGroup",
        **{"ReplicationGroupId": "orders", "ApplyImmediately": True} | given,
    )

    assert fault.code == code, fault.message
    assert words in fault.message


def test_whether_the_only_group_may_go_without_the_flag_is_a_switch(make_aws):
    aws = make_aws(remove_only_group_without_flag=True)
    grouped(aws)

    aws.modify(UserGroupIdsToRemove=["people"])
    aws.settle()

    assert aws.show()["UserGroupIds"] == []
