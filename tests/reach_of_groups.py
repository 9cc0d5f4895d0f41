"""What replication groups can come to: sizes, engines, durability, each a small domain."""

from __future__ import annotations

from typing import Any, NamedTuple

import build
from inprocess import InProcess
from reachable import Domain, Move

GROUP: dict[str, Any] = {
    "ReplicationGroupId": "orders",
    "ReplicationGroupDescription": "d",
    "TransitEncryptionEnabled": True,
}
AT_ONCE: dict[str, Any] = {"ReplicationGroupId": "orders", "ApplyImmediately": True}
SIZES = ("cache.m7g.large", "cache.r7g.xlarge")


def nothing(_bench: InProcess) -> None:
    pass


def group_of(bench: InProcess) -> Any:
    [group] = bench.aws("describe_replication_groups")["ReplicationGroups"]
    return group


class Size(NamedTuple):
    shards: int
    replicas: int
    mode: str
    failover: bool
    multi_az: bool
    node: str


def size(bench: InProcess) -> Size:
    group = group_of(bench)
    return Size(
        len(group["NodeGroups"]),
        len(group["NodeGroups"][0]["NodeGroupMembers"]) - 1,
        group["ClusterMode"],
        group["AutomaticFailover"] == "enabled",
        group["MultiAZ"] == "enabled",
        group["CacheNodeType"],
    )


def size_wish(state: Size) -> list[Any]:
    counted: dict[str, Any] = {"num_cache_clusters": 1 + state.replicas}
    if state.mode == "enabled":
        counted = {"num_node_groups": state.shards, "replicas_per_node_group": state.replicas}
    return [
        build.ReplicationGroup(
            id="orders",
            engine="valkey",
            cache_node_type=state.node,
            cluster_mode=state.mode,
            automatic_failover_enabled=state.failover,
            multi_az_enabled=state.multi_az,
            apply_immediately=True,
            gates={"cluster-mode-enabled": "open"},
            **counted,
        )
    ]


FLAT: list[Move] = [
    (
        "create_replication_group",
        {
            **GROUP,
            "Engine": "valkey",
            "EngineVersion": "8.1",
            "CacheNodeType": SIZES[0],
            "AutomaticFailoverEnabled": False,
            "NumCacheClusters": 1,
        },
    )
]
SIZED = Domain(
    nothing,
    FLAT,
    [
        *(("increase_replica_count", {**AT_ONCE, "NewReplicaCount": n}) for n in (1, 2)),
        *(("decrease_replica_count", {**AT_ONCE, "NewReplicaCount": n}) for n in (0, 1)),
        *(
            ("modify_replication_group_shard_configuration", {**AT_ONCE, "NodeGroupCount": n})
            for n in (1, 2, 3)
        ),
        *(("modify_replication_group", {**AT_ONCE, "CacheNodeType": one}) for one in SIZES),
        *(
            ("modify_replication_group", {**AT_ONCE, name: on})
            for name in ("AutomaticFailoverEnabled", "MultiAZEnabled")
            for on in (True, False)
        ),
        *(
            (
                "modify_replication_group",
                {**AT_ONCE, "AutomaticFailoverEnabled": on, "MultiAZEnabled": on},
            )
            for on in (True, False)
        ),
        *(
            ("modify_replication_group", {**AT_ONCE, "ClusterMode": mode})
            for mode in ("disabled", "compatible", "enabled")
        ),
    ],
    size,
    size_wish,
    # Nothing else changes in compatible; the way over disabled is said, and not gone unasked.
    detour=lambda start, end: start.mode == end.mode == "compatible",
)


class Durable(NamedTuple):
    durability: str
    replicas: int
    multi_az: bool
    shards: int


def durable(bench: InProcess) -> Durable:
    group = group_of(bench)
    said = group.get("Durability") or "default"
    return Durable(
        # As of valkey 9.0 the two mean the same, and no call is sent from one to the other.
        "default" if said == "disabled" else said,
        len(group["NodeGroups"][0]["NodeGroupMembers"]) - 1,
        group["MultiAZ"] == "enabled",
        len(group["NodeGroups"]),
    )


LASTING = Domain(
    nothing,
    [
        (
            "create_replication_group",
            {
                **GROUP,
                "Engine": "valkey",
                "EngineVersion": "9.0",
                "CacheNodeType": SIZES[0],
                "NumNodeGroups": 1,
                "ReplicasPerNodeGroup": 1,
                "ClusterMode": "enabled",
                "AutomaticFailoverEnabled": True,
                "CacheParameterGroupName": "default.valkey9.cluster.on",
            },
        )
    ],
    [
        *(
            ("modify_replication_group", {**AT_ONCE, "Durability": one})
            for one in ("default", "sync", "async", "disabled")
        ),
        *(("modify_replication_group", {**AT_ONCE, "MultiAZEnabled": on}) for on in (True, False)),
        ("increase_replica_count", {**AT_ONCE, "NewReplicaCount": 1}),
        ("decrease_replica_count", {**AT_ONCE, "NewReplicaCount": 0}),
        *(
            ("modify_replication_group_shard_configuration", {**AT_ONCE, "NodeGroupCount": n})
            for n in (1, 2)
        ),
    ],
    durable,
    lambda state: [
        build.ReplicationGroup(
            id="orders",
            engine="valkey",
            engine_version="9.0",
            durability=state.durability,
            multi_az_enabled=state.multi_az,
            num_node_groups=state.shards,
            replicas_per_node_group=state.replicas,
            transit_encryption_enabled=True,
            apply_immediately=True,
        )
    ],
)


PASSWORD = "a-password-of-sixteen"


def people(bench: InProcess) -> None:
    for user, name, engine in (("app", "app", "valkey"), ("old-default", "default", "redis")):
        bench.aws(
            "create_user",
            UserId=user,
            UserName=name,
            Engine=engine,
            AccessString="on ~* +@all",
            AuthenticationMode={"Type": "password", "Passwords": [PASSWORD]},
        )
    bench.aws("create_user_group", UserGroupId="of-valkey", Engine="valkey", UserIds=["app"])
    bench.aws("create_user_group", UserGroupId="of-redis", Engine="redis", UserIds=["old-default"])


class Engine(NamedTuple):
    engine: str
    version: str
    group: str | None
    mode: str
    kept: int


def engine(bench: InProcess) -> Engine:
    group = group_of(bench)
    [node, *_] = bench.aws("describe_cache_clusters")["CacheClusters"]
    return Engine(
        group["Engine"],
        ".".join(node["EngineVersion"].split(".")[:2]),
        next(iter(group["UserGroupIds"]), None),
        group["ClusterMode"],
        group["SnapshotRetentionLimit"],
    )


VERSIONS = (("redis", "7.0"), ("redis", "7.1"), ("valkey", "7.2"), ("valkey", "8.0"))
ENGINES = Domain(
    people,
    [
        (
            "create_replication_group",
            {
                **GROUP,
                "Engine": one,
                "EngineVersion": version,
                "CacheNodeType": SIZES[0],
                "NumCacheClusters": 2,
                "AutomaticFailoverEnabled": True,
                "AutoMinorVersionUpgrade": False,
            },
        )
        for one, version in VERSIONS
    ],
    [
        *(
            ("modify_replication_group", {**AT_ONCE, "Engine": one, "EngineVersion": version})
            for one, version in VERSIONS
        ),
        *(
            ("modify_replication_group", {**AT_ONCE, "UserGroupIdsToAdd": [one], **more})
            for one, other in (("of-redis", "of-valkey"), ("of-valkey", "of-redis"))
            for more in ({}, {"UserGroupIdsToRemove": [other]})
        ),
        ("modify_replication_group", {**AT_ONCE, "RemoveUserGroups": True}),
        *(
            ("modify_replication_group", {**AT_ONCE, "ClusterMode": mode})
            for mode in ("disabled", "compatible", "enabled")
        ),
        *(("modify_replication_group", {**AT_ONCE, "SnapshotRetentionLimit": n}) for n in (0, 1)),
    ],
    engine,
    lambda state: [
        build.ReplicationGroup(
            id="orders",
            engine=state.engine,
            engine_version=state.version,
            user_group_ids=(state.group,) if state.group else (),
            cluster_mode=state.mode,
            snapshot_retention_limit=state.kept,
            auto_minor_version_upgrade=False,
            transit_encryption_enabled=True,
            apply_immediately=True,
            gates={"cluster-mode-enabled": "open", "auth-finish": "open"},
        )
    ],
    detour=lambda start, end: start.mode == end.mode == "compatible",
)
