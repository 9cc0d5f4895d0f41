"""Fixtures for anybody's tests: one instance a session, a fresh account a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from elasticache_local.session import Account, ElastiCacheLocal


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a project choose how its instance runs."""
    parser.addini("elasticache_local_speed", "how many times faster than the service", default="10")
    parser.addini("elasticache_local_engines", "start real engines", type="bool", default=True)


@pytest.fixture(scope="session")
def elasticache_local(pytestconfig: pytest.Config) -> Iterator[ElastiCacheLocal]:
    """Give an instance that lives as long as the test session (of one xdist worker)."""
    from elasticache_local.session import ElastiCacheLocal  # noqa: PLC0415 - only when used

    speed = float(pytestconfig.getini("elasticache_local_speed"))
    engines = bool(pytestconfig.getini("elasticache_local_engines"))
    with ElastiCacheLocal(speed=speed, engines=engines) as aws:
        yield aws


@pytest.fixture
def elasticache_account(elasticache_local: ElastiCacheLocal) -> Account:
    """Give an account that no other test uses, so that tests run side by side."""
    return elasticache_local.account()
