"""What is deleted goes in the order that the service accepts; what can't go says why."""

from __future__ import annotations

import dataclasses

import build
import pytest
from build import address, live, replication_group, shown_group, shown_user, user_group
from estate import Estate, sent, shown
from hypothesis import given, settings
from hypothesis import strategies as st
from inprocess import InProcess
from transition import DEFAULT, ONE, WHOLE, people, user

from reconciler.kind import Ownership, Unreachable, Wait
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.model import Address
from reconciler.plan import Delete, Plan, make_plan

EVERYTHING = Asked(destroy=True)


def planned(observed, desired=(), asked=EVERYTHING) -> Plan:
    return make_plan(KINDS, dataclasses.replace(build.facts(desired, observed), asked=asked))


def stops(plan: Plan) -> dict[str, object]:
    return {str(one.address): one.stop for one in plan.changes}


ATTACHED = (
    live(shown_user(), reaches=(address("user_group/people"),)),
    live(user_group(), reaches=(address("replication_group/orders"),)),
    live(build.shown_parameter_group()),
    live(build.subnet_group()),
    live(
        shown_group(
            user_group_ids=("people",),
            cache_parameter_group_name="shop-valkey8",
            cache_subnet_group_name="own",
        )
    ),
)

KEPT_BY_A_CACHE = (
    "user_group/people",
    "cache_parameter_group/shop-valkey8",
    "cache_subnet_group/own",
)


def test_caches_go_first_and_what_they_had_after_them():
    plan = planned(ATTACHED)

    places = {str(one.address): place for place, one in enumerate(plan.changes)}

    assert all(isinstance(one.change, Delete) for one in plan.changes)
    for late in ("user_group/people", "cache_parameter_group/shop-valkey8"):
        assert places["replication_group/orders"] < places[late]
    assert places["replication_group/orders"] < places["cache_subnet_group/own"]
    assert places["user_group/people"] < places["user/app"]


def test_a_cache_that_is_being_deleted_is_waited_for_by_what_it_has():
    going = dataclasses.replace(ATTACHED[-1], status="deleting", at_rest=False)

    plan = planned([*ATTACHED[:-1], going])

    (cache,) = [one for one in plan.changes if one.address.kind == "replication_group"]
    (group,) = [one for one in plan.changes if one.address.kind == "user_group"]
    assert cache.steps == ()
    assert isinstance(cache.stop, Wait)
    assert group.needs == {cache.address}


@pytest.mark.parametrize("stays", KEPT_BY_A_CACHE)
def test_a_strangers_cache_that_is_being_deleted_is_waited_for_too(stays):
    going = {"status": "deleting", "at_rest": False, "ownership": Ownership.UNMANAGED}
    theirs = dataclasses.replace(ATTACHED[-1], **going)

    stop = stops(planned([*ATTACHED[:-1], theirs]))[stays]

    assert stop == Wait("replication_group/orders is gone; it is being deleted")


@pytest.mark.parametrize("stays", KEPT_BY_A_CACHE)
def test_what_a_strangers_cache_has_stays_and_the_way_is_said(stays):
    theirs = dataclasses.replace(ATTACHED[-1], ownership=Ownership.UNMANAGED)

    stop = stops(planned([*ATTACHED[:-1], theirs]))[stays]

    assert isinstance(stop, Unreachable)
    assert "replication_group/orders has it" in stop.reason
    assert f"reconcile forget {stays}" in stop.way


def test_what_is_not_named_is_not_deleted_and_says_what_would_have_to_be():
    only = Asked(destroy=True, only=frozenset({address("user_group/people")}))

    plan = planned(ATTACHED, asked=only)

    (one,) = plan.changes
    assert isinstance(one.stop, Unreachable)
    assert "--target replication_group/orders" in one.stop.way


def test_a_user_default_of_a_redis_group_that_stays_is_not_deleted():
    named = live(
        shown_user("old", user_name="default", engine="redis"),
        reaches=(address("user_group/people"),),
    )
    group = live(user_group(engine="redis", user_ids=("old",)), ownership=Ownership.UNMANAGED)

    stop = stops(planned([named, group]))["user/old"]

    assert isinstance(stop, Unreachable)
    assert "another user of the name default" in stop.way


def test_pruning_takes_a_user_after_its_group_has_let_go_of_it():
    late = live(shown_user("late"), reaches=(address("user_group/people"),))
    group = live(user_group(user_ids=("app", "late")))
    app = live(shown_user(marks={"secret": "v1"}), reaches=(address("user_group/people"),))

    plan = planned([app, late, group], [build.user(), user_group()], Asked(prune=True))

    assert [str(one.address) for one in plan.changes] == ["user_group/people", "user/late"]
    assert plan.changes[-1].needs == {address("user_group/people")}


def test_pruning_deletes_nothing_that_the_spec_has_nor_what_is_not_ours():
    theirs = live(shown_user("theirs"), ownership=Ownership.UNMANAGED)
    busy = live(shown_user("busy"), ownership=Ownership.UNKNOWN)
    kept = live(shown_user(marks={"secret": "v1"}))

    plan = planned([theirs, busy, kept], [build.user()], Asked(prune=True))

    assert plan.empty


def test_without_being_asked_nothing_is_ever_deleted():
    plan = planned([live(shown_user("late"))], asked=Asked())

    assert plan.empty
    assert plan.orphans == (address("user/late"),)


def test_nothing_of_the_estate_is_left_and_nothing_else_is_touched():
    bench = InProcess()
    bench.secrets.put(ONE, "a-secret-of-this-test")
    strangers = Estate(
        bench,
        (
            user("theirs"),
            people("theirs").but(id="their-people"),
            replication_group("their-cache", user_group_ids=("their-people",)),
        ),
        name="another",
    )
    strangers.apply()
    bench.settle()
    before = shown(bench)
    ours = Estate(bench, WHOLE)
    ours.apply()
    bench.settle()
    ours.asked = EVERYTHING

    summary = ours.apply()
    bench.settle()

    assert summary.exit_code == 0
    assert len(summary.settled) == len(WHOLE)
    assert ours.plan().empty
    assert shown(bench) == before


def test_the_service_never_has_to_refuse():
    estate = Estate(InProcess(), WHOLE)
    estate.bench.secrets.put(ONE, "a-secret-of-this-test")
    estate.apply()
    estate.bench.settle()
    estate.asked = EVERYTHING

    fates = [event.fate for event in estate.applying() if type(event).__name__ == "StepSent"]

    assert len(fates) == len(WHOLE)
    assert not any(fates)


@settings(max_examples=25, deadline=None)
@given(
    groups=st.lists(st.sets(st.sampled_from(["a", "b", "c", "d"])), min_size=1, max_size=3),
    attached=st.lists(st.integers(0, 2), max_size=3),
    kept=st.sets(st.sampled_from(["a", "b", "c", "d"])),
)
def test_any_estate_is_pruned_to_any_part_of_it_without_a_refusal(groups, attached, kept):
    users = [user(name) for name in "abcd"]
    made = [
        people(*sorted(members)).but(id=f"group-{place}") for place, members in enumerate(groups)
    ]
    caches = [
        replication_group(f"cache-{place}", user_group_ids=(f"group-{group % len(groups)}",))
        for place, group in enumerate(attached)
    ]
    bench = InProcess()
    bench.secrets.put(ONE, "a-secret-of-this-test")
    Estate(bench, (*users, *made, *caches)).apply()
    bench.settle()
    bench.writes.clear()
    left = [
        people(*sorted(kept & members)).but(id=f"group-{n}") for n, members in enumerate(groups)
    ]

    estate = Estate(bench, (*(user(name) for name in kept), left[0]), asked=Asked(prune=True))
    fates = [event.fate for event in estate.applying() if type(event).__name__ == "StepSent"]

    assert not any(fates)
    assert estate.plan().empty
    assert sent(bench).count("DeleteUser") == 4 - len(kept)


def test_an_old_default_user_goes_when_a_new_one_has_its_place():
    bench = InProcess()
    bench.secrets.put(ONE, "a-secret-of-this-test")
    old = (user("old", **DEFAULT), people("old", engine="redis"))
    Estate(bench, old).apply()
    bench.settle()
    new = (user("new", **DEFAULT), people("new", engine="redis"))

    summary = Estate(bench, new, asked=Asked(prune=True)).apply()

    assert summary.exit_code == 0
    assert summary.settled[-1] == Address("user", "old")
