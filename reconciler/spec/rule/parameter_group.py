"""Parameter groups: which engine, version and mode they fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, CacheCluster, CacheParameterGroup, ReplicationGroup
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.cache import version_of

NodeBased = ReplicationGroup | CacheCluster
_NAME = "cache_parameter_group_name"
_LEGACY_MAJOR = 6
"""Before redis 7 the family's name has more than the major: redis6.x, redis5.0."""
_FAMILY = re.compile(
    r"memcached1\.[456]|redis(2\.[68]|3\.2|4\.0|5\.0|6\.x|7)|valkey([7-9]|[1-9][0-9])"
)


def parameter_groups(draft: Draft) -> Iterator[Problem]:
    """Judge parameter groups, and caches by theirs: those of the spec, and the families' own.

    What is in others only the service knows.
    """
    for wish, own in draft.of(CacheParameterGroup):
        yield from _own(wish, own)
    for wish, cache in (*draft.of(ReplicationGroup), *draft.of(CacheCluster)):
        name = cache.cache_parameter_group_name or ""
        group = draft.wishes.get(Address(CacheParameterGroup.kind, name))
        if group is not None and isinstance(group.resource, CacheParameterGroup):
            yield from _by_spec(wish, cache, group)
        elif found := re.fullmatch(r"default\.([a-z]+[0-9.x]+?)(\.cluster\.on)?", name):
            yield from _family(wish, cache, found[1])
            yield from _mode(wish, cache, in_cluster_mode=found[2] is not None)


def _own(wish: Wish, group: CacheParameterGroup) -> Iterator[Problem]:
    family = group.cache_parameter_group_family
    if family is not None and not _FAMILY.fullmatch(family):
        message = f'"{family}" is no family; one looks like valkey8, redis7, redis6.x, memcached1.6'
        yield wish.problem(message, "cache_parameter_group_family")


def _by_spec(wish: Wish, cache: NodeBased, group: Wish) -> Iterator[Problem]:
    own: CacheParameterGroup = group.resource  # type: ignore[assignment]
    if own.cache_parameter_group_family is not None:
        yield from _family(wish, cache, own.cache_parameter_group_family)
    if "parameters" in group.faulty | set(own.ignore_changes) or group.observed:
        return
    on = (own.parameters or {}).get("cluster-enabled") == "yes"
    if isinstance(cache, CacheCluster):
        if on:
            yield wish.problem(f"{own.id} is for cluster mode: for replication groups", _NAME)
        return
    shards = cache.num_node_groups or 1
    if not on and (shards > 1 or cache.cluster_mode == "enabled"):
        message = f'shards need parameters: {{cluster-enabled: "yes"}} in {own.id}'
        yield wish.problem(message, _NAME)
    elif on and (cache.num_cache_clusters is not None or cache.cluster_mode == "disabled"):
        message = f"{own.id} is for cluster mode (cluster-enabled); use num_node_groups with it"
        yield wish.problem(message, _NAME)


def _family(wish: Wish, group: NodeBased, family: str) -> Iterator[Problem]:
    right = family_of(group.engine, group.engine_version)
    if right is not None and family != right:
        asked = f"{group.engine} {group.engine_version}"
        yield wish.problem(f"{family} does not fit {asked}; the family is {right}", _NAME)


def _mode(wish: Wish, group: NodeBased, *, in_cluster_mode: bool) -> Iterator[Problem]:
    if isinstance(group, CacheCluster):
        if in_cluster_mode:
            yield wish.problem("this is for cluster mode; leave .cluster.on out", _NAME)
        return
    shards = group.num_node_groups or 1
    if not in_cluster_mode and (shards > 1 or group.cluster_mode == "enabled"):
        yield wish.problem("shards need the group that ends with .cluster.on", _NAME)
    elif in_cluster_mode and (
        group.num_cache_clusters is not None or group.cluster_mode == "disabled"
    ):
        message = "this group is for cluster mode; leave .cluster.on out, or use num_node_groups"
        yield wish.problem(message, _NAME)


def family_of(engine: str | None, engine_version: str | None) -> str | None:
    """Give the family of an engine's version: ``valkey8``, ``redis6.x``, ``memcached1.6``."""
    version = version_of(engine_version)
    if version is None or engine is None:
        return None
    if engine == "memcached":
        return f"memcached{version[0]}.{version[1]}"
    if engine == "redis" and version[0] <= _LEGACY_MAJOR:
        minor = "x" if version[0] == _LEGACY_MAJOR else version[1]
        return f"redis{version[0]}.{minor}"
    return f"{engine}{version[0]}"
