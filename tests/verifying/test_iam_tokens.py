"""IAM: a fresh token comes in everywhere; a wrong, old or tampered one does not."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from verifying.engines import hashed
from verifying.shop import APP, about, refuted

from reconciler.aws.token import AwsTokenSource
from reconciler.checks.iam import tampered
from reconciler.checks.visit import Ports
from reconciler.errors import NoCredentials
from reconciler.model import AuthenticationMode, User

pytestmark = pytest.mark.engines

REPORT = User(
    id="orders-report",
    engine="valkey",
    access_string="on ~orders:* resetchannels -@all +@read +@connection",
    authentication_mode=AuthenticationMode(type="iam"),
)
MOMENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Minted:
    """A TokenSource over real signatures whose clock stands still, so that a token can be known."""

    def __init__(self) -> None:
        keys = SimpleNamespace(
            access_key="AKIDEXAMPLE", secret_key="not-a-key", token="a+session/token=="
        )
        session = SimpleNamespace(credentials=lambda: keys, region="eu-west-1")
        self._source = AwsTokenSource(session)
        self.minted: list[str] = []

    def token(self, cache, user, *, serverless, issued=None, region=None) -> SecretStr:
        token = self._source.token(
            cache, user, serverless=serverless, issued=issued or MOMENT, region=region
        )
        self.minted.append(token.get_secret_value())
        return token


@pytest.fixture
def source() -> Minted:
    return Minted()


@pytest.fixture
def with_iam(shop, source):
    """The shop with one user whose only password, for the engine, is the token of the moment."""
    shop.users = (APP, REPORT, shop.users[2])
    right = source.token("orders", "orders-report", serverless=False).get_secret_value()
    for node in shop.nodes:
        node.set_user("orders-report", hashed(right), *REPORT.access_string.split())
    plain = shop.ports()
    clock = plain.clock
    clock.now = lambda: MOMENT
    shop.ports = lambda: Ports(plain.secrets, source, plain.connector, clock)
    return shop


def accept(shop, token: str) -> None:
    shop.nodes[0].tell("ACL", "SETUSER", "orders-report", hashed(token))


def test_a_fresh_token_comes_in_at_every_address(with_iam):
    [login] = [one for one in about(with_iam.verified(), "login") if "report" in one.subject
               and "wrong" not in one.subject]  # fmt: skip

    assert (login.verdict, login.got) == ("proven", "logs in, at 5 of 5 addresses")


def test_every_wrong_token_is_tried_and_refused(with_iam):
    findings = about(with_iam.verified(), "iam")

    assert {one.verdict for one in findings} == {"proven"}
    assert {one.subject.partition(", ")[2] for one in findings} == {
        *("a token for another cache", "a token for another user", "a token for another region"),
        *("a token that has expired", "a token of the future"),
        *(
            f"a token with another {name}"
            for name in (
                *("Action", "User", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date"),
                *("X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Security-Token"),
                "X-Amz-Signature",
            )
        ),
    }


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("a token for another cache", {"cache": "not-orders"}),
        ("a token for another user", {"user": "not-orders-report"}),
        ("a token for another region", {"region": "us-east-1"}),
        ("a token that has expired", {"issued": datetime(2026, 11, 20, 8, 44, tzinfo=UTC)}),
        ("a token of the future", {"issued": datetime(2026, 11, 20, 9, 16, tzinfo=UTC)}),
    ],
)
def test_a_wrong_token_that_is_taken_is_found(with_iam, source, what, arguments):
    asked = {"cache": "orders", "user": "orders-report", "serverless": False, **arguments}
    accept(with_iam, source.token(**asked).get_secret_value())

    assert refuted(with_iam.verified()) == {("iam", f"user orders-report, {what}")}


def test_a_server_that_does_not_look_at_the_signature_is_found(with_iam, source):
    changed = dict(tampered(source.token("orders", "orders-report", serverless=False)))
    for token in changed.values():
        accept(with_iam, token.get_secret_value())

    assert refuted(with_iam.verified(only={"iam"})) == {
        ("iam", f"user orders-report, a token with another {name}") for name in changed
    }
    assert len(changed) == 9


def test_a_server_that_overlooks_one_parameter_is_found_by_its_name(with_iam, source):
    changed = dict(tampered(source.token("orders", "orders-report", serverless=False)))
    accept(with_iam, changed["X-Amz-Expires"].get_secret_value())

    assert refuted(with_iam.verified()) == {
        ("iam", "user orders-report, a token with another X-Amz-Expires")
    }


def test_no_token_stands_in_a_report(with_iam, source):
    text = repr(with_iam.verified())

    assert source.minted
    assert not any(token in text or token[-20:] in text for token in source.minted)


def test_without_credentials_iam_is_not_proven(with_iam, source):
    def nothing(*args, **kwargs):
        raise NoCredentials("no AWS credentials were found")

    source.token = nothing

    report = with_iam.verified(only={"login", "iam", "rights"})

    said = {one.check: one for one in report.findings if one.verdict == "not proven"}
    assert set(said) == {"login", "iam", "rights"}
    assert "no AWS credentials" in said["login"].got
    assert refuted(report) == set()


def test_each_parameter_is_changed_in_turn_and_nothing_else(source):
    token = source.token("orders", "app", serverless=True)
    before = dict(pair.split("=") for pair in token.get_secret_value().split("?")[1].split("&"))

    for name, changed in tampered(token):
        after = dict(
            pair.split("=") for pair in changed.get_secret_value().split("?")[1].split("&")
        )
        assert {key for key in before if before[key] != after[key]} == {name}
