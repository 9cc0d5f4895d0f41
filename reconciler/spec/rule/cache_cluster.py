"""Cache clusters without a replication group (API reference, CreateCacheCluster)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import CacheCluster
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.cache import security_groups, version_of
from reconciler.spec.rule.node_based import node_type, one_source, redis_version, topic, windows
from reconciler.spec.shape import did_you_mean

CLUSTER_ENGINES = ("memcached", "redis")
_TLS_FROM = (1, 6, 12)
_REDIS_ONLY = (
    "snapshot_retention_limit",
    "snapshot_window",
    "snapshot_name",
    "snapshot_arns",
    "log_delivery_configurations",
)


def cache_clusters(draft: Draft) -> Iterator[Problem]:
    """Judge each cluster by itself."""
    for wish, cluster in draft.of(CacheCluster):
        yield from _engine(wish, cluster)
        yield from security_groups(wish, cluster.security_group_ids)
        yield from node_type(wish, cluster.cache_node_type)
        yield from windows(wish, cluster)
        yield from one_source(wish, cluster)
        yield from topic(wish, cluster.notification_topic_arn)
        if cluster.engine == "memcached":
            yield from _memcached(wish, cluster)
        elif cluster.engine == "redis":
            yield from _redis(wish, cluster)


def _engine(wish: Wish, cluster: CacheCluster) -> Iterator[Problem]:
    if cluster.engine == "valkey":
        message = "a valkey of one node is a replication group with num_cache_clusters: 1"
        yield wish.problem(message, "engine")
    elif cluster.engine is not None and cluster.engine not in CLUSTER_ENGINES:
        message = f'"{cluster.engine}" is no engine of clusters'
        yield wish.problem(f"{message}{did_you_mean(cluster.engine, CLUSTER_ENGINES)}", "engine")


def _memcached(wish: Wish, cluster: CacheCluster) -> Iterator[Problem]:
    version = cluster.engine_version
    if version is not None and not re.fullmatch(r"1\.[456]\.[0-9]+", version):
        message = f'"{version}" is no version of memcached; it is written "1.6.22"'
        yield wish.problem(message, "engine_version")
    elif cluster.transit_encryption_enabled and _is_before_tls(version):
        yield wish.problem("TLS needs engine_version 1.6.12 or later", "transit_encryption_enabled")
    for name in _REDIS_ONLY:
        if getattr(cluster, name):
            yield wish.problem("memcached has none of this; redis has", name)
    alone = cluster.num_cache_nodes == 1 or wish.at_default("num_cache_nodes")
    if cluster.az_mode == "cross-az" and alone:
        yield wish.problem("this needs num_cache_nodes of at least 2", "az_mode")
    yield from _zones(wish, cluster)


def _zones(wish: Wish, cluster: CacheCluster) -> Iterator[Problem]:
    """Judge where nodes stand: all in one zone, or a zone each."""
    zones, name = cluster.preferred_availability_zones, "preferred_availability_zones"
    if cluster.preferred_availability_zone is not None:
        if zones or cluster.az_mode == "cross-az":
            other = name if zones else "az_mode: cross-az"
            message = f"this is the zone of all nodes; keep it, or {other}"
            yield wish.problem(message, "preferred_availability_zone")
        return
    if zones and len(zones) != (cluster.num_cache_nodes or 1):
        message = f"{len(zones)} zones for {cluster.num_cache_nodes or 1} nodes; a zone each"
        yield wish.problem(message, name)
    elif zones and len(set(zones)) > 1 and _stands_in_one(cluster):
        yield wish.problem("several zones are az_mode: cross-az", name)


def _stands_in_one(cluster: CacheCluster) -> bool:
    """Say whether one zone is written: null is the default, and that is one."""
    said = "az_mode" in cluster.model_fields_set
    return said and cluster.az_mode in (None, "single-az")


def _is_before_tls(version: str | None) -> bool:
    return version is not None and tuple(map(int, version.split("."))) < _TLS_FROM


def _redis(wish: Wish, cluster: CacheCluster) -> Iterator[Problem]:
    yield from redis_version(wish, cluster.engine_version)
    if cluster.scale_config is not None:
        yield wish.problem("this is how memcached changes its nodes", "scale_config", key=True)
    if (cluster.num_cache_nodes or 1) > 1:
        message = "a redis cluster has one node; a replication group has more"
        yield wish.problem(message, "num_cache_nodes")
    if cluster.az_mode is not None:
        yield wish.problem("this is for the nodes of memcached", "az_mode")
    if cluster.transit_encryption_enabled:
        message = "TLS of redis needs a replication group (num_cache_clusters: 1 has one node)"
        yield wish.problem(message, "transit_encryption_enabled")
    version = version_of(cluster.engine_version)
    for log in cluster.log_delivery_configurations or ():
        least = (6, 0) if log.log_type == "slow-log" else (6, 2)
        if version is not None and version < least:
            message = f"{log.log_type} needs engine_version {least[0]}.{least[1]} or later"
            yield wish.problem(
                message, *wish.entry.item("log_delivery_configurations", log.log_type)
            )
