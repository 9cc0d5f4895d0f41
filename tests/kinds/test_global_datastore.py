"""Members of a global datastore: what all members share is refused, what is its own goes on."""

from __future__ import annotations

import build
import pytest
from estate import Estate
from inprocess import InProcess

from reconciler.kind import Unreachable
from reconciler.kind.asked import Asked
from reconciler.kinds.replication_group.datastore import SHARED
from reconciler.plan import make_plan

PRIMARY = "ldgnf-shop primary"
CLUSTERED = {
    "cluster_mode": "enabled",
    "num_cache_clusters": None,
    "num_node_groups": 2,
    "cache_parameter_group_name": "default.valkey8.cluster.on",
}
OTHER = {
    "engine": ("redis", {"engine": "valkey", "engine_version": "8.1"}),
    "engine_version": ("8.0.1", {"engine_version": "8.1"}),
    "cache_node_type": ("cache.r7g.large", {"cache_node_type": "cache.r7g.xlarge"}),
    "cache_parameter_group_name": (
        "default.valkey8",
        {"cache_parameter_group_name": "own-valkey8"},
    ),
    "automatic_failover_enabled": (True, {"automatic_failover_enabled": False}),
    "cluster_mode": ("disabled", {"cluster_mode": "compatible"}),
    "num_node_groups": (2, {"num_node_groups": 3}),
}


def planned(shown, wished, **asked):
    facts = build.facts([wished], [shown])
    return make_plan([build.KIND["replication_group"]], facts)


def member(**fields):
    return build.shown_group(global_datastore=PRIMARY, **fields)


def wish(**fields):
    return type(build.replication_group())(id="orders", **fields)


@pytest.mark.parametrize("field", SHARED)
def test_what_all_members_have_in_common_is_refused_with_the_way_there(field):
    held, wished = OTHER[field]
    base = CLUSTERED if field == "num_node_groups" else {}
    (change,) = planned(member(**{**base, field: held}), wish(**wished)).changes

    assert change.steps == ()
    assert isinstance(change.stop, Unreachable)
    assert "it is the primary of the global datastore ldgnf-shop" in change.stop.reason
    assert field in change.stop.reason
    assert "global-replication-group" in change.stop.way


@pytest.mark.parametrize("field", SHARED)
def test_without_a_datastore_the_same_change_has_a_way(field):
    held, wished = OTHER[field]
    base = CLUSTERED if field == "num_node_groups" else {}
    redis = {"engine_version": "7.1.0", "cache_parameter_group_name": "default.redis7"}
    base = {**base, **(redis if field == "engine" else {})}
    (change,) = planned(build.shown_group(**{**base, field: held}), wish(**wished)).changes

    assert change.steps


@pytest.mark.parametrize(
    "wished",
    [
        {"snapshot_retention_limit": 3},
        {"num_cache_clusters": 3},
        {"preferred_maintenance_window": "mon:05:00-mon:06:00"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_its_own_changes_as_ever(wished):
    (change,) = planned(member(), wish(**wished)).changes

    assert change.steps
    assert change.stop is None


def test_a_plan_says_what_it_belongs_to():
    (note,) = planned(member(), wish(snapshot_retention_limit=0)).notes

    assert "replication_group/orders is the primary of the global datastore ldgnf-shop" in note


@pytest.mark.parametrize(
    ("role", "way"),
    [("primary", "delete-global-replication-group"), ("secondary", "disassociate-global")],
)
def test_a_member_is_not_deleted(role, way):
    held = build.shown_group(global_datastore=f"ldgnf-shop {role}")
    facts = build.facts([], [held], asked=Asked(destroy=True))
    (change,) = make_plan([build.KIND["replication_group"]], facts).changes

    assert change.steps == ()
    assert isinstance(change.stop, Unreachable)
    assert way in change.stop.way


def test_it_is_read_from_what_describe_shows():
    bench = InProcess()
    assert not Estate(bench, [build.replication_group()]).apply().failed
    bench.settle()
    answer = bench.answer

    def joined(service, operation, params):
        found = answer(service, operation, params)
        for group in found.get("ReplicationGroups", ()):
            group["GlobalReplicationGroupInfo"] = {
                "GlobalReplicationGroupId": "ldgnf-shop",
                "GlobalReplicationGroupMemberRole": "SECONDARY",
            }
        return found

    bench.answer = joined
    plan = Estate(bench, [build.replication_group(cache_node_type="cache.r7g.xlarge")]).plan()

    (change,) = plan.changes
    assert "it is the secondary of the global datastore ldgnf-shop" in change.stop.reason
