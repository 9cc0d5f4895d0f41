"""What goes on side by side, what waits for what, and what is told of it."""

from __future__ import annotations

from estate import sent
from transition import BASE, TRANSITIONS, carts, orders, people, user, wished

from elasticache_local.service import Durations
from reconciler.apply import apply
from reconciler.applying.outcome import (
    StepSent,
    StepSettled,
    StepStarted,
    Waiting,
)


def kinds_of(events) -> list[str]:
    return [type(event).__name__ for event in events]


def test_an_estate_as_wished_is_left_alone_without_a_lease():
    estate = wished(*BASE)
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
    estate = wished(*BASE)

    estate.apply()

    assert sent(estate.bench) == ["CreateUser", "CreateUserGroup", "CreateReplicationGroup"]


def test_independent_changes_settle_at_the_same_time():
    durations = Durations(cache_create=600, serverless_create=600)
    estate = wished(orders(), carts(), orders().but(id="more"), durations=durations)

    summary = estate.apply()

    assert len(summary.settled) == 3
    assert summary.elapsed_s < 700


def test_looking_costs_one_call_a_kind_and_round_however_many_wait():
    users = [user(f"app-{number}") for number in range(30)]
    estate = wished(*users, durations=Durations(user_create=100))

    estate.apply()

    rounds = len(estate.bench.clock.waits)
    assert estate.bench.reads["describe_users"] <= rounds + 4
    assert rounds < 60


def test_one_among_many_pages_is_looked_at_by_itself():
    estate = wished(*(user(f"app-{number:03}") for number in range(350)))
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
    estate = wished(*(user(f"app-{number:03}") for number in range(350)))
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
    estate = wished(orders(), durations=Durations(cache_create=3600))

    estate.apply()

    looks = [wait for wait in estate.bench.clock.waits if wait > 0]
    assert looks == sorted(looks)
    assert looks[0] == 0.25
    assert looks[-1] == 15.0
    assert len(looks) < 300


def test_the_story_is_told_in_order():
    estate = wished(user())

    events = list(estate.applying())

    told = [event for event in events if not isinstance(event, Waiting)]
    assert kinds_of(told) == ["StepStarted", "StepSent", "StepSettled", "Finished"]
    assert events[-1].summary.settled == (user().address,)


def test_waiting_says_for_what_and_how_long():
    estate = wished(orders(), durations=Durations(cache_create=60))

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
    estate = wished(*start)
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
    estate = wished(orders())
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


def test_each_step_is_announced_once_however_often_it_is_tried():
    estate = TRANSITIONS["rights are changed"].prepared()
    estate.bench.service.faults.add({"sort": "throttle", "actions": ["ModifyUser"], "count": 4})

    events = list(estate.applying())

    assert sum(isinstance(event, StepStarted) for event in events) == 1
    assert events[-1].summary.exit_code == 0


def test_leaving_the_story_early_lets_the_lease_go():
    estate = wished(orders(), durations=Durations(cache_create=600))
    story = estate.applying()
    for event in story:
        if isinstance(event, Waiting):
            break

    story.close()

    assert estate.bench.lease.released == 1


def test_apply_is_a_story_that_begins_when_it_is_read():
    assert apply.__doc__
    estate = wished(user())

    estate.applying()

    assert estate.bench.writes == []
