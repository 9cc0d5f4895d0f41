"""Schedules start what they name by the service's clock, as their role."""

from __future__ import annotations

import threading

import pytest

from elasticache_local.shell.schedules import Schedules

ACCOUNT, REGION = "210987654321", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:drift"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/start"


class Functions:
    """Keeps what was invoked."""

    def __init__(self):
        self.invoked = []

    def invoke(self, asked):
        self.invoked.append(asked)
        return 202, {}, b""


class Bench:
    def __init__(self):
        self.now, self.functions = 1_000_000.0, Functions()
        self.schedules = Schedules(self.functions, threading.RLock(), lambda: self.now)

    def make(self, name, expression="rate(10 minutes)", **more):
        from moto.scheduler.models import scheduler_backends  # noqa: PLC0415 - 0.3 s

        backend = scheduler_backends[ACCOUNT][REGION]
        if "drift" not in backend.schedule_groups:
            backend.create_schedule_group("drift", [])
        target = {"Arn": more.pop("arn", FUNCTION), "RoleArn": ROLE, "Input": f'{{"of": "{name}"}}'}
        given = dict.fromkeys(("description", "end_date", "kms_key_arn", "start_date"))
        return backend.create_schedule(
            **given,
            flexible_time_window={"Mode": "OFF"},
            group_name="drift",
            name=name,
            schedule_expression=expression,
            schedule_expression_timezone=None,
            state=more.pop("state", "ENABLED"),
            target=target,
            action_after_completion=None,
        )

    def heard(self, passed_s=0.0):
        """Let time pass, look, and give all that was started so far."""
        self.now += passed_s
        self.schedules.look()
        return [one.payload for one in self.functions.invoked]


@pytest.fixture
def bench():
    from moto.scheduler.models import scheduler_backends  # noqa: PLC0415 - 0.3 s

    made = Bench()
    yield made
    scheduler_backends[ACCOUNT][REGION].schedule_groups.pop("drift", None)


def test_it_starts_at_once_then_by_its_rate_and_once_where_the_clock_was_moved(bench):
    schedule = bench.make("a")

    counts = [len(bench.heard(passed)) for passed in (0, 599, 1, 7 * 24 * 3600)]
    schedule.state = "DISABLED"
    switched_off = bench.heard(600)

    assert counts == [1, 1, 2, 3]
    assert len(switched_off) == 3
    [asked, *_] = bench.functions.invoked
    assert (asked.name, asked.region, asked.sort) == (FUNCTION, REGION, "Event")
    # A key of the role's own: what it may is asked of IAM.
    assert asked.access_key_id.startswith("ASIA")


def test_what_it_does_not_know_holds_nothing_else(bench):
    bench.make("at", "at(2026-12-24T18:00:00)")
    bench.make("queue", arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
    bench.make("off", state="DISABLED")
    bench.make("well", "rate(1 hour)")

    assert bench.heard() == [b'{"of": "well"}']
