"""Durability comes last and goes first: it needs what the other changes bring, or take away."""

from __future__ import annotations

from typing import Any

import build
import pytest
from estate import Estate
from inprocess import InProcess
from steps import created, modified, plan, wish

from reconciler.kind import Unreachable, Wait

DURABLE: dict[str, Any] = {
    "engine_version": "9.0",
    "cluster_mode": "enabled",
    "num_node_groups": 2,
    "replicas_per_node_group": 1,
    "multi_az_enabled": True,
    "gates": {"cluster-mode-enabled": "open"},
    "apply_immediately": True,
}
STANDS = build.shown_group(
    **{name: value for name, value in DURABLE.items() if name not in ("gates", "engine_version")},
    engine_version="9.0.0",
    cache_parameter_group_name="default.valkey9.cluster.on",
)
SYNC = STANDS.but(durability="sync", durability_in_effect="sync")


def test_it_goes_in_a_call_of_its_own_after_what_it_needs():
    steps, stop = plan(
        wish(durability="sync", multi_az_enabled=True, snapshot_retention_limit=3),
        STANDS.but(multi_az_enabled=False),
    )

    assert stop is None
    assert modified(steps)[-1] == {"Durability": "sync"}
    assert {"MultiAZEnabled": True} in modified(steps)[:-1]


def test_it_is_taken_away_before_what_it_needs():
    steps, stop = plan(wish(durability="disabled", multi_az_enabled=False), SYNC)

    assert stop is None
    assert modified(steps)[0] == {"Durability": "disabled"}


def test_it_waits_for_a_version_that_waits_for_the_window():
    steps, stop = plan(
        wish(durability="sync", engine_version="9.0"),
        STANDS.but(engine_version="8.1.0", cache_parameter_group_name="default.valkey8.cluster.on"),
    )

    assert ["EngineVersion" in one for one in modified(steps)] == [True]
    assert isinstance(stop, Wait)


@pytest.mark.parametrize(
    ("fields", "needed"),
    [
        ({"multi_az_enabled": False}, "multi-AZ"),
        ({"cache_node_type": "cache.t4g.medium"}, "node type"),
        ({"replicas_per_node_group": 0, "multi_az_enabled": False}, "replica"),
    ],
)
def test_without_what_it_needs_it_is_refused_with_the_way(fields, needed):
    steps, stop = plan(wish(durability="sync", **fields), SYNC)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert needed in stop.reason
    assert "durability: disabled" in stop.way


def test_an_older_engine_is_told_which_one_it_takes():
    _, stop = plan(wish(durability="async"), build.shown_group())

    assert isinstance(stop, Unreachable)
    assert 'engine_version: "9.0"' in stop.way


def test_what_default_means_anyway_is_no_change():
    assert plan(wish(durability="disabled"), STANDS) == ((), None)
    assert plan(wish(durability="default"), STANDS) == ((), None)


def test_null_is_what_the_service_takes_by_itself():
    steps, stop = plan(wish(durability=None), SYNC)

    assert stop is None
    assert modified(steps) == [{"Durability": "default"}]


def test_it_is_said_at_create():
    assert created(wish(durability="sync", **DURABLE, **_NEW)).call.params["Durability"] == "sync"


_NEW = {
    "replication_group_description": "orders",
    "engine": "valkey",
    "cache_node_type": "cache.r7g.large",
}


def group(**fields: Any) -> Any:
    sized = {**DURABLE, "transit_encryption_enabled": True, **fields}
    return build.replication_group(**sized)


@pytest.mark.parametrize("way", [("disabled", "sync"), ("sync", "disabled"), ("sync", "async")])
def test_the_service_takes_it_and_nothing_is_left_to_do(way):
    bench = InProcess()
    first, then = (Estate(bench, [group(durability=one)]) for one in way)

    assert first.apply().failed == ()
    assert [planned.change.fields[0].field for planned in then.plan().changes] == ["durability"]
    assert then.apply().failed == ()

    assert then.plan().empty
    shown = bench.aws("describe_replication_groups")["ReplicationGroups"][0]
    assert shown["EffectiveDurability"] == way[1]


@pytest.mark.parametrize("way", [("disabled", "sync"), ("sync", "disabled")])
def test_where_only_a_new_group_can_have_it_the_step_fails_with_the_services_words(way):
    bench = InProcess(durability_may_be_turned=False)
    first, then = (Estate(bench, [group(durability=one)]) for one in way)
    assert first.apply().failed == ()

    [failed] = then.apply().failed

    assert "only when the replication group is created" in failed.reason


def test_a_plain_group_made_durable_and_plain_again_with_everything_at_once():
    bench = InProcess()
    plain = build.replication_group(
        engine_version="8.1",
        num_cache_clusters=2,
        cache_node_type="cache.t4g.medium",
        multi_az_enabled=False,
        gates={"cluster-mode-enabled": "open"},
        apply_immediately=True,
    )
    assert Estate(bench, [plain]).apply().failed == ()
    durable = Estate(bench, [group(durability="sync", cache_node_type="cache.r7g.large")])

    assert durable.apply().failed == ()
    assert durable.plan().empty
    back = group(multi_az_enabled=False, durability="disabled", cache_node_type="cache.t4g.medium")
    less = Estate(bench, [back])

    assert less.apply().failed == ()
    assert less.plan().empty
