"""Replication groups: what the service refuses, by its API reference and the ElastiCache guide.

A field that is left out is judged by the service's default at create; with ``mode: observe``
nothing is created, so only what is written is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, CacheParameterGroup, ReplicationGroup
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.cache import version_of
from reconciler.spec.rule.durability import durable
from reconciler.spec.rule.node_based import node_type, one_source, redis_version, topic, windows

NODES_AT_MOST = 500
_LOGS_FROM = {"slow-log": (6, 0), "engine-log": (6, 2)}


def replication_groups(draft: Draft) -> Iterator[Problem]:
    """Judge each replication group by itself."""
    for wish, group in draft.of(ReplicationGroup):
        clustered = in_cluster_mode(draft, group)
        for rule in (_size, _mode, _access, _tls, _version, _machine, windows, _rest):
            yield from rule(wish, group)
        yield from _failover(wish, group, clustered=clustered)
        yield from durable(wish, group, clustered=clustered)


def in_cluster_mode(draft: Draft, group: ReplicationGroup) -> bool:
    """Say whether this is cluster mode enabled, as far as the spec tells."""
    if group.cluster_mode is not None:
        return group.cluster_mode == "enabled"
    name = group.cache_parameter_group_name or ""
    named = draft.wishes.get(Address(CacheParameterGroup.kind, name))
    own = named.resource if named is not None else None
    by_parameters = name.endswith(".cluster.on") or (
        isinstance(own, CacheParameterGroup)
        and group.num_cache_clusters is None
        and (own.parameters or {}).get("cluster-enabled") == "yes"
    )
    return (group.num_node_groups or 1) > 1 or by_parameters


def _is_alone(wish: Wish, group: ReplicationGroup) -> bool:
    """Say whether there is one node only, so that nothing could take over."""
    if group.num_cache_clusters is not None:
        return group.num_cache_clusters == 1
    return wish.at_default("num_cache_clusters") and not group.replicas_per_node_group


def _size(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    for name in ("num_node_groups", "replicas_per_node_group"):
        if group.num_cache_clusters is not None and getattr(group, name) is not None:
            yield wish.problem(
                "num_cache_clusters is for cluster mode disabled, "
                "num_node_groups with replicas_per_node_group for shards; keep one of the two",
                name,
                key=True,
            )
            break
    nodes = (group.num_node_groups or 1) * (1 + (group.replicas_per_node_group or 0))
    if nodes > NODES_AT_MOST:
        shards, each = group.num_node_groups, 1 + (group.replicas_per_node_group or 0)
        message = f"{shards} shards of {each} are {nodes} nodes; at most {NODES_AT_MOST} in all"
        yield wish.problem(message, "num_node_groups")
    if group.cluster_mode == "disabled" and (group.num_node_groups or 1) > 1:
        message = "several shards need cluster_mode: enabled (or leave cluster_mode out)"
        yield wish.problem(message, "cluster_mode")


def _failover(wish: Wish, group: ReplicationGroup, *, clustered: bool) -> Iterator[Problem]:
    name, failover = "automatic_failover_enabled", group.automatic_failover_enabled
    if wish.faulty.intersection({"cluster_mode", "num_node_groups"}):
        return
    if (group.num_node_groups or 1) > 1 or clustered:
        if failover is False:
            yield wish.problem("cluster mode can't be without automatic failover; true", name)
        alone = group.replicas_per_node_group == 0 or wish.at_default("replicas_per_node_group")
        if group.multi_az_enabled and alone:
            message = "this needs replicas_per_node_group of at least 1"
            yield wish.problem(message, "multi_az_enabled")
        return
    alone = _is_alone(wish, group) and "replicas_per_node_group" not in wish.faulty
    if alone and failover:
        yield wish.problem("failover needs a replica: num_cache_clusters of at least 2", name)
    elif alone and group.engine == "valkey" and wish.at_default(name):
        yield wish.problem(
            "valkey turns failover on by itself and one node can't have it; "
            "write automatic_failover_enabled: false, or num_cache_clusters of at least 2",
            name,
        )
    off = failover is False or (group.engine == "redis" and wish.at_default(name))
    if group.multi_az_enabled and off:
        yield wish.problem("this needs automatic_failover_enabled: true", "multi_az_enabled")


def _mode(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    if group.cluster_mode != "compatible":
        return
    if (group.num_node_groups or 1) > 1:
        yield wish.problem("in compatible there is one shard; enabled comes first", "cluster_mode")
    if group.automatic_failover_enabled is False:
        yield wish.problem("this needs automatic_failover_enabled: true", "cluster_mode")
    elif _is_alone(wish, group):
        message = "compatible needs a replica: num_cache_clusters of at least 2"
        yield wish.problem(message, "cluster_mode")
    if (version := version_of(group.engine_version)) and version < (7, 0):
        yield wish.problem("compatible needs engine_version 7.0 or later", "cluster_mode")


def _access(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    if len(group.user_group_ids or ()) > 1:
        yield wish.problem("a cache has one user group", "user_group_ids")
    version = version_of(group.engine_version)
    if group.user_group_ids and version is not None and version < (6, 0):
        yield wish.problem("user groups need engine_version 6.x or later", "user_group_ids")
    if group.auth_token is not None and group.user_group_ids:
        yield wish.problem("AUTH token or user group, not both; keep one of the two", "auth_token")
    if _is_plain(wish, group):
        for name in ("auth_token", "user_group_ids"):
            if getattr(group, name):
                yield wish.problem("this needs transit_encryption_enabled: true", name)


def _is_plain(wish: Wish, group: ReplicationGroup) -> bool:
    name = "transit_encryption_enabled"
    return group.transit_encryption_enabled is False or wish.at_default(name)


def _tls(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    name, mode = "transit_encryption_mode", group.transit_encryption_mode
    if mode is None:
        return
    if _is_plain(wish, group):
        yield wish.problem("this needs transit_encryption_enabled: true", name)
    if mode == "preferred":
        if group.user_group_ids:
            yield wish.problem("user groups need transit_encryption_mode: required", name)
        if group.auth_token is not None:
            yield wish.problem("an AUTH token needs transit_encryption_mode: required", name)
        if (version := version_of(group.engine_version)) and version < (7, 0):
            yield wish.problem("preferred needs engine_version 7.0 or later", name)


def _version(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    version, engine = group.engine_version, group.engine
    if version is None:
        return
    if engine == "valkey" and not re.fullmatch(r"(7\.2|(8|9|[1-9][0-9])\.[0-9]+)", version):
        message = f'"{version}" is no version of valkey; it is written "7.2", "8.0", "8.1"'
        yield wish.problem(message, "engine_version")
    elif engine == "redis":
        yield from redis_version(wish, version)


def _machine(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    name, sort = "cache_node_type", group.cache_node_type
    if sort is None:
        return
    yield from node_type(wish, sort)
    tiered = group.data_tiering_enabled
    untiered = tiered is False or wish.at_default("data_tiering_enabled")
    if sort.startswith("cache.r6gd.") and untiered:
        yield wish.problem("r6gd nodes need data_tiering_enabled: true", name)
    elif tiered and not sort.startswith("cache.r6gd."):
        yield wish.problem("data tiering needs a node type cache.r6gd.*", "data_tiering_enabled")


def _rest(wish: Wish, group: ReplicationGroup) -> Iterator[Problem]:
    yield from one_source(wish, group)
    shards, zones = group.node_group_configuration, group.preferred_cache_cluster_azs
    if shards and group.num_cache_clusters is not None:
        message = "this counts the nodes of each shard; keep it, or num_cache_clusters"
        yield wish.problem(message, "node_group_configuration")
    replicas = group.replicas_per_node_group
    for place, shard in enumerate(shards or ()):
        if None not in (replicas, shard.replica_count) and shard.replica_count != replicas:
            message = f"{shard.replica_count} replicas here, {replicas} in replicas_per_node_group"
            yield wish.problem(message, "node_group_configuration", place, "replica_count")
    if shards and group.num_node_groups is not None and len(shards) != group.num_node_groups:
        message = f"{len(shards)} shards here, {group.num_node_groups} in num_node_groups"
        yield wish.problem(message, "node_group_configuration")
    nodes = group.num_cache_clusters or 1 + (group.replicas_per_node_group or 0)
    if zones and (group.num_node_groups or 1) > 1:
        message = "this is for one shard; zones of several stand in node_group_configuration"
        yield wish.problem(message, "preferred_cache_cluster_azs")
    elif zones and len(zones) != nodes:
        message = f"{len(zones)} zones for {nodes} nodes; a zone each"
        yield wish.problem(message, "preferred_cache_cluster_azs")
    if group.kms_key_id is not None and group.at_rest_encryption_enabled is False:
        yield wish.problem("a key needs at_rest_encryption_enabled: true", "kms_key_id")
    yield from topic(wish, group.notification_topic_arn)
    logs = [log.log_type for log in group.log_delivery_configurations or ()]
    if len(set(logs)) < len(logs):
        yield wish.problem("each log_type once", "log_delivery_configurations")
    version = version_of(group.engine_version)
    for log in group.log_delivery_configurations or ():
        least = _LOGS_FROM[log.log_type]
        if version is not None and version < least:
            message = f"{log.log_type} needs engine_version {least[0]}.{least[1]} or later"
            yield wish.problem(
                message, *wish.entry.item("log_delivery_configurations", log.log_type)
            )
