"""Service, shell and engines together; every test takes an account of its own."""

from __future__ import annotations

import contextlib
import time

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from elasticache_local import ElastiCacheLocal

_PATIENCE_S = 30


@pytest.fixture(scope="session")
def aws():
    with ElastiCacheLocal(speed=20, region="eu-west-1") as running:
        yield running


@pytest.fixture
def cloud(aws):
    """A fresh account: its client, and waiting until something is at rest or gone."""
    return Cloud(aws)


@pytest.fixture
def connect(aws):
    """Open redis-py clients that the test need not close."""
    with contextlib.ExitStack() as open_ones:

        def opened(endpoint, *, cluster=False, tls=False, **more):
            given = {"host": endpoint["Address"], "port": endpoint["Port"], "socket_timeout": 5}
            if tls:
                given |= {"ssl": True, "ssl_ca_certs": str(aws.ca_file)}
            if not cluster:
                given["retry"] = Retry(NoBackoff(), 0)
            client = (redis.RedisCluster if cluster else redis.Redis)(
                **given, decode_responses=True, **more
            )
            open_ones.callback(client.close)
            return client

        yield opened


class Cloud:
    """An account's ElastiCache; ``cloud.group("orders")`` is a description at rest."""

    def __init__(self, aws):
        self.account = aws.account()
        self.client = self.account.client("elasticache")

    def group(self, name):
        return self._rest(
            lambda: self.client.describe_replication_groups(ReplicationGroupId=name)[
                "ReplicationGroups"
            ][0]
        )

    def cluster(self, name):
        return self._rest(
            lambda: self.client.describe_cache_clusters(
                CacheClusterId=name, ShowCacheNodeInfo=True
            )["CacheClusters"][0],
            "CacheClusterStatus",
        )

    def serverless(self, name):
        return self._rest(
            lambda: self.client.describe_serverless_caches(ServerlessCacheName=name)[
                "ServerlessCaches"
            ][0]
        )

    def snapshot(self, name):
        return self._rest(
            lambda: self.client.describe_snapshots(SnapshotName=name)["Snapshots"][0],
            "SnapshotStatus",
        )

    def serverless_snapshot(self, name):
        return self._rest(
            lambda: self.client.describe_serverless_cache_snapshots(
                ServerlessCacheSnapshotName=name
            )["ServerlessCacheSnapshots"][0]
        )

    def user_group(self, name):
        return self._rest(
            lambda: self.client.describe_user_groups(UserGroupId=name)["UserGroups"][0]
        )

    def gone(self, look):
        """Wait until a look is answered with a not-found code."""

        def is_gone():
            try:
                look()
            except self.client.exceptions.ClientError as refused:
                return "NotFound" in refused.response["Error"]["Code"]
            return False

        _until(is_gone, "it is still there")

    def _rest(self, look, name="Status"):
        end = ("available", "active", "failed", "create-failed")
        _until(lambda: look()[name] in end, f"it is still {look()[name]}")
        return look()


def _until(holds, otherwise):
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)
