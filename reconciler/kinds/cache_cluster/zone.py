"""Where the nodes of a cluster stand once some have come or gone: what describe makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.kind import Node
from reconciler.kinds.cache_cluster.describe import MEMCACHED
from reconciler.model import CacheCluster


def staying(nodes: Sequence[Node], count: int, *, spread: bool) -> list[Node]:
    """Give the nodes that stay when there are to be so many: the oldest ids.

    Where they are to stand in several zones the last of them gives way to one in another zone.
    """
    by_id = sorted(nodes, key=lambda node: node.id)
    stay = by_id[:count]
    if spread and count > 1 and len({node.zone for node in stay}) == 1:
        elsewhere = [node for node in by_id[count:] if node.zone != stay[0].zone]
        stay = [*stay[:-1], *elsewhere[:1]] if elsewhere else stay
    return stay


def shown_with(
    before: CacheCluster, after: CacheCluster, nodes: Sequence[Node], count: int
) -> dict[str, Any]:
    """Give the fields of zones that differ once ``nodes`` have become so many.

    Where no zones are written for those that come, they come to where the others are.
    """
    if before.engine != MEMCACHED or not nodes:
        return {}
    stay = staying(nodes, count, spread=after.az_mode == "cross-az")
    zones = [node.zone for node in stay] + places(after, len(nodes), count)
    if not all(zones):
        return {}
    one = len(set(zones)) == 1
    shown = {
        "az_mode": "single-az" if one else "cross-az",
        "preferred_availability_zone": zones[0] if one else None,
    }
    return {name: value for name, value in shown.items() if getattr(before, name) != value}


def places(after: CacheCluster, had: int, wished: int) -> list[str]:
    """Give the zones of the nodes that come, where each node's zone is written."""
    zones = after.preferred_availability_zones or ()
    return list(zones[had:]) if len(zones) == wished else []
