"""Engine, version and node type: together, alone, now or in the maintenance window."""

from __future__ import annotations

import itertools

import build
import pytest
from steps import PLAIN, modified, plan, wish

from reconciler.kind import Impact, Pending, Unreachable, Wait
from reconciler.kinds.replication_group.upgrade import rank


def test_engine_version_and_family_go_together_and_alone():
    redis = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="orders-redis7"
    )

    steps, stop = plan(
        wish(
            engine="valkey",
            engine_version="8.1",
            cache_parameter_group_name="orders-valkey8",
            replication_group_description="another",
            apply_immediately=True,
        ),
        redis,
    )

    assert stop is None
    assert modified(steps) == [
        {"Engine": "valkey", "EngineVersion": "8.1", "CacheParameterGroupName": "orders-valkey8"},
        {"ReplicationGroupDescription": "another"},
    ]


def test_the_services_own_parameter_group_follows_by_itself():
    redis = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="default.redis7"
    )

    [step], stop = plan(wish(engine="valkey", engine_version="8.1", apply_immediately=True), redis)

    assert stop is None
    assert modified([step]) == [{"Engine": "valkey", "EngineVersion": "8.1"}]
    assert step.leaves.cache_parameter_group_name == "default.valkey8"


def test_back_from_an_own_parameter_group_the_services_is_named_in_the_call():
    own = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="orders-redis7"
    )
    back = {"cache_parameter_group_name": "default.valkey8", "apply_immediately": True}

    [step], stop = plan(wish(engine="valkey", engine_version="8.1", **back), own)

    assert stop is None
    assert modified([step]) == [
        {"Engine": "valkey", "EngineVersion": "8.1", "CacheParameterGroupName": "default.valkey8"}
    ]


def test_a_group_for_cluster_mode_comes_with_the_mode_and_not_with_the_version_before_it():
    redis = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="default.redis7"
    )
    fields = {"engine": "valkey", "engine_version": "8.1", "cluster_mode": "enabled"}

    steps, stop = plan(
        wish(**fields, cache_parameter_group_name="own-valkey8-on", apply_immediately=True), redis
    )

    assert stop is None
    assert modified(steps) == [
        {"Engine": "valkey", "EngineVersion": "8.1"},
        {"ClusterMode": "compatible", "CacheParameterGroupName": "own-valkey8-on"},
        {"ClusterMode": "enabled"},
    ]
    assert steps[0].leaves.cache_parameter_group_name == "default.valkey8"


def test_a_parameter_group_of_the_wrong_family_is_refused_with_the_family():
    own = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="orders-redis7"
    )

    _, stop = plan(wish(engine="valkey", engine_version="8.1", apply_immediately=True), own)

    assert isinstance(stop, Unreachable)
    assert "valkey8" in stop.reason


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"engine_version": "8.0"}, id="an older version"),
        pytest.param({"engine": "redis", "engine_version": "7.1"}, id="back to redis"),
    ],
)
def test_there_is_no_downgrade(fields):
    _, stop = plan(wish(**fields), build.shown_group(auto_minor_version_upgrade=False))

    assert isinstance(stop, Unreachable)
    assert stop.replace


def test_what_waits_for_the_window_goes_last_and_says_so():
    steps, stop = plan(
        wish(engine_version="8.2", cache_node_type="cache.r7g.xlarge", num_cache_clusters=3),
        build.shown_group(auto_minor_version_upgrade=False),
    )

    assert stop is None
    assert [step.call.params["ApplyImmediately"] for step in steps] == [True, False, False]
    assert "sun:03:00-sun:04:00" in steps[1].when
    assert steps[2].leaves.scheduled == ("cache_node_type", "engine_version")


def test_what_is_pending_is_never_sent_again():
    steps, stop = plan(
        wish(cache_node_type="cache.r7g.xlarge"),
        build.shown_group(),
        pending=[Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")],
    )

    assert (steps, stop) == ((), None)


def test_a_step_at_once_says_what_it_brings_forward():
    steps, _ = plan(
        wish(cache_node_type="cache.r7g.xlarge", num_cache_clusters=3),
        build.shown_group(),
        pending=[Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")],
    )

    [step] = steps
    assert "brings forward: cache_node_type cache.r7g.xlarge" in step.lines
    assert step.impact is Impact.FAILOVER
    assert step.leaves.scheduled == ()


def test_what_needs_a_version_that_waits_for_the_window_waits_with_it():
    old = build.shown_group(engine="redis", engine_version="6.2.6", **PLAIN)

    steps, stop = plan(
        wish(engine_version="7.1", transit_encryption_enabled=True, num_cache_clusters=3), old
    )

    assert [step.call.operation for step in steps] == [
        "increase_replica_count",
        "modify_replication_group",
    ]
    assert isinstance(stop, Wait)
    assert "7.1" in stop.until


def test_of_two_types_of_one_size_the_family_with_more_memory_is_the_larger():
    ladder = ["cache.t3.large", "cache.c7gn.large", "cache.m7g.large", "cache.r7g.large"]

    assert all(rank(one) < rank(other) for one, other in itertools.pairwise(ladder))
    assert rank("cache.t3.xlarge") > rank("cache.r7g.large")
