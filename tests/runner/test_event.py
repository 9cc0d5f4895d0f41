"""What a runner is asked and answers comes out as it went in, and holds no secret."""

from __future__ import annotations

import json

import build
import pytest

from reconciler.errors import UsageError
from reconciler.model import Address, AuthenticationMode, External, SecretRef
from reconciler.runner import event
from reconciler.runner.event import Question, answered, asked, part_of, read_answer, understood
from reconciler.verify import EngineSeen, Finding, Report, Wishes

ORDERS = Address("replication_group", "orders")
DESIRED = {
    one.address: one
    for one in (
        build.user(authentication_mode=build.password(build.TOKEN)),
        build.user("iam-user", authentication_mode=AuthenticationMode(type="iam")),
        build.user_group("people", user_ids=("app", "iam-user")),
        build.replication_group(user_group_ids=("people",), auth_token=None),
        build.user("stranger"),
        build.serverless_cache(),
        build.parameter_group(),
    )
}
OBSERVED = {
    one.address: build.live(
        one, endpoints=(build.endpoint("orders.example"),), reaches=(Address("user", "app"),)
    )
    for one in (build.shown_group(user_group_ids=("people",)), build.shown_user())
}


def question(**more) -> Question:
    return Question(
        build.ACCOUNT,
        build.REGION,
        DESIRED,
        OBSERVED,
        external={"Old": External(id="Old", addresses=("redis:6379",), tls=True, ca_file="ca.pem")},
        wishes=Wishes(only=frozenset({"login", "reach"}), writes=True, patience_s=1.5),
        stand_ins={build.PASSWORD: SecretRef(store="secretsmanager", id="stand-in")},
        ca="-----BEGIN",
        ca_files={"ca.pem": "-----BEGIN too"},
        **more,
    )


def round_trip(one: Question) -> Question:
    return understood(json.loads(asked(one)))


def test_a_question_is_understood_as_it_was_asked():
    assert round_trip(question()) == question()


def test_what_was_left_out_of_a_wish_stays_left_out():
    found = round_trip(question())

    for address, wish in DESIRED.items():
        assert found.desired[address].model_fields_set == wish.model_fields_set


def test_a_large_question_is_packed():
    many = {
        one.address: one
        for one in (
            build.user(f"user-{number}", access_string="on ~a:* +@read") for number in range(3000)
        )
    }
    large = Question(build.ACCOUNT, build.REGION, many, {})

    content = asked(large)

    assert json.loads(content).keys() == {"gzip"}
    assert len(content) < 100_000
    assert understood(json.loads(content)).desired == many


def test_what_lambda_would_not_take_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(event, "LARGEST", 1000)

    with pytest.raises(UsageError, match="--cache"):
        asked(question())


def test_a_runner_of_another_version_says_to_deploy_it_again():
    told = {**json.loads(asked(question())), "format_version": 99}

    with pytest.raises(ValueError, match="runner deploy"):
        understood(told)


def test_only_what_a_cache_refers_to_goes_with_it():
    desired, observed = part_of(DESIRED, OBSERVED, [ORDERS])

    assert set(desired) == {
        ORDERS,
        Address("user_group", "people"),
        Address("user", "app"),
        Address("user", "iam-user"),
    }
    assert set(observed) == {ORDERS, Address("user", "app")}


FINDING = Finding(
    "rights",
    ORDERS,
    "user app",
    "refuted",
    "NOPERM",
    "OK",
    "host:1",
    0.25,
    critical=True,
    user="app",
)


def test_an_answer_is_read_as_it_was_given():
    report = Report((FINDING,), {ORDERS: EngineSeen("valkey 8.1", "valkey 8.1.8")}, 7, "only", 1.5)

    found, unfinished = read_answer(json.dumps(answered(report, [ORDERS])).encode())

    assert found == report
    assert unfinished == (ORDERS,)


def test_a_large_answer_is_packed():
    report = Report((FINDING,) * 5000, {})

    told = json.dumps(answered(report)).encode()

    assert len(told) < 100_000
    assert read_answer(told)[0] == report


@pytest.mark.parametrize("content", [b'"hello"', b"[]", b"{}", b"null", b'{"format_version": 9}'])
def test_what_is_no_answer_is_said_to_be_none(content):
    with pytest.raises(ValueError, match="deploy it again"):
        read_answer(content)
