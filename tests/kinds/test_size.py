"""Shards, replicas and failover: in which order they come and go."""

from __future__ import annotations

import build
import pytest
from steps import plan, told, wish

from reconciler.kind import Unreachable


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        pytest.param("cache.r7g.large", "cache.r7g.2xlarge", "up", id="larger"),
        pytest.param("cache.r7g.2xlarge", "cache.r7g.xlarge", "down", id="smaller"),
        pytest.param("cache.m7g.large", "cache.r7g.large", "up", id="more memory"),
        pytest.param("cache.t4g.medium", "cache.r7g.large", "up", id="out of burstable"),
    ],
)
def test_shards_go_away_only_after_a_larger_node_type_and_before_a_smaller(before, after, first):
    clustered = build.shown_group(cluster_mode="enabled", num_node_groups=3, cache_node_type=before)

    steps, _ = plan(
        wish(num_node_groups=2, cache_node_type=after, apply_immediately=True), clustered
    )

    node = "modify_replication_group"
    shards = "modify_replication_group_shard_configuration"
    expected = [node, shards] if first == "up" else [shards, node]
    assert [step.call.operation for step in steps] == expected


def test_shards_that_go_are_named_from_what_was_described():
    clustered = build.shown_group(cluster_mode="enabled", num_node_groups=4)

    [step], _ = plan(wish(num_node_groups=2), clustered)

    assert step.call.params["NodeGroupsToRemove"] == ["0003", "0004"]
    assert step.call.params["NodeGroupCount"] == 2


def test_failover_and_multi_az_go_off_before_the_last_replica():
    pair = build.shown_group(multi_az_enabled=True)

    steps, stop = plan(
        wish(num_cache_clusters=1, automatic_failover_enabled=False, multi_az_enabled=False), pair
    )

    assert stop is None
    assert told(steps) == [
        (
            "modify_replication_group",
            {"AutomaticFailoverEnabled": False, "MultiAZEnabled": False},
        ),
        ("decrease_replica_count", {"NewReplicaCount": 0}),
    ]


def test_failover_comes_on_after_there_is_a_replica():
    alone = build.shown_group(replicas_per_node_group=0, automatic_failover_enabled=False)

    steps, _ = plan(wish(num_cache_clusters=2, multi_az_enabled=True), alone)

    assert [step.call.operation for step in steps] == [
        "increase_replica_count",
        "modify_replication_group",
    ]
    assert steps[1].call.params["AutomaticFailoverEnabled"] is True


def test_failover_without_a_replica_is_refused():
    _, stop = plan(wish(num_cache_clusters=1), build.shown_group())

    assert isinstance(stop, Unreachable)
    assert "replica" in stop.reason
