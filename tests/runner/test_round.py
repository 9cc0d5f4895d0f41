"""What a schedule carries is the estate as the spec says it, and one look by it sees the same."""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import date

import build
import pytest
from estate import Estate
from inprocess import InProcess

from reconciler.cli.runner_schedule import minutes_of, order_of
from reconciler.drifting.drift import drift_of
from reconciler.errors import UsageError
from reconciler.kind import Facts
from reconciler.model import AuthenticationMode, SecretRef
from reconciler.model import Estate as Top
from reconciler.runner.estate import Rounds, rounds_estate, rounds_name
from reconciler.runner.package import Package, Target
from reconciler.runner.round import LARGEST, Eyes, Order, is_order, look, ordered, read_order
from reconciler.spec import load

REF = SecretRef(store="secretsmanager", id="prod/app", key="password")
SPEC = """\
version: 1
estate: shop-test
aws: {account_id: "123456789012", region: eu-west-1}
drift: {owner_tag: owner, severity: [{field: tags, severity: high, why: "auditors"}]}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/app, key: password}]}
  open:
    engine: valkey
    access_string: "on ~* +@all"
    authentication_mode: {type: iam}
    tags: {team: ops}
user_groups:
  people: {engine: valkey, user_ids: [app, open]}
serverless_caches:
  carts:
    engine: valkey
    major_engine_version: "8"
    user_group_id: people
    publish: "ssm:/shop/carts"
    description: null
iam_roles:
  client: {trust: [lambda.amazonaws.com], user_ids: [open], serverless_cache_names: [carts]}
"""
ACKS = """\
version: 1
acknowledged:
  - {id: "0123456789", address: user/app, field: tags, until: 2026-12-24, why: "later"}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "prod.yaml"
    path.write_text(SPEC)
    (tmp_path / "prod.acks.yaml").write_text(ACKS)
    return load(path)


def test_all_that_a_look_takes_travels_and_comes_back_the_same(spec):
    sent = order_of(spec, "s3://b/k", REF)

    text = ordered(sent)
    came = read_order(json.loads(text))

    assert is_order(json.loads(text))
    assert came == sent
    # What was left out is not null, and null is not left out.
    for address, noun in spec.resources.items():
        assert came.resources[address].model_fields_set == noun.model_fields_set, address
    assert came.acknowledged == {"0123456789": date(2026, 12, 24)}
    assert came.estate.drift.severity[0].why == "auditors"
    assert ":" in came.places[build.address("user/app"), "access_string"]


def test_the_same_spec_is_the_same_text(spec):
    assert ordered(order_of(spec, "s3://b/k", None)) == ordered(order_of(spec, "s3://b/k", None))


def test_one_look_by_it_sees_what_a_look_from_here_sees():
    bench = InProcess()
    login = AuthenticationMode(type="iam")
    rights = "on ~app:* -@all +@read"
    wishes = (
        build.user("app", access_string=rights, authentication_mode=login),
        build.user_group("people"),
    )
    estate = Estate(bench, wishes)
    estate.apply()
    bench.settle()
    bench.aws("modify_user", UserId="app", AccessString="on ~* +@all")
    bench.settle()
    accepted = {"0123456789": date(2026, 12, 24)}
    order = dataclasses.replace(order_for(bench, estate), acknowledged=accepted)

    seen = look(
        read_order(json.loads(ordered(order))), Eyes(bench.reader(), bench.secrets, bench.clock)
    )

    here = drift_of(estate.plan())
    assert [str(one.address) for one in seen.drift.drifted] == ["user/app"]
    assert seen.drift.drifted == here.drifted
    assert seen.acknowledged == accepted


def order_for(bench, estate):
    resources = {one.address: one for one in estate.wishes}
    aws = {"account_id": bench.account_id, "region": bench.region}
    top = Top.model_validate({"version": 1, "estate": estate.name, "aws": aws})
    return Order("specs/prod.yaml", top, resources, "s3://b/k", refs=())


def test_another_versions_order_is_refused_with_the_way_on(spec):
    told = {"format_version": 99, "round": {}}

    assert is_order(told)
    with pytest.raises(ValueError, match="reconcile runner schedule"):
        read_order(told)


def test_a_question_of_verify_is_no_order():
    assert not is_order({"format_version": 1, "desired": []})
    assert not is_order({})


def test_two_thousand_users_fit_and_what_does_not_is_refused():
    some = [
        build.user(f"user-{n}", access_string=f"on ~app{n}:* -@all +@read +@connection")
        for n in range(2000)
    ]
    aws = {"account_id": "123456789012", "region": "eu-west-1"}
    top = Top.model_validate({"version": 1, "estate": "e", "aws": aws})
    places = {(one.address, "access_string"): f"big.yaml:{n}" for n, one in enumerate(some)}
    order = Order("big.yaml", top, {one.address: one for one in some}, "s3://b/k", places)

    assert len(ordered(order)) < LARGEST / 2
    # What does not pack.
    noise = {(some[0].address, ""): random.Random(1).randbytes(LARGEST).hex()}
    with pytest.raises(UsageError, match=r"big\.yaml: packed it has .* reconcile drift --every"):
        ordered(dataclasses.replace(order, places=noise))


@pytest.mark.parametrize(
    ("text", "minutes"), [("15m", 15), ("1h", 60), ("60s", 1), ("24h", 1440), ("0.5h", 30)]
)
def test_an_interval_is_whole_minutes(text, minutes):
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["30s", "90s", "25h", "0m", "often", ""])
def test_what_the_scheduler_does_not_know_is_no_interval(text):
    with pytest.raises(UsageError, match="--every"):
        minutes_of(text)


def test_names_differ_by_estate_and_region_and_fit_a_role():
    long = "a" * 63
    names = {
        rounds_name(estate, region)
        for estate in ("shop", "shop.b", long, long[:-1] + "b")
        for region in ("eu-west-1", "us-gov-east-1")
    }

    assert len(names) == 8
    assert all(len(f"{one}-start") <= 64 for one in names)
    assert all(one == one.lower() and one.replace("-", "").isalnum() for one in names)


def test_its_roles_read_remember_and_start_and_nothing_else():
    facts = Facts("123456789012", "eu-west-1", "shop", {}, {})
    rounds = Rounds("drift-shop", 15, "s3://watch/a/drift.json", notify=REF)
    looks = {"Statement": ["as iam-policy prints it"]}

    reads, function, starts, schedule = rounds_estate(
        rounds, Package(b"zip", Target()), facts, looks, "digest"
    )

    assert json.loads(reads.inline_policies["drift"]) == looks
    memory = json.loads(reads.inline_policies["memory"])["Statement"]
    assert {action: one["Resource"] for one in memory for action in one["Action"]} == {
        "s3:GetObject": ["arn:aws:s3:::watch/a/drift.json"],
        "s3:PutObject": ["arn:aws:s3:::watch/a/drift.json"],
        "s3:ListBucket": ["arn:aws:s3:::watch"],
    }
    assert reads.secrets == ("secretsmanager:prod/app",)
    assert reads.trust == ("lambda.amazonaws.com",)
    assert starts.trust == ("scheduler.amazonaws.com",)
    assert json.loads(starts.inline_policies["start"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": ["arn:aws:lambda:eu-west-1:123456789012:function:drift-shop"],
        }
    ]
    assert (function.role, schedule.function, schedule.role) == (reads.id, function.id, starts.id)
    assert (schedule.expression, schedule.flexible_minutes) == ("rate(15 minutes)", 1)
