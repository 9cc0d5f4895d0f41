"""The runner's function: made, changed and taken away, whatever state it is in."""

from __future__ import annotations

import functools

import botocore.session
import build
import pytest
from botocore.validate import ParamValidator
from inprocess import InProcess, Killed, kill
from lambda_bench import Lambda, RunnerEstate

from reconciler.errors import AwsError
from reconciler.fate import Fate, classify
from reconciler.kinds import RUNNER_KINDS
from reconciler.kinds.lambda_function import LambdaFunctions
from reconciler.model import IamRole, LambdaFunction

ROLE = IamRole(
    id="shop-verify",
    path="/",
    trust=("lambda.amazonaws.com",),
    managed_policy_arns=("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",),
    secrets=("secretsmanager:prod/app",),
)
FIELDS = {
    "role": "shop-verify",
    "runtime": "python3.12",
    "handler": "a.b",
    "code_sha256": "digest-one",
    "architecture": "x86_64",
    "description": "looks",
    "timeout": 30,
    "memory_size": 512,
    "environment": {},
    "subnet_ids": ("subnet-1", "subnet-2"),
    "security_group_ids": ("sg-1",),
}
OTHER = {
    "role": "other",
    "runtime": "python3.13",
    "handler": "c.d",
    "code_sha256": "digest-two",
    "architecture": "arm64",
    "description": "looks again",
    "timeout": 60,
    "memory_size": 1024,
    "environment": {"LEVEL": "info"},
    "subnet_ids": ("subnet-3",),
    "security_group_ids": ("sg-1", "sg-2"),
    "tags": {"team": "shop"},
}


def function(**fields) -> LambdaFunction:
    return LambdaFunction(id="shop-verify", **{**FIELDS, **fields})


def bench() -> InProcess:
    made = InProcess()
    made.functions = Lambda(made.account_id, made.region, lambda: made.clock.passed_s)
    return made


def made(**fields) -> RunnerEstate:
    estate = RunnerEstate(bench(), [ROLE, function(**fields)])
    assert estate.apply().failed == ()
    return estate


def changed(estate: RunnerEstate, **fields) -> RunnerEstate:
    return RunnerEstate(estate.bench, [ROLE, function(**fields)])


def test_the_role_stands_before_the_function_and_both_bear_our_tags():
    estate = made()

    calls = [call.action for call in estate.bench.writes]

    assert calls == ["CreateRole", "PutRolePolicy", "AttachRolePolicy", "CreateFunction"]
    held = estate.bench.functions.functions["shop-verify"]
    assert held["tags"]["reconciler:address"] == "lambda_function/shop-verify"
    assert held["Role"] == f"arn:aws:iam::{build.ACCOUNT}:role/shop-verify"
    assert estate.plan().empty


@pytest.mark.parametrize("field", OTHER)
def test_every_field_that_stands_otherwise_is_named_mended_and_nothing_else(field):
    estate = made()
    wished = changed(estate, **{field: OTHER[field]})

    [planned] = wished.plan().changes
    assert [one.field for one in planned.change.fields] == [field]
    assert wished.apply().failed == ()

    assert wished.plan().empty


def test_the_fields_here_are_all_there_are():
    assert {*OTHER} == {*LambdaFunctions().fields}


def test_package_and_settings_that_both_changed_wait_for_each_other():
    estate = made()
    wished = changed(estate, code_sha256="digest-two", timeout=60)

    assert wished.apply().failed == ()

    assert [call.action for call in estate.bench.writes][-3:] == [
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
        "TagResource",
    ]
    assert wished.plan().empty


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_killed_at_any_call_of_its_making_it_is_finished_by_the_next_run(call, after):
    estate = RunnerEstate(bench(), [ROLE, function()])

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(call, after=after)))
    assert estate.apply().failed == ()

    assert estate.plan().empty
    assert kept(estate) == kept(made())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 5))
def test_killed_at_any_call_of_its_removal_nothing_is_left_by_the_next_run(call, after):
    estate = made()

    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(call, after=after)), destroy=True)
    assert estate.apply(destroy=True).failed == ()

    assert kept(estate) == ({}, {})


def kept(estate: RunnerEstate):
    functions = {
        name: {key: value for key, value in one.items() if key not in ("busy_until", "made")}
        for name, one in estate.bench.functions.functions.items()
    }
    return functions, estate.bench.iam.roles


def test_the_function_goes_before_its_role():
    estate = made()
    before = len(estate.bench.writes)

    assert estate.apply(destroy=True).failed == ()

    assert [call.action for call in estate.bench.writes[before:]] == [
        "DeleteFunction",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "DeleteRole",
    ]


def test_what_is_not_ours_is_left_where_it_stands():
    estate = made()
    estate.bench.functions.functions["shop-verify"]["tags"] = {"team": "others"}
    estate.bench.iam.roles["shop-verify"]["tags"] = {}

    assert estate.plan(destroy=True).empty


def test_a_role_that_lambda_does_not_know_yet_is_waited_for():
    words = "The role defined for the function cannot be assumed by Lambda."
    error = AwsError("lambda", "CreateFunction", "InvalidParameterValueException", words)

    assert classify(error, LambdaFunctions()) is Fate.NOT_DONE
    other = AwsError("lambda", "CreateFunction", "InvalidParameterValueException", "no such")
    assert classify(other, LambdaFunctions()) is Fate.FINAL


@functools.cache
def model_of(service: str):
    return botocore.session.get_session().get_service_model(service)


def test_every_call_is_one_that_the_service_model_takes():
    estate = made()
    changed(estate, **OTHER | {"role": "shop-verify"}).apply()
    estate.apply(destroy=True)

    for call in estate.bench.writes:
        shape = model_of(call.service).operation_model(call.action).input_shape
        assert ParamValidator().validate(dict(call.params), shape).generate_report() == ""


@pytest.mark.parametrize("kind", RUNNER_KINDS, ids=lambda kind: kind.name)
def test_every_declared_fault_is_a_code_that_the_service_sends(kind):
    model = model_of(kind.service)
    codes = {
        shape.metadata.get("error", {}).get("code", shape.name)
        for shape in map(model.shape_for, model.shape_names)
        if shape.metadata.get("exception")
    }

    assert kind.retry_faults | kind.already_faults | kind.gone_faults <= codes
