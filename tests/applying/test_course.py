"""What goes on side by side, what waits for what, where it stops, and what it says."""

from __future__ import annotations

import pytest
from estate import Estate, sent
from inprocess import InProcess
from transition import BASE, ONE, TOKEN, TRANSITIONS, carts, orders, people, plain, user

from elasticache_local.service import Durations
from reconciler.apply import apply
from reconciler.errors import Interrupted, LeaseHeld, StalePlan
from reconciler.outcome import (
    Finished,
    GateReached,
    Left,
    StepFailed,
    StepSent,
    StepSettled,
    StepStarted,
    Waiting,
)


def fresh(*wishes: object, **bench: object) -> Estate:
    estate = Estate(InProcess(**bench), wishes)
    for ref in (ONE, TOKEN):
        estate.bench.secrets.put(ref, "a-secret-of-this-test")
    return estate


def kinds_of(events) -> list[str]:
    return [type(event).__name__ for event in events]


def test_an_estate_as_wished_is_left_alone_without_a_lease():
    estate = fresh(*BASE)
    estate.apply()
    estate.bench.writes.clear()
    estate.bench.lease.acquired = 0

    events = list(estate.applying())

    assert kinds_of(events) == ["Finished"]
    assert (estate.bench.writes, estate.bench.lease.acquired) == ([], 0)


def test_one_field_changed_live_is_put_back_with_exactly_one_call():
    estate = TRANSITIONS["rights are put back"].prepared()

    estate.apply()

    assert sent(estate.bench) == ["ModifyUser"]


def test_what_refers_is_created_after_what_it_refers_to():
    estate = fresh(*BASE)

    estate.apply()

    assert sent(estate.bench) == ["CreateUser", "CreateUserGroup", "CreateReplicationGroup"]


def test_independent_changes_settle_at_the_same_time():
    durations = Durations(cache_create=600, serverless_create=600)
    estate = fresh(orders(), carts(), orders().but(id="more"), durations=durations)

    summary = estate.apply()

    assert len(summary.settled) == 3
    assert summary.elapsed_s < 700


def test_looking_costs_one_call_a_kind_and_round_however_many_wait():
    users = [user(f"app-{number}") for number in range(30)]
    estate = fresh(*users, durations=Durations(user_create=100))

    estate.apply()

    rounds = len(estate.bench.clock.waits)
    assert estate.bench.reads["describe_users"] <= rounds + 4
    assert rounds < 60


def test_one_among_many_pages_is_looked_at_by_itself():
    estate = fresh(*(user(f"app-{number:03}") for number in range(350)))
    estate.apply()
    estate.bench.settle()
    changed = user("app-007", access_string="on ~app:* -@all +@write")
    estate.wishes = tuple(changed if one.id == "app-007" else one for one in estate.wishes)
    estate.bench.reads.clear()
    estate.bench.clock.waits.clear()

    assert estate.apply().exit_code == 0

    rounds, pages, looks_at_all = len(estate.bench.clock.waits), 4, 3
    assert estate.bench.reads["describe_users"] <= looks_at_all * pages + rounds
    assert rounds < 2 * pages * looks_at_all


def test_one_that_vanishes_while_it_is_looked_at_by_itself_is_seen_to_be_gone():
    estate = fresh(*(user(f"app-{number:03}") for number in range(350)))
    estate.apply()
    estate.bench.settle()
    changed = user("app-007", access_string="on ~app:* -@all +@write")
    estate.wishes = tuple(changed if one.id == "app-007" else one for one in estate.wishes)
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.call.operation == "modify_user":
            estate.bench.clock.advance(5)
            estate.bench.aws("delete_user", UserId="app-007")

    assert "then it was gone" in events[-1].summary.failed[0].reason


def test_a_long_wait_is_looked_at_ever_less_often():
    estate = fresh(orders(), durations=Durations(cache_create=3600))

    estate.apply()

    looks = [wait for wait in estate.bench.clock.waits if wait > 0]
    assert looks == sorted(looks)
    assert looks[0] == 0.25
    assert looks[-1] == 15.0
    assert len(looks) < 300


def test_the_story_is_told_in_order():
    estate = fresh(user())

    events = list(estate.applying())

    told = [event for event in events if not isinstance(event, Waiting)]
    assert kinds_of(told) == ["StepStarted", "StepSent", "StepSettled", "Finished"]
    assert events[-1].summary.settled == (user().address,)


def test_waiting_says_for_what_and_how_long():
    estate = fresh(orders(), durations=Durations(cache_create=60))

    waits = [event for event in estate.applying() if isinstance(event, Waiting)]

    assert {(str(one.on), one.status) for one in waits} == {
        ("replication_group/orders", "creating")
    }
    assert [one.elapsed_s for one in waits] == sorted(one.elapsed_s for one in waits)


def test_a_users_step_is_settled_only_when_its_groups_and_caches_are():
    estate = TRANSITIONS["rights are changed"].prepared(durations=Durations(cache_modify=300))
    busy = {"ReplicationGroupId": "orders", "CacheNodeType": "cache.r7g.2xlarge"}
    settled_at = 0.0

    for event in estate.applying():
        if isinstance(event, StepSent) and event.call.operation == "modify_user":
            estate.bench.clock.advance(5)
            estate.bench.aws("modify_replication_group", ApplyImmediately=True, **busy)
            sent_at = estate.bench.clock.passed_s
        if isinstance(event, StepSettled):
            settled_at = estate.bench.clock.passed_s

    assert settled_at - sent_at >= 300


def test_two_users_of_one_group_are_changed_one_after_the_other():
    start = (user(), user("late"), people("app", "late"), orders(user_group_ids=("people",)))
    estate = fresh(*start)
    estate.apply()
    estate.wishes = (
        user(access_string="on ~a:* +@read"),
        user("late", access_string="on ~b:* +@read"),
        *start[2:],
    )

    events = list(estate.applying())

    steps = [
        (type(event).__name__, event.address.id)
        for event in events
        if isinstance(event, StepSettled)
        or (isinstance(event, StepSent) and event.call.operation == "modify_user")
    ]
    assert steps == [
        ("StepSent", "app"),
        ("StepSettled", "app"),
        ("StepSent", "late"),
        ("StepSettled", "late"),
    ]
    assert any(isinstance(one, Waiting) and "another step" in one.status for one in events)


def test_what_waits_for_its_window_is_settled_as_scheduled_and_not_sent_again():
    estate = fresh(orders())
    estate.apply()
    estate.wishes = (orders(cache_node_type="cache.r7g.xlarge"),)
    estate.bench.writes.clear()

    events = list(estate.applying())

    (settled,) = [event for event in events if isinstance(event, StepSettled)]
    assert [(one.field, one.value) for one in settled.scheduled] == [
        ("cache_node_type", "cache.r7g.xlarge")
    ]
    assert estate.plan().empty
    assert sent(estate.bench, tags=False) == ["ModifyReplicationGroup"]
    assert estate.apply().writes == 0


def tls(**fields: object) -> object:
    return plain(transit_encryption_enabled=True, transit_encryption_mode="required", **fields)


def test_a_closed_gate_stops_before_its_step_with_exit_7():
    estate = fresh(plain())
    estate.apply()
    estate.wishes = (tls(),)
    estate.bench.writes.clear()

    events = list(estate.applying())

    summary = events[-1].summary
    assert summary.exit_code == 7
    assert [gate.gate for gate in summary.gated] == ["tls-required"]
    assert sent(estate.bench, tags=False) == ["ModifyReplicationGroup"]
    assert any(isinstance(event, GateReached) and event.text for event in events)


def test_standing_at_a_gate_a_second_apply_sends_nothing_and_takes_no_lease():
    estate = fresh(plain())
    estate.apply()
    estate.wishes = (tls(),)
    estate.apply()
    estate.bench.writes.clear()
    estate.bench.lease.acquired = 0

    assert estate.apply().exit_code == 7
    assert (estate.bench.writes, estate.bench.lease.acquired) == ([], 0)


@pytest.mark.parametrize(
    ("wish", "through"),
    [
        pytest.param(tls(), {"orders/tls-required"}, id="once"),
        pytest.param(tls(gates={"tls-required": "open"}), set(), id="in the spec"),
    ],
)
def test_an_opened_gate_is_gone_through(wish, through):
    estate = fresh(plain())
    estate.apply()
    estate.wishes = (wish,)

    assert estate.apply(through_gates=frozenset(through)).exit_code == 0
    assert estate.plan().empty


def test_another_gates_consent_opens_nothing():
    estate = fresh(plain())
    estate.apply()
    estate.wishes = (tls(),)

    assert estate.apply(through_gates=frozenset({"carts/tls-required"})).exit_code == 7


def test_without_waiting_the_first_calls_are_sent_and_the_rest_is_left():
    estate = fresh(*BASE, carts())

    events = list(estate.applying(no_wait=True))

    summary = events[-1].summary
    assert sent(estate.bench) == ["CreateUser", "CreateServerlessCache"]
    assert summary.exit_code == 0
    assert {str(one.address) for one in summary.left} == {
        "user/app",
        "serverless_cache/carts",
        "user_group/people",
        "replication_group/orders",
    }
    assert any(isinstance(event, Left) and "not waited for" in event.why for event in events)


def test_interrupted_it_says_what_is_left_and_a_later_apply_goes_on():
    estate = fresh(*BASE, durations=Durations(cache_create=600))
    estate.bench.clock.interrupt_at = 20
    events = []

    with pytest.raises(Interrupted):
        events.extend(estate.applying())

    assert isinstance(events[-1], Finished)
    left = {str(one.address): one.why for one in events[-1].summary.left}
    assert left == {
        "replication_group/orders": (
            "interrupted; CreateReplicationGroup was accepted and the service goes on with it"
        )
    }
    assert estate.bench.lease.released == 1
    assert estate.apply().exit_code == 0
    assert sent(estate.bench).count("CreateReplicationGroup") == 1


def test_interrupted_before_a_call_it_does_not_make_it():
    estate = fresh(user())
    estate.bench.clock.interrupt_at = 1

    with pytest.raises(Interrupted):
        list(estate.applying())

    assert estate.bench.writes == []


def test_out_of_time_is_a_failure_that_names_what_goes_on():
    estate = fresh(orders(), durations=Durations(cache_create=6000))

    summary = estate.apply(timeout_s=120)

    assert summary.exit_code == 1
    assert "within the 120 s" in summary.failed[0].reason
    assert "the service goes on" in summary.failed[0].reason
    assert summary.elapsed_s < 150


def test_a_step_that_never_settles_ends_at_its_own_deadline():
    estate = fresh(orders(), durations=Durations(cache_create=10**6))

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "has not settled" in summary.failed[0].reason


def test_the_lease_is_taken_before_the_first_call_and_checked_before_each():
    estate = fresh(*BASE)

    estate.apply()

    assert estate.bench.lease.acquired == 1
    assert estate.bench.lease.checked >= len(estate.bench.writes)
    assert estate.bench.lease.released == 1


def test_while_another_holds_the_lease_nothing_is_sent():
    estate = fresh(*BASE)
    estate.bench.lease.held_by = "ann on host"

    with pytest.raises(LeaseHeld, match="ann on host"):
        list(estate.applying())

    assert estate.bench.writes == []


def test_a_lease_that_is_lost_stops_everything_before_the_next_call():
    estate = fresh(*BASE)
    estate.bench.lease.lose_at = 2

    with pytest.raises(LeaseHeld):
        list(estate.applying())

    assert sent(estate.bench) == ["CreateUser"]


def test_an_estate_that_moved_since_the_plan_is_a_stale_plan():
    estate = TRANSITIONS["rights are changed"].prepared()
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="app", AccessString="on ~else:* +@read")
    estate.bench.settle()

    with pytest.raises(StalePlan):
        list(applying)

    assert estate.bench.writes == []


def test_an_estate_that_got_there_meanwhile_needs_nothing():
    estate = TRANSITIONS["rights are changed"].prepared()
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="app", AccessString="on ~app:* -@all +@write")
    estate.bench.settle()

    events = list(applying)

    assert kinds_of(events) == ["Finished"]
    assert estate.bench.writes == []


def test_only_what_was_agreed_to_is_done_whatever_else_has_come_up():
    estate = fresh(user(), user("other"))
    estate.apply()
    estate.wishes = (user(access_string="on ~app:* -@all +@write"), user("other"))
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="other", AccessString="on ~moved:* +@read")
    estate.bench.settle()
    estate.bench.writes.clear()

    events = list(applying)

    assert events[-1].summary.exit_code == 0
    assert {str(event.address) for event in events[:-1]} == {"user/app"}


def test_what_somebody_changes_in_the_middle_is_not_overwritten():
    estate = TRANSITIONS["serverless, several fields"].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSettled) and len(estate.bench.writes) == 1:
            estate.bench.aws(
                "modify_serverless_cache", ServerlessCacheName="carts", Description="theirs"
            )
            estate.bench.clock.advance(5)

    summary = events[-1].summary
    cache = estate.bench.aws("describe_serverless_caches")["ServerlessCaches"][0]
    assert cache["Description"] == "theirs"
    assert summary.exit_code == 1
    assert "theirs" in summary.failed[0].reason


def test_what_somebody_changes_right_after_our_call_is_shown_with_all_three_sides():
    estate = TRANSITIONS["rights are changed"].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.call.operation == "modify_user":
            estate.bench.clock.advance(5)
            estate.bench.aws("modify_user", UserId="app", AccessString="on ~theirs:* +@read")

    reason = events[-1].summary.failed[0].reason
    assert "somebody else changed it" in reason
    assert "~app:* -@all +@read" in reason
    assert "~app:* -@all +@write" in reason
    assert "~theirs:* +@read" in reason
    assert "~theirs" in estate.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"]


def test_a_stranger_of_the_same_name_is_not_taken_for_ours():
    estate = fresh(user())
    applying = estate.applying()
    estate.bench.aws(
        "create_user",
        UserId="app",
        UserName="app",
        Engine="valkey",
        AccessString="on ~theirs:* +@read",
        Passwords=["somebodys-own-password"],
    )

    with pytest.raises(StalePlan):
        list(applying)

    assert "~theirs" in estate.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"]


def test_a_stranger_created_between_the_look_and_the_call_is_left_alone():
    estate = fresh(user())

    def be_quicker(number: int, call: object) -> None:
        estate.bench.aws(
            "create_user",
            UserId="app",
            UserName="app",
            Engine="valkey",
            AccessString="on ~theirs:* +@read",
            Passwords=["somebodys-own-password"],
        )

    events = list(estate.applying(estate.bench.writer(before=be_quicker)))

    assert events[-1].summary.exit_code == 1
    assert "is not ours" in events[-1].summary.failed[0].reason
    assert any(isinstance(event, StepFailed) for event in events)
    assert sent(estate.bench) == ["CreateUser"]


def late(tamper) -> tuple[Estate, list[object]]:
    """A group of nodes that waits for its user group; something happens to it meanwhile."""
    estate = fresh(user(), people("app"), durations=Durations(group_modify=100))
    estate.apply()
    estate.bench.settle()
    cache = orders(user_group_ids=("people",))
    estate.wishes = (user(), people("app"), cache)
    estate.apply()
    estate.bench.settle()
    estate.bench.writes.clear()
    wished = {"replication_group_description": "ours"}
    estate.wishes = (
        user(),
        user("late"),
        people("app", "late"),
        orders(user_group_ids=("people",), **wished),
    )
    events: list[object] = []
    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.call.operation == "create_user":
            tamper(estate.bench)
            estate.bench.clock.advance(5)
    return estate, events


def test_what_moved_while_its_turn_had_not_come_is_not_overwritten():
    estate, events = late(
        lambda bench: bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ReplicationGroupDescription="theirs",
            ApplyImmediately=True,
        )
    )

    group = estate.bench.aws("describe_replication_groups")["ReplicationGroups"][0]
    assert group["Description"] == "theirs"
    reason = events[-1].summary.failed[0].reason
    assert "somebody changed it since it was planned" in reason
    assert "before orders of the shop, wanted ours, now theirs" in reason


def test_what_got_there_while_its_turn_had_not_come_is_left_as_it_is():
    estate, events = late(
        lambda bench: bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ReplicationGroupDescription="ours",
            ApplyImmediately=True,
        )
    )

    assert events[-1].summary.exit_code == 0
    assert "ModifyReplicationGroup" not in sent(estate.bench)


def test_what_was_reached_and_then_shows_as_before_is_not_sent_a_second_time():
    estate = TRANSITIONS["rights are changed"].prepared()
    old = estate.bench.aws("describe_users")
    answer = estate.bench.answer

    def forgetful(service: str, operation: str, params: object) -> object:
        if operation == "describe_users" and "AddTagsToResource" in sent(estate.bench):
            return old
        return answer(service, operation, params)

    estate.bench.answer = forgetful

    summary = estate.apply()

    assert "had settled and is wanted again" in summary.failed[0].reason
    assert sent(estate.bench, tags=False) == ["ModifyUser"]


def test_each_step_is_announced_once_however_often_it_is_tried():
    estate = TRANSITIONS["rights are changed"].prepared()
    estate.bench.service.faults.add({"sort": "throttle", "actions": ["ModifyUser"], "count": 4})

    events = list(estate.applying())

    assert sum(isinstance(event, StepStarted) for event in events) == 1
    assert events[-1].summary.exit_code == 0


def test_leaving_the_story_early_lets_the_lease_go():
    estate = fresh(orders(), durations=Durations(cache_create=600))
    story = estate.applying()
    for event in story:
        if isinstance(event, Waiting):
            break

    story.close()

    assert estate.bench.lease.released == 1


def test_apply_is_a_story_that_begins_when_it_is_read():
    assert apply.__doc__
    estate = fresh(user())

    estate.applying()

    assert estate.bench.writes == []
