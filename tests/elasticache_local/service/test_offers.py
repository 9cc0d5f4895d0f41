"""Engine versions, node types, and the clocks."""

from __future__ import annotations

import pytest

from elasticache_local.clock import RealClock, SteppedClock
from elasticache_local.service.rule.dns_name import short_region


def versions(aws, **asked):
    found = aws("DescribeCacheEngineVersions", **asked)["CacheEngineVersions"]
    return [(each["Engine"], each["EngineVersion"]) for each in found]


def test_engine_versions_are_found_by_engine_family_and_version(aws):
    assert ("valkey", "8.0") in versions(aws)
    assert versions(aws, Engine="Valkey", EngineVersion="7.2") == [("valkey", "7.2")]
    assert versions(aws, CacheParameterGroupFamily="redis7") == [("redis", "7.0"), ("redis", "7.1")]
    assert versions(aws, Engine="valkey", EngineVersion="1.0") == []
    assert len(versions(aws, DefaultOnly=True)) == 3


@pytest.mark.parametrize(
    ("here", "up", "down"),
    [
        ("cache.m5.large", "cache.m5.xlarge", "cache.t4g.micro"),
        ("cache.r6gd.2xlarge", "cache.r6gd.4xlarge", "cache.r6gd.xlarge"),
        ("cache.t4g.micro", "cache.t4g.small", None),
        ("cache.r6g.16xlarge", None, "cache.r6g.12xlarge"),
    ],
)
def test_where_a_node_type_may_go(aws, here, up, down):
    tiering = {"DataTieringEnabled": True} if "r6gd" in here else {}
    aws.group(CacheNodeType=here, **tiering)

    offered = aws("ListAllowedNodeTypeModifications", CacheClusterId="orders-001")

    assert up is None or up in offered["ScaleUpModifications"]
    assert down is None or down in offered["ScaleDownModifications"]
    both = offered["ScaleUpModifications"] + offered["ScaleDownModifications"]
    assert here not in both
    assert len(both) == len(set(both))
    assert all(("r6gd" in each) == ("r6gd" in here) for each in both)


def test_exactly_one_of_group_and_cluster_is_named(aws):
    for given in ({}, {"CacheClusterId": "a", "ReplicationGroupId": "b"}):
        fault = aws.refusal("ListAllowedNodeTypeModifications", **given)
        assert fault.code == "InvalidParameterCombination"


def test_a_real_clock_runs_as_fast_as_it_is_told():
    slow, fast = RealClock(), RealClock(speed=1000)
    before = slow.now(), fast.now()
    while slow.now() == before[0]:
        pass

    assert fast.now() - before[1] > slow.now() - before[0]


@pytest.mark.parametrize("speed", [0, -1])
def test_a_clock_that_does_not_run_forwards_is_refused(speed):
    with pytest.raises(ValueError, match="speed"):
        RealClock(speed)


def test_a_stepped_clock_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        SteppedClock().advance(-1)


@pytest.mark.parametrize(
    ("region", "short"),
    [
        ("us-east-1", "use1"),
        ("eu-west-1", "euw1"),
        ("ap-northeast-1", "apne1"),
        ("us-west-2", "usw2"),
        ("eu-central-1", "euc1"),
    ],
)
def test_regions_have_short_names(region, short):
    assert short_region(region) == short
