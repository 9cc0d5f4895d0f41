"""Replication groups at random: what transitions are about as a shape, and all the rest."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from typing import Any

import build

from reconciler.model import LogDelivery, ReplicationGroup

OPEN = dict.fromkeys((*ReplicationGroup.gate_names, "password-finish"), "open")
TLS = (None, "preferred", "required")
ENGINES = (("redis", "6.2"), ("redis", "7.1"), ("valkey", "8.0"), ("valkey", "8.1"))
NODES = ("cache.m7g.large", "cache.m7g.xlarge")
TIERED = ("cache.r6gd.xlarge", "cache.r6gd.2xlarge")
FAMILIES = {"redis 6.2": "redis6.x", "redis 7.1": "redis7", "valkey 8.0": "valkey8"}
FAMILIES |= {"valkey 8.1": "valkey8", "valkey 9.0": "valkey9"}
KEYS = (build.KEY_ARN, build.OTHER["replication_group"]["kms_key_id"])
LOGS = tuple(
    LogDelivery(log_type=sort, destination_type="cloudwatch-logs", destination=place)
    for sort, place in (("slow-log", "slow"), ("engine-log", "engine"), ("slow-log", "other"))
)


@dataclass(frozen=True)
class Shape:
    """A replication group in the few words that transitions are about."""

    engine: tuple[str, str]
    tls: str | None
    login: str
    mode: str
    shards: int
    replicas: int
    failover: bool
    multi_az: bool
    node: str

    def is_legal(self) -> bool:
        """Whether the service would create it."""
        name, version = self.engine
        modern = (name, version) != ("redis", "6.2")
        return not any(
            (
                self.multi_az and not self.failover,
                self.failover and not self.replicas and self.mode == "disabled",
                self.mode == "enabled" and not self.failover,
                self.mode == "disabled" and self.shards != 1,
                self.login != "none" and self.tls != "required",
                self.login == "valkey" and name != "valkey",
                self.tls == "preferred" and not modern,
                self.multi_az and not self.replicas,
            )
        )

    def values(self) -> dict[str, Any]:
        """The shape field by field."""
        sizes: dict[str, Any] = {"num_cache_clusters": self.replicas + 1}
        if self.mode == "enabled":
            sizes = {"num_node_groups": self.shards, "replicas_per_node_group": self.replicas}
        login: dict[str, Any] = {
            "none": {"user_group_ids": (), "auth_token": None},
            "token": {"auth_token": build.TOKEN},
            "redis": {"user_group_ids": ("of-redis",)},
            "valkey": {"user_group_ids": ("of-valkey",)},
        }[self.login]
        return {
            "engine": self.engine[0],
            "engine_version": self.engine[1],
            "cache_node_type": self.node,
            "cluster_mode": self.mode,
            "automatic_failover_enabled": self.failover,
            "multi_az_enabled": self.multi_az,
            "transit_encryption_enabled": self.tls is not None,
            **({"transit_encryption_mode": self.tls} if self.tls else {}),
            **sizes,
            **login,
        }

    def wish(self, **more: Any) -> ReplicationGroup:
        """The shape as a spec writes it."""
        return ReplicationGroup(
            id="orders",
            **{
                "replication_group_description": "any",
                "auto_minor_version_upgrade": False,
                "gates": OPEN,
                "apply_immediately": True,
                **self.values(),
                **more,
            },
        )


SHAPES = [
    shape
    for values in itertools.product(
        ENGINES,
        TLS,
        ("none", "token", "redis", "valkey"),
        ("disabled", "enabled"),
        (1, 2, 3),
        (0, 1, 2),
        (False, True),
        (False, True),
        NODES,
    )
    if (shape := Shape(*values)).is_legal()
]


DURABLE = [
    Shape(("valkey", "9.0"), "required", login, "enabled", shards, replicas, True, True, node)
    for login, shards, replicas, node in itertools.product(
        ("none", "valkey"), (1, 2, 3), (1, 2), NODES
    )
]
"""Shapes that a durable group may have; from one to any other there is a way."""


def reachable(start: Shape, end: Shape) -> bool:
    """Whether the service has any way from one to the other, step by step."""
    return not any(
        (
            ENGINES.index(end.engine) < ENGINES.index(start.engine),
            TLS.index(end.tls) < TLS.index(start.tls),
            start.mode == "enabled" and end.mode == "disabled",
            start.login == "token" and end.login == "none",
            end.engine == ENGINES[0] and (end.tls, end.mode) != (start.tls, start.mode),
        )
    )


def near(chance: random.Random, start: Shape) -> Shape:
    """Give a shape that can be reached and differs in some fields, or in none."""
    if chance.random() < 0.2:
        clustered = start.mode == "enabled"
        return replace(start, shards=1, replicas=0, failover=clustered, multi_az=False)
    while True:
        other = chance.choice(SHAPES)
        names = chance.sample(tuple(start.__dataclass_fields__), chance.choice((1, 2, 3, 4, 6)))
        end = replace(start, **{name: getattr(other, name) for name in names})
        if end.is_legal() and reachable(start, end):
            return end


@dataclass(frozen=True)
class Group:
    """A shape and everything else that a replication group can be given."""

    shape: Shape
    tiered: bool
    rest: dict[str, Any]
    fixed: dict[str, Any]
    """What can't change in place."""
    durable: bool = False

    @classmethod
    def draw(cls, chance: random.Random) -> Group:
        """Any group that the service would create."""
        if chance.random() < 0.2:
            fixed = {**_fixed(chance), "at_rest_encryption_enabled": True}
            return cls(chance.choice(DURABLE), False, {}, fixed, durable=True)._drawn(chance)
        return cls(chance.choice(SHAPES), chance.random() < 0.3, {}, _fixed(chance))._drawn(chance)

    def moved(self, chance: random.Random) -> Group:
        """Any group that this one can become."""
        shape = chance.choice(DURABLE) if self.durable else near(chance, self.shape)
        return replace(self, shape=shape)._drawn(chance)

    def values(self) -> dict[str, Any]:
        """Every field with its value, without those that do not go with the others."""
        values = {**self.shape.values(), **self.rest, **self.fixed}
        if self.tiered:
            values["cache_node_type"] = TIERED[NODES.index(self.shape.node)]
        return {**values, "data_tiering_enabled": self.tiered}

    def _drawn(self, chance: random.Random) -> Group:
        own = chance.random() < 0.5
        family = FAMILIES[" ".join(self.shape.engine)]
        clustered = self.shape.mode == "enabled"
        default = f"default.{family}" + (".cluster.on" if clustered else "")
        group = own_group(family, clustered=clustered) if own else default
        two_stacks = self.fixed["network_type"] == "dual_stack"
        return replace(
            self,
            rest={
                "replication_group_description": chance.choice(("one", "two", "three")),
                "cache_parameter_group_name": group,
                "security_group_ids": chance.choice((("sg-1",), ("sg-2",), ("sg-1", "sg-2"))),
                "snapshot_retention_limit": chance.choice((0, 1, 7)),
                "snapshot_window": chance.choice(("01:00-02:00", "05:00-06:30")),
                "preferred_maintenance_window": chance.choice(
                    ("sun:03:00-sun:04:00", "mon:08:00-mon:09:00")
                ),
                "notification_topic_arn": topic(chance),
                "auto_minor_version_upgrade": chance.random() < 0.5,
                "ip_discovery": chance.choice(("ipv4", "ipv6")) if two_stacks else "ipv4",
                "log_delivery_configurations": logs(chance),
                # Turned neither on nor off: whether a group that stands may be is a switch.
                "durability": chance.choice(("sync", "async") if self.durable else ("default",)),
            },
        )


def _fixed(chance: random.Random) -> dict[str, Any]:
    at_rest = chance.random() < 0.6
    return {
        "at_rest_encryption_enabled": at_rest,
        **({"kms_key_id": chance.choice(KEYS)} if at_rest and chance.random() < 0.7 else {}),
        "cache_subnet_group_name": chance.choice(("default", "private")),
        "network_type": chance.choice(("ipv4", "dual_stack")),
        "port": chance.choice((6379, 7000)),
    }


def own_group(family: str, *, clustered: bool) -> str:
    """The name of the account's own parameter group of this family."""
    return f"own-{family.replace('.', '')}{'-on' if clustered else ''}"


def topic(chance: random.Random) -> str | None:
    """A topic, or none."""
    place = f"arn:aws:sns:{build.REGION}:{build.ACCOUNT}"
    return chance.choice((None, f"{place}:caches", f"{place}:others"))


def logs(chance: random.Random) -> tuple[LogDelivery, ...]:
    """Some logs, of each type one at most."""
    return chance.choice(((), LOGS[:1], LOGS[1:2], LOGS[:2][::-1], LOGS[2:]))
