"""One instance for all tests over HTTP; each test takes an account of its own."""

import pytest

from elasticache_local import ElastiCacheLocal


@pytest.fixture(scope="session")
def aws():
    with ElastiCacheLocal(engines=False, speed=50, region="eu-west-1") as running:
        yield running


@pytest.fixture
def account(aws):
    return aws.account()
