"""It is so that one can ask who may run a command, and where."""

from __future__ import annotations

import build

from reconciler.report.rights_report import who_text
from reconciler.rights import who_can


def estate():
    resources = (
        build.user("app", access_string="on ~app:* +@write"),
        build.user("careful", access_string="on ~app:* +@write -@dangerous"),
        build.user("away", access_string="off ~* +@all"),
        build.user("elsewhere", access_string="on ~* +@all"),
        build.user_group("people", user_ids=("app", "careful", "away")),
        build.replication_group("orders", user_group_ids=("people",)),
        build.replication_group("lone"),
    )
    return {one.address: one for one in resources}


def test_only_users_of_a_cache_that_are_on_and_allowed_can():
    answers = list(who_can("FLUSHALL", estate()))

    assert {(one.cache.id, one.user, one.can) for one in answers} == {
        ("lone", "", True),
        ("orders", "app", True),
        ("orders", "careful", False),
        ("orders", "away", False),
    }


def test_a_cache_can_be_picked_by_id_or_address():
    assert [one.user for one in who_can("FLUSHALL", estate(), "lone")] == [""]
    assert len(list(who_can("FLUSHALL", estate(), "replication_group/orders"))) == 3


def test_a_cache_without_a_group_lets_anybody_do_everything():
    [answer] = who_can("FLUSHALL", estate(), "lone")

    assert answer.can
    assert "anybody in its network" in answer.decision.why


def test_nobody_can_what_the_service_hides():
    assert not any(one.can for one in who_can("CONFIG GET a", estate()))


def test_a_command_that_is_named_alone_is_asked_for_on_some_key():
    [answer] = [one for one in who_can("SET", estate(), "orders") if one.user == "app"]

    assert answer.can
    assert answer.decision.why == "+@write allows SET, on keys app:*"
    assert not any(one.can for one in who_can("GET", estate(), "orders"))


def test_what_is_no_command_is_not_answered_with_nobody():
    answers = list(who_can("nosuch", estate(), "orders"))

    assert who_text("nosuch", answers) == "nosuch: valkey 8.1 has no command nosuch\n"


def test_versions_that_agree_take_one_line():
    resources = estate() | {
        one.address: one
        for one in [
            build.serverless_cache(
                "carts", major_engine_version="8", user_group_id="people", engine="valkey"
            )
        ]
    }

    page = who_text("FLUSHALL", list(who_can("FLUSHALL", resources, "carts")))

    assert page.splitlines()[0].endswith("(valkey 8.0, valkey 8.1)")
    assert len(page.splitlines()) == 2
