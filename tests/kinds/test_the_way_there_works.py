"""What a refusal advises, done as it says, is accepted: no advice leads to another refusal."""

from __future__ import annotations

import build
import pytest
from steps import HELD, wish

from reconciler.kind import Live
from reconciler.kinds import KINDS
from reconciler.model import UserGroup
from reconciler.plan import make_plan
from reconciler.spec import load

PLAIN = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
OLD = {"engine": "redis", "engine_version": "6.2.6", **PLAIN}
CLUSTERED = {"cluster_mode": "enabled", "num_node_groups": 3, "replicas_per_node_group": 1}
PEOPLE = [
    build.live(build.user_group()),
    build.live(build.shown_user()),
    build.live(build.user_group("old", engine="redis")),
]
# (what stands, what is wished, a part of the advice, what is wished once it is followed)
ADVICE = {
    "AUTH off": (
        HELD,
        {"auth_token": None},
        "attach a user group (user_group_ids), then take that off",
        {"user_group_ids": ("people",)},
    ),
    "users off, afterwards": (
        {"user_group_ids": ("people",)},
        None,
        "",
        {"user_group_ids": ()},
    ),
    "TLS on an old version": (
        OLD,
        {"transit_encryption_enabled": True},
        'write engine_version: "7.1"',
        {"transit_encryption_enabled": True, "engine_version": "7.1"},
    ),
    "TLS on an old version, by valkey": (
        OLD,
        {"transit_encryption_enabled": True},
        "or engine: valkey with a version of it",
        {"transit_encryption_enabled": True, "engine": "valkey", "engine_version": "8.1"},
    ),
    "cluster mode on an old version": (
        OLD,
        {"cluster_mode": "enabled"},
        'write engine_version: "7.1"',
        {"cluster_mode": "enabled", "engine_version": "7.1"},
    ),
    "an engine without its version": (
        {"engine": "redis", "engine_version": "7.1.0"},
        {"engine": "valkey"},
        "write engine_version too",
        {"engine": "valkey", "engine_version": "8.1"},
    ),
    "a login without TLS": (
        {**PLAIN},
        {"user_group_ids": ("people",)},
        "write transit_encryption_enabled: true",
        {
            "user_group_ids": ("people",),
            "transit_encryption_enabled": True,
            "transit_encryption_mode": "required",
        },
    ),
    "a group of valkey on redis": (
        {"engine": "redis", "engine_version": "7.1.0"},
        {"user_group_ids": ("people",)},
        "or write engine: valkey with its engine_version",
        {"user_group_ids": ("people",), "engine": "valkey", "engine_version": "8.1"},
    ),
    "a group of valkey on redis, by another": (
        {"engine": "redis", "engine_version": "7.1.0"},
        {"user_group_ids": ("people",)},
        "attach a group of redis",
        {"user_group_ids": ("old",)},
    ),
    "several shards without cluster mode": (
        {},
        {"cluster_mode": "disabled", "num_node_groups": 3},
        "write cluster_mode: enabled",
        {"cluster_mode": "enabled", "num_node_groups": 3},
    ),
    "multi-AZ without failover": (
        {"automatic_failover_enabled": False},
        {"multi_az_enabled": True, "automatic_failover_enabled": False},
        "write automatic_failover_enabled: true",
        {"multi_az_enabled": True, "automatic_failover_enabled": True},
    ),
    "the last replica while failover is on": (
        {},
        {"num_cache_clusters": 1},
        "or automatic_failover_enabled: false",
        {"num_cache_clusters": 1, "automatic_failover_enabled": False},
    ),
    "a count of nodes where there are shards": (
        CLUSTERED,
        {"num_cache_clusters": 2},
        "write num_node_groups: 3 and replicas_per_node_group: 1 in its place",
        {"num_node_groups": 3, "replicas_per_node_group": 1},
    ),
    "failover off in cluster mode": (
        CLUSTERED,
        {"automatic_failover_enabled": False},
        "write automatic_failover_enabled: true",
        {"automatic_failover_enabled": True},
    ),
    "windows that meet": (
        {},
        {"snapshot_window": "03:30-04:30"},
        "write snapshot_window and preferred_maintenance_window",
        {"snapshot_window": "05:00-06:00", "preferred_maintenance_window": "sun:08:00-sun:09:00"},
    ),
    "another family for an own group": (
        {"engine": "redis", "engine_version": "7.1.0", "cache_parameter_group_name": "own"},
        {"engine": "valkey", "engine_version": "8.1"},
        "name a parameter group of that family in cache_parameter_group_name",
        {
            "engine": "valkey",
            "engine_version": "8.1",
            "cache_parameter_group_name": "default.valkey8",
        },
    ),
    "cluster mode with an own group": (
        {"cache_parameter_group_name": "own"},
        {"cluster_mode": "enabled", "cache_parameter_group_name": "own"},
        "name one with cluster-enabled in cache_parameter_group_name",
        {
            "cluster_mode": "enabled",
            "cache_parameter_group_name": "default.valkey8.cluster.on",
        },
    ),
    "durability on what can't": (
        {"engine_version": "8.1.0"},
        {"durability": "sync"},
        "write cluster_mode: enabled; write multi_az_enabled: true",
        {
            "durability": "sync",
            "engine": "valkey",
            "engine_version": "9.0",
            "cluster_mode": "enabled",
            "multi_az_enabled": True,
        },
    ),
    "anything while compatible": (
        {"cluster_mode": "compatible"},
        {"cluster_mode": "compatible", "snapshot_retention_limit": 3},
        "write cluster_mode: enabled or disabled first",
        {"cluster_mode": "disabled", "snapshot_retention_limit": 3},
    ),
}


def change(shown: dict, fields: dict):
    standing = build.shown_group(**{"auto_minor_version_upgrade": False, **shown})
    asked = wish(**fields, apply_immediately=True)
    groups: list[Live] = PEOPLE
    found = make_plan(KINDS, build.facts([asked], [standing, *groups])).changes
    return found[0] if found else None


@pytest.mark.parametrize("name", ADVICE)
def test_advice_that_is_followed_is_accepted(name):
    shown, refused, advice, followed = ADVICE[name]
    if refused is not None:
        [one] = change(shown, refused).unreachable
        assert advice in one.way

    found = change(shown, followed)

    assert found is None or (found.steps and not found.unreachable)


SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
replication_groups:
  orders:
    replication_group_description: orders of the shop
    cache_node_type: cache.r7g.large
    num_cache_clusters: 2
"""


@pytest.mark.parametrize(
    "version",
    ['engine: redis\n    engine_version: "7.1"', 'engine: valkey\n    engine_version: "8.1"'],
)
def test_a_version_that_is_advised_can_be_written(version, tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(f"{SPEC}    transit_encryption_enabled: true\n    {version}\n")

    assert load(path).resources


def test_who_is_switched_off_is_not_cut_off_by_leaving_a_group():
    group = build.user_group(user_ids=("app", "off"))
    facts = build.facts(
        [UserGroup(id="people", user_ids=("app",))],
        [
            build.live(group, reaches=(build.address("replication_group/orders"),)),
            build.shown_user(),
            build.shown_user("off", access_string="off ~* -@all"),
            build.shown_group(user_group_ids=("people",)),
        ],
    )
    [found] = make_plan(KINDS, facts).changes

    assert found.steps[0].impact_text == "nobody cut off"
