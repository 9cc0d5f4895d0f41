"""Wishes at random, kind by kind: what may be said of a thing, and what it may become."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import build
from any_group import KEYS, Group, logs, topic

from reconciler.model import CacheUsageLimits, SecretRef, UsageRange

Values = Mapping[str, Any]
ONE = SecretRef(store="secretsmanager", id="test/any", key="one")
TWO = SecretRef(store="secretsmanager", id="test/any", key="two")
STRINGS = {
    "on ~app:* -@all +@read": "reads",
    "on +@read ~app:*": "reads",
    "~app:* on -@all +@read": "reads",
    "on ~app:* -@all +@read +@write": "reads and writes",
    "on ~app:* ~cart:* -@all +@read": "reads two",
    "off -@all": "nothing",
    "on ~* +@all -@dangerous": "nearly all",
}
"""Access strings and what they mean: some mean the same."""
PARAMETERS = {
    "timeout": ("60", "300"),
    "tcp-keepalive": ("60", "120"),
    "maxmemory-policy": ("allkeys-lru", "allkeys-lfu"),
    "databases": ("32",),
    "slowlog-max-len": ("256",),
    "notify-keyspace-events": ("Kg",),
}
SUBNETS = ("subnet-1", "subnet-2", "subnet-3")


@dataclass(frozen=True)
class Sort:
    """What random wishes of a kind are to heed.

    ``always`` are said at create. What is ``tied`` goes only with other fields: it is left out only
    where it stays. ``resets`` say what null stands for, by their own account.
    """

    always: frozenset[str] = frozenset()
    tied: frozenset[str] = frozenset()
    resets: Mapping[str, Any] = field(default_factory=dict)


SORTS: dict[str, Sort] = {
    "user": Sort(
        always=frozenset({"engine", "access_string", "authentication_mode"}),
        tied=frozenset({"user_name", "authentication_mode"}),
    ),
    "user_group": Sort(always=frozenset({"engine", "user_ids"}), tied=frozenset({"engine"})),
    "cache_parameter_group": Sort(
        always=frozenset({"cache_parameter_group_family", "description"}),
        resets={"parameters": {}},
    ),
    "cache_subnet_group": Sort(
        always=frozenset({"cache_subnet_group_description", "subnet_ids"}),
    ),
    "replication_group": Sort(
        always=frozenset({"replication_group_description"}),
        tied=frozenset(
            {
                "engine",
                "engine_version",
                "cache_node_type",
                "num_cache_clusters",
                "num_node_groups",
                "replicas_per_node_group",
                "cluster_mode",
                "automatic_failover_enabled",
                "multi_az_enabled",
                "transit_encryption_enabled",
                "transit_encryption_mode",
                "auth_token",
                "user_group_ids",
                "cache_parameter_group_name",
                "network_type",
                "ip_discovery",
                "at_rest_encryption_enabled",
                "data_tiering_enabled",
            }
        ),
        resets={
            "multi_az_enabled": False,
            "user_group_ids": (),
            "transit_encryption_enabled": False,
            "snapshot_retention_limit": 0,
            "notification_topic_arn": None,
            "auto_minor_version_upgrade": True,
            "ip_discovery": "ipv4",
            "log_delivery_configurations": (),
            "num_node_groups": 1,
            "replicas_per_node_group": 0,
            "num_cache_clusters": 1,
        },
    ),
    "serverless_cache": Sort(
        always=frozenset({"engine", "major_engine_version"}),
        tied=frozenset({"engine", "major_engine_version", "user_group_id"}),
        resets={
            "description": None,
            "cache_usage_limits": None,
            "user_group_id": None,
            "snapshot_retention_limit": 0,
        },
    ),
    "cache_cluster": Sort(
        always=frozenset({"engine", "engine_version", "cache_node_type"}),
        tied=frozenset(
            {
                "engine",
                "engine_version",
                "cache_node_type",
                "num_cache_nodes",
                "az_mode",
                "preferred_availability_zone",
                "cache_parameter_group_name",
                "network_type",
                "ip_discovery",
                "transit_encryption_enabled",
            }
        ),
        resets={
            "snapshot_retention_limit": 0,
            "notification_topic_arn": None,
            "auto_minor_version_upgrade": True,
            "ip_discovery": "ipv4",
            "log_delivery_configurations": (),
            "num_cache_nodes": 1,
        },
    ),
    "iam_role": Sort(
        always=frozenset({"trust"}),
        resets={
            "description": None,
            "max_session_duration": 3600,
            "permissions_boundary": None,
            "managed_policy_arns": (),
            "replication_group_ids": (),
            "serverless_cache_names": (),
            "user_ids": (),
            "secrets": (),
            "inline_policies": {},
        },
    ),
}


def user(chance: random.Random, before: Values | None = None) -> Values:
    """A user that is in no group, so that its engine is free."""
    name = before["user_name"] if before else chance.choice(("solo", "default"))
    modes = [build.password(ONE), build.password(ONE, TWO), build.password(TWO)]
    if name == "solo":
        modes.append(build.AuthenticationMode(type="iam"))
    engine = chance.choice(("redis", "valkey"))
    if before is None and engine == "redis":
        modes.append(build.AuthenticationMode(type="no-password-required"))
    return {
        "user_name": name,
        "engine": engine,
        "access_string": chance.choice(tuple(STRINGS)),
        "authentication_mode": chance.choice(modes),
    }


def user_group(chance: random.Random, before: Values | None = None) -> Values:
    """A group of its own users: one of redis needs one that is named default."""
    engine = chance.choice(("redis", "valkey"))
    if before and before["engine"] == "valkey":
        engine = "valkey"
    members = [one for one in ("app", "late") if engine == "valkey" and chance.random() < 0.5]
    if engine == "redis" or chance.random() < 0.3:
        members.append(chance.choice(("def-one", "def-two")))
    members += [one for one in ("ops",) if chance.random() < 0.5]
    if before and before["engine"] != engine:
        members = list({*members, *before["user_ids"]} - {"def-one", "def-two"})
        members += [one for one in before["user_ids"] if one.startswith("def-")]
    return {"engine": engine, "user_ids": tuple(sorted(members or ["app"]))}


def parameter_group(chance: random.Random, before: Values | None = None) -> Values:
    """A group that no cache has."""
    names = chance.sample(sorted(PARAMETERS), chance.randint(0, len(PARAMETERS)))
    return {
        "cache_parameter_group_family": before["cache_parameter_group_family"]
        if before
        else chance.choice(("valkey8", "redis7")),
        "description": before["description"] if before else chance.choice(("one", "two")),
        "parameters": {name: chance.choice(PARAMETERS[name]) for name in names},
    }


def subnet_group(chance: random.Random, before: Values | None = None) -> Values:
    """A group that no cache has."""
    return {
        "cache_subnet_group_description": chance.choice(("one", "two")),
        "subnet_ids": tuple(sorted(chance.sample(SUBNETS, chance.randint(1, 3)))),
    }


def serverless_cache(chance: random.Random, before: Values | None = None) -> Values:
    """A serverless cache; upgrades only."""
    steps = [("redis", "7"), ("valkey", "7"), ("valkey", "8"), ("valkey", "8.1"), ("valkey", "9")]
    held = (before["engine"], before["major_engine_version"]) if before else steps[0]
    engine, major = chance.choice(steps[steps.index(held) :])
    newest = not before and (engine, major) == steps[-1]
    if held == ("redis", "7") and engine == "valkey":
        # An engine changes only together with its version.
        major = "9" if newest else "8"
    groups = [None, "of-redis", *(["of-valkey"] if engine == "valkey" else [])]
    fixed = ("kms_key_id", "subnet_ids", "network_type", "connection_type", "integrations")
    return {
        "engine": engine,
        "major_engine_version": major,
        "description": chance.choice((None, " ", "carts", "of the shop")),
        "cache_usage_limits": chance.choice((None, *_LIMITS)),
        "security_group_ids": chance.choice((("sg-1",), ("sg-2",), ("sg-1", "sg-2"))),
        "user_group_id": chance.choice(groups),
        "snapshot_retention_limit": chance.choice((0, 1, 7)),
        "daily_snapshot_time": chance.choice(("03:00", "05:00")),
        "kms_key_id": chance.choice(KEYS),
        "subnet_ids": tuple(sorted(chance.sample(SUBNETS, 2))),
        "network_type": chance.choice(("ipv4", "dual_stack")),
        "connection_type": chance.choice(("vpc", "public")) if newest else "vpc",
        "integrations": chance.choice(((), ("dynamodb",))) if newest else (),
        **({name: before[name] for name in fixed} if before else {}),
    }


_LIMITS = (
    CacheUsageLimits(data_storage=UsageRange(maximum=50)),
    CacheUsageLimits(data_storage=UsageRange(minimum=10, maximum=50, unit="GB")),
    CacheUsageLimits(ecpu_per_second=UsageRange(minimum=1000, maximum=20000)),
    CacheUsageLimits(
        data_storage=UsageRange(maximum=20, unit="GB"), ecpu_per_second=UsageRange(maximum=9000)
    ),
)


def cache_cluster(chance: random.Random, before: Values | None = None) -> Values:
    """A cluster of memcached, or of redis on one node."""
    engine = before["engine"] if before else chance.choice(("memcached", "redis"))
    both = {
        "engine": engine,
        "security_group_ids": chance.choice((("sg-1",), ("sg-2",), ("sg-1", "sg-2"))),
        "preferred_maintenance_window": chance.choice(
            ("sun:03:00-sun:04:00", "mon:08:00-mon:09:00")
        ),
        "notification_topic_arn": topic(chance),
        "auto_minor_version_upgrade": chance.random() < 0.5,
        "cache_subnet_group_name": chance.choice(("default", "private")),
        "network_type": chance.choice(("ipv4", "dual_stack")),
        "port": chance.choice((7000, 7001)),
    }
    if before:
        names = ("cache_subnet_group_name", "network_type", "port")
        both |= {name: before[name] for name in names}
    two_stacks = both["network_type"] == "dual_stack"
    both["ip_discovery"] = chance.choice(("ipv4", "ipv6")) if two_stacks else "ipv4"
    more = _memcached(chance, before) if engine == "memcached" else _redis(chance, before)
    return {**both, **more}


def _memcached(chance: random.Random, before: Values | None) -> Values:
    versions = ["1.6.12", "1.6.17", "1.6.22"]
    version = chance.choice(versions[versions.index(before["engine_version"]) if before else 0 :])
    nodes, spread = chance.randint(1, 4), {"az_mode": "single-az"}
    if before and before["az_mode"] == "cross-az":
        spread, nodes = {"az_mode": "cross-az"}, max(nodes, 2)
    elif _may_spread(before) and chance.random() < (0.8 if before else 0.2):
        nodes = max(2, before["num_cache_nodes"] + 1 if before else nodes)
        spread = {"az_mode": "cross-az"}
    elif before and "preferred_availability_zone" in before:
        spread["preferred_availability_zone"] = before["preferred_availability_zone"]
    elif not before and chance.random() < 0.5:
        spread["preferred_availability_zone"] = f"{build.REGION}{chance.choice('ab')}"
    tls = before["transit_encryption_enabled"] if before else chance.random() < 0.5
    node = before["cache_node_type"] if before else chance.choice(_SMALL)
    return {
        "engine_version": version,
        "cache_node_type": node,
        "num_cache_nodes": nodes,
        **spread,
        "cache_parameter_group_name": chance.choice(("default.memcached1.6", "own-memcached16")),
        "transit_encryption_enabled": tls,
    }


def _may_spread(before: Values | None) -> bool:
    return not before or "preferred_availability_zone" not in before


def _redis(chance: random.Random, before: Values | None) -> Values:
    versions = ["6.2", "7.0", "7.1"]
    version = chance.choice(versions[versions.index(before["engine_version"]) if before else 0 :])
    family = "redis6.x" if version == "6.2" else "redis7"
    own = f"own-{family.replace('.', '')}"
    return {
        "engine_version": version,
        "cache_node_type": chance.choice(_SMALL),
        "num_cache_nodes": 1,
        "cache_parameter_group_name": chance.choice((f"default.{family}", own)),
        "snapshot_retention_limit": chance.choice((0, 1, 7)),
        "snapshot_window": chance.choice(("01:00-02:00", "06:00-07:30")),
        "log_delivery_configurations": logs(chance),
    }


def iam_role(chance: random.Random, before: Values | None = None) -> Values:
    """A role that may connect."""
    policies = (POLICY, POLICY.replace("logs:", "metrics:"))
    place = f"arn:aws:iam::{build.ACCOUNT}:policy"
    return {
        "path": before["path"] if before else chance.choice(("/", "/shop/", "/other/")),
        "description": chance.choice((None, "one", "two")),
        "trust": some(chance, ("lambda.amazonaws.com", "ec2.amazonaws.com", "111122223333"), 1),
        "max_session_duration": chance.choice((3600, 7200)),
        "permissions_boundary": chance.choice((None, f"{place}/limits", f"{place}/others")),
        "managed_policy_arns": some(chance, (f"{place}/one", f"{place}/two")),
        "replication_group_ids": some(chance, ("orders", "strange")),
        "serverless_cache_names": some(chance, ("carts", "strange")),
        "user_ids": some(chance, ("app", "late")),
        "secrets": some(chance, ("secretsmanager:prod/app", "ssm:/prod/ops")),
        "inline_policies": chance.choice(({}, *({"own": one} for one in policies))),
    }


POLICY = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:PutLogEvents", '
    '"Resource": "*"}}'
)


def some(chance: random.Random, of: tuple[str, ...], least: int = 0) -> tuple[str, ...]:
    """Some of these, sorted."""
    return tuple(sorted(chance.sample(of, chance.randint(least, len(of)))))


_SMALL = ("cache.t4g.small", "cache.t4g.medium")


@dataclass(frozen=True)
class Drawn:
    """A thing at random: its kind, id and values, and what it came from (a group's shape)."""

    kind: str
    id: str
    values: Values
    group: Group | None = None

    def moved(self, chance: random.Random) -> Drawn:
        """Give what it may become."""
        if self.group is not None:
            group = self.group.moved(chance)
            return Drawn(self.kind, self.id, group.values(), group)
        return Drawn(self.kind, self.id, _MAKERS[self.kind](chance, self.values))


_MAKERS = {
    "user": user,
    "user_group": user_group,
    "cache_parameter_group": parameter_group,
    "cache_subnet_group": subnet_group,
    "serverless_cache": serverless_cache,
    "cache_cluster": cache_cluster,
    "iam_role": iam_role,
}


def draw(chance: random.Random, kind: str) -> Drawn:
    """Give one thing of this kind."""
    if kind == "replication_group":
        group = Group.draw(chance)
        return Drawn(kind, "orders", group.values(), group)
    # A user that logs in with IAM has its id for a name.
    ident = "solo" if kind == "user" else f"any-{kind.replace('_', '-')}"
    return Drawn(kind, ident, _MAKERS[kind](chance))
