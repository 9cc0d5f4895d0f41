"""What import writes is what is there: the first plan from it is empty, and it sees what moves."""

from __future__ import annotations

from typing import Any

import build
import pytest
from account_to_import import IAM, NO_PASSWORD, bench, estate
from estate import Estate


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 40))]
)
def test_the_first_plan_is_empty(seed, imported, looked):
    made = bench()
    summary = Estate(made, estate(seed)).apply()
    assert not summary.failed, summary
    made.settle()
    there = looked(made)

    found = imported(there.values())

    assert found.written.left_out == ()
    assert set(found.spec.resources) == set(there)
    assert [one.change for one in found.plan(there).changes] == []


EVERY_FIELD = [
    pytest.param(kind, name, id=f"{kind.name}.{name}")
    for kind in build.KIND.values()
    for name in kind.fields
    # What is read only where a spec names it has nothing to be imported from.
    if kind.bulk
]
SHOWN = {
    "user": build.SHOWN["user"].but(authentication_mode=IAM, tags={"team": "a"}),
    "user_group": build.SHOWN["user_group"].but(tags={"team": "a"}),
    "cache_parameter_group": build.SHOWN["cache_parameter_group"].but(tags={"team": "a"}),
    "cache_subnet_group": build.subnet_group(
        subnet_ids=("subnet-0a1b2c3d", "subnet-0a1b2c3e"), tags={"team": "a"}
    ),
    "replication_group": build.SHOWN["replication_group"].but(
        security_group_ids=("sg-0a1b2c3d",), tags={"team": "a"}
    ),
    "cache_cluster": build.SHOWN["cache_cluster"].but(
        security_group_ids=("sg-0a1b2c3d",), tags={"team": "a"}
    ),
    "serverless_cache": build.SHOWN["serverless_cache"].but(
        security_group_ids=("sg-0a1b2c3d",),
        subnet_ids=("subnet-0a1b2c3d", "subnet-0a1b2c3e"),
        tags={"team": "a"},
    ),
}
# As the service would show them together, and in forms that a spec takes.
OTHER: dict[str, dict[str, Any]] = {
    **build.OTHER,
    "user": {**build.OTHER["user"], "authentication_mode": NO_PASSWORD},
    "cache_subnet_group": {
        **build.OTHER["cache_subnet_group"],
        "subnet_ids": ("subnet-0a1b2c3d", "subnet-0a1b2c3f"),
    },
    "replication_group": {
        **build.OTHER["replication_group"],
        "security_group_ids": ("sg-0a1b2c3d", "sg-0a1b2c3e"),
        "auth_token": build.HELD,
    },
    "cache_cluster": {
        **build.OTHER["cache_cluster"],
        "security_group_ids": ("sg-0a1b2c3d", "sg-0a1b2c3e"),
    },
    "serverless_cache": {
        **build.OTHER["serverless_cache"],
        "engine": "redis",
        "major_engine_version": "7",
        "security_group_ids": ("sg-0a1b2c3d", "sg-0a1b2c3e"),
        "subnet_ids": ("subnet-0a1b2c3d", "subnet-0a1b2c3f"),
    },
}
WITH: dict[tuple[str, str], dict[str, Any]] = {
    ("user", "user_name"): {"engine": "redis", "authentication_mode": NO_PASSWORD},
    ("user", "authentication_mode"): {"engine": "redis"},
    ("replication_group", "engine"): {
        "engine_version": "7.1.0",
        "cache_parameter_group_name": "default.redis7",
    },
    ("replication_group", "num_node_groups"): {
        "cluster_mode": "enabled",
        "num_cache_clusters": None,
        "cache_parameter_group_name": "default.valkey8.cluster.on",
    },
    ("replication_group", "replicas_per_node_group"): {
        "cluster_mode": "enabled",
        "num_cache_clusters": None,
        "cache_parameter_group_name": "default.valkey8.cluster.on",
    },
    ("replication_group", "data_tiering_enabled"): {"cache_node_type": "cache.r6gd.xlarge"},
    ("replication_group", "at_rest_encryption_enabled"): {"kms_key_id": None},
    ("replication_group", "transit_encryption_enabled"): {"transit_encryption_mode": None},
    **{
        ("cache_cluster", name): {
            "engine": "redis",
            "engine_version": "7.1.0",
            "num_cache_nodes": 1,
            "az_mode": None,
            "cache_parameter_group_name": "default.redis7",
        }
        for name in (
            "engine",
            "snapshot_retention_limit",
            "snapshot_window",
            "log_delivery_configurations",
        )
    },
    ("cache_cluster", "az_mode"): {"preferred_availability_zone": None},
    ("serverless_cache", "engine"): {"major_engine_version": "7"},
    ("serverless_cache", "connection_type"): {"engine": "valkey", "major_engine_version": "9"},
    ("serverless_cache", "integrations"): {"engine": "valkey", "major_engine_version": "9"},
    ("replication_group", "durability"): {
        "engine_version": "9.0.0",
        "cluster_mode": "enabled",
        "num_cache_clusters": None,
        "multi_az_enabled": True,
        "cache_parameter_group_name": "default.valkey9.cluster.on",
    },
}
# Written only where it is not the service's default, or in other words.
FOLDED = {
    ("replication_group", "transit_encryption_enabled"): "false is the default",
    ("replication_group", "auth_token"): "to be filled in",
}


@pytest.mark.parametrize(("kind", "name"), EVERY_FIELD)
def test_every_field_is_written_and_moves_are_seen(kind, name, imported):
    more = WITH.get((kind.name, name), {})
    live = build.live(SHOWN[kind.name].but(**{name: OTHER[kind.name][name], **more}))
    around = [build.live(build.user_group())] if kind.name.endswith("cache") else []

    found = imported([live])

    assert found.written.left_out == ()
    entry = found.entry(str(live.address))
    if (kind.name, name) in FOLDED:
        assert name not in entry.model_fields_set
    else:
        assert name in entry.model_fields_set
        before = getattr(SHOWN[kind.name], name)
        moved = build.live(live.resource.but(**{name: before}, marks={}))
        plan = found.plan({one.address: one for one in (moved, *around)})
        assert name in [one.field for planned in plan.changes for one in planned.change.fields]
    assert found.plan({one.address: one for one in (live, *around)}).empty
