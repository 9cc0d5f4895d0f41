"""Not waited for, interrupted, out of time, without the lease: what is left is said."""

from __future__ import annotations

import pytest
from estate import sent
from inprocess import MemoryLease
from transition import BASE, TRANSITIONS, carts, orders, user, wished

from elasticache_local.service import Durations
from reconciler.applying.outcome import (
    Finished,
    Left,
)
from reconciler.errors import Interrupted, LeaseHeld, StalePlan


def test_without_waiting_the_first_calls_are_sent_and_the_rest_is_left():
    estate = wished(*BASE, carts())

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
    estate = wished(*BASE, durations=Durations(cache_create=600))
    estate.bench.clock.interrupt_at = 20
    events = []

    with pytest.raises(Interrupted):
        events.extend(estate.applying())

    assert isinstance(events[-1], Finished)
    left = {str(one.address): one.why for one in events[-1].summary.left}
    assert left == {
        "replication_group/orders": (
            "interrupted; CreateReplicationGroup was accepted and the service goes on with it "
            "(creating)"
        )
    }
    assert estate.bench.lease.released == 1
    assert estate.apply().exit_code == 0
    assert sent(estate.bench).count("CreateReplicationGroup") == 1


def test_interrupted_before_a_call_it_does_not_make_it():
    estate = wished(user())
    estate.bench.clock.interrupt_at = 1

    with pytest.raises(Interrupted):
        list(estate.applying())

    assert estate.bench.writes == []


def test_out_of_time_is_a_failure_that_names_what_goes_on():
    estate = wished(orders(), durations=Durations(cache_create=6000))

    summary = estate.apply(timeout_s=120)

    assert summary.exit_code == 1
    assert "within the 120 s" in summary.failed[0].reason
    assert "the service goes on with it (creating)" in summary.failed[0].reason
    assert summary.elapsed_s < 150


def test_a_step_that_never_settles_ends_at_its_own_deadline():
    estate = wished(orders(), durations=Durations(cache_create=10**6))

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "has not settled" in summary.failed[0].reason


def test_a_later_step_that_never_settles_ends_at_its_deadline_too():
    estate = TRANSITIONS["TLS is brought in"].prepared()
    bench, answer = estate.bench, estate.bench.answer

    def stuck(service: str, operation: str, params: object) -> object:
        found = answer(service, operation, params)
        if operation == "describe_replication_groups" and len(bench.writes) == 2:
            found["ReplicationGroups"][0]["Status"] = "modifying"
        return found

    bench.answer = stuck

    summary = estate.apply()

    assert summary.exit_code == 1
    assert "ModifyReplicationGroup has not settled in 7200 s" in summary.failed[0].reason
    assert summary.elapsed_s < 3 * 3600


def test_the_lease_is_taken_before_the_first_call_and_checked_before_each():
    estate = wished(*BASE)

    estate.apply()

    assert estate.bench.lease.acquired == 1
    assert estate.bench.lease.checked >= len(estate.bench.writes)
    assert estate.bench.lease.released == 1


def test_what_the_last_holder_did_until_it_let_go_is_seen_before_the_first_call():
    estate = TRANSITIONS["rights are changed"].prepared()
    theirs = {"UserId": "app", "AccessString": "on ~theirs:* -@all +@read"}

    class Waited(MemoryLease):
        def acquire(self) -> None:
            super().acquire()
            estate.bench.aws("modify_user", **theirs)
            estate.bench.settle()

    estate.bench.lease = Waited()

    with pytest.raises(StalePlan):
        list(estate.applying())

    assert estate.bench.writes == []
    assert estate.bench.lease.released == 1


def test_while_another_holds_the_lease_nothing_is_sent():
    estate = wished(*BASE)
    estate.bench.lease.held_by = "ann on host"

    with pytest.raises(LeaseHeld, match="ann on host"):
        list(estate.applying())

    assert estate.bench.writes == []


def test_a_lease_that_is_lost_stops_everything_before_the_next_call():
    estate = wished(*BASE)
    estate.bench.lease.lose_at = 2

    with pytest.raises(LeaseHeld):
        list(estate.applying())

    assert sent(estate.bench) == ["CreateUser"]
