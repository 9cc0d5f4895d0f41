"""How long apply waits between tries, and what it does not let stand in the way of the result."""

from __future__ import annotations

import dataclasses
import itertools
import logging

import pytest
from estate import Estate
from inprocess import MemoryLease
from transition import TRANSITIONS

from reconciler.applying.outcome import StepSent
from reconciler.applying.run import Pace
from reconciler.applying.settle import has_failed
from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import Address


def test_each_refusal_in_a_row_is_waited_for_longer_up_to_a_bound():
    estate = TRANSITIONS["rights are changed"].prepared()
    estate.bench.service.faults.add(
        {"sort": "throttle", "actions": ["ModifyUser"], "count": 10, "share": 1.0}
    )
    tried = [
        estate.bench.clock.passed_s
        for event in estate.applying()
        if isinstance(event, StepSent) and event.call.operation == "modify_user"
    ]

    waits = [after - before for before, after in itertools.pairwise(tried)]
    assert len(waits) == 10
    assert all(one <= other for one, other in itertools.pairwise(waits))
    assert waits[0] < 1
    assert waits[4] > 10 * waits[0]
    assert max(waits) <= Pace().longest_s + 1


def test_the_time_of_grace_begins_anew_where_the_service_moves_again():
    estate = TRANSITIONS["rights are changed"].prepared()
    bench, answer = estate.bench, estate.bench.answer
    [held] = bench.aws("describe_users", UserId="app")["Users"]
    sent_at: list[float] = []

    def slow(service: str, operation: str, params: object) -> object:
        found = answer(service, operation, params)
        if operation == "modify_user":
            sent_at.append(bench.clock.passed_s)
        since = bench.clock.passed_s - sent_at[0] if sent_at else 0.0
        if operation == "describe_users" and 0 < since < 2.5 * Pace().grace_s:
            moves = 0.5 < since / Pace().grace_s < 2
            old = {**held, "Status": "modifying" if moves else "active"}
            found["Users"] = [old if one["UserId"] == "app" else one for one in found["Users"]]
        return found

    bench.answer = slow

    assert estate.apply().exit_code == 0
    assert len(sent_at) == 1


def unreadable(operation: str, error: Exception) -> Estate:
    """An estate of which this can't be read any more once something was sent."""
    estate = TRANSITIONS["a larger node"].prepared()

    def refuse(service: str, asked: str, params: object) -> None:
        if asked == operation and estate.bench.writes:
            raise error

    estate.bench.before_read = refuse
    return estate


def test_a_read_that_is_denied_ends_the_run_at_once():
    denied = AwsError("elasticache", "DescribeReplicationGroups", "AccessDenied", "no", status=403)
    estate = unreadable("describe_replication_groups", denied)
    started = estate.bench.clock.passed_s

    with pytest.raises(AwsError, match="AccessDenied"):
        estate.apply()

    assert estate.bench.clock.passed_s - started < Pace().grace_s


@pytest.mark.parametrize(
    "silence",
    [
        CouldNotLook("the service can't be reached"),
        AwsError("elasticache", "DescribeReplicationGroups", "InternalFailure", "x", status=500),
        AwsError("elasticache", "DescribeReplicationGroups", "Throttling", "slow", status=400),
    ],
    ids=["silent", "broken", "throttled"],
)
def test_reads_that_are_never_answered_are_asked_again_for_a_while_and_no_longer(silence):
    estate = unreadable("describe_replication_groups", silence)
    started = estate.bench.clock.passed_s

    with pytest.raises(type(silence)):
        estate.apply()

    waited = estate.bench.clock.passed_s - started
    assert Pace().blind_s < waited < Pace().blind_s + 2 * Pace().longest_s


def test_where_tags_are_never_told_it_stops_and_says_that_nobody_knows_whose_it_is():
    estate = TRANSITIONS["a larger node"].prepared()
    applying = estate.applying()
    busy = AwsError("elasticache", "ListTagsForResource", "InvalidReplicationGroupState", "busy")

    def refuse(service: str, asked: str, params: object) -> None:
        if asked == "list_tags_for_resource":
            raise busy

    estate.bench.before_read = refuse
    [failed] = list(applying)[-1].summary.failed

    assert "its tags can't be read, so whose it is can't be told" in failed.reason
    assert estate.bench.writes == []


@pytest.mark.parametrize("status", ["create-failed", "create_failed", "CREATE-FAILED"])
def test_a_failure_is_known_however_the_service_writes_it(status):
    facts = TRANSITIONS["a larger node"].prepared().facts()
    live = facts.observed[Address("replication_group", "orders")]

    assert has_failed(dataclasses.replace(live, status=status))
    assert not has_failed(dataclasses.replace(live, status="creating"))


def test_a_failure_is_told_where_its_events_may_not_be_read():
    estate = TRANSITIONS["a larger node"].prepared()
    estate.bench.service.faults.add({"sort": "roll-back", "actions": ["ModifyReplicationGroup"]})

    def deny(service: str, operation: str, params: object) -> None:
        if operation == "describe_events":
            raise AwsError(service, "DescribeEvents", "AccessDenied", "not you", status=403)

    estate.bench.before_read = deny

    [failed] = estate.apply().failed

    assert "accepted, then rolled back" in failed.reason
    assert failed.events == ()


def test_a_lease_that_can_not_be_given_back_does_not_hide_that_all_is_done(caplog):
    estate = TRANSITIONS["rights are changed"].prepared()

    class Stuck(MemoryLease):
        def release(self) -> None:
            raise AwsError("ssm", "DeleteParameter", "AccessDenied", "not you", status=403)

    estate.bench.lease = Stuck()

    with caplog.at_level(logging.WARNING):
        summary = estate.apply()

    assert summary.exit_code == 0
    assert "run.lease.kept" in caplog.text
