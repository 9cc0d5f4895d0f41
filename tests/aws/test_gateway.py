"""Reads are remembered and retried, writes are sent once; no secret leaves but in its request."""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from wire import ACCOUNT, identity, refusal, users

from reconciler.aws import fault
from reconciler.aws.gateway import AwsReader, AwsWriter
from reconciler.aws.secret import SecretsManager
from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import SecretRef
from reconciler.ports import Call

PASSWORD = "canary-0123456789-&/+"
REF = SecretRef(store="env", id="APP_PASSWORD")
MODIFY = Call("elasticache", "modify_user", {"UserId": "app", "Passwords": [REF]})


class Held:
    """A SecretSource that holds one secret."""

    def version(self, ref: SecretRef, salt: str) -> str:
        raise AssertionError

    def open(self, ref: SecretRef) -> SecretStr:
        return SecretStr(PASSWORD)


def done() -> tuple[int, str]:
    return 200, (
        '<ModifyUserResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">'
        "<ModifyUserResult><UserId>app</UserId></ModifyUserResult></ModifyUserResponse>"
    )


def test_the_same_question_is_asked_once_and_afresh_by_a_fresh_reader(wire, reading):
    wire.always = lambda _: users("app")
    reader = AwsReader(reading)

    reader.read("elasticache", "describe_users")
    reader.read("elasticache", "describe_users")
    reader.fresh().read("elasticache", "describe_users")

    assert len(wire.asked) == 2
    assert reader.calls == 1


def test_kinds_that_read_at_the_same_time_share_a_request(wire, reading):
    wire.always = lambda _: users("app")
    reader = AwsReader(reading)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reader.read("elasticache", "describe_users"), range(8)))

    assert len(wire.asked) == 1
    assert len(found) == 8


def test_pages_follow_the_marker(wire, reading):
    wire.answers = [users("a", "b", marker="next"), users("c")]

    found = [
        one["UserId"] for one in AwsReader(reading).pages("elasticache", "describe_users", "Users")
    ]

    assert found == ["a", "b", "c"]
    assert parse_qs(wire.asked[1])["Marker"] == ["next"]


@pytest.mark.parametrize(
    "operation", ["modify_user", "create_user", "delete_user", "test_failover"]
)
def test_a_reader_can_not_write(reading, wire, operation):
    with pytest.raises(ValueError, match="is not a read"):
        AwsReader(reading).read("elasticache", operation)

    assert wire.asked == []


def test_a_throttled_read_is_asked_again(wire, reading):
    wire.answers = [refusal("Throttling", "Rate exceeded"), users("app")]

    assert AwsReader(reading).read("elasticache", "describe_users")["Users"]
    assert len(wire.asked) == 2


def test_reads_adapt_to_throttling_and_writes_are_left_to_apply(reading, writing):
    assert reading.client("elasticache").meta.config.retries == {
        "mode": "adaptive",
        "total_max_attempts": 5,
    }
    assert writing.client("elasticache").meta.config.retries == {
        "mode": "standard",
        "total_max_attempts": 1,
    }


THROTTLED = (400, '{"__type": "ThrottlingException", "message": "Rate exceeded"}')


@pytest.mark.slow
def test_what_the_writing_role_only_reads_is_asked_again_where_it_is_throttled(wire, writing):
    wire.answers = [refusal("Throttling", "Rate exceeded"), identity()]
    assert writing.identity().account_id == ACCOUNT

    wire.answers = [THROTTLED, (200, '{"SecretString": "of-the-store"}')]
    found = SecretsManager(writing).open(SecretRef(store="secretsmanager", id="shop/app"))
    assert found.get_secret_value() == "of-the-store"
    assert len(wire.asked) == 4


def test_a_write_to_a_store_is_sent_once_where_it_is_throttled(wire, writing):
    wire.answers = [THROTTLED, (200, "{}")]

    with pytest.raises(AwsError, match="ThrottlingException"):
        fault.asked("ssm", "PutParameter", lambda: _put(writing.client("ssm")))

    assert len(wire.asked) == 1


def _put(ssm):
    return ssm.put_parameter(Name="/shop/lease", Value="x", Type="String")


def test_a_read_without_an_answer_could_not_look(wire, reading):
    wire.always = lambda _: None

    with pytest.raises(CouldNotLook):
        AwsReader(reading).read("elasticache", "describe_users")


def test_a_failed_question_is_not_remembered_as_an_answer(wire, reading):
    wire.answers = [refusal("AccessDenied", "no", 403), users("app")]
    reader = AwsReader(reading)

    with pytest.raises(AwsError):
        reader.read("elasticache", "describe_users")

    assert reader.read("elasticache", "describe_users")["Users"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="lost"),
        pytest.param((500, ""), id="500"),
        pytest.param((503, "<html>no XML</html>"), id="half an answer"),
        pytest.param(refusal("Throttling", "Rate exceeded"), id="throttled"),
    ],
)
def test_a_write_is_sent_once_whatever_happens(wire, writing, answer):
    wire.answers = [answer]
    wire.always = lambda _: done()

    with pytest.raises(AwsError):
        AwsWriter(writing, Held()).send(MODIFY)

    assert len(wire.asked) == 1


def test_a_secret_is_opened_for_the_one_request_that_carries_it(wire, writing):
    wire.always = lambda _: done()

    AwsWriter(writing, Held()).send(MODIFY)

    assert parse_qs(wire.asked[0])["Passwords.member.1"] == [PASSWORD]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(MODIFY, id="refused by the service"),
        pytest.param(
            Call("elasticache", "modify_user", {"UserId": "app", "Passwords": REF}), id="misfit"
        ),
        pytest.param(
            Call("elasticache", "modify_user", {"UserId": [], "Passwords": [REF]}), id="two misfits"
        ),
    ],
)
def test_a_refused_secret_shows_in_no_log_no_message_and_no_local_variable(
    wire, writing, caplog, call
):
    wire.always = lambda body: refusal("InvalidParameterValue", f"bad password {PASSWORD}")
    caplog.set_level(logging.DEBUG)

    with pytest.raises(AwsError) as caught:
        AwsWriter(writing, Held()).send(call)

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in told.stack if "/tests/" not in frame.filename]
    shown = "".join(str(frame.locals) for frame in ours)
    assert ours
    assert PASSWORD not in shown + "".join(told.format_exception_only()) + caplog.text


def test_botocores_debug_log_stays_shut_when_everything_is_opened(wire, writing, caplog):
    wire.always = lambda _: done()
    caplog.set_level(logging.DEBUG)

    AwsWriter(writing, Held()).send(MODIFY)

    assert PASSWORD not in caplog.text
    assert "canary" not in caplog.text
    assert "aws.write.sent" in caplog.text
