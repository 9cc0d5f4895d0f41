"""Every kind and field against the local service: read back as wished, named when moved, mended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import build
import pytest
from estate import Estate
from inprocess import InProcess

from reconciler.kind import Unreachable
from reconciler.kinds import KINDS
from reconciler.model import Immutable, Resource, SecretRef, mark

OPEN = {"tls-required": "open", "auth-finish": "open", "cluster-mode-enabled": "open"}
OWN_SUBNETS = ["subnet-1", "subnet-2", "subnet-3"]
CLUSTERED: dict[str, Any] = {
    "cluster_mode": "enabled",
    "num_cache_clusters": None,
    "num_node_groups": 2,
    "replicas_per_node_group": 1,
    "cache_parameter_group_name": "default.valkey8.cluster.on",
}
DURABLE: dict[str, Any] = {
    **CLUSTERED,
    "engine_version": "9.0",
    "cache_parameter_group_name": "default.valkey9.cluster.on",
    "multi_az_enabled": True,
    "durability": "sync",
}
OF_REDIS: dict[str, Any] = {
    "engine": "redis",
    "engine_version": "7.1",
    "num_cache_nodes": 1,
    "az_mode": None,
    "cache_parameter_group_name": "default.redis7",
    "snapshot_window": "01:00-02:00",
}
LEFT_OUT = {
    "user": {"expect"},
    "user_group": set(),
    "cache_parameter_group": set(),
    "cache_subnet_group": set(),
    "replication_group": {
        "num_node_groups",
        "replicas_per_node_group",
        "auth_token",
        "user_group_ids",
    },
    "serverless_cache": {"user_group_id"},
    "cache_cluster": set(),
    "iam_role": set(),
}


def full(kind: str, **changes: Any) -> Resource:
    """A wish with every field of the kind that goes with the others; None leaves a field out."""
    shown = build.SHOWN[kind]
    fields = {
        name: getattr(shown, name)
        for name in build.KIND[kind].fields
        if name not in LEFT_OUT[kind] | {"tags", "authentication_mode"}
    }
    if kind == "user":
        fields |= {"authentication_mode": build.password(), "gates": {"password-finish": "open"}}
    if kind == "cache_cluster":
        fields |= {"apply_immediately": True}
    if kind == "replication_group":
        fields |= {"gates": OPEN, "apply_immediately": True}
    if kind == "serverless_cache":
        fields |= {"gates": {"auth-finish": "open"}}
    fields |= {"tags": {"team": "a"}} | changes
    nothing = {name for name in changes if changes[name] is None}
    return type(shown)(
        id=shown.id, **{name: value for name, value in fields.items() if name not in nothing}
    )


@dataclass(frozen=True)
class Drift:
    """A field that stands otherwise than wished: both sides, and what else differs with it."""

    was: dict[str, Any] = field(default_factory=dict)
    wished: dict[str, Any] = field(default_factory=dict)
    named: tuple[str, ...] = ()


DRIFTS: dict[tuple[str, str], Drift] = {
    ("user", "authentication_mode"): Drift(
        {"authentication_mode": build.password(build.PASSWORD, build.OTHER_PASSWORD)},
        named=("authentication_mode", "passwords"),
    ),
    ("user_group", "user_ids"): Drift({"user_ids": ("app", "late")}),
    ("user_group", "engine"): Drift(
        {"engine": "redis", "user_ids": ("default-user",)}, {"user_ids": ("default-user",)}
    ),
    ("replication_group", "engine"): Drift(
        {
            "engine": "redis",
            "engine_version": "7.1",
            "cache_parameter_group_name": "default.redis7",
        },
        named=("engine", "engine_version", "cache_parameter_group_name"),
    ),
    ("replication_group", "engine_version"): Drift(
        {"engine_version": "8.0"}, {"engine_version": "8.1"}
    ),
    ("replication_group", "num_node_groups"): Drift({**CLUSTERED, "num_node_groups": 3}, CLUSTERED),
    ("replication_group", "replicas_per_node_group"): Drift(
        {**CLUSTERED, "replicas_per_node_group": 2}, CLUSTERED
    ),
    ("replication_group", "cluster_mode"): Drift(
        {},
        {**CLUSTERED, "num_node_groups": 1},
        named=("cluster_mode", "cache_parameter_group_name"),
    ),
    ("replication_group", "at_rest_encryption_enabled"): Drift(
        {"at_rest_encryption_enabled": False, "kms_key_id": None}, {"kms_key_id": None}
    ),
    ("replication_group", "multi_az_enabled"): Drift({"multi_az_enabled": True}),
    ("replication_group", "data_tiering_enabled"): Drift(
        {"data_tiering_enabled": True, "cache_node_type": "cache.r6gd.xlarge"},
        named=("cache_node_type", "data_tiering_enabled"),
    ),
    ("replication_group", "transit_encryption_enabled"): Drift(
        {"transit_encryption_enabled": False, "transit_encryption_mode": None},
        named=("transit_encryption_enabled", "transit_encryption_mode"),
    ),
    ("replication_group", "durability"): Drift({**DURABLE, "durability": "async"}, DURABLE),
    ("replication_group", "auth_token"): Drift({}, {"auth_token": build.TOKEN}),
    ("replication_group", "user_group_ids"): Drift({}, {"user_group_ids": ("people",)}),
    ("replication_group", "ip_discovery"): Drift(
        {"network_type": "dual_stack", "ip_discovery": "ipv6"}, {"network_type": "dual_stack"}
    ),
    ("cache_cluster", "engine"): Drift(
        OF_REDIS,
        named=(
            "engine",
            "engine_version",
            "num_cache_nodes",
            "az_mode",
            "cache_parameter_group_name",
        ),
    ),
    ("cache_cluster", "engine_version"): Drift({"engine_version": "1.6.17"}),
    ("cache_cluster", "az_mode"): Drift(
        {"preferred_availability_zone": None},
        {"preferred_availability_zone": None, "az_mode": "cross-az", "num_cache_nodes": 3},
        named=("az_mode", "num_cache_nodes"),
    ),
    **{
        ("cache_cluster", name): Drift(
            {**OF_REDIS, name: build.OTHER["cache_cluster"][name]}, OF_REDIS
        )
        for name in (
            "cache_node_type",
            "snapshot_retention_limit",
            "snapshot_window",
            "log_delivery_configurations",
        )
    },
    ("cache_cluster", "ip_discovery"): Drift(
        {"network_type": "dual_stack", "ip_discovery": "ipv6"}, {"network_type": "dual_stack"}
    ),
    ("serverless_cache", "engine"): Drift(
        {"engine": "redis", "major_engine_version": "7"}, named=("engine", "major_engine_version")
    ),
    ("serverless_cache", "major_engine_version"): Drift({"major_engine_version": "7"}),
    ("serverless_cache", "cache_usage_limits"): Drift({}, {"cache_usage_limits": build.LIMITS}),
    **{
        ("serverless_cache", name): Drift(
            {"major_engine_version": "9", name: build.OTHER["serverless_cache"][name]},
            {"major_engine_version": "9"},
        )
        for name in ("connection_type", "integrations")
    },
    ("serverless_cache", "user_group_id"): Drift({}, {"user_group_id": "people"}),
    ("serverless_cache", "description"): Drift({"description": "other"}, {"description": "x"}),
}


def drift(kind: str, name: str) -> Drift:
    found = DRIFTS.get((kind, name))
    if found is not None:
        return found
    if name == "tags":
        return Drift({"tags": {"team": "b"}})
    return Drift({name: build.OTHER[kind][name]})


ALL = [
    pytest.param(kind.name, name, id=f"{kind.name}.{name}")
    for kind in KINDS
    for name in kind.fields
    # Behind loopback a cache's own port can't be read.
    if name != "port"
]


def world(*wishes: Resource, **switches: Any) -> Estate:
    """An account with what the wishes name beside themselves, and the wishes in it."""
    bench = InProcess(**switches)
    for ref in (build.PASSWORD, build.OTHER_PASSWORD, build.TOKEN):
        bench.secrets.put(ref, text_of(ref), build.VERSIONS[ref])
    bench.service.declare_subnets(bench.principal, dict.fromkeys(OWN_SUBNETS, "vpc-own"))
    bench.aws(
        "create_cache_subnet_group",
        CacheSubnetGroupName="private",
        CacheSubnetGroupDescription="own",
        SubnetIds=OWN_SUBNETS,
    )
    for name, family in (("orders-valkey8", "valkey8"), ("pages-memcached16", "memcached1.6")):
        bench.aws(
            "create_cache_parameter_group",
            CacheParameterGroupName=name,
            CacheParameterGroupFamily=family,
            Description="own",
        )
    return Estate(bench, [*others(wishes), *wishes])


def text_of(ref: SecretRef) -> str:
    return f"secret-of-{ref.id.replace('/', '-')}-here"


def others(wishes: tuple[Resource, ...]) -> list[Resource]:
    """The users and groups that the wishes name."""
    named = {wish.address for wish in wishes}
    people = [
        build.user(),
        build.user("late"),
        build.user("default-user", user_name="default", engine="redis"),
        build.user_group(),
    ]
    return [one for one in people if one.address not in named]


def applied(estate: Estate) -> None:
    summary = estate.apply()
    assert (summary.failed, summary.left, summary.gated) == ((), (), ())
    estate.bench.settle()


def change_of(estate: Estate, wish: Resource):
    changes = {planned.address: planned for planned in estate.plan().changes}
    return changes.pop(wish.address, None), changes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_was_created_reads_back_as_it_was_wished(kind):
    estate = world(full(kind.name))

    applied(estate)

    assert estate.plan().empty


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_field_that_stands_otherwise_is_named_and_nothing_else(kind, name):
    case = drift(kind, name)
    before, wish = full(kind, **case.was), full(kind, **case.wished)
    estate = world(before)
    applied(estate)

    planned, rest = change_of(Estate(estate.bench, [*others((wish,)), wish]), wish)

    assert rest == {}
    assert planned is not None
    assert {field.field for field in planned.change.fields} == set(case.named or (name,))


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_field_that_stands_otherwise_is_mended_or_refused(kind, name):
    case = drift(kind, name)
    before, wish = full(kind, **case.was), full(kind, **case.wished)
    estate = world(before)
    applied(estate)
    wished = Estate(estate.bench, [*others((wish,)), wish])

    planned, _ = change_of(wished, wish)

    assert planned is not None
    if mark(type(wish), name, Immutable):
        assert isinstance(planned.stop, Unreachable)
        return
    assert planned.stop is None
    applied(wished)
    assert wished.plan().empty
