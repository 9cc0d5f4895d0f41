"""Which settings of redis-py matter, each alone: python bench/bench_client.py.

Every figure is the longest time that one client, an operation a millisecond, got no good answer.
Prints the rows of the table in docs/verify.md; asserts nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import LoadBalancingStrategy, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

from elasticache_local import ElastiCacheLocal
from reconciler.connect import RedisConnector

HELD_S = 1.5
GROUP = {
    "ReplicationGroupDescription": "bench",
    "Engine": "valkey",
    "CacheNodeType": "cache.m6g.large",
    "AutomaticFailoverEnabled": True,
}
_PACE_S = 0.001
Gap = tuple[float, int, int]


def made(aws: Any, name: str, **given: Any) -> dict[str, Any]:
    """Create a group and wait until it is available; gives its description."""
    client = aws.client("elasticache")
    client.create_replication_group(ReplicationGroupId=name, **GROUP | given)
    while True:
        found = client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]
        if found["Status"] == "available":
            return dict(found)
        time.sleep(0.05)


def gap(ask: Callable[[], object], seconds: float, breaks: Callable[[], object]) -> Gap:
    """Ask once a millisecond; gives the longest time without a good answer, errors, answers."""
    good, errors = [time.monotonic()], 0
    begun = threading.Timer(0.7, breaks)
    begun.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            ask()
        except (RedisError, RedisClusterException):
            errors += 1
        else:
            good.append(time.monotonic())
        time.sleep(_PACE_S)
    begun.join()
    longest = max(after - before for before, after in itertools.pairwise(good))
    return longest, errors, len(good)


def told(what: str, found: Gap) -> None:
    """Print a row."""
    longest, errors, answers = found
    print(f"| {what:<62} | {longest:6.3f} s | {errors:5} | {answers:6} |", flush=True)


def connecting(port: int, ca_file: str) -> None:
    """Time connect and PING over TLS: our pinned context, and redis-py's own."""
    place = SimpleNamespace(host="127.0.0.1", port=port)
    ours = RedisConnector(ca_file)
    for what, make in (
        ("one pinned context for each CA", lambda: ours.node(place, None, tls=True)),
        (
            "redis-py's own (a context for each connection, system store added)",
            lambda: redis.Redis("127.0.0.1", port, ssl=True, ssl_ca_certs=ca_file),
        ),
    ):
        spent = []
        for _ in range(30):
            began = time.monotonic()
            with contextlib.closing(make()) as client:
                client.ping()
            spent.append(time.monotonic() - began)
        print(f"| connect and PING: {what:<68} | {statistics.median(spent) * 1000:6.1f} ms |")


def held(aws: Any, port: int, node: str) -> None:
    """Hold a node for 1.5 s: the time-out is what a client adds to an outage."""
    for time_out in (0.1, 0.5, 1.0, 5.0):
        client = redis.Redis(
            port=port, socket_timeout=time_out, socket_connect_timeout=time_out,
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        with contextlib.closing(client):
            cut = lambda: aws.control("hold-node", {"node": node, "seconds": HELD_S})  # noqa: E731
            told(f"held 1.5 s; socket_timeout {time_out} s, no retry", gap(client.ping, 4, cut))


def silenced(aws: Any) -> None:
    """Let a primary hang for good; a replica takes over after two seconds."""
    for number, time_out in enumerate((0.5, 1.0, 5.0)):
        name = f"quiet-{number}"
        group = made(aws, name, NumCacheClusters=2)
        port = group["NodeGroups"][0]["PrimaryEndpoint"]["Port"]
        with contextlib.closing(
            redis.Redis(
                port=port, socket_timeout=time_out, socket_connect_timeout=time_out,
                retry=Retry(NoBackoff(), 0),
            )
        ) as client:  # fmt: skip
            cut = lambda: aws.control("cut-node", {"node": f"{name}-001", "seconds": 9})  # noqa: B023, E731
            told(
                f"hangs, replaced after 2 s; socket_timeout {time_out} s", gap(client.ping, 8, cut)
            )
        aws.client("elasticache").delete_replication_group(ReplicationGroupId=name)


def moved(aws: Any, port: int) -> None:
    """Fail over without shards: what a client without retries and with them sees of it."""
    client = aws.client("elasticache")
    for tries in (0, 3, 10):
        with contextlib.closing(
            redis.Redis(
                port=port, socket_timeout=0.5, retry=Retry(ExponentialBackoff(0.5, 0.02), tries)
            )
        ) as writer:
            fail = lambda: client.test_failover(ReplicationGroupId="orders", NodeGroupId="0001")  # noqa: E731
            told(f"failover; {tries} retries", gap(lambda: writer.incr("n"), 3, fail))


def killed(aws: Any) -> None:
    """Kill a cluster's primary: which way of reading goes on."""
    strategies = {
        "primary only": None,
        "ROUND_ROBIN": LoadBalancingStrategy.ROUND_ROBIN,
        "RANDOM": LoadBalancingStrategy.RANDOM,
        "ROUND_ROBIN_REPLICAS": LoadBalancingStrategy.ROUND_ROBIN_REPLICAS,
    }
    for number, (what, strategy) in enumerate(strategies.items()):
        name = f"catalog-{number}"
        group = made(aws, name, NumNodeGroups=1, ReplicasPerNodeGroup=1, ClusterMode="enabled")
        port = group["ConfigurationEndpoint"]["Port"]
        with contextlib.closing(
            RedisCluster(
                "127.0.0.1", port, load_balancing_strategy=strategy, dynamic_startup_nodes=False,
                socket_timeout=0.5, retry=Retry(ExponentialBackoff(0.5, 0.05), 3),
            )
        ) as client:  # fmt: skip
            kill = lambda: aws.control("kill-node", {"node": f"{name}-0001-001"})  # noqa: B023, E731
            told(f"killed primary; reads {what}", gap(lambda: client.get("n"), 6, kill))
        aws.client("elasticache").delete_replication_group(ReplicationGroupId=name)


def main() -> None:
    """Print every row."""
    # At this speed a dead primary is succeeded after two seconds.
    with ElastiCacheLocal(speed=0.5) as aws:
        secured = made(aws, "tls", NumCacheClusters=1, TransitEncryptionEnabled=True,
                       AutomaticFailoverEnabled=False)  # fmt: skip
        tls = secured["NodeGroups"][0]["PrimaryEndpoint"]["Port"]
        connecting(tls, aws.ready["ca_file"])
        plain = made(aws, "orders", NumCacheClusters=2)["NodeGroups"][0]["PrimaryEndpoint"]["Port"]
        held(aws, plain, "orders-001")
        silenced(aws)
        moved(aws, plain)
        killed(aws)


if __name__ == "__main__":
    main()
