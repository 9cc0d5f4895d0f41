"""What an edit behind the spec gave and took is told forwards, and of that edit alone."""

from __future__ import annotations

import build
import pytest
from watched import bench_of

from reconciler.model import AuthenticationMode

IAM = AuthenticationMode(type="iam")
RULES = "on ~a:* -@all +get"


@pytest.fixture
def shop():
    """An estate as applied: somebody is let into a cache, somebody else into none."""
    return bench_of(
        [
            build.user("app", access_string=RULES, authentication_mode=IAM),
            build.user("eve", access_string="on ~* +@all", authentication_mode=IAM),
            build.user_group("people", user_ids=("app",)),
            build.replication_group("orders", user_group_ids=("people",)),
        ]
    )


def edited(shop, operation, **parameters):
    """What a look finds after somebody's call, by field."""
    shop.estate.bench.aws(operation, **parameters)
    shop.estate.bench.settle()
    return {one.field: one for one in shop.round().seen.findings}


def test_a_command_that_reaches_further_is_not_told_as_reaching_less(shop):
    found = edited(shop, "modify_user", UserId="app", AccessString="on ~* -@all +get")

    assert found["access_string"].gained == ("1 command (GET) reaching further, reading keys *",)
    assert found["access_string"].lost == ()


def test_who_joins_is_told_as_joining_with_what_that_gives(shop):
    found = edited(shop, "modify_user_group", UserGroupId="people", UserIdsToAdd=["eve"])

    first, *_ = found["user_ids"].gained
    assert first.startswith("eve joins: ")
    assert found["user_ids"].lost == ()
    assert found["user_ids"].severity == "high"


def test_who_leaves_is_told_as_leaving(shop):
    shop.estate.bench.aws("modify_user_group", UserGroupId="people", UserIdsToAdd=["eve"])
    shop.estate.bench.settle()
    found = edited(shop, "modify_user_group", UserGroupId="people", UserIdsToRemove=["app"])

    assert any(one.startswith("app leaves: ") for one in found["user_ids"].lost)


def test_a_cache_without_its_groups_lets_anybody_in(shop):
    found = edited(
        shop, "modify_replication_group", ReplicationGroupId="orders",
        RemoveUserGroups=True, ApplyImmediately=True,
    )  # fmt: skip

    [line] = found["user_group_ids"].gained
    assert line == "no group is left: anybody in its network may log in, with every command"


def test_a_user_that_is_shut_off_is_told_as_shut_off(shop):
    found = edited(shop, "modify_user", UserId="app", AccessString="off ~a:* -@all +get")

    assert "may no longer log in (off)" in found["access_string"].lost
    assert found["access_string"].gained == ()
    assert found["access_string"].severity == "medium"


def test_what_only_the_spec_gives_is_not_told_of_another_fields_edit(shop):
    wider = build.user("app", access_string="on ~* +@all", authentication_mode=IAM)
    shop.estate.wishes = [wider.but(tags={"team": "a"}), *shop.estate.wishes[1:]]
    shop.estate.apply()
    merged = build.user("app", access_string=RULES, authentication_mode=IAM, tags={"team": "a"})
    shop.estate.wishes = [merged, *shop.estate.wishes[1:]]
    arn = shop.estate.facts().arn("user", "app")

    found = edited(
        shop, "add_tags_to_resource", ResourceName=arn, Tags=[{"Key": "team", "Value": "b"}]
    )

    [tags] = found.values()
    assert (tags.field, tags.gained, tags.lost) == ("tags", (), ())


def test_a_members_own_edit_counts_where_it_joined(shop):
    """Both were edited: who joined is judged by what it may do now."""
    shop.estate.bench.aws("modify_user", UserId="eve", AccessString="on ~b:* -@all +set")
    shop.estate.bench.settle()
    found = edited(shop, "modify_user_group", UserGroupId="people", UserIdsToAdd=["eve"])

    assert found["user_ids"].gained == ("eve joins: 1 command (SET), reading and writing keys b:*",)
