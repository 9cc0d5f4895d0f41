"""Which change a difference makes, and what a plan says of it."""

from __future__ import annotations

import dataclasses

import build
import pytest

from reconciler.kind import Ownership, Pending, Unreachable, Wait
from reconciler.kinds import KINDS
from reconciler.plan import Adopt, Create, Replace, Update, make_plan


def plan(desired=(), observed=(), **more):
    mode = more.pop("mode", "manage")
    return make_plan(KINDS, build.facts(desired, observed, **more), mode=mode)


def unmanaged(resource, **fields):
    return build.live(resource, ownership=Ownership.UNMANAGED, **fields)


GROUP = build.user_group()


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        pytest.param([], Create, id="absent"),
        pytest.param([build.user_group(user_ids=("b",))], Update, id="a field differs"),
        pytest.param([unmanaged(GROUP)], Adopt, id="there, and not ours"),
    ],
)
def test_the_change_follows_from_the_difference(observed, expected):
    [planned] = plan([GROUP], observed).changes

    assert type(planned.change) is expected


def test_an_immutable_field_makes_a_replacement_without_steps():
    desired = build.ReplicationGroup(id="orders", port=7000)

    [planned] = plan([desired], [build.shown_group()]).changes

    assert type(planned.change) is Replace
    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)


def test_what_can_only_be_replaced_is_not_changed_halfway():
    desired = build.ReplicationGroup(
        id="orders", transit_encryption_enabled=False, replication_group_description="x"
    )

    [planned] = plan([desired], [build.shown_group()]).changes

    assert type(planned.change) is Replace
    assert planned.steps == ()


def test_tags_that_the_spec_does_not_list_stay_in_what_will_be():
    desired = build.user_group(user_ids=("b",), tags={"team": "shop"})
    shown = build.user_group(tags={"team": "shop", "cost": "1"})

    [planned] = plan([desired], [shown]).changes

    assert planned.change.after.tags == {"team": "shop", "cost": "1"}


def test_equal_estates_give_an_empty_plan():
    made = plan([GROUP], [GROUP])

    assert made.empty
    assert made.matched == 1


def test_what_the_spec_does_not_name_is_never_changed():
    stranger = unmanaged(build.user_group("theirs"))

    made = plan([], [stranger])

    assert made.changes == ()
    assert made.unmanaged == (build.address("user_group/theirs"),)


def test_what_is_ours_and_no_longer_wished_is_shown_and_not_deleted():
    made = plan([], [build.user_group("old")])

    assert made.changes == ()
    assert made.orphans == (build.address("user_group/old"),)


def test_the_accounts_own_default_user_is_nobodys_business():
    users = [unmanaged(build.shown_user(name)) for name in ("default", "default.iam-user")]
    cache = unmanaged(build.shown_serverless("default"))

    made = plan([], [*users, cache])

    assert made.unmanaged == (build.address("serverless_cache/default"),)


def test_what_can_not_be_told_whose_it_is_gets_no_change():
    busy = build.live(build.user_group(user_ids=("b",)), ownership=Ownership.UNKNOWN)

    made = plan([GROUP], [busy])

    assert made.changes == ()
    assert made.unknown == (GROUP.address,)


def test_an_adoption_is_a_tag_step_and_then_the_edits():
    [planned] = plan([GROUP], [unmanaged(build.user_group(user_ids=("b",)))]).changes

    tag, edit = planned.steps
    assert tag.call.operation == "add_tags_to_resource"
    assert {"Key": "reconciler:address", "Value": "user_group/people"} in tag.call.params["Tags"]
    assert edit.call.operation == "modify_user_group"
    assert [field.field for field in planned.change.fields] == ["user_ids"]


def test_tags_are_a_step_of_their_own():
    desired = build.user_group(tags={"team": "shop"}, user_ids=("app", "b"))

    [planned] = plan([desired], [build.user_group(tags={"cost": "1"})]).changes

    assert [step.call.operation for step in planned.steps] == [
        "add_tags_to_resource",
        "modify_user_group",
    ]
    assert planned.steps[0].call.params["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert planned.steps[0].leaves.tags == {"cost": "1", "team": "shop"}


def test_in_mode_observe_nothing_is_adopted():
    shown = unmanaged(build.user_group(user_ids=("b",)))

    [planned] = plan([GROUP], [shown], mode="observe").changes

    assert type(planned.change) is Update
    assert [step.call.operation for step in planned.steps] == ["modify_user_group"]


def test_in_mode_observe_an_equal_stranger_is_no_change():
    assert plan([GROUP], [unmanaged(GROUP)], mode="observe").empty


def test_what_is_being_deleted_is_waited_for():
    [planned] = plan([GROUP], [build.live(GROUP, status="deleting")]).changes

    assert planned.steps == ()
    assert isinstance(planned.stop, Wait)


def test_what_the_service_failed_to_create_is_said():
    broken = build.live(build.shown_serverless(user_group_id="x"), status="create_failed")

    [planned] = plan([build.serverless_cache(user_group_id="y")], [broken]).changes

    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)


def test_what_is_accepted_and_not_reached_is_shown_and_not_sent_again():
    joining = build.live(
        build.user_group(user_ids=("app",)),
        status="modifying",
        pending=(Pending("user_ids", ("app", "b")),),
    )

    made = plan([build.user_group(user_ids=("app", "b"))], [joining])

    assert made.changes == ()
    [pending] = made.pending
    assert (pending.before, pending.pending.value) == (("app",), ("app", "b"))


def test_a_plan_shows_what_a_structured_value_has_inside():
    desired = build.serverless_cache(cache_usage_limits=build.LIMITS)
    limits = build.LIMITS.model_copy(update={"ecpu_per_second": build.UsageRange(maximum=30000)})

    [planned] = plan([desired], [build.shown_serverless(cache_usage_limits=limits)]).changes

    [field] = planned.change.fields
    assert field.inside == ("ecpu_per_second.maximum  30000 -> 20000",)


def test_another_tools_tag_is_noted():
    theirs = build.live(build.user_group(tags={"aws:cloudformation:stack-name": "shop"}))

    assert "aws:cloudformation:stack-name" in plan([GROUP], [theirs]).notes[0]


def test_a_user_reaches_its_groups_and_their_caches():
    desired = [
        build.user(access_string="on ~other:* -@all +@read"),
        GROUP,
        build.replication_group(user_group_ids=("people",)),
        build.serverless_cache(user_group_id="people"),
    ]

    made = plan(desired, [build.shown_group(user_group_ids=("people",))])

    [planned] = [one for one in made.changes if one.address.kind == "user"]
    assert [str(one) for one in planned.reaches] == [
        "user_group/people",
        "replication_group/orders",
        "serverless_cache/carts",
    ]


def test_the_last_step_records_what_was_applied():
    [planned] = plan([GROUP], [build.user_group(user_ids=("b",))]).changes

    assert set(planned.steps[-1].record) == {"applied"}
    assert planned.steps[-1].leaves.marks["applied"] == planned.steps[-1].record["applied"]


def test_what_could_not_be_created_is_never_called_well():
    failed = dataclasses.replace(build.live(build.shown_group()), status="create-failed")

    [planned] = make_plan(KINDS, build.facts([build.replication_group()], [failed])).changes

    assert planned.steps == ()
    assert "could not be created" in planned.stop.reason


def test_what_the_spec_refers_to_is_no_newcomer():
    cache = build.replication_group(cache_subnet_group_name="theirs")
    theirs = unmanaged(build.CacheSubnetGroup(id="theirs", cache_subnet_group_description="x"))
    other = unmanaged(build.CacheSubnetGroup(id="other", cache_subnet_group_description="x"))

    assert plan([cache], [theirs, other]).unmanaged == (other.address,)
