"""Quotas of nodes: per shard, per group, per region."""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.turn import Turn

SHARDS, NODES_PER_GROUP, NODES_PER_REGION, REPLICAS = 90, 90, 300, 5


def check_node_quotas(
    turn: Turn,
    nodes_per_shard: Sequence[int],
    *,
    already: int = 0,
    too_many: str = "NodeQuotaForClusterExceeded",
) -> None:
    """Refuse a group that would have too many shards or nodes; ``already`` of them are counted.

    ``too_many`` is the code that the calling operation declares for nodes in one group.
    """
    if len(nodes_per_shard) > turn.quota("shards", SHARDS):
        raise refusal(
            "NodeGroupsPerReplicationGroupQuotaExceeded",
            "The request exceeds the maximum number of node groups of a replication group.",
        )
    if max(nodes_per_shard, default=0) > REPLICAS + 1:
        raise bad_value(f"A node group can have at most {REPLICAS} replicas.")
    wanted = sum(nodes_per_shard)
    if wanted > turn.quota("nodes_per_group", NODES_PER_GROUP):
        raise refusal(
            too_many,
            "The request exceeds the allowed number of cache nodes in a cluster.",
        )
    if node_count(turn) - already + wanted > turn.quota("nodes", NODES_PER_REGION):
        raise refusal(
            "NodeQuotaForCustomerExceeded",
            "The request exceeds the allowed number of cache nodes per customer.",
        )


def node_count(turn: Turn) -> int:
    """Give the number of nodes in the region."""
    region = turn.region
    return sum(len(group.nodes) for group in region.replication_groups.values()) + sum(
        len(cluster.nodes) for cluster in region.cache_clusters.values()
    )
