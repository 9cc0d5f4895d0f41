"""Cluster mode is a ladder: what it takes, what stands in its way, where its gate is."""

from __future__ import annotations

import build
import pytest
from steps import PLAIN, modified, plan, told, wish

from reconciler.kind import Pending, Unreachable, Wait


def test_cluster_mode_is_a_ladder_with_a_gate_at_its_last_rung():
    steps, stop = plan(
        wish(cluster_mode="enabled", num_node_groups=3),
        build.shown_group(),
    )

    assert stop is None
    assert told(steps) == [
        ("modify_replication_group", {"ClusterMode": "compatible"}),
        ("modify_replication_group", {"ClusterMode": "enabled"}),
        ("modify_replication_group_shard_configuration", {"NodeGroupCount": 3}),
    ]
    assert [step.gate for step in steps] == [None, "cluster-mode-enabled", None]


def test_cluster_mode_takes_a_replica_and_failover_only_for_the_way():
    alone = build.shown_group(replicas_per_node_group=0, automatic_failover_enabled=False)

    steps, stop = plan(
        wish(cluster_mode="enabled", num_node_groups=1, replicas_per_node_group=0), alone
    )

    assert stop is None
    assert told(steps) == [
        ("increase_replica_count", {"NewReplicaCount": 1}),
        ("modify_replication_group", {"AutomaticFailoverEnabled": True}),
        ("modify_replication_group", {"ClusterMode": "compatible"}),
        ("modify_replication_group", {"ClusterMode": "enabled"}),
        ("decrease_replica_count", {"NewReplicaCount": 0}),
    ]


def test_compatible_takes_nothing_but_the_mode():
    halfway = build.shown_group(cluster_mode="compatible")

    back, _ = plan(wish(cluster_mode="disabled"), halfway)
    stuck, stop = plan(wish(cluster_mode="compatible", num_cache_clusters=3), halfway)

    assert modified(back) == [{"ClusterMode": "disabled"}]
    assert stuck == ()
    assert isinstance(stop, Unreachable)


def test_compatible_as_an_end_is_reached_last():
    steps, stop = plan(
        wish(cluster_mode="compatible", num_cache_clusters=3, multi_az_enabled=True),
        build.shown_group(),
    )

    assert stop is None
    assert modified(steps)[-1] == {"ClusterMode": "compatible"}
    assert len(steps) == 3


def test_there_is_no_way_back_from_cluster_mode():
    clustered = build.shown_group(cluster_mode="enabled")

    _, stop = plan(wish(cluster_mode="disabled"), clustered)

    assert isinstance(stop, Unreachable)
    assert stop.replace


def test_a_parameter_group_of_ones_own_must_be_named_for_cluster_mode():
    own = build.shown_group(cache_parameter_group_name="orders-valkey8")

    _, stop = plan(wish(cluster_mode="enabled"), own)
    steps, _ = plan(
        wish(cluster_mode="enabled", cache_parameter_group_name="orders-valkey8-on"), own
    )

    assert isinstance(stop, Unreachable)
    assert modified(steps)[0] == {
        "ClusterMode": "compatible",
        "CacheParameterGroupName": "orders-valkey8-on",
    }


def test_a_spec_that_goes_back_to_counting_nodes_takes_no_replica_away():
    """The spec of before the move, applied again: it says nothing of shards."""
    sharded = build.shown_group(cluster_mode="enabled", num_node_groups=2)

    steps, stop = plan(wish(num_cache_clusters=2), sharded)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "num_node_groups: 2 and replicas_per_node_group: 1" in stop.way
    assert plan(wish(num_cache_clusters=4), sharded) == ((), None)


@pytest.mark.parametrize("mode", ["compatible", "enabled"])
def test_what_waits_for_a_version_comes_before_the_mode(mode):
    """Once the group is compatible nothing else is accepted, and TLS would never be reached."""
    shown = build.shown_group(
        engine="redis", engine_version="7.0.4", cache_parameter_group_name="default.redis7", **PLAIN
    )

    steps, stop = plan(
        wish(
            engine_version="7.1",
            transit_encryption_enabled=True,
            cluster_mode=mode,
            apply_immediately=False,
        ),
        shown,
    )

    assert [step.changes for step in steps] == [("engine_version",)]
    assert isinstance(stop, Wait)


@pytest.mark.parametrize("mode", ["compatible", "enabled"])
def test_the_mode_waits_for_a_node_type_that_waits_for_its_window(mode):
    """A call that is made at once would bring it forward."""
    waits = Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")

    steps, stop = plan(
        wish(cluster_mode=mode, cache_node_type="cache.r7g.xlarge", apply_immediately=False),
        build.shown_group(),
        pending=(waits,),
    )

    assert steps == ()
    assert isinstance(stop, Wait)
