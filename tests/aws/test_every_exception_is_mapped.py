"""Nothing above the AWS room has seen an exception of botocore's, nor a word that it made up."""

from __future__ import annotations

import inspect

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from pydantic import SecretStr

from reconciler.aws.fault import RAISED, as_error, asked
from reconciler.errors import AwsError, CouldNotLook, Fate, NoCredentials, ReconcilerError
from reconciler.fate import classify

CANARY = "hunter2-and-some-more"

RAISABLE = sorted(
    (
        found
        for _, found in inspect.getmembers(boto, inspect.isclass)
        if issubclass(found, boto.BotoCoreError)
    ),
    key=lambda found: found.__name__,
)


def made(sort: type[Exception]) -> Exception:
    raised = sort.__new__(sort)
    raised.args = (f"something about {CANARY}",)
    return raised


@pytest.mark.parametrize("sort", RAISABLE, ids=lambda sort: sort.__name__)
def test_each_exception_of_botocore_is_one_of_ours_and_repeats_nothing(sort):
    error = as_error("elasticache", "ModifyUser", made(sort))

    assert isinstance(error, ReconcilerError)
    assert CANARY not in str(error)


@pytest.mark.parametrize("sort", RAISABLE, ids=lambda sort: sort.__name__)
def test_our_error_does_not_carry_theirs_along(sort):
    def fail() -> None:
        raise made(sort)

    with pytest.raises(ReconcilerError) as caught:
        asked("elasticache", "ModifyUser", fail)

    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("raised", "fate"),
    [
        pytest.param(
            boto.EndpointConnectionError(endpoint_url="http://x"), Fate.NOT_DONE, id="no endpoint"
        ),
        pytest.param(
            boto.ConnectTimeoutError(endpoint_url="http://x"), Fate.NOT_DONE, id="connect timeout"
        ),
        pytest.param(
            boto.ReadTimeoutError(endpoint_url="http://x"), Fate.UNKNOWN, id="read timeout"
        ),
        pytest.param(
            boto.ConnectionClosedError(endpoint_url="http://x"), Fate.UNKNOWN, id="closed"
        ),
        pytest.param(ResponseParserError("half an answer"), Fate.UNKNOWN, id="half an answer"),
        pytest.param(
            boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), Fate.UNKNOWN, id="cut off"
        ),
        pytest.param(boto.ParamValidationError(report="Missing"), Fate.FINAL, id="malformed"),
        pytest.param(boto.NoRegionError(), Fate.FINAL, id="misconfigured"),
    ],
)
def test_silence_is_told_apart_from_never_sent(raised, fate):
    error = as_error("elasticache", "ModifyUser", raised)

    assert isinstance(error, AwsError)
    assert classify(error) is fate


def test_a_profile_that_is_not_there_is_told_apart_from_no_credentials():
    error = as_error("sts", "GetCallerIdentity", boto.ProfileNotFound(profile="nobody"))

    assert isinstance(error, NoCredentials)
    assert "AWS_PROFILE" in str(error)
    assert "list-profiles" in str(error)


@pytest.mark.parametrize("sort", [boto.NoCredentialsError, boto.PartialCredentialsError])
def test_no_credentials_names_both_ways_on(sort):
    error = as_error("sts", "GetCallerIdentity", made(sort))

    assert isinstance(error, NoCredentials)
    assert "aws configure" in str(error)
    assert "--local" in str(error)


def test_silence_to_a_read_is_could_not_look():
    def fail() -> None:
        raise boto.EndpointConnectionError(endpoint_url="http://x")

    with pytest.raises(CouldNotLook):
        asked("elasticache", "DescribeUsers", fail, reading=True)


def test_the_names_of_misfit_parameters_are_told_and_their_values_not():
    report = (
        f"Invalid type for parameter Passwords, value: {CANARY}, type: <class 'str'>, valid types: "
        "<class 'list'>\nMissing required parameter in input: 'UserId'"
    )

    error = as_error("elasticache", "CreateUser", boto.ParamValidationError(report=report))

    assert "Passwords" in str(error)
    assert CANARY not in str(error)


@pytest.mark.parametrize(
    "shown", [CANARY, "a%26b%2Fc", "a&b/c", "a%26b/c", "a&amp;b/c", "YSZiL2M=", 'a\\"b', "a%22b"]
)
def test_a_secret_in_the_services_own_words_is_replaced_by_its_name(shown):
    opened = {
        SecretStr(CANARY): "{env: A}",
        SecretStr("a&b/c"): "{env: B}",
        SecretStr('a"b'): "{env: C}",
    }
    raised = boto.ClientError(
        {"Error": {"Code": "InvalidParameterValue", "Message": f"bad value {shown}!"}}, "ModifyUser"
    )

    error = as_error("elasticache", "ModifyUser", raised, opened)

    assert shown not in str(error)
    assert "{env: " in str(error)


def test_a_codes_own_words_status_and_request_id_come_through():
    raised = boto.ClientError(
        {
            "Error": {"Code": "UserNotFound", "Message": "no such user"},
            "ResponseMetadata": {"HTTPStatusCode": 404, "RequestId": "r1"},
        },
        "ModifyUser",
    )

    error = as_error("elasticache", "ModifyUser", raised)

    assert (error.code, error.message, error.status, error.request_id) == (
        "UserNotFound",
        "no such user",
        404,
        "r1",
    )


def test_a_mistake_of_our_own_is_not_dressed_up():
    assert not issubclass(TypeError, RAISED)


@pytest.mark.parametrize(
    ("code", "next_step"),
    [
        ("ExpiredToken", "log in again and repeat the command"),
        ("InvalidClientTokenId", "aws sts get-caller-identity"),
        ("AccessDenied", None),
    ],
)
def test_credentials_that_are_turned_away_come_with_what_to_do(code, next_step):
    told = {"Error": {"Code": code, "Message": "No."}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    error = as_error("elasticache", "ModifyUser", boto.ClientError(told, "ModifyUser"))

    assert error.code == code
    assert error.message == "No." if next_step is None else next_step in error.message
