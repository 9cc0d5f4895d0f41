"""Kept data outlives a CONTROL that is killed, also while one cache hands it to another."""

from __future__ import annotations

import os
import signal
import time

import pytest
import redis

from elasticache_local import ElastiCacheLocal

pytestmark = [pytest.mark.engines, pytest.mark.slow]
KEYS = {f"key:{number}": str(number) for number in range(500)}


def until(done, seconds=30):
    end = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
    return found


def solo(client):
    found = client.describe_cache_clusters(CacheClusterId="solo", ShowCacheNodeInfo=True)
    [cluster] = found["CacheClusters"]
    at_rest = cluster["CacheClusterStatus"] == "available"
    return cluster["CacheNodes"][0]["Endpoint"] if at_rest else None


def pair(client):
    [group] = client.describe_replication_groups(ReplicationGroupId="pair")["ReplicationGroups"]
    assert group["Status"] != "create-failed"
    return group["NodeGroups"][0]["PrimaryEndpoint"] if group["Status"] == "available" else None


def keys(endpoint):
    at = {"host": endpoint["Address"], "port": endpoint["Port"], "decode_responses": True}
    with redis.Redis(**at) as client:
        return {name: client.get(name) for name in client.scan_iter()}


def fill(endpoint):
    with redis.Redis(host=endpoint["Address"], port=endpoint["Port"]) as client:
        client.mset(KEYS)


def make(aws):
    client = aws.client("elasticache")
    client.create_cache_cluster(CacheClusterId="solo", Engine="redis", NumCacheNodes=1)
    fill(until(lambda: solo(client)))
    return client


def kill(aws):
    os.kill(aws.ready["pid"], signal.SIGKILL)


def test_keys_are_there_after_control_was_killed(tmp_path):
    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        client = make(aws)
        until(lambda: "solo" in (tmp_path / "state.json").read_text())
        kill(aws)

    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        client = aws.client("elasticache")
        assert keys(until(lambda: solo(client))) == KEYS


# From before the data is asked for to after its new owner has it.
@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.4, 0.7, 1.5])
def test_no_key_is_lost_however_far_an_adoption_has_come(tmp_path, after_s):
    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        client = make(aws)
        until(lambda: "solo" in (tmp_path / "state.json").read_text())
        client.create_replication_group(
            ReplicationGroupId="pair",
            ReplicationGroupDescription="d",
            PrimaryClusterId="solo",
            NumCacheClusters=2,
        )
        time.sleep(after_s)  # any moment will do: nothing is to depend on which it is
        kill(aws)

    with ElastiCacheLocal(speed=20, data_dir=tmp_path) as aws:
        client = aws.client("elasticache")
        adopted = client.describe_replication_groups()["ReplicationGroups"]
        assert keys(until(lambda: (pair if adopted else solo)(client))) == KEYS
