"""State -> Want: what the data plane must make true of a cache, as a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from elasticache_local.service.record import (
    Cache,
    CacheCluster,
    NodeBased,
    ReplicationGroup,
    ServerlessCache,
    Shard,
)
from elasticache_local.service.rule.dns_name import (
    cluster_names,
    group_names,
    serverless_names,
)
from elasticache_local.service.rule.parameter import (
    booted_values,
    built_in_groups,
    effective_values,
)
from elasticache_local.service.rule.slot import even_ranges
from elasticache_local.service.state import Region
from elasticache_local.want import Want, WantedNode, WantedShard, WantedUser

T = TypeVar("T")


def wanted(region: Region, key: str, generation: int, cache: Cache) -> Want:
    """Give the Want of a cache: what is live, with what is being applied over it."""
    if isinstance(cache, ReplicationGroup):
        return _group(region, key, generation, cache)
    if isinstance(cache, ServerlessCache):
        return _serverless(region, key, generation, cache)
    if isinstance(cache, CacheCluster):
        return _cluster(region, key, generation, cache)
    raise TypeError(f"{type(cache).__name__} is no cache")


def aimed(cache: NodeBased | ServerlessCache, name: str, otherwise: T) -> T:
    """Give a field's value once everything under way has happened."""
    value: T = cache.applying.get(name, otherwise)
    return value


def _group(region: Region, key: str, generation: int, group: ReplicationGroup) -> Want:
    tls = aimed(group, "tls", group.tls)
    mode = aimed(group, "cluster_mode", group.cluster_mode)
    tokens: Mapping[str, Any] = aimed(
        group, "tokens", {"hashes": group.token_hashes, "open": group.token_open}
    )
    user_group = aimed(group, "user_group", group.user_group)
    return Want(
        key=key,
        generation=generation,
        sort="replication_group",
        name=group.id,
        account_id=region.account_id,
        region=region.name,
        engine=aimed(group, "engine", group.engine),
        engine_version=aimed(group, "engine_version", group.engine_version),
        cluster_mode=mode,
        shards=_shards(group, mode, _promoted(region, group)),
        tls=tls,
        users=users_of(region, user_group),
        token_hashes=tuple(tokens["hashes"]),
        open=not tokens["hashes"] or tokens["open"],
        fails_over=aimed(group, "automatic_failover", group.automatic_failover),
        parameters=_parameters(region, group),
        names=group_names(group, tls, mode, region.account_id, region.name),
        restore_from=group.restore_from,
    )


def _promoted(region: Region, group: ReplicationGroup) -> set[str]:
    """Give the nodes that are on their way to lead their shards."""
    tests = [job.data for job in region.jobs if job.step == "failover.done"]
    by_test = {data["after"] for data in tests if data["group"] == group.id}
    return by_test | {aimed(group, "primary", "")}


def _shards(group: ReplicationGroup, mode: str, promoted: set[str]) -> tuple[WantedShard, ...]:
    slots = aimed(group, "slots", {shard.id: shard.slots for shard in group.shards})
    return tuple(
        WantedShard(
            id=shard.id,
            slots="" if mode == "disabled" else slots.get(shard.id) or even_ranges(1)[0],
            nodes=_nodes(shard, promoted),
        )
        for shard in group.shards
        if shard.status != "deleting"
    )


def _nodes(shard: Shard, promoted: set[str]) -> tuple[WantedNode, ...]:
    leads = {node.id for node in shard.nodes if node.role == "primary"}
    leads = {node.id for node in shard.nodes} & promoted or leads
    return tuple(
        WantedNode(node.id, "primary" if node.id in leads else "replica")
        for node in shard.nodes
        if node.status != "deleting"
    )


def _cluster(region: Region, key: str, generation: int, cluster: CacheCluster) -> Want:
    nodes = tuple(
        WantedNode(cluster_node_id(cluster, node.id), "primary")
        for node in cluster.nodes
        if node.status != "deleting"
    )
    return Want(
        key=key,
        generation=generation,
        sort="cache_cluster",
        name=cluster.id,
        account_id=region.account_id,
        region=region.name,
        engine=cluster.engine,
        engine_version=aimed(cluster, "engine_version", cluster.engine_version),
        cluster_mode="disabled",
        shards=(WantedShard(id="0001", slots="", nodes=nodes),),
        tls=cluster.tls,
        parameters=_parameters(region, cluster),
        names=cluster_names(cluster, region.account_id, region.name),
        restore_from=cluster.restore_from,
    )


def cluster_node_id(cluster: CacheCluster, node_id: str) -> str:
    """Give the data plane's name of a standalone cluster's node."""
    return cluster.id if cluster.engine == "redis" else f"{cluster.id}-{node_id}"


def _serverless(region: Region, key: str, generation: int, cache: ServerlessCache) -> Want:
    is_memcached = cache.engine == "memcached"
    user_group = aimed(cache, "user_group", cache.user_group)
    return Want(
        key=key,
        generation=generation,
        sort="serverless_cache",
        name=cache.id,
        account_id=region.account_id,
        region=region.name,
        engine=aimed(cache, "engine", cache.engine),
        engine_version=aimed(cache, "engine_version", cache.engine_version),
        cluster_mode="disabled" if is_memcached else "enabled",
        shards=(
            WantedShard(
                id="0001",
                slots="" if is_memcached else even_ranges(1)[0],
                nodes=(WantedNode(f"{cache.id}-0001-001", "primary"),),
            ),
        ),
        tls="required",
        users=users_of(region, user_group),
        parameters={} if is_memcached else dict(SERVERLESS_PARAMETERS),
        names=serverless_names(cache, region.name),
        restore_from=cache.restore_from,
    )


SERVERLESS_PARAMETERS = {
    "maxclients": "65000",
    "maxmemory-policy": "volatile-lru",
    "acl-pubsub-default": "allchannels",
}
"""What a serverless cache is fixed to (user guide, engine configuration)."""

Sort = Literal["password", "no-password", "iam"]


def users_of(region: Region, group_id: str | None) -> tuple[WantedUser, ...] | None:
    """Give the users of a group as every node must know them; None without a group."""
    if group_id is None or group_id not in region.user_groups:
        return None
    users = (region.users.get(user_id) for user_id in region.user_groups[group_id].wanted_ids)
    return tuple(
        WantedUser(
            user_id=user.id,
            name=user.name,
            access_string=user.access_string,
            sort=user.sort,
            password_hashes=tuple(user.password_hashes),
        )
        for user in users
        if user is not None
    )


def _parameters(region: Region, cache: NodeBased) -> dict[str, str]:
    name = aimed(cache, "parameter_group", cache.parameter_group)
    group = built_in_groups().get(name) or region.parameter_groups.get(name)
    if group is None:
        return {}
    if name != cache.parameter_group:
        return effective_values(group, booted_values(group))
    return effective_values(group, cache.boot_parameters)
