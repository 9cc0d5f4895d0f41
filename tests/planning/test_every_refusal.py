"""Wishes that no call can reach are named all at once, each with where it stands and the way."""

from __future__ import annotations

import datetime as dt
import itertools

import build
import pytest

from reconciler.cli.looking import written
from reconciler.guard import refusals
from reconciler.kind import Pending
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.model import Address, AuthenticationMode, Safety
from reconciler.plan import Replace, Update, make_plan
from reconciler.spec import load

ANEW = {"network_type": "ipv6", "at_rest_encryption_enabled": False}
KEPT = {
    "kms_key_id": build.KEY_ARN,
    "num_node_groups": 2,
    "replicas_per_node_group": 1,
    "transit_encryption_enabled": True,
}
TODAY = dt.date(2026, 11, 20)
IMPOSSIBLE = {
    "a group with a token": (
        build.shown_group(
            auth_token=build.HELD,
            auth_token_held="2026-01-01T00:00:00+00:00",
            auto_minor_version_upgrade=False,
            cluster_mode="enabled",
            num_node_groups=2,
            replicas_per_node_group=1,
        ),
        {
            "AUTH can't be taken off": {"auth_token": None},
            "does not go back from valkey 8.1.0": {"engine_version": "8.0"},
            "cluster mode can't go from enabled": {"cluster_mode": "disabled"},
            "security groups of a cache can't be emptied": {"security_group_ids": ()},
            "snapshot window meets": {"snapshot_window": "03:30-04:30"},
            "durability sync needs valkey 9.0": {"durability": "sync"},
            "network_type, at_rest_encryption_enabled can't": ANEW,
        },
    ),
    "a group that lets anybody in": (
        build.shown_group(engine="redis", engine_version="7.1.0"),
        {
            "a way back from TLS": {"transit_encryption_enabled": False},
            "redis becomes valkey only together": {"engine": "valkey"},
            "need a replica": {"num_cache_clusters": 1},
            "the snapshot window meets": {"preferred_maintenance_window": "sun:01:30-sun:02:30"},
        },
    ),
    "serverless_cache": (
        build.shown_serverless(),
        {
            "does not go back from valkey 8": {"major_engine_version": "7"},
            "security groups of a cache can't be emptied": {"security_group_ids": ()},
            "subnet_ids can't be changed": {"subnet_ids": ("subnet-9",)},
        },
    ),
    "cache_cluster": (
        build.shown_cluster(
            engine="redis",
            engine_version="7.1.0",
            num_cache_nodes=1,
            auto_minor_version_upgrade=False,
        ),
        {
            "does not go back from redis 7.1": {"engine_version": "7.0"},
            "security groups of a cluster can't be emptied": {"security_group_ids": ()},
            "a cluster of redis has one node": {"num_cache_nodes": 3},
            "port can't be changed": {"port": 7000},
            "nodes stay where they are": {"az_mode": "cross-az"},
        },
    ),
    "cache_parameter_group": (
        build.shown_parameter_group(),
        {
            "description can't be changed": {"description": "of another"},
            "has no parameter nonsense": {"parameters": {"nonsense": "1"}},
        },
    ),
    "user": (
        build.shown_user(),
        {
            "user_name can't be changed": {"user_name": "other"},
            "can't be counted down": {
                "authentication_mode": AuthenticationMode(type="password", password_count=2)
            },
        },
    ),
}
PAIRS = [
    (kind, *pair)
    for kind, (_, wishes) in IMPOSSIBLE.items()
    for pair in itertools.combinations(wishes, 2)
]


def planned(kind, *reasons, shown=None, **asked):
    standing, wishes = IMPOSSIBLE[kind]
    fields = {name: value for one in reasons for name, value in wishes[one].items()}
    shown = shown or standing
    wish = type(shown)(id=shown.id, **fields)
    facts = build.facts([wish], [shown], asked=Asked(**asked))
    [change] = make_plan(KINDS, facts).changes
    return change


@pytest.mark.parametrize(
    ("kind", "reason"), [(kind, one) for kind, (_, some) in IMPOSSIBLE.items() for one in some]
)
def test_one_alone_is_named_with_exactly_its_fields(kind, reason):
    [refused] = planned(kind, reason).unreachable

    assert reason in refused.reason
    assert {one.partition(".")[0] for one in refused.fields} == set(IMPOSSIBLE[kind][1][reason])
    assert refused.way


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "one", "other"), PAIRS)
def test_two_are_named_in_one_plan(kind, one, other):
    found = planned(kind, one, other).unreachable

    assert len(found) == 2
    assert all(any(reason in each.reason for each in found) for reason in (one, other))


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_all_that_are_wished_are_named_in_one_plan_and_once(kind):
    reasons = tuple(IMPOSSIBLE[kind][1])
    found = planned(kind, *reasons).unreachable

    assert len(found) == len(reasons)
    assert all(any(reason in one.reason for one in found) for reason in reasons)


def test_what_can_be_reached_beside_them_is_not_named():
    shown = build.shown_group(auto_minor_version_upgrade=False)
    wish = type(shown)(
        id="orders",
        engine_version="8.0",
        snapshot_retention_limit=3,
        security_group_ids=(),
        num_cache_clusters=4,
    )
    [change] = make_plan(KINDS, build.facts([wish], [shown])).changes

    assert [one.fields for one in change.unreachable] == [
        ("engine_version",),
        ("security_group_ids",),
    ] or [one.fields for one in change.unreachable] == [
        ("security_group_ids",),
        ("engine_version",),
    ]


def test_of_two_fields_that_exclude_each_other_the_one_that_is_written_is_shown():
    shown = build.shown_group(automatic_failover_enabled=False, num_cache_clusters=2)
    wish = type(shown)(id="orders", multi_az_enabled=True, automatic_failover_enabled=False)
    both = make_plan(KINDS, build.facts([wish], [shown])).changes[0].unreachable
    alone = type(shown)(id="orders", num_cache_clusters=1)
    one = make_plan(KINDS, build.facts([alone], [build.shown_group()])).changes[0].unreachable

    assert [each.fields for each in both] == [("multi_az_enabled", "automatic_failover_enabled")]
    assert [each.fields for each in one] == [("num_cache_clusters",)]


def test_each_parameter_that_can_not_be_set_is_named_and_the_others_beside_it():
    shown = build.shown_parameter_group()
    fixed = next(name for name, one in shown.known.items() if not one.modifiable)
    wish = type(shown)(id=shown.id, parameters={"nonsense": "1", fixed: "9", "timeout": "60"})
    [change] = make_plan(KINDS, build.facts([wish], [shown])).changes

    assert [one.fields for one in change.unreachable] == [
        ("parameters.nonsense",),
        (f"parameters.{fixed}",),
    ]


def test_what_waits_for_a_version_that_is_too_old_for_it_is_refused_and_does_not_wait():
    plain = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
    shown = build.shown_group(engine="redis", engine_version="6.2.6", **plain)
    waits = Pending("engine_version", "7.0.4", "sun:03:00-sun:04:00")
    wish = type(shown)(id="orders", transit_encryption_enabled=True, apply_immediately=False)
    facts = build.facts([wish], [build.live(shown, pending=(waits,))])
    [change] = make_plan(KINDS, facts).changes

    assert [one.fields for one in change.unreachable] == [("transit_encryption_enabled",)]
    assert "needs engine version 7.0.5, 7.0.4 runs" in change.unreachable[0].reason


def test_a_withdrawn_wish_that_leaves_nothing_else_refused_ends_the_list():
    change = planned("a group with a token", "AUTH can't be taken off")

    assert isinstance(change.change, Update)
    assert change.also == ()


def test_the_consent_to_make_it_anew_stands_with_what_needs_it_and_counts_once():
    shown, _ = IMPOSSIBLE["a group with a token"]
    wish = type(shown)(id=shown.id, **ANEW, auth_token=None, **KEPT)
    plan = make_plan(KINDS, build.facts([wish], [shown]))
    [change] = plan.changes
    first, second, _ = refusals(plan, Safety(), today=TODAY)[change.address]

    assert isinstance(change.change, Replace)
    assert "--allow replace:replication_group/orders" in first
    assert "--allow" not in second
    assert second.startswith("AUTH can't be taken off directly")


SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
replication_groups:
  orders:
    replication_group_description: orders of the shop
    engine: valkey
    engine_version: "8.0"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    snapshot_window: "03:30-04:30"
  carts:
    replication_group_description: carts of the shop
    engine: valkey
    engine_version: "8.1"
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
    parameters:
      nonsense: "1"
      timeout: "60"
"""


def test_every_refusal_says_where_its_wish_is_written_to_the_column(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC)
    spec = load(path)
    derived = spec.resources[Address("cache_parameter_group", "carts-valkey8")]
    own = build.shown_parameter_group(derived.id, parameters={}, description=derived.description)
    shown = build.shown_group(auto_minor_version_upgrade=False)
    facts = build.facts(spec.resources.values(), [shown, own])
    plan = make_plan(KINDS, facts)

    found = refusals(
        plan, Safety(), today=TODAY, written=lambda one, field: written(one, field, spec)
    )

    places = {
        str(address): [
            line.removeprefix("written: ").replace(str(path), "")
            for reason in reasons
            for line in reason.splitlines()
            if line.startswith("written: ")
        ]
        for address, reasons in found.items()
    }
    assert places == {
        "replication_group/orders": [
            "snapshot_window at :11:5",
            "engine_version at :8:5",
        ],
        "cache_parameter_group/carts-valkey8": ["parameters.nonsense at :19:7"],
    }


def test_a_plan_without_a_spec_names_the_fields_and_no_place():
    shown = build.shown_group(auto_minor_version_upgrade=False)
    wish = type(shown)(id="orders", engine_version="8.0")
    plan = make_plan(KINDS, build.facts([wish], [shown]))

    [told] = refusals(plan, Safety(), today=TODAY)[Address("replication_group", "orders")]

    assert "written:" not in told
    assert "\ninstead: " in told
