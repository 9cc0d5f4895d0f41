"""A plan says that a store moved on, which version is set, and whether the two overlap."""

from __future__ import annotations

import dataclasses

import build
import pytest
from rotating.house import KEPT, NUMBERED, of_token, of_user

from reconciler.drifting.drift import drift_of
from reconciler.errors import Refused
from reconciler.kind import Impact, overlap
from reconciler.kinds import KINDS
from reconciler.model import AuthenticationMode, SecretRef
from reconciler.plan import make_plan
from reconciler.ports import Versions
from reconciler.rotation import Standing, rotation, startable

ENV = SecretRef(store="env", id="APP_PASSWORD")
NEXT = SecretRef(store="env", id="APP_PASSWORD_NEXT")


def planned(house):
    plan = make_plan(KINDS, house.look())
    return plan, [one for one in plan.changes if one.address == house.address]


@pytest.mark.parametrize("ref", [KEPT, NUMBERED])
def test_a_store_that_moved_on_is_planned_in_two_steps_with_a_gate_between(ref):
    house = of_user(ref)
    house.store.put_by_somebody("another-secret-of-somebody")

    _, [change] = planned(house)

    add, retire = change.steps
    assert [one.version for one in add.call.params["AuthenticationMode"]["Passwords"]] == [
        "v2",
        "v1",
    ]
    assert (add.gate, add.impact) == (None, Impact.NONE)
    assert "both passwords log in" in add.impact_text
    assert [one.version for one in retire.call.params["AuthenticationMode"]["Passwords"]] == ["v2"]
    assert (retire.gate, retire.intent) == ("password-finish", {"retired": "v1"})
    assert "version v1 no longer logs in" in retire.impact_text
    assert [one.field for one in change.change.fields] == ["passwords"]
    assert change.change.fields[0].inside == (
        "recorded as set: version v1",
        "the spec's:      version v2",
    )


def test_a_plain_apply_sets_both_and_stops_at_the_gate():
    house = of_user()
    house.store.put_by_somebody("another-secret-of-somebody")

    facts = house.look()
    told = list(house.bring(facts, house.address, frozenset()))

    assert told[-1].summary.exit_code == 7
    assert house.logins() == {"v1", "v2"}
    drift = drift_of(make_plan(KINDS, house.look()))
    assert (drift.drifted, [one.address for one in drift.at_gate]) == ((), [house.address])


def test_a_gate_that_the_spec_opens_lets_apply_finish():
    house = of_user(gates={"password-finish": "open"})
    house.store.put_by_somebody("another-secret-of-somebody")

    told = list(house.bring(house.look(), house.address, frozenset()))

    assert told[-1].summary.exit_code == 0
    assert house.logins() == {"v2"}
    assert make_plan(KINDS, house.look()).empty


@pytest.mark.parametrize("make", [of_user, of_token])
def test_a_store_that_moved_on_is_no_drift(make):
    house = make()
    house.store.put_by_somebody("another-secret-of-somebody")

    plan = make_plan(KINDS, house.look())

    assert [one.moved for one in plan.changes[0].change.fields] == ["spec"]
    assert drift_of(plan).exit_code == 0


@pytest.mark.parametrize("make", [of_user, of_token])
def test_half_way_through_a_rotation_a_plan_is_empty_and_says_what_is_under_way(make):
    house = make()
    house.dead_node = True
    house()
    assert house.logins() == {"v1", "v2"}

    plan, changes = planned(house)

    assert changes == []
    assert any(f"reconcile rotate {house.address} goes on" in note for note in plan.notes)


def test_with_a_variable_there_is_no_overlap_and_the_plan_says_so():
    facts = build.facts(
        [build.user(authentication_mode=build.password(ENV))],
        [build.live(build.shown_user(marks={"secret": "v0"}))],
        secret_versions={ENV: "v9"},
    )

    [change] = make_plan(KINDS, facts).changes

    [step] = change.steps
    assert "NO OVERLAP: the password of version v0" in step.impact_text
    assert step.impact is Impact.DROPPED_USERS
    assert any("keeps one value only" in line for line in step.lines)
    with pytest.raises(Refused, match="there is no overlap"):
        startable(rotation(build.address("user/app"), facts), facts)


def test_two_references_overlap_by_the_spec_and_the_last_one_out_waits_at_the_gate():
    both = build.password(ENV, NEXT)
    held = AuthenticationMode(type="password", password_count=2)
    live = build.live(build.shown_user(marks={"secret": "v1+w1"}, authentication_mode=held))
    versions = {ENV: "v1", NEXT: "w1"}

    full = build.facts([build.user(authentication_mode=both)], [live], secret_versions=versions)
    less = build.facts(
        [build.user(authentication_mode=build.password(NEXT))], [live], secret_versions=versions
    )

    with pytest.raises(Refused, match="take the one that is to be retired out of the spec"):
        startable(rotation(build.address("user/app"), full), full)
    assert rotation(build.address("user/app"), less).standing is Standing.HANDED
    [change] = make_plan(KINDS, less).changes
    assert [step.gate for step in change.steps] == ["password-finish"]


def test_two_keys_of_one_secret_are_two_passwords():
    one, two = (SecretRef(store="secretsmanager", id="prod/app", key=key) for key in ("a", "b"))
    facts = build.facts([build.user()], secret_versions={one: "v1", two: "v1"})

    found = overlap.next_setting([("v1", one), ("v1", two)], ("v1",), 1, facts)

    assert found is not None
    assert found.refs == (one, two)
    assert overlap.next_setting([("v1", one), ("v1", two)], ("v1", "v1"), 2, facts) is None


def test_of_three_versions_the_one_that_the_store_had_last_is_kept():
    facts = build.facts([build.user()], secret_versions={KEPT: "v3"})
    facts = dataclasses.replace(facts, stored={KEPT: Versions("v3", previous="v2")})

    found = overlap.next_setting([("v3", KEPT)], ("v1", "v2"), 2, facts)

    assert found is not None
    assert (found.versions, found.retires) == (("v3", "v2"), ("v1",))


def test_versions_that_hold_the_same_password_count_once_and_it_converges():
    house = of_user(gates={"password-finish": "open"})
    house.store.put_by_somebody(house.store.values["v1"])

    told = list(house.bring(house.look(), house.address, frozenset()))

    assert told[-1].summary.exit_code == 0
    assert make_plan(KINDS, house.look()).empty
    assert "v2" in house.logins()


def test_a_third_token_waits_until_clients_have_left_the_first():
    house = of_token()
    house()
    house.store.put_by_somebody("one-more-token-of-somebody")

    _, [change] = planned(house)

    assert change.steps[0].gate == "auth-finish"
    assert "version v1 no longer logs in" in change.steps[0].impact_text


REFUSED = [
    ("user/nobody", {}, "the spec does not have it"),
    ("user_group/people", {}, "only a user's password"),
]


@pytest.mark.parametrize(("address", "_", "why"), REFUSED)
def test_what_can_not_be_rotated_is_refused_with_the_reason(address, _, why):
    house = of_user()

    with pytest.raises(Refused, match=why):
        rotation(build.address(address), house.look())


def test_what_is_not_ours_is_refused():
    house = of_user()
    arn = house.look().observed[house.address].arn
    house.bench.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=["reconciler:estate"])
    house.bench.settle()

    with pytest.raises(Refused, match="reconcile adopt user/app"):
        rotation(house.address, house.look())


def test_what_a_function_rotates_is_left_to_it():
    house = of_user()
    house.store.rotates = "its rotation function"

    with pytest.raises(Refused, match="rotated_by: secretsmanager"):
        house()
    assert sorted(house.store.values) == ["v1"]

    theirs = of_user(rotated_by="secretsmanager")
    with pytest.raises(Refused, match="--verify-only"):
        theirs()


def test_who_has_a_key_in_the_same_secret_is_named():
    house = of_user()
    other = KEPT.model_copy(update={"key": "other"})
    house.wishes.append(build.user("report", authentication_mode=build.password(other)))
    house.look = lambda: build.facts(  # type: ignore[method-assign]
        house.wishes,
        [build.live(build.shown_user(marks={"secret": "v1"}))],
        secret_versions={KEPT: "v1", other: "v1"},
    )

    assert rotation(house.address, house.look()).shares == (build.address("user/report"),)


def test_a_rotation_forgets_of_no_other_field_who_moved_it():
    house = of_user()
    house()
    house(finish=True)
    house.bench.aws("modify_user", UserId="app", AccessString="on ~app:* -@all +@write")
    house.bench.settle()

    _, [change] = planned(house)

    assert [(one.field, one.moved) for one in change.change.fields] == [("access_string", "live")]
