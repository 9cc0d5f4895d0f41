"""Tokens are judged by the local ElastiCache's own checker, which shares no code with us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from wire import ACCOUNT, aws

from elasticache_local.iam_token import BadToken, Key, Login, check_token
from reconciler.aws.endpoint import LocalEndpoint
from reconciler.aws.session import Session
from reconciler.aws.token import AwsTokenSource

SECRET = "secret-of-the-test"
NOW = datetime.now(UTC)


@pytest.fixture
def source(bare) -> AwsTokenSource:
    local = LocalEndpoint("http://127.0.0.1:1", "AKIATEST", SecretStr(SECRET))
    return AwsTokenSource(Session(aws(), "read", local))


def judged(token: SecretStr, *, cache: str = "orders", sort: str = "replication_group") -> str:
    login = Login(cache, "app", sort, ACCOUNT, "eu-west-1", NOW.timestamp())
    return check_token(token.get_secret_value(), login, lambda _: Key(ACCOUNT, SECRET))


def test_a_token_opens_the_cache_that_it_is_for(source):
    assert judged(source.token("Orders", "App", serverless=False)) == "AKIATEST"


def test_a_token_for_a_serverless_cache_says_so(source):
    token = source.token("carts", "app", serverless=True)

    assert judged(token, cache="carts", sort="serverless_cache") == "AKIATEST"
    with pytest.raises(BadToken):
        judged(token, cache="carts")


def test_a_token_for_another_cache_opens_nothing(source):
    with pytest.raises(BadToken):
        judged(source.token("carts", "app", serverless=False))


def test_a_token_of_yesterday_is_rightly_signed_and_opens_nothing(source):
    yesterday = NOW - timedelta(days=1)
    token = source.token("orders", "app", serverless=False, issued=yesterday)
    login = Login("orders", "app", "replication_group", ACCOUNT, "eu-west-1", yesterday.timestamp())

    assert check_token(token.get_secret_value(), login, lambda _: Key(ACCOUNT, SECRET))
    with pytest.raises(BadToken):
        judged(token)


def test_a_token_has_no_scheme_lives_15_minutes_and_does_not_show_itself(source):
    token = source.token("orders", "app", serverless=False)
    text = token.get_secret_value()

    assert text.startswith("orders/?")
    assert parse_qs(text.partition("?")[2])["X-Amz-Expires"] == ["900"]
    assert text not in repr(token)
