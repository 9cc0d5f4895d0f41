"""What import writes is what is there: the first plan from it is empty, and it sees what moves."""

from __future__ import annotations

import random
from typing import Any

import build
import pytest
from estate import Estate
from inprocess import InProcess

from reconciler.model import AuthenticationMode, ReplicationGroup, Resource, User

IAM = AuthenticationMode(type="iam")
NO_PASSWORD = AuthenticationMode(type="no-password-required")
KEY = build.KEY_ARN
NASTY = (
    "a: b",
    "# no comment",
    "&anchor",
    "*alias",
    "- item",
    "on",
    "8.1",
    "ünïcode ☃ 雪",
    "'\"\\",
)


def bench() -> InProcess:
    made = InProcess()
    for number, (ref, version) in enumerate(build.VERSIONS.items()):
        made.secrets.put(ref, f"secret-number-{number}-of-this", version)
    return made


def users(rng: random.Random) -> list[Resource]:
    modes = (
        build.password(),
        build.password(build.PASSWORD, build.OTHER_PASSWORD),
        IAM,
    )
    people: list[Resource] = [
        build.user(
            f"u{number}",
            engine="valkey",
            authentication_mode=rng.choice(modes),
            access_string=rng.choice(
                ("on ~* +@all", "off ~keys* -@all +get", "on ~a:* &b:* -@all +@read -get +set")
            ),
            **tags(rng),
        )
        for number in range(rng.randint(1, 3))
    ]
    people.append(
        build.user("quiet", engine="redis", user_name="default", authentication_mode=NO_PASSWORD)
    )
    return people


def tags(rng: random.Random) -> dict[str, Any]:
    some = rng.sample(NASTY, rng.randint(0, 3))
    return {"tags": {f"key {text}": text for text in some}} if some else {}


def group_of_nodes(rng: random.Random, ident: str) -> ReplicationGroup:
    engine, version = rng.choice(
        (
            ("valkey", "7.2"),
            ("valkey", "8.1"),
            ("redis", "6.2"),
            ("redis", "7.1"),
            ("redis", "5.0.6"),
        )
    )
    fields: dict[str, Any] = {
        "engine": engine,
        "engine_version": version,
        "replication_group_description": rng.choice(NASTY),
        "snapshot_retention_limit": rng.choice((0, 7)),
        "auto_minor_version_upgrade": rng.choice((True, False)),
        "port": rng.choice((None, 7000)),
        "at_rest_encryption_enabled": rng.choice((True, False)),
        "multi_az_enabled": rng.choice((True, False)),
        "snapshot_window": rng.choice((None, "05:00-06:00")),
        "preferred_maintenance_window": rng.choice((None, "mon:07:00-mon:08:00")),
        **rng.choice(
            (
                {"num_cache_clusters": 2},
                {"num_node_groups": 1, "replicas_per_node_group": 1, "cluster_mode": "enabled"},
                {"num_node_groups": 3, "replicas_per_node_group": 2},
                {
                    "num_cache_clusters": 1,
                    "automatic_failover_enabled": False,
                    "multi_az_enabled": False,
                },
            )
        ),
        **tags(rng),
    }
    if fields["at_rest_encryption_enabled"] and rng.random() < 0.5:
        fields["kms_key_id"] = KEY
    if version != "5.0.6" and rng.random() < 0.5:
        fields["log_delivery_configurations"] = build.LOGS
    match rng.choice(("plain", "tls", "preferred", "token", "people")):
        case "plain":
            fields |= {"transit_encryption_enabled": False, "transit_encryption_mode": None}
        case "preferred" if version in {"7.1", "8.1"}:
            fields |= {"transit_encryption_mode": "preferred"}
        case "token":
            fields |= {"auth_token": build.TOKEN}
        case "people" if version != "5.0.6":
            fields |= {"user_group_ids": ("of-redis" if engine == "redis" else "people",)}
    wish = build.replication_group(ident, **fields)
    given = {
        name: value for name in wish.model_fields_set if (value := getattr(wish, name)) is not None
    }
    return ReplicationGroup(**given)


def estate(seed: int) -> list[Resource]:
    rng = random.Random(seed)
    people = users(rng)
    ids = tuple(one.id for one in people if isinstance(one, User) and one.engine == "valkey")
    limits = rng.choice(({}, {"cache_usage_limits": build.LIMITS}))
    return [
        *people,
        build.user_group("people", user_ids=ids, **tags(rng)),
        build.user_group("of-redis", engine="redis", user_ids=("quiet",)),
        *(group_of_nodes(rng, f"g{number}") for number in range(3)),
        build.serverless_cache(
            user_group_id=rng.choice(("people", "of-redis")),
            description=rng.choice(NASTY),
            snapshot_retention_limit=rng.choice((0, 3)),
            **limits,
            **tags(rng),
        ),
    ]


@pytest.mark.parametrize("seed", range(25))
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
    ("serverless_cache", "engine"): {"major_engine_version": "7"},
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
