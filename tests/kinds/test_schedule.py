"""The schedule of a round of drift: made, changed and taken away, whatever state it is in."""

from __future__ import annotations

import base64
import functools
import gzip
import json

import botocore.session
import pytest
from botocore.validate import ParamValidator
from inprocess import InProcess, Killed, kill
from lambda_bench import Lambda, RunnerEstate
from scheduler_bench import Scheduler

from reconciler.errors import AwsError
from reconciler.fate import Fate, classify
from reconciler.kinds.schedule import Schedules, digest
from reconciler.model import IamRole, LambdaFunction, Schedule

ROLES = tuple(
    IamRole(
        id=name,
        path="/",
        trust=(f"{who}.amazonaws.com",),
        inline_policies={"p": '{"Statement": []}'},
    )
    for name, who in (("drift-shop", "lambda"), ("drift-shop-start", "scheduler"))
)
FUNCTION = LambdaFunction(
    id="drift-shop", role="drift-shop", runtime="python3.12", handler="a.b", code_sha256="one"
)
FIELDS = {
    "function": "drift-shop",
    "role": "drift-shop-start",
    "expression": "rate(15 minutes)",
    "input_sha256": digest("one"),
    "flexible_minutes": 1,
    "retries": 2,
    "enabled": True,
    "description": "a round",
}
OTHER = {
    "function": "other",
    "role": "other-start",
    "expression": "rate(1 hour)",
    "input_sha256": digest("two"),
    "flexible_minutes": 0,
    "retries": 185,
    "enabled": False,
    "description": "another round",
    "tags": {"team": "shop"},
}
CARRIED = {digest(one): one for one in ("one", "two")}


class Carrying:
    """Puts what is carried in the place of its digest, as the Writer of the product does."""

    def __init__(self, writer):
        self._writer = writer

    def send(self, call):
        if "Target" in call.params:
            call.params["Target"]["Input"] = CARRIED[call.params["Target"]["Input"]]
        return self._writer.send(call)


def bench() -> InProcess:
    made = InProcess()
    made.functions = Lambda(made.account_id, made.region, lambda: made.clock.passed_s)
    made.scheduler = Scheduler(made.account_id, made.region)
    return made


class Estate(RunnerEstate):
    def apply(self, writer=None, *, destroy=False):
        return super().apply(Carrying(writer or self.bench.writer()), destroy=destroy)


def wished(on: InProcess, **fields) -> Estate:
    schedule = Schedule(id="drift-shop", **{**FIELDS, **fields})
    return Estate(on, [*ROLES, FUNCTION, schedule])


def made(**fields) -> Estate:
    estate = wished(bench(), **fields)
    assert estate.apply().failed == ()
    return estate


def kept(estate: Estate):
    functions = estate.bench.functions.functions
    return estate.bench.scheduler.groups, sorted(functions), estate.bench.iam.roles


def test_it_stands_in_a_group_of_its_own_that_bears_our_tags():
    estate = made()

    assert [call.action for call in estate.bench.writes][-2:] == [
        "CreateScheduleGroup",
        "CreateSchedule",
    ]
    group = estate.bench.scheduler.groups["drift-shop"]
    assert group["tags"]["reconciler:address"] == "schedule/drift-shop"
    assert group["schedules"]["drift-shop"]["Target"]["Input"] == "one"
    assert estate.plan().empty


@pytest.mark.parametrize("field", OTHER)
def test_every_field_that_stands_otherwise_is_named_mended_and_nothing_else(field):
    estate = made()
    other = wished(estate.bench, **{field: OTHER[field]})

    [planned] = other.plan().changes
    assert [one.field for one in planned.change.fields] == [field]
    assert other.apply().failed == ()

    assert other.plan().empty


def test_the_fields_here_are_all_there_are():
    assert {*OTHER} == {*Schedules().fields}


def test_a_schedule_that_somebody_switched_off_is_found_and_switched_on():
    estate = made()
    estate.bench.scheduler.groups["drift-shop"]["schedules"]["drift-shop"]["State"] = "DISABLED"

    [planned] = estate.plan().changes
    assert [one.field for one in planned.change.fields] == ["enabled"]
    assert estate.apply().failed == ()

    held = estate.bench.scheduler.groups["drift-shop"]["schedules"]["drift-shop"]
    assert held["State"] == "ENABLED"


def test_a_schedule_that_somebody_took_out_of_its_group_is_made_anew():
    estate = made()
    estate.bench.scheduler.groups["drift-shop"]["schedules"].clear()

    assert estate.apply().failed == ()

    assert estate.bench.writes[-2].action == "CreateSchedule"
    assert estate.plan().empty


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_killed_at_any_call_of_its_making_it_is_finished_by_the_next_run(call, after):
    estate = wished(bench())

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(call, after=after)))
    assert estate.apply().failed == ()

    assert estate.plan().empty
    assert kept(estate) == kept(made())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 7))
def test_killed_at_any_call_of_its_removal_nothing_is_left_by_the_next_run(call, after):
    estate = made()

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(call, after=after)), destroy=True)
    assert estate.apply(destroy=True).failed == ()

    assert kept(estate) == ({}, [], {})


def test_nothing_runs_any_more_before_what_it_runs_is_taken_away():
    estate = made()
    before = len(estate.bench.writes)

    assert estate.apply(destroy=True).failed == ()

    ended = [call.action for call in estate.bench.writes[before:]]
    assert ended[0] == "DeleteScheduleGroup"
    assert ended.index("DeleteFunction") < len(ended) - 1


def test_a_group_that_is_not_ours_is_left_where_it_stands():
    estate = made()
    estate.bench.scheduler.groups["drift-shop"]["tags"] = {"team": "others"}

    ending = [str(one.address) for one in estate.plan(destroy=True).changes]

    assert "schedule/drift-shop" not in ending


def test_what_is_packed_has_the_digest_of_what_it_holds():
    # Another machine's zlib may pack the same in other bytes: that is no difference.
    packed = [
        json.dumps({"gzip": base64.b64encode(gzip.compress(b"one", level, mtime=0)).decode()})
        for level in (0, 9)
    ]

    assert packed[0] != packed[1]
    assert {*map(digest, packed)} == {digest("one")}
    assert digest("two") != digest("one")


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", '{"gzip": 1}', '{"gzip": "%%%"}', '{"gzip": "QQ=="}']
)
def test_what_somebody_else_wrote_there_has_a_digest_too(text):
    assert len(digest(text)) == 64


def test_a_role_that_the_scheduler_does_not_know_yet_is_waited_for():
    words = (
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    )
    error = AwsError("scheduler", "CreateSchedule", "ValidationException", words)

    assert classify(error, Schedules()) is Fate.NOT_DONE
    other = AwsError("scheduler", "CreateSchedule", "ValidationException", "no such")
    assert classify(other, Schedules()) is Fate.FINAL


@functools.cache
def model_of(service: str):
    return botocore.session.get_session().get_service_model(service)


def test_every_call_is_one_that_the_service_model_takes():
    estate = made()
    wished(estate.bench, **OTHER).apply()
    estate.apply(destroy=True)

    for call in estate.bench.writes:
        shape = model_of(call.service).operation_model(call.action).input_shape
        assert ParamValidator().validate(dict(call.params), shape).generate_report() == ""
