"""How the local ElastiCache does, beside what it aims at: python bench/bench_local.py.

Prints; asserts nothing, since a loaded machine proves nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from elasticache_local import ElastiCacheLocal

_KB = 1024
WIDE = {
    "ReplicationGroupDescription": "bench",
    "Engine": "valkey",
    "EngineVersion": "9.0",
    "CacheNodeType": "cache.m6g.large",
}
USER = {"UserName": "u", "Engine": "valkey", "AccessString": "on ~* +@all"}
PAGE = """
import sys, boto3
client = boto3.client("elasticache", "us-east-1", endpoint_url=sys.argv[1],
                      aws_access_key_id="a", aws_secret_access_key="b")
for _ in range(5):
    list(client.get_paginator("describe_users").paginate())
"""
PASSWORD = "a-password-of-sixteen"


def said(what: str, found: float, aim: float, unit: str) -> None:
    """Print a line: what, found, aimed at."""
    mark = "" if found <= aim else "  MISSED"
    print(f"{what:<58} {found:9.2f}  (aim {aim:g}) {unit}{mark}", flush=True)


@contextmanager
def taking() -> Iterator[Callable[[], float]]:
    """Give the seconds since the block began."""
    began = time.monotonic()
    yield lambda: time.monotonic() - began


def group(client: Any, name: str, **given: Any) -> float:
    """Create a group; give the seconds until it is available."""
    with taking() as spent:
        client.create_replication_group(ReplicationGroupId=name, **WIDE | given)
        while shown(client, name)["Status"] != "available":
            time.sleep(0.01)
        return spent()


def shown(client: Any, name: str) -> Any:
    """Describe one group."""
    return client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]


def without_engines() -> None:
    """Start, and page 2,000 users."""
    starts = []
    for _ in range(5):
        with taking() as spent, ElastiCacheLocal(engines=False):
            starts.append(spent())
    said("start without engines, median of 5", statistics.median(starts), 1, "s")
    with ElastiCacheLocal(engines=False, switches={"user_quota": "2001"}) as aws:
        client = aws.client("elasticache")
        make_users(client, 2000)
        with taking() as spent:
            pages = client.get_paginator("describe_users").paginate()
            count = sum(len(page["Users"]) for page in pages)
            said(f"{count:,} users described, 100 a page", spent(), 1.5, "s")


def make_users(client: Any, count: int) -> None:
    """Make so many users."""
    for number in range(count):
        client.create_user(UserId=f"user-{number}", Passwords=[PASSWORD], **USER)


def with_engines() -> None:
    """Create groups, measure the way through a front, and sixty engines."""
    with ElastiCacheLocal() as aws:
        client = aws.client("elasticache")
        group(client, "first", NumCacheClusters=2)
        said("group of 3 nodes available", group(client, "three", NumCacheClusters=3), 3, "s")
        six = {"NumNodeGroups": 3, "ReplicasPerNodeGroup": 1}
        said("cluster of 3 x 2 available", group(client, "six", **six), 6, "s")
        make_users(client, 999)
        front_latency(aws, client)
        many_engines(aws, client)


def front_latency(aws: ElastiCacheLocal, client: Any) -> None:
    """Time round trips while another client pages 1,000 users."""
    endpoint = shown(client, "three")["NodeGroups"][0]["PrimaryEndpoint"]
    with redis.Redis(host=endpoint["Address"], port=endpoint["Port"]) as through:
        quiet = round_trips(through, lambda: False)
        # In a process of its own: as a thread it would hold up the one that measures.
        paging = subprocess.Popen([sys.executable, "-c", PAGE, aws.endpoint_url])
        busy = round_trips(through, lambda: paging.poll() is None)
    for name, times in (("alone", quiet), ("while another pages 1,000 users", busy)):
        cuts = statistics.quantiles(times, n=100)
        said(f"front, {name}: p50 of {len(times):,} round trips", cuts[49] * 1e3, 5, "ms")
        said(f"front, {name}: p99", cuts[98] * 1e3, 5, "ms")


def round_trips(client: redis.Redis, more: Callable[[], bool]) -> list[float]:
    """Time at least 2,000 GETs, and on as long as there are more to do."""
    times = []
    while len(times) < 2000 or more():
        began = time.perf_counter()
        client.get("key")
        times.append(time.perf_counter() - began)
    return times


def many_engines(aws: ElastiCacheLocal, client: Any) -> None:
    """Bring the engines to sixty, and add up what they hold that nobody shares."""
    node_count = 11
    for number in range(10):
        nodes = min(5, 60 - node_count)
        if nodes:
            group(client, f"more-{number}", NumCacheClusters=nodes)
            node_count += nodes
    running = [p for c in aws.control("status")["caches"] for p in c["pids"].values()]
    private = sum(map(private_bytes, running)) / _KB**2
    said(f"{len(running)} engines, private memory", private, 1024, "MiB")


def private_bytes(pid: int) -> int:
    """Give what a process holds that no other shares (Linux)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kept = [line for line in rollup.splitlines() if line.startswith("Private_")]
    return sum(int(line.split()[1]) for line in kept) * _KB


if __name__ == "__main__":
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    without_engines()
    if "--no-engines" not in sys.argv:
        with_engines()
