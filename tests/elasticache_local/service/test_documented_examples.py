"""The service's documented examples: each is answered, with every member that its answer shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import pytest

from elasticache_local.service.catalogue import OPERATIONS

SUBNETS = ["subnet-6f28c982", "subnet-bcd382f3", "subnet-845b3e7c0", "subnet-bcde2345"]
NEW = {
    "CreateCacheParameterGroup": ("CacheParameterGroupName", "custom-redis2-8"),
    "CreateReplicationGroup": ("ReplicationGroupId", "my-redis-rg"),
}
"""What an example creates and others use under the same name."""
SAID_OTHERWISE = {
    "2.8.24": "7.1",
    "3.2.4": "7.1",
    "default.redis3.2.cluster.on": "default.redis7.cluster.on",
    "cache.r3.larage": "cache.r3.large",
    "custom-mem1-4  ": "my-mem-cluster",
    "2016-12-22T15:00:00.000Z": "2026-01-07T00:00:00.000Z",
}
"""Versions that the service has ended since, and slips of the pen."""
NOT_GIVEN = {".Marker"}
"""It is empty in the examples; live answers leave it out on the last page."""


def documented() -> Iterator[Any]:
    files = Path(botocore.__file__).parent / "data" / "elasticache"
    text = (files / "2015-02-02" / "examples-1.json").read_text("utf-8")
    for action, examples in json.loads(text)["examples"].items():
        for number, example in enumerate(examples):
            if action in OPERATIONS:
                asked, shown = example.get("input") or {}, example.get("output") or {}
                yield pytest.param(action, asked, shown, id=f"{action}-{number}")


def furnish(aws: Any, action: str) -> None:
    """Make what the examples name, but for what this one makes."""
    aws.service.declare_subnets(aws.principal, SUBNETS)
    for name, engine in (
        ("my-mem-cluster", "memcached"),
        ("my-memcached", "memcached"),
        ("onenoderedis", "redis"),
        ("mycluster", "redis"),
        ("redis-cluster", "redis"),
    ):
        more = {"NumCacheNodes": 2, "AZMode": "cross-az"} if engine == "memcached" else {}
        aws("CreateCacheCluster", CacheClusterId=name, Engine=engine, **more)
    aws.group("threenoderedis", NumCacheClusters=3)
    aws.group("myreplgroup")
    aws.clustered("clusteredredis")
    if action != "CreateReplicationGroup":
        aws.group("my-redis-rg", NumCacheClusters=3, AutomaticFailoverEnabled=True)
    for name, family in (("custom-mem1-4", "memcached1.4"), ("custom-redis2-8", "redis2.8")):
        if NEW.get(action) != ("CacheParameterGroupName", name):
            make_parameter_group(aws, name, family)
    for name in ("my-subnet-group", "my-sn-grp"):
        aws(
            "CreateCacheSubnetGroup",
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription="d",
            SubnetIds=SUBNETS[:1],
        )
    for name in ("my-snapshot", "snapshot-20161212"):
        aws("CreateSnapshot", CacheClusterId="onenoderedis", SnapshotName=name)
        aws.settle()
    tags = [{"Key": key, "Value": "v"} for key in "ABCDE"]
    for name in ("my-mem-cluster", "mycluster"):
        aws("AddTagsToResource", ResourceName=aws.arn("cluster", name), Tags=tags)


def make_parameter_group(aws: Any, name: str, family: str) -> None:
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName=name,
        CacheParameterGroupFamily=family,
        Description="d",
    )
    if family.startswith("redis"):
        value = {"ParameterName": "activerehashing", "ParameterValue": "no"}
        aws("ModifyCacheParameterGroup", CacheParameterGroupName=name, ParameterNameValues=[value])


def today(aws: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give an example's request as one that can be sent today: by this account, nothing empty."""
    sent = {
        name: SAID_OTHERWISE.get(value, value) if isinstance(value, str) else value
        for name, value in asked.items()
        if value != ""
    }
    if "ResourceName" in sent:
        sent["ResourceName"] = aws.arn("cluster", sent["ResourceName"].rpartition(":")[2])
    return sent


def members(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield f"{where}.{name}"
            yield from members(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{where}[]")


@pytest.mark.parametrize(("action", "asked", "shown"), [*documented()])
def test_an_example_is_answered_with_every_member_that_is_shown(aws, action, asked, shown):
    furnish(aws, action)

    answer = aws(action, **today(aws, asked))

    assert set(members(shown)) - set(members(answer)) <= NOT_GIVEN
