"""A provider for redis-py: a token is minted when it is due, and ends with what signed it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from pydantic import SecretStr

from elasticache_local.iam_token import Key, Login, check_token
from reconciler.aws.token import AwsTokenSource, BotoSigner
from reconciler.connect import IamLogin
from reconciler.errors import NoCredentials

SECRET = "secret-of-the-test"
ACCOUNT = "123456789012"


class Counting:
    """Mints numbered tokens; ``lasting`` is for how long what signs is good."""

    def __init__(self, lasting: float = 10_000) -> None:
        self.minted: list[tuple[str, str, bool]] = []
        self.lasting = lasting

    def token(self, cache, user, *, serverless) -> SecretStr:
        self.minted.append((cache, user, serverless))
        return SecretStr(f"token-{len(self.minted)}")

    def outlive(self, seconds) -> bool:
        return seconds < self.lasting


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_token_is_used_again_for_less_than_it_lives():
    source, time = Counting(), Time()
    login = IamLogin(source, "orders", "app", monotonic=time)

    given = []
    for time.now in (0, 300, 599, 601, 1200, 1202):
        given.append(login.get_credentials())

    assert [token for _, token in given] == [
        *("token-1", "token-1", "token-1", "token-2", "token-2", "token-3"),
    ]
    assert {user for user, _ in given} == {"app"}


@pytest.mark.parametrize("lasting", [0, 300, 659])
def test_short_lived_credentials_get_each_connection_a_token_of_its_own(lasting):
    source, time = Counting(lasting), Time()
    login = IamLogin(source, "orders", "app", monotonic=time)

    assert [login.get_credentials()[1] for _ in range(3)] == ["token-1", "token-2", "token-3"]


def test_threads_that_ask_together_get_one_token():
    source = Counting()
    login = IamLogin(source, "orders", "app")

    threads = [threading.Thread(target=login.get_credentials) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(source.minted) == 1


def test_the_token_does_not_show_itself():
    login = IamLogin(Counting(), "orders", "app")
    login.get_credentials()

    assert "token-1" not in repr(login) + repr(vars(login))


class Session(boto3.Session):
    """A boto3 session with these credentials and no others."""

    def __init__(self, credentials) -> None:
        super().__init__(region_name="eu-west-1")
        self._given = credentials

    def get_credentials(self):
        return self._given


def refreshable(seconds: float) -> RefreshableCredentials:
    until = datetime.now(UTC) + timedelta(seconds=seconds)

    def refresh() -> dict[str, str]:
        return {
            "access_key": "AKIATEST",
            "secret_key": SECRET,
            "token": "session",
            "expiry_time": until.isoformat(),
        }

    return RefreshableCredentials(
        "AKIATEST", SECRET, "session", until, refresh, "test", advisory_timeout=0,
        mandatory_timeout=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("credentials", "lasts"),
    [
        pytest.param(Credentials("AKIATEST", SECRET), True, id="long-lived keys"),
        pytest.param(Credentials("AKIATEST", SECRET, "s"), False, id="a session of unknown end"),
        pytest.param(refreshable(300), False, id="a session that ends in five minutes"),
        pytest.param(refreshable(3600), True, id="a session of an hour"),
        pytest.param(None, False, id="none at all"),
    ],
)
def test_whether_credentials_last_is_asked_of_botocore(credentials, lasts):
    assert BotoSigner(Session(credentials)).outlive(660) is lasts


def test_other_peoples_session_mints_a_token_that_opens_the_cache():
    source = AwsTokenSource(BotoSigner(Session(Credentials("AKIATEST", SECRET))))

    user, token = IamLogin(source, "Orders", "app").get_credentials()

    login = Login(
        "orders", user, "replication_group", ACCOUNT, "eu-west-1", datetime.now(UTC).timestamp()
    )
    assert check_token(token, login, lambda _: Key(ACCOUNT, SECRET)) == "AKIATEST"


def test_without_credentials_it_says_so():
    login = IamLogin(AwsTokenSource(BotoSigner(Session(None))), "orders", "app")

    with pytest.raises(NoCredentials):
        login.get_credentials()
