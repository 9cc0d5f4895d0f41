"""What a cache holds is held against what it would have room for."""

from __future__ import annotations

import build
import pytest

from reconciler.errors import AwsError
from reconciler.model import CacheUsageLimits, UsageRange

GIB = 1024**3
DENIED = AwsError("cloudwatch", "GetMetricData", "AccessDenied", "no", status=403)


def text_of(found) -> str:
    return " ".join(text for texts in found.refusals.values() for text in texts)


def held(there, **gib: float):
    for node, size in gib.items():
        there.bench.metrics["BytesUsedForCache", node.replace("_", "-")] = size * GIB
    return there


def xlarge(ident="orders", **fields):
    return build.replication_group(ident, cache_node_type="cache.r7g.xlarge", **fields)


@pytest.fixture
def big(ahead):
    return ahead().standing(xlarge())


def test_more_than_the_smaller_machine_has_room_for_is_refused(big):
    held(big, orders_001=9.0, orders_002=10.5)

    found = big.of(build.replication_group())

    # 13.07 GiB, a quarter kept back.
    assert "would hold 10.50 GiB and cache.r7g.large has room for 9.80 GiB" in text_of(found)


def test_what_fits_is_fine(big):
    assert not held(big, orders_001=9.7, orders_002=9.7).of(build.replication_group()).findings


def test_a_parameter_group_says_how_much_is_kept_back(big):
    big.standing(
        build.parameter_group(parameters={"reserved-memory-percent": "10"}),
        xlarge(cache_parameter_group_name="shop-valkey8"),
    )
    held(big, orders_001=10.5, orders_002=10.5)

    found = big.of(
        build.parameter_group(parameters={"reserved-memory-percent": "10"}),
        build.replication_group(cache_parameter_group_name="shop-valkey8"),
    )

    assert not found.refusals


def test_metrics_that_are_not_there_are_said(big):
    found = big.of(build.replication_group())

    assert not found.refusals
    assert [one for one in found.notes if "not known: whether what it holds fits" in one]


def test_metrics_that_may_not_be_read_are_said(big):
    big.silent("get_metric_data", DENIED)

    found = big.of(build.replication_group())

    assert [one for one in found.notes if "GetMetricData answered AccessDenied" in one]


def test_a_larger_machine_asks_for_no_metrics(ahead):
    there = ahead().standing(build.replication_group())

    found = there.of(xlarge())

    assert not found.findings
    assert not there.bench.reads["get_metric_data"]


def clustered(shards: int):
    return build.replication_group(num_node_groups=shards, replicas_per_node_group=0)


def test_fewer_shards_must_hold_what_all_hold_now(ahead):
    there = ahead().standing(clustered(3))
    there.bench.metrics |= {
        ("BytesUsedForCache", f"orders-000{shard}-001"): 7.0 * GIB for shard in (1, 2, 3)
    }

    assert "would hold 10.50 GiB" in text_of(there.of(clustered(2)))
    assert not there.of(clustered(4)).refusals


def test_all_caches_are_asked_for_in_one_call(ahead):
    there = ahead().standing(xlarge(), xlarge("carts"))
    small = build.replication_group(), build.replication_group("carts")

    there.of(*small)

    assert there.bench.reads["get_metric_data"] == 1


def limited(most: int):
    limits = CacheUsageLimits(data_storage=UsageRange(maximum=most, unit="GB"))
    return build.serverless_cache(cache_usage_limits=limits)


def test_a_serverless_cache_is_not_limited_below_what_it_holds(ahead):
    there = ahead().standing(limited(50))
    there.bench.metrics["BytesUsedForCache", "carts"] = 20.0 * GIB

    assert "it holds 20.00 GiB, and would be limited to 10 GB" in text_of(there.of(limited(10)))
    assert not there.of(limited(30)).refusals
