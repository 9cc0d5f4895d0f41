"""Serverless caches: one field a call, and what is taken away."""

from __future__ import annotations

import build
import pytest

from reconciler.kind import Impact, Unreachable
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["serverless_cache"]


def plan(desired, shown):
    facts = build.facts([desired], [shown])
    before = facts.observed[shown.address].effective
    return unfold(KIND, before, complete(KIND, desired, before, facts), facts)


def sent(step):
    return {key: value for key, value in step.call.params.items() if key != "ServerlessCacheName"}


def wish(**fields):
    return build.ServerlessCache(id="carts", **fields)


def test_every_field_is_a_call_of_its_own():
    steps, stop = plan(
        wish(
            description="carts",
            snapshot_retention_limit=7,
            daily_snapshot_time="05:00",
            security_group_ids=("sg-2",),
            user_group_id="people",
            cache_usage_limits=build.LIMITS,
        ),
        build.shown_serverless(),
    )

    assert stop is None
    assert len(steps) == 6
    assert all(len(sent(step)) == 1 for step in steps)


def test_engine_and_version_go_together():
    redis = build.shown_serverless(engine="redis", major_engine_version="7")

    [step], _ = plan(wish(engine="valkey", major_engine_version="8"), redis)

    assert sent(step) == {"Engine": "valkey", "MajorEngineVersion": "8"}


def test_an_engine_without_a_version_is_refused():
    redis = build.shown_serverless(engine="redis", major_engine_version="7")

    _, stop = plan(wish(engine="valkey"), redis)

    assert isinstance(stop, Unreachable)
    assert "major_engine_version" in stop.way


def test_both_limits_go_together_and_zero_takes_one_away():
    limited = build.shown_serverless(cache_usage_limits=build.LIMITS)
    storage = build.CacheUsageLimits(data_storage=build.LIMITS.data_storage)

    [step], _ = plan(wish(cache_usage_limits=storage), limited)

    assert sent(step) == {
        "CacheUsageLimits": {
            "DataStorage": {"Maximum": 50, "Unit": "GB"},
            "ECPUPerSecond": {"Maximum": 0},
        }
    }


def test_a_group_is_taken_off_in_the_documented_way():
    [step], _ = plan(wish(user_group_id=None), build.shown_serverless(user_group_id="people"))

    assert sent(step) == {"RemoveUserGroup": True}


def test_a_group_that_comes_cuts_off_those_who_do_not_log_in():
    [step], _ = plan(wish(user_group_id="people"), build.shown_serverless())

    assert step.impact is Impact.DROPPED_USERS
    assert (step.gate, step.call.params["UserGroupId"]) == ("auth-finish", "people")


def test_a_group_in_place_of_another_waits_at_no_gate():
    [step], _ = plan(wish(user_group_id="others"), build.shown_serverless(user_group_id="people"))

    assert (step.impact, step.gate) == (Impact.DROPPED_USERS, None)


def test_what_cuts_nobody_off_does_not_wait_behind_the_gate():
    steps, _ = plan(
        wish(user_group_id="people", cache_usage_limits=build.LIMITS, description="carts"),
        build.shown_serverless(),
    )

    assert [step.gate for step in steps] == [None, None, "auth-finish"]


def test_a_description_is_taken_off_with_a_blank():
    [step], _ = plan(wish(description=None), build.shown_serverless(description="carts"))

    assert sent(step) == {"Description": " "}


@pytest.mark.parametrize("text", ["", " "])
def test_a_blank_in_place_of_a_description_takes_it_off_too(text):
    [step], _ = plan(wish(description=text), build.shown_serverless(description="carts"))

    assert sent(step) == {"Description": " "}
    assert step.leaves.description is None


def test_security_groups_can_not_be_emptied():
    _, stop = plan(wish(security_group_ids=()), build.shown_serverless())

    assert isinstance(stop, Unreachable)


def test_redis_becomes_valkey_of_the_same_major_version():
    redis = build.shown_serverless(engine="redis", major_engine_version="7")

    [step], stop = plan(wish(engine="valkey", major_engine_version="7"), redis)

    assert stop is None
    assert sent(step) == {"Engine": "valkey", "MajorEngineVersion": "7"}
