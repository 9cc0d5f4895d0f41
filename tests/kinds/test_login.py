"""Who may log in to a replication group, and the ways from one to the other."""

from __future__ import annotations

import build
import pytest
from steps import HELD, PLAIN, modified, plan, wish

from reconciler.kind import Impact, Unreachable


def test_login_comes_after_tls_is_required():
    steps, stop = plan(
        wish(transit_encryption_enabled=True, user_group_ids=("people",)),
        build.shown_group(**PLAIN),
        observed=[build.user_group()],
    )

    assert stop is None
    assert modified(steps)[-1] == {"UserGroupIdsToAdd": ["people"]}
    assert len(steps) == 3


def test_a_login_without_tls_is_refused_with_the_way():
    steps, stop = plan(
        wish(user_group_ids=("people",)), build.shown_group(**PLAIN), observed=[build.user_group()]
    )

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "transit_encryption_enabled: true" in stop.way


def test_a_first_token_is_rotated_in_and_then_made_the_only_one():
    steps, stop = plan(wish(auth_token=build.TOKEN), build.shown_group())

    assert stop is None
    assert modified(steps) == [
        {"AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "ROTATE"},
        {"AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "SET"},
    ]
    assert [step.gate for step in steps] == [None, "auth-finish"]
    assert steps[0].intent == {"auth": "t1//"}
    assert steps[1].record["auth"] == "t1"


def test_a_token_is_rotated_with_the_intent_written_before_the_call():
    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks={"auth": "t0"}))

    assert steps[0].intent == {"auth": "t1/t0/2026-01-01T00:00:00+00:00"}
    assert steps[0].call.params["AuthTokenUpdateStrategy"] == "ROTATE"


def test_a_rotation_that_died_before_its_call_is_made_again():
    intent = {"auth": "t1/t0/2026-01-01T00:00:00+00:00"}

    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks=intent))

    assert [step.call.params["AuthTokenUpdateStrategy"] for step in steps] == ["ROTATE", "SET"]


def test_a_rotation_that_died_after_its_call_is_not_made_again():
    intent = {"auth": "t1/t0/2025-12-31T00:00:00+00:00"}

    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks=intent))

    assert [step.call.params["AuthTokenUpdateStrategy"] for step in steps] == ["SET"]


def test_from_a_token_to_a_group_is_one_call():
    steps, stop = plan(
        wish(user_group_ids=("people",)),
        build.shown_group(**HELD, marks={"auth": "t1"}),
        observed=[build.user_group()],
    )

    assert stop is None
    assert modified(steps) == [
        {"AuthTokenUpdateStrategy": "DELETE", "UserGroupIdsToAdd": ["people"]}
    ]
    assert steps[0].impact is Impact.DROPPED_USERS


def test_from_a_group_to_a_token_is_one_call():
    steps, stop = plan(
        wish(auth_token=build.TOKEN),
        build.shown_group(user_group_ids=("people",)),
        observed=[build.user_group(user_ids=("app", "report"))],
    )

    assert stop is None
    assert modified(steps) == [
        {"RemoveUserGroups": True, "AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "SET"}
    ]
    assert "app, report" in steps[0].impact_text


@pytest.mark.parametrize(
    ("wished", "shown"),
    [
        (wish(user_group_ids=("people",)), build.shown_group(**HELD, marks={"auth": "t1"})),
        (wish(auth_token=build.TOKEN), build.shown_group(user_group_ids=("people",))),
    ],
)
def test_between_token_and_users_stands_a_gate_since_clients_of_the_one_are_cut_off(wished, shown):
    steps, _ = plan(wished, shown, observed=[build.user_group()])

    first = next(step for step in steps if step.gate)
    assert first.gate == "auth-finish"
    assert first.impact_text.startswith("CUTS OFF")
    assert steps[0] == first


def test_before_an_open_cache_asks_for_a_login_stands_a_gate():
    wished, shown = wish(user_group_ids=("people",)), build.shown_group()
    (only,), _ = plan(wished, shown, observed=[build.user_group()])

    assert only.gate == "auth-finish"
    assert "CUTS OFF clients that don't log in" in only.impact_text


def test_who_is_switched_off_is_not_among_those_who_are_cut_off():
    groups = [build.user_group(user_ids=("app", "shut")), build.user_group("none", user_ids=())]
    shut = build.user("shut", access_string="off ~* +@all")

    steps, _ = plan(
        wish(user_group_ids=("none",)),
        build.shown_group(user_group_ids=("people",)),
        observed=[*groups, build.user("app"), shut],
    )

    assert steps[0].impact_text == "CUTS OFF app"


def test_a_token_can_not_be_taken_off_directly():
    steps, stop = plan(wish(auth_token=None), build.shown_group(**HELD, marks={"auth": "t1"}))

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "user group" in stop.way
    assert not stop.replace


def test_groups_are_swapped_in_one_call_and_the_users_who_lose_are_named():
    steps, stop = plan(
        wish(user_group_ids=("new",)),
        build.shown_group(user_group_ids=("people",)),
        observed=[
            build.user_group(user_ids=("app", "report")),
            build.user_group("new", user_ids=("app",)),
        ],
    )

    assert stop is None
    assert modified(steps) == [{"UserGroupIdsToAdd": ["new"], "UserGroupIdsToRemove": ["people"]}]
    assert steps[0].impact_text == "CUTS OFF report"


def test_a_group_is_taken_off_in_the_documented_way():
    steps, _ = plan(wish(user_group_ids=()), build.shown_group(user_group_ids=("people",)))

    assert modified(steps) == [{"RemoveUserGroups": True}]


def test_a_group_of_valkey_needs_a_cache_of_valkey():
    redis = build.shown_group(engine="redis", engine_version="7.1.0")

    _, stop = plan(wish(user_group_ids=("people",)), redis, observed=[build.user_group()])

    assert isinstance(stop, Unreachable)
    assert "valkey" in stop.reason
