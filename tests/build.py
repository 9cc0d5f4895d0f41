"""Makers with good defaults: resources as a spec has them, as describe shows them, and facts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reconciler.kind import Endpoint, Facts, Kind, Live, Node, Ownership, Shard
from reconciler.kinds import KINDS
from reconciler.kinds.replication_group.describe import HELD as HELD  # noqa: PLC0414 - for tests
from reconciler.model import (
    Address,
    AuthenticationMode,
    CacheCluster,
    CacheParameterGroup,
    CacheSubnetGroup,
    CacheUsageLimits,
    IamRole,
    LogDelivery,
    Parameter,
    ReplicationGroup,
    Resource,
    SecretRef,
    ServerlessCache,
    UsageRange,
    User,
    UserGroup,
)

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ESTATE = "shop-test"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PASSWORD = SecretRef(store="env", id="APP_PASSWORD")
OTHER_PASSWORD = SecretRef(store="env", id="APP_PASSWORD_NEXT")
TOKEN = SecretRef(store="secretsmanager", id="test/token", key="token")
VERSIONS = {PASSWORD: "v1", OTHER_PASSWORD: "w1", TOKEN: "t1"}

KIND: dict[str, Kind[Any]] = {kind.name: kind for kind in KINDS}


def password(*refs: SecretRef) -> AuthenticationMode:
    return AuthenticationMode(type="password", passwords=refs or (PASSWORD,))


def user(ident: str = "app", **fields: Any) -> User:
    """A user as a spec has it."""
    return User(
        id=ident,
        **{
            "engine": "valkey",
            "access_string": "on ~app:* -@all +@read",
            "authentication_mode": password(),
            **fields,
        },
    )


def user_group(ident: str = "people", **fields: Any) -> UserGroup:
    """A user group as a spec has it."""
    return UserGroup(id=ident, **{"engine": "valkey", "user_ids": ("app",), **fields})


def parameter_group(ident: str = "shop-valkey8", **fields: Any) -> CacheParameterGroup:
    """A parameter group as a spec has it."""
    return CacheParameterGroup(
        id=ident,
        **{
            "cache_parameter_group_family": "valkey8",
            "description": "of the shop",
            "parameters": {"maxmemory-policy": "allkeys-lru"},
            **fields,
        },
    )


KNOWN = {
    "maxmemory-policy": Parameter(value="volatile-lru"),
    "timeout": Parameter(value="0"),
    "databases": Parameter(value="16", reboot=True),
    "cluster-enabled": Parameter(value="no", reboot=True),
    "maxclients": Parameter(value="65000", modifiable=False),
}


def shown_parameter_group(ident: str = "shop-valkey8", **fields: Any) -> CacheParameterGroup:
    """A parameter group as describe shows it, with a few of its family's parameters."""
    group = parameter_group(ident, **fields)
    held = {name: Parameter(value=value) for name, value in (group.parameters or {}).items()}
    return group.but(known={**KNOWN, **held, **(group.known or {})})


def subnet_group(ident: str = "own", **fields: Any) -> CacheSubnetGroup:
    """A subnet group as a spec has it, and as describe shows it."""
    return CacheSubnetGroup(
        id=ident,
        **{
            "cache_subnet_group_description": "subnets of the shop",
            "subnet_ids": ("subnet-1", "subnet-2"),
            **fields,
        },
    )


def replication_group(ident: str = "orders", **fields: Any) -> ReplicationGroup:
    """A replication group as a spec has it: one primary and a replica, TLS, no login."""
    sizes = {} if "num_node_groups" in fields else {"num_cache_clusters": 2}
    return ReplicationGroup(
        id=ident,
        **{
            "replication_group_description": "orders of the shop",
            "engine": "valkey",
            "engine_version": "8.1",
            "cache_node_type": "cache.r7g.large",
            **sizes,
            "automatic_failover_enabled": True,
            "transit_encryption_enabled": True,
            "transit_encryption_mode": "required",
            **fields,
        },
    )


def serverless_cache(ident: str = "carts", **fields: Any) -> ServerlessCache:
    """A serverless cache as a spec has it."""
    return ServerlessCache(id=ident, **{"engine": "valkey", "major_engine_version": "8", **fields})


def cluster(ident: str = "pages", **fields: Any) -> CacheCluster:
    """A memcached cluster as a spec has it."""
    return CacheCluster(
        id=ident,
        **{
            "engine": "memcached",
            "engine_version": "1.6.22",
            "cache_node_type": "cache.t4g.small",
            "num_cache_nodes": 2,
            **fields,
        },
    )


def role(ident: str = "orders-client", **fields: Any) -> IamRole:
    """A role as a spec has it: it may connect to one cache as one user."""
    return IamRole(
        id=ident,
        **{
            "trust": ("ecs-tasks.amazonaws.com",),
            "replication_group_ids": ("orders",),
            "user_ids": ("app",),
            **fields,
        },
    )


def connect_arn(sort: str, ident: str) -> str:
    return f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{sort}:{ident}"


def shown_role(ident: str = "orders-client", **fields: Any) -> IamRole:
    """A role as IAM shows it."""
    return role(
        ident,
        **{
            "path": "/",
            "description": None,
            "max_session_duration": 3600,
            "permissions_boundary": None,
            "managed_policy_arns": (),
            "replication_group_ids": (connect_arn("replicationgroup", "orders"),),
            "serverless_cache_names": (),
            "user_ids": (connect_arn("user", "app"),),
            "secrets": (),
            "inline_policies": {},
            **fields,
        },
    )


def shown_cluster(ident: str = "pages", **fields: Any) -> CacheCluster:
    """A memcached cluster as describe shows it."""
    return cluster(
        ident,
        **{
            "az_mode": "single-az",
            "preferred_availability_zone": f"{REGION}a",
            "cache_parameter_group_name": "default.memcached1.6",
            "cache_subnet_group_name": "default",
            "security_group_ids": ("sg-1",),
            "port": 11211,
            "transit_encryption_enabled": False,
            "snapshot_retention_limit": 0,
            "snapshot_window": None,
            "preferred_maintenance_window": "sun:03:00-sun:04:00",
            "notification_topic_arn": None,
            "auto_minor_version_upgrade": True,
            "network_type": "ipv4",
            "ip_discovery": "ipv4",
            "log_delivery_configurations": (),
            **fields,
        },
    )


def shown_user(ident: str = "app", **fields: Any) -> User:
    """A user as describe shows it."""
    return user(
        ident,
        **{
            "user_name": ident,
            "authentication_mode": AuthenticationMode(type="password", password_count=1),
            **fields,
        },
    )


def shown_group(ident: str = "orders", **fields: Any) -> ReplicationGroup:
    """A replication group as describe shows it, every field said; sizes as one would expect."""
    shards, replicas = fields.get("num_node_groups", 1), fields.get("replicas_per_node_group", 1)
    mode = fields.get("cluster_mode", "disabled")
    return ReplicationGroup(
        id=ident,
        **{
            "replication_group_description": "orders of the shop",
            "engine": "valkey",
            "engine_version": "8.1.0",
            "cache_node_type": "cache.r7g.large",
            "num_cache_clusters": None if mode == "enabled" else shards * (1 + replicas),
            "num_node_groups": shards,
            "replicas_per_node_group": replicas,
            "cluster_mode": mode,
            "automatic_failover_enabled": True,
            "multi_az_enabled": False,
            "cache_parameter_group_name": "default.valkey8"
            + (".cluster.on" if mode != "disabled" else ""),
            "cache_subnet_group_name": "default",
            "port": 6379,
            "at_rest_encryption_enabled": True,
            "kms_key_id": KEY_ARN,
            "data_tiering_enabled": False,
            "durability": "default",
            "durability_in_effect": "disabled",
            "transit_encryption_enabled": True,
            "transit_encryption_mode": "required",
            "auth_token": None,
            "user_group_ids": (),
            "security_group_ids": ("sg-1",),
            "snapshot_retention_limit": 0,
            "snapshot_window": "01:00-02:00",
            "preferred_maintenance_window": "sun:03:00-sun:04:00",
            "notification_topic_arn": None,
            "auto_minor_version_upgrade": True,
            "network_type": "ipv4",
            "ip_discovery": "ipv4",
            "log_delivery_configurations": (),
            **fields,
        },
    )


def shown_serverless(ident: str = "carts", **fields: Any) -> ServerlessCache:
    """A serverless cache as describe shows it."""
    return ServerlessCache(
        id=ident,
        **{
            "engine": "valkey",
            "major_engine_version": "8",
            "description": None,
            "cache_usage_limits": None,
            "kms_key_id": KEY_ARN,
            "security_group_ids": ("sg-1",),
            "subnet_ids": ("subnet-1", "subnet-2"),
            "user_group_id": None,
            "snapshot_retention_limit": 0,
            "daily_snapshot_time": "03:00",
            "network_type": "ipv4",
            "connection_type": "vpc",
            "integrations": (),
            **fields,
        },
    )


SHOWN: dict[str, Resource] = {
    "user": shown_user(),
    "user_group": user_group(),
    "cache_parameter_group": shown_parameter_group(),
    "cache_subnet_group": subnet_group(),
    "replication_group": shown_group(),
    "serverless_cache": shown_serverless(),
    "cache_cluster": shown_cluster(),
    "iam_role": shown_role(),
}
"""One of each kind, as describe shows it."""

LOGS = (LogDelivery(log_type="slow-log", destination_type="cloudwatch-logs", destination="slow"),)
LIMITS = CacheUsageLimits(
    data_storage=UsageRange(maximum=50, unit="GB"), ecpu_per_second=UsageRange(maximum=20000)
)
OTHER: dict[str, dict[str, Any]] = {
    "user": {
        "user_name": "someone-else",
        "engine": "redis",
        "access_string": "on ~app:* -@all +@write",
        "authentication_mode": password(PASSWORD, OTHER_PASSWORD),
        "tags": {"team": "shop"},
    },
    "user_group": {
        "engine": "redis",
        "user_ids": ("app", "default-user"),
        "tags": {"team": "shop"},
    },
    "cache_parameter_group": {
        "cache_parameter_group_family": "valkey7",
        "description": "something else",
        "parameters": {"timeout": "300"},
        "tags": {"team": "shop"},
    },
    "cache_subnet_group": {
        "cache_subnet_group_description": "something else",
        "subnet_ids": ("subnet-1", "subnet-3"),
        "tags": {"team": "shop"},
    },
    "replication_group": {
        "replication_group_description": "something else",
        "engine": "redis",
        "engine_version": "8.2",
        "cache_node_type": "cache.r7g.xlarge",
        "num_cache_clusters": 3,
        "num_node_groups": 2,
        "replicas_per_node_group": 2,
        "cluster_mode": "compatible",
        "automatic_failover_enabled": False,
        "multi_az_enabled": True,
        "cache_parameter_group_name": "orders-valkey8",
        "cache_subnet_group_name": "private",
        "port": 7000,
        "at_rest_encryption_enabled": False,
        "kms_key_id": KEY_ARN.replace("1234abcd", "ffff0000"),
        "data_tiering_enabled": True,
        "durability": "async",
        "transit_encryption_enabled": False,
        "transit_encryption_mode": "preferred",
        "auth_token": TOKEN,
        "user_group_ids": ("people",),
        "security_group_ids": ("sg-1", "sg-2"),
        "snapshot_retention_limit": 7,
        "snapshot_window": "05:00-06:00",
        "preferred_maintenance_window": "mon:08:00-mon:09:00",
        "notification_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:caches",
        "auto_minor_version_upgrade": False,
        "network_type": "dual_stack",
        "ip_discovery": "ipv6",
        "log_delivery_configurations": LOGS,
        "tags": {"team": "shop"},
    },
    "serverless_cache": {
        "engine": "redis",
        "major_engine_version": "9",
        "description": "carts of the shop",
        "cache_usage_limits": LIMITS,
        "kms_key_id": KEY_ARN.replace("1234abcd", "ffff0000"),
        "security_group_ids": ("sg-1", "sg-2"),
        "subnet_ids": ("subnet-1", "subnet-3"),
        "user_group_id": "people",
        "snapshot_retention_limit": 7,
        "daily_snapshot_time": "05:00",
        "network_type": "dual_stack",
        "connection_type": "public",
        "integrations": ("dynamodb",),
        "tags": {"team": "shop"},
    },
    "cache_cluster": {
        "engine": "redis",
        "engine_version": "1.6.23",
        "cache_node_type": "cache.t4g.medium",
        "num_cache_nodes": 3,
        "az_mode": "cross-az",
        "preferred_availability_zone": f"{REGION}b",
        "cache_parameter_group_name": "pages-memcached16",
        "cache_subnet_group_name": "private",
        "security_group_ids": ("sg-1", "sg-2"),
        "port": 7000,
        "transit_encryption_enabled": True,
        "snapshot_retention_limit": 7,
        "snapshot_window": "05:00-06:00",
        "preferred_maintenance_window": "mon:08:00-mon:09:00",
        "notification_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:caches",
        "auto_minor_version_upgrade": False,
        "network_type": "dual_stack",
        "ip_discovery": "ipv6",
        "log_delivery_configurations": LOGS,
        "tags": {"team": "shop"},
    },
    "iam_role": {
        "path": "/shop/",
        "description": "what orders run as",
        "trust": ("123456789012", "lambda.amazonaws.com"),
        "max_session_duration": 7200,
        "permissions_boundary": f"arn:aws:iam::{ACCOUNT}:policy/limits",
        "managed_policy_arns": ("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        "replication_group_ids": ("carts", "orders"),
        "serverless_cache_names": ("carts",),
        "user_ids": ("report",),
        "secrets": ("secretsmanager:prod/app", "ssm:/prod/ops"),
        "inline_policies": {
            "logs": '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", '
            '"Action": "logs:PutLogEvents", "Resource": "*"}}'
        },
        "tags": {"team": "shop"},
    },
}
"""For every field of every kind a value other than SHOWN's."""


def live(resource: Resource, **fields: Any) -> Live[Any]:
    """What was observed: at rest and ours, unless said otherwise."""
    kind = KIND[resource.kind]
    resting = {"user": "active", "user_group": "active"}.get(resource.kind, "available")
    owned = fields.setdefault("ownership", Ownership.OWNED) is Ownership.OWNED
    marks = {"estate": ESTATE, "address": str(resource.address)} if owned else {}
    status = fields.setdefault("status", resting)
    fields.setdefault("at_rest", status == resting)
    if isinstance(resource, ReplicationGroup):
        fields.setdefault("shards", shards(resource))
        fields.setdefault("nodes", nodes(resource))
        fields.setdefault("engine_version", resource.engine_version or "")
    if isinstance(resource, CacheCluster):
        fields.setdefault("nodes", cluster_nodes(resource))
    return Live(
        resource.but(marks={**marks, **resource.marks}),
        arn=kind.arn(facts(), resource.id),
        **fields,
    )


def shards(group: ReplicationGroup) -> tuple[Shard, ...]:
    return tuple(
        Shard(f"{number:04}", "available", "")
        for number in range(1, (group.num_node_groups or 1) + 1)
    )


def cluster_nodes(one: CacheCluster) -> tuple[Node, ...]:
    return tuple(
        Node(f"{number:04}", "", "", "available", one.engine_version or "")
        for number in range(1, (one.num_cache_nodes or 1) + 1)
    )


def nodes(group: ReplicationGroup) -> tuple[Node, ...]:
    places = itertools.product(shards(group), range(1, (group.replicas_per_node_group or 0) + 2))
    return tuple(
        Node(
            f"{group.id}-{shard.id}-{number:03}",
            shard.id,
            "primary" if number == 1 else "replica",
            "available",
            group.engine_version or "",
        )
        for shard, number in places
    )


def endpoint(host: str, role: Any = "primary", port: int = 6379) -> Endpoint:
    return Endpoint(role, host, port, tls=False)


def facts(
    desired: Iterable[Resource] = (), observed: Iterable[Live[Any] | Resource] = (), **fields: Any
) -> Facts:
    """What a plan is made from; a resource among ``observed`` is taken as live(resource)."""
    lives = [one if isinstance(one, Live) else live(one) for one in observed]
    return Facts(
        **{
            "account_id": ACCOUNT,
            "region": REGION,
            "estate": ESTATE,
            "desired": {one.address: one for one in desired},
            "observed": {one.address: one for one in lives},
            "secret_versions": VERSIONS,
            "now": datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
            **fields,
        }
    )


def address(text: str) -> Address:
    return Address.parse(text)
