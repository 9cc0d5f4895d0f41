"""Durability: what a group has to be for it, as the kind itself asks at plan."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.kinds.replication_group.durability import DURABLE, NEEDS
from reconciler.model import ReplicationGroup
from reconciler.spec.draft import Wish

_NEWEST = "99.0"


def durable(wish: Wish, group: ReplicationGroup, *, clustered: bool) -> Iterator[Problem]:
    """Judge sync and async by what stands beside them, or by its default."""
    if group.durability not in DURABLE:
        return
    stands = group.but(
        cluster_mode="enabled" if clustered else "disabled",
        engine_version=group.engine_version or _NEWEST,
        replicas_per_node_group=group.replicas_per_node_group
        or (group.num_cache_clusters or 1) - 1,
    )
    for need in NEEDS:
        said = any(getattr(group, name) is not None for name in need.fields)
        if (said or wish.at_default(*need.fields)) and not need.holds(stands):
            yield wish.problem(f"{group.durability} needs {need.name}; {need.way}", "durability")
    if group.at_rest_encryption_enabled is False:
        message = f"{group.durability} encrypts at rest by itself; remove this line"
        yield wish.problem(message, "at_rest_encryption_enabled")
