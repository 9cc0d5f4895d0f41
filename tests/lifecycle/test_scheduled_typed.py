"""What an apply leaves to the maintenance window stands in its result: it is never called done."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
replication_groups:
  orders:
    replication_group_description: orders
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover_enabled: true
    transit_encryption_enabled: true
"""
LARGER = SPEC.replace("r7g.large", "r7g.xlarge")


def test_the_result_names_what_waits_and_a_second_apply_sends_nothing(estate):
    shop = estate(SPEC)
    assert shop("apply", "--yes").code == 0
    shop.rewrite(LARGER)

    first = shop("apply", "--yes", "--format", "json").json
    second = shop("apply", "--yes")

    [waits] = first["scheduled"]
    assert (waits["address"], waits["field"]) == ("replication_group/orders", "cache_node_type")
    assert (waits["before"], waits["pending"]) == ("cache.r7g.large", "cache.r7g.xlarge")
    assert waits["when"].count(":") == 4
    assert first["exit_code"] == 0
    assert "Already accepted by the service, nothing to send" in second.out


def test_the_page_says_so_too(estate):
    shop = estate(SPEC)
    assert shop("apply", "--yes").code == 0
    shop.rewrite(LARGER)

    page = " ".join(shop("apply", "--yes").out.split())

    assert "~ replication_group/orders cache_node_type cache.r7g.large -> cache.r7g.xlarge" in page
    assert "Planned again: nothing is left to do, but for what waits." in page
