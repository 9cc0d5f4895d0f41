"""The handler verifies what it is asked for and nothing of another account; time is kept for it."""

from __future__ import annotations

import contextlib
import json
import socket
import time

import build
import pytest

from reconciler.errors import WrongAccount
from reconciler.model import External, SecretRef
from reconciler.runner.event import Question, asked, read_answer
from reconciler.runner.function import handle, ports_of
from reconciler.verify import Wishes

ARN = f"arn:aws:lambda:{build.REGION}:{build.ACCOUNT}:function:shop-verify"


class Context:
    """What Lambda hands a handler."""

    def __init__(self, seconds=30.0, arn=ARN):
        self.invoked_function_arn = arn
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self):
        return int((self._until - time.monotonic()) * 1000)


def question(address: str, **more) -> dict:
    external = {"old": External(id="old", addresses=(address,), **more)}
    whole = Question(
        build.ACCOUNT,
        build.REGION,
        {},
        {},
        external=external,
        wishes=Wishes(only=frozenset({"reach"}), patience_s=0),
    )
    return json.loads(asked(whole))


@contextlib.contextmanager
def silent():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextlib.contextmanager
def closed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def answer(told: dict):
    return read_answer(json.dumps(told).encode())


def test_it_looks_from_where_it_stands_and_tells_what_it_found():
    with closed() as address:
        report, unfinished = answer(handle(question(address), Context()))

    assert unfinished == ()
    [finding] = report.findings
    assert (finding.check, str(finding.address)) == ("reach", "external/old")
    assert finding.verdict != "proven"


def test_where_time_runs_out_it_answers_with_what_it_has():
    with silent() as address:
        begun = time.monotonic()
        report, unfinished = answer(handle(question(address), Context(seconds=3.3)))

    assert time.monotonic() - begun < 3
    assert [str(one) for one in unfinished] == ["external/old"]
    assert report.findings == ()


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace(build.ACCOUNT, "999999999999"),
        ARN.replace(build.REGION, "us-east-1"),
    ],
)
def test_an_estate_of_another_account_or_region_is_refused(arn):
    with pytest.raises(WrongAccount):
        handle(question("127.0.0.1:1"), Context(arn=arn))


def test_its_secrets_are_those_of_stores_never_of_its_own_environment(monkeypatch):
    monkeypatch.setenv("APP_PASSWORD", "canary")
    ports = ports_of(Question(build.ACCOUNT, build.REGION, {}, {}))

    with pytest.raises(Exception, match="not set") as raised:
        ports.secrets.open(SecretRef(store="env", id="APP_PASSWORD"))

    assert "canary" not in str(raised.value)
