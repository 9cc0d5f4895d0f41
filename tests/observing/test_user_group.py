"""A group's membership is what holds, and what it will be stands beside it."""

from __future__ import annotations

import build
from inprocess import InProcess

from reconciler.kind import Pending


def look(bench):
    kind = build.KIND["user_group"]
    [live] = kind.observe(bench.reader(), frozenset())
    return live


def bench():
    made = InProcess()
    for name in ("app", "late", "gone"):
        made.aws(
            "create_user",
            UserId=name,
            UserName=name,
            Engine="valkey",
            AccessString="on ~* +@all",
            AuthenticationMode={"Type": "password", "Passwords": ["a-password-of-sixteen"]},
        )
    made.aws("create_user_group", UserGroupId="people", Engine="valkey", UserIds=["app", "gone"])
    made.settle()
    return made


def test_who_joins_and_who_leaves_is_pending_until_it_rests():
    made = bench()
    made.aws(
        "modify_user_group", UserGroupId="people", UserIdsToAdd=["late"], UserIdsToRemove=["gone"]
    )

    moving = look(made)
    made.settle()
    resting = look(made)

    assert not moving.at_rest
    assert moving.resource.user_ids == ("app", "gone")
    assert moving.pending == (Pending("user_ids", ("app", "late")),)
    assert resting.at_rest
    assert (resting.resource.user_ids, resting.pending) == (("app", "late"), ())


def test_it_says_which_caches_it_is_attached_to():
    made = bench()
    made.aws(
        "create_serverless_cache",
        ServerlessCacheName="carts",
        Engine="valkey",
        UserGroupId="people",
    )
    made.settle()

    assert look(made).reaches == (build.address("serverless_cache/carts"),)
