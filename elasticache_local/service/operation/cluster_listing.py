"""Describing cache clusters: members of replication groups and standalone ones, side by side."""

from __future__ import annotations

from collections.abc import Callable

from elasticache_local.service.answer.cache_cluster import cluster_answer, member_answer
from elasticache_local.service.paging import page
from elasticache_local.service.record import Node, ReplicationGroup
from elasticache_local.service.refusal import refusal
from elasticache_local.service.turn import Answer, Params, Turn

Show = Callable[[], Answer]


def describe_cache_clusters(turn: Turn, params: Params) -> Answer:
    """DescribeCacheClusters."""
    nodes = bool(params.get("ShowCacheNodeInfo"))
    shows = _shows(
        turn, nodes=nodes, members=not params.get("ShowCacheClustersNotInReplicationGroups")
    )
    if params.get("CacheClusterId"):
        name = params["CacheClusterId"].lower()
        if name not in shows:
            raise refusal("CacheClusterNotFound", f"CacheCluster {name} not found.")
        shows = {name: shows[name]}
    return page(shows, params, "CacheClusters", lambda show: show())


def find_member(turn: Turn, cluster_id: str) -> tuple[ReplicationGroup, Node] | None:
    """Give the group and node that a cluster id names, None when it is no member."""
    for group in turn.region.replication_groups.values():
        for node in group.nodes:
            if node.id == cluster_id.lower():
                return group, node
    return None


def _shows(turn: Turn, *, nodes: bool, members: bool) -> dict[str, Show]:
    region = turn.region
    shows: dict[str, Show] = {}
    for cluster in region.cache_clusters.values():
        shows[cluster.id] = lambda c=cluster: cluster_answer(turn, c, nodes=nodes)  # type: ignore[misc]
    for group in region.replication_groups.values() if members else ():
        for node in group.nodes:
            shows[node.id] = lambda g=group, n=node: member_answer(turn, g, n, nodes=nodes)  # type: ignore[misc]
    return shows
