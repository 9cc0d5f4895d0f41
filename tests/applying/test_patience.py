"""How long apply waits between tries, and what it does not let stand in the way of the result."""

from __future__ import annotations

import itertools
import logging

from inprocess import MemoryLease
from transition import TRANSITIONS

from reconciler.errors import AwsError
from reconciler.outcome import StepSent
from reconciler.run import Pace


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
