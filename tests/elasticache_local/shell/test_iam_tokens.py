"""Tokens are made by botocore, as the clients make them, and judged by us."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from elasticache_local.iam_token import BadToken, Key, Login, check_token

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = "FwoGZXIvYXdzEBY//token+with/odd=chars"
ACCOUNT = "123456789012"
KEYS = {
    "AKIAIOSFODNN7EXAMPLE": Key(ACCOUNT, SECRET),
    "ASIAIOSFODNN7EXAMPLE": Key(ACCOUNT, SECRET, SESSION, expires=4_000_000_000),
}


def now():
    return datetime.now(UTC).timestamp()


def login(**changes):
    made = Login("orders", "orders-app", "replication_group", ACCOUNT, "eu-west-1", now())
    return replace(made, **changes)


def token(
    cache="orders",
    key="AKIAIOSFODNN7EXAMPLE",
    secret=SECRET,
    session=None,
    region="eu-west-1",
    service="elasticache",
    expires=900,
    **query,
):
    query = {"Action": "connect", "User": "orders-app"} | query
    request = AWSRequest("GET", f"https://{cache}/", params=query)
    SigV4QueryAuth(Credentials(key, secret, session), service, region, expires).add_auth(request)
    return request.prepare().url.removeprefix("https://")


def refusal(text, at=None, find=KEYS.get, **options):
    with pytest.raises(BadToken) as caught:
        check_token(text, at or login(), find, **options)
    return str(caught.value)


def test_a_token_made_by_botocore_opens_the_cache_it_is_for():
    assert check_token(token(), login(), KEYS.get) == "AKIAIOSFODNN7EXAMPLE"


def test_a_session_key_signs_with_its_session_token():
    made = token(key="ASIAIOSFODNN7EXAMPLE", session=SESSION)

    assert check_token(made, login(), KEYS.get) == "ASIAIOSFODNN7EXAMPLE"


def test_a_serverless_cache_takes_a_token_that_says_so():
    at = login(sort="serverless_cache")

    assert check_token(token(ResourceType="ServerlessCache"), at, KEYS.get)


def test_a_signed_parameter_more_is_no_reason_to_refuse():
    extra = {"X-Amz-Content-Sha256": "e3b0c44298fc1c149afbf4c8996fb924"}

    assert check_token(token(**extra), login(), KEYS.get)


@pytest.mark.parametrize(
    ("made", "at", "reason"),
    [
        pytest.param({"cache": "carts"}, {}, "another cache", id="other cache"),
        pytest.param({"User": "else"}, {}, "another user", id="other user"),
        pytest.param({"Action": "describe"}, {}, "Action", id="other action"),
        pytest.param({"ResourceType": "ServerlessCache"}, {}, "only", id="serverless on nodes"),
        pytest.param({}, {"sort": "serverless_cache"}, "needs", id="nodes on serverless"),
        pytest.param({"region": "us-east-1"}, {}, "scope", id="other region"),
        pytest.param({"service": "memorydb"}, {}, "scope", id="other service"),
        pytest.param({"expires": 901}, {}, "life", id="too long a life"),
        pytest.param({"expires": 0}, {}, "life", id="no life"),
        pytest.param({}, {"now": now() + 2000}, "expired", id="expired"),
        pytest.param({}, {"now": now() - 2000}, "future", id="dated in the future"),
        pytest.param({"secret": "x" * 40}, {}, "signature", id="another secret"),
        pytest.param({"key": "AKIAUNKNOWNUNKNOWN00"}, {}, "not made here", id="unknown key"),
        pytest.param({}, {"account_id": "210987654321"}, "another account", id="other account"),
        pytest.param(
            {"key": "ASIAIOSFODNN7EXAMPLE"}, {}, "session token", id="session token left out"
        ),
        pytest.param({"session": "made-up"}, {}, "session token", id="session token made up"),
    ],
)
def test_a_token_for_something_else_is_refused(made, at, reason):
    assert reason in refusal(token(**made), login(**at))


def test_the_key_of_a_session_that_has_ended_signs_nothing():
    ended = {"ASIAIOSFODNN7EXAMPLE": Key(ACCOUNT, SECRET, SESSION, expires=now() - 1)}

    reason = refusal(token(key="ASIAIOSFODNN7EXAMPLE", session=SESSION), find=ended.get)

    assert "has ended" in reason


def parameters(text):
    host, _, query = text.partition("/?")
    return host, parse_qsl(query, keep_blank_values=True)


SIGNED = token(key="ASIAIOSFODNN7EXAMPLE", session=SESSION, ResourceType="ServerlessCache")
AT_SERVERLESS = {"sort": "serverless_cache"}


def other(name, value):
    """Give another value that is still plausible for this parameter."""
    match name:
        case "X-Amz-Expires":
            return "899"
        case "X-Amz-Date":
            return value[:-2] + ("1" if value[-2] != "1" else "2") + "Z"
        case "X-Amz-Credential":
            return value.replace("ASIA", "AKIA", 1)
        case _:
            return ("0" if value[0] != "0" else "1") + value[1:]


@pytest.mark.parametrize("name", [name for name, _ in parameters(SIGNED)[1]])
def test_each_parameter_is_bound_by_the_signature_or_its_own_rule(name):
    host, query = parameters(SIGNED)
    changed = [(n, other(n, v) if n == name else v) for n, v in query]

    assert refusal(f"{host}/?{urlencode(changed, quote_via=quote)}", login(**AT_SERVERLESS))


@pytest.mark.parametrize("name", [name for name, _ in parameters(SIGNED)[1]])
def test_each_parameter_may_be_there_once_and_must_be_there(name):
    host, query = parameters(SIGNED)
    left_out = [(n, v) for n, v in query if n != name]
    twice = [*query, next((n, v) for n, v in query if n == name)]

    assert refusal(f"{host}/?{urlencode(left_out, quote_via=quote)}", login(**AT_SERVERLESS))
    assert "repeated" in refusal(
        f"{host}/?{urlencode(twice, quote_via=quote)}", login(**AT_SERVERLESS)
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256", "algorithm"),
        ("X-Amz-SignedHeaders", "host;range", "signed headers"),
        ("X-Amz-Date", "yesterday", "date can't be read"),
        ("X-Amz-Expires", "901", "life"),
    ],
)
def test_a_signature_s_frame_is_checked_also_where_the_signature_can_not_be(name, value, reason):
    host, query = parameters(token(key="AKIAUNKNOWNUNKNOWN00"))
    changed = [(n, value if n == name else v) for n, v in query]

    text = f"{host}/?{urlencode(changed, quote_via=quote)}"

    assert reason in refusal(text, accept_unknown_keys=True)


@pytest.mark.parametrize("text", ["", "orders", "/?", "orders/?", "orders/?a", "orders?Action=x"])
def test_a_plain_password_is_no_token(text):
    assert refusal(text)


def test_what_is_wrong_with_the_form_is_said():
    assert "not of the form" in refusal("a-plain-password")
    assert "has no value" in refusal("orders/?Action=connect&User")


@pytest.mark.parametrize("expires", ["-1", "+5", "1e2", "٣", " 9", "9" * 5000])
def test_a_life_that_is_not_a_plain_number_is_refused(expires):
    made = token().replace("X-Amz-Expires=900", f"X-Amz-Expires={quote(expires)}")

    assert "life" in refusal(made)


def test_an_unknown_key_may_be_accepted_but_nothing_else():
    made = token(key="AKIAUNKNOWNUNKNOWN00", secret="anything")

    assert check_token(made, login(), KEYS.get, accept_unknown_keys=True)
    assert refusal(made, login(cache="carts"), accept_unknown_keys=True)
    assert "signature" in refusal(token(secret="x"), accept_unknown_keys=True)


def test_neither_a_key_nor_a_refusal_shows_a_secret():
    shown = repr(KEYS["ASIAIOSFODNN7EXAMPLE"]) + refusal(token(secret="x"))

    assert SECRET not in shown
    assert SESSION not in shown
