"""The service's own parameter groups: their names say which engine, version and mode they fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import ReplicationGroup
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.cache import version_of

_NAME = "cache_parameter_group_name"
_LEGACY_MAJOR = 6
"""Before redis 7 the family's name has more than the major: redis6.x, redis5.0."""


def parameter_groups(draft: Draft) -> Iterator[Problem]:
    """Judge names that begin with ``default.``; what is in others only the service knows."""
    for wish, group in draft.of(ReplicationGroup):
        if found := re.fullmatch(
            r"default\.([a-z]+[0-9.x]+?)(\.cluster\.on)?", group.cache_parameter_group_name or ""
        ):
            yield from _family(wish, group, found[1])
            yield from _mode(wish, group, in_cluster_mode=found[2] is not None)


def _family(wish: Wish, group: ReplicationGroup, family: str) -> Iterator[Problem]:
    right = family_of(group.engine, group.engine_version)
    if right is not None and family != right:
        asked = f"{group.engine} {group.engine_version}"
        yield wish.problem(f"{family} does not fit {asked}; the family is {right}", _NAME)


def _mode(wish: Wish, group: ReplicationGroup, *, in_cluster_mode: bool) -> Iterator[Problem]:
    shards = group.num_node_groups or 1
    if not in_cluster_mode and (shards > 1 or group.cluster_mode == "enabled"):
        yield wish.problem("shards need the group that ends with .cluster.on", _NAME)
    elif in_cluster_mode and (
        group.num_cache_clusters is not None or group.cluster_mode == "disabled"
    ):
        message = "this group is for cluster mode; leave .cluster.on out, or use num_node_groups"
        yield wish.problem(message, _NAME)


def family_of(engine: str | None, engine_version: str | None) -> str | None:
    """Give the family of an engine's version: ``valkey8``, ``redis6.x``, ``redis5.0``."""
    version = version_of(engine_version)
    if version is None or engine is None:
        return None
    if engine == "redis" and version[0] <= _LEGACY_MAJOR:
        minor = "x" if version[0] == _LEGACY_MAJOR else version[1]
        return f"redis{version[0]}.{minor}"
    return f"{engine}{version[0]}"
