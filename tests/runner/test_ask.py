"""Functions are asked about their own caches; what goes wrong there is a finding, never a crash."""

from __future__ import annotations

import json
import threading

import build
import pytest

from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import Address, Verify
from reconciler.ports import Invoked
from reconciler.runner.ask import ask, by_place, merged
from reconciler.runner.event import Question, answered, understood
from reconciler.verify import Finding, Report

CACHES = [build.replication_group(f"cache-{number:02}") for number in range(12)]
ADDRESSES = [one.address for one in CACHES]
WHOLE = Question(build.ACCOUNT, build.REGION, {one.address: one for one in CACHES}, {})


class Functions:
    """An Invoker that answers one proven finding per cache, or as it is told."""

    def __init__(self, answer=None):
        self.asked = []
        self._answer, self._lock = answer, threading.Lock()

    def invoke(self, function, payload):
        question = understood(json.loads(payload))
        with self._lock:
            self.asked.append((function, question))
        if isinstance(self._answer, Exception):
            raise self._answer
        if self._answer is not None:
            return self._answer
        findings = tuple(
            Finding("reach", one, "it", "proven", "an answer", "PONG") for one in question.desired
        )
        return Invoked(json.dumps(answered(Report(findings, {}))).encode(), "START\nEND\n")


def told(functions, places, whole=WHOLE):
    heard = []
    found = list(ask(functions, places, whole, heard.append))
    report = merged([one for one, _ in found], "", [ran for _, ran in found])
    assert sorted(heard, key=lambda one: one.address) == list(report.findings)
    return report


def test_each_cache_is_asked_of_its_own_function_once():
    functions = Functions()

    report = told(functions, {"lambda:a": ADDRESSES[:7], "lambda:b": ADDRESSES[7:], "here": []})

    assert [one.address for one in report.findings] == ADDRESSES
    asked = {name: set() for name in ("a", "b")}
    for name, question in functions.asked:
        assert not asked[name] & set(question.desired)
        asked[name] |= set(question.desired)
    assert asked == {"a": set(ADDRESSES[:7]), "b": set(ADDRESSES[7:])}
    assert {one.log_tail for one in report.ran} == {("START", "END")}


def test_nobody_is_asked_about_what_is_looked_at_from_here():
    functions = Functions()

    assert told(functions, {"here": ADDRESSES}).findings == ()
    assert functions.asked == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (AwsError("lambda", "Invoke", "ResourceNotFoundException", "x"), "runner deploy makes it"),
        (AwsError("lambda", "Invoke", "AccessDeniedException", "not allowed"), "not allowed"),
        (CouldNotLook("nobody answers"), "nobody answers"),
        (Invoked(b"{}", "the log", "Sandbox.Timedout: after 30 s"), "after 30 s"),
        (Invoked(b"null", "", ""), "deploy it again"),
        (Invoked(b"<html>", "", ""), "Expecting value"),
    ],
)
def test_a_function_that_fails_leaves_its_caches_not_proven_and_critical(answer, reason):
    report = told(Functions(answer), {"lambda:a": ADDRESSES[:2]})

    assert [one.address for one in report.findings] == ADDRESSES[:2]
    assert {one.verdict for one in report.findings} == {"not proven"}
    assert all(one.critical and reason in one.got for one in report.findings)
    assert reason in report.ran[0].failed
    assert report.exit_code() == 6


def test_what_its_time_ran_out_for_is_not_proven():
    done = Finding("reach", ADDRESSES[0], "it", "proven", "an answer", "PONG")
    content = json.dumps(answered(Report((done,), {}, seconds=27), ADDRESSES[:2])).encode()

    report = told(Functions(Invoked(content, "")), {"lambda:a": ADDRESSES[:2]})

    assert done in report.findings
    missing = [one for one in report.findings if one.verdict == "not proven"]
    assert [one.address for one in missing] == ADDRESSES[:2]
    assert "--timeout" in missing[0].got
    assert report.exit_code() == 6


def test_where_to_look_from_is_said_by_the_cache_and_by_the_person_above_it():
    own = {Address("replication_group", "a"): "here", Address("replication_group", "b"): "lambda:x"}

    assert by_place(own, None) == {
        "here": [Address("replication_group", "a")],
        "lambda:x": [Address("replication_group", "b")],
    }
    assert list(by_place(own, "lambda:y")) == ["lambda:y"]
    assert list(by_place(own, "here")) == ["here"]
    assert Verify(via="lambda:x").via == "lambda:x"
