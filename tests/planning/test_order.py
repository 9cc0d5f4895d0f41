"""What comes before what: references forwards, version gates backwards, cycles refused."""

from __future__ import annotations

import random

import build
import pytest

from reconciler.kind import Unreachable
from reconciler.kinds import KINDS
from reconciler.plan import make_plan
from reconciler.planning import graph


def order(desired, observed=()):
    plan = make_plan(KINDS, build.facts(desired, observed))
    return [str(planned.address) for planned in plan.changes]


def test_users_come_before_groups_and_groups_before_caches():
    estate = [
        build.serverless_cache("a", user_group_id="b"),
        build.replication_group("a", user_group_ids=("b",)),
        build.user_group("b", user_ids=("c",)),
        build.user("c"),
    ]

    assert order(estate) == ["user/c", "user_group/b", "replication_group/a", "serverless_cache/a"]


def test_the_order_does_not_depend_on_the_order_of_the_spec():
    estate = [build.user(f"u{number}") for number in range(5)] + [
        build.user_group(f"g{number}", user_ids=(f"u{number}",)) for number in range(5)
    ]
    shuffled = random.Random(7).sample(estate, len(estate))

    assert order(shuffled) == order(estate)


def test_a_cache_is_upgraded_before_its_user_gets_rights_that_only_the_new_version_knows():
    desired = [
        build.user(engine="redis", access_string="on %R~app:* -@all +@read"),
        build.replication_group(
            engine="redis", engine_version="7.1", user_group_ids=("people",), apply_immediately=True
        ),
    ]
    observed = [
        build.live(build.shown_user(engine="redis"), reaches=(build.address("user_group/people"),)),
        build.user_group(engine="redis"),
        build.shown_group(engine="redis", engine_version="6.2.6", user_group_ids=("people",)),
    ]

    assert order(desired, observed) == ["replication_group/orders", "user/app"]


def test_a_group_becomes_one_of_valkey_after_its_cache_did():
    desired = [
        build.user_group(engine="valkey"),
        build.replication_group(
            engine="valkey",
            engine_version="8.1",
            user_group_ids=("people",),
            apply_immediately=True,
        ),
    ]
    observed = [
        build.user_group(engine="redis"),
        build.shown_group(engine="redis", engine_version="7.1.0", user_group_ids=("people",)),
    ]

    assert order(desired, observed) == ["replication_group/orders", "user_group/people"]


def test_what_waits_for_itself_is_refused_and_the_circle_is_shown():
    desired = [
        build.user_group(engine="valkey"),
        build.user_group("other", engine="valkey"),
        build.replication_group(
            engine="valkey",
            engine_version="8.1",
            user_group_ids=("other",),
            apply_immediately=True,
        ),
    ]
    observed = [
        build.user_group(engine="redis"),
        build.live(
            build.user_group("other", engine="redis"),
            reaches=(build.address("replication_group/orders"),),
        ),
        build.shown_group(engine="redis", engine_version="7.1.0", user_group_ids=("people",)),
    ]

    plan = make_plan(KINDS, build.facts(desired, observed))

    stops = {str(planned.address): planned.stop for planned in plan.changes}
    assert stops["user_group/people"] is None
    stop = stops["replication_group/orders"]
    assert isinstance(stop, Unreachable)
    assert "user_group/other -> replication_group/orders" in stop.reason


def test_an_order_puts_each_after_what_it_needs():
    a, b, c = (build.address(f"user/{name}") for name in "abc")
    needs = {a: frozenset({b}), b: frozenset({c}), c: frozenset()}

    assert graph.order(needs, {"user": 0}) == (c, b, a)


def test_a_cycle_is_found_and_told_from_what_merely_waits_for_it():
    a, b, c = (build.address(f"user/{name}") for name in "abc")
    needs = {a: frozenset({b}), b: frozenset({a}), c: frozenset({a})}

    assert graph.cycle(needs, a) == (a, b, a)
    assert graph.cycle(needs, c) == ()
    assert set(graph.order(needs, {})) == {a, b, c}


@pytest.mark.parametrize("seed", range(20))
def test_any_order_holds_every_need(seed):
    chance = random.Random(seed)
    all_of = [build.address(f"user/u{number:02}") for number in range(30)]
    needs = {
        one: frozenset(chance.sample(all_of[:at], min(at, 3))) for at, one in enumerate(all_of)
    }

    placed = graph.order(needs, {"user": 0})

    assert sorted(placed) == all_of
    assert all(placed.index(need) < placed.index(one) for one in all_of for need in needs[one])
