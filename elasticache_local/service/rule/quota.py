"""Quotas of nodes: per shard, per group, per region."""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.service.faults import FaultPlan
from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.turn import Turn
from elasticache_local.switch import Switches

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


def listed_quotas(faults: FaultPlan, switches: Switches) -> list[tuple[str, str, int]]:
    """Give what Service Quotas shows of an account: code, name and value, as they are held here."""
    most = {
        "nodes": ("L-DFE45DF3", "Nodes per Region", NODES_PER_REGION),
        "nodes_per_group": (
            "L-AF354865",
            "Nodes per cluster per instance type (Redis OSS cluster mode enabled)",
            NODES_PER_GROUP,
        ),
        "memcached_nodes": (
            "L-8C334AD1",
            "Nodes per cluster per instance type (Memcached)",
            switches.memcached_node_quota,
        ),
        "parameter_groups": ("L-3F15A733", "Parameter groups per Region", 300),
        "subnet_groups": ("L-3E7F7726", "Subnet groups per Region", 300),
        "subnets": ("L-A87EE522", "Subnets per subnet group", 20),
        "serverless_caches": (
            "L-BBCDAECC",
            "Serverless Caches per Region",
            switches.serverless_quota,
        ),
        "users": ("L-80E085C7", "Users per Region", switches.user_quota),
        "user_groups": ("L-AD484FC5", "User groups per Region", switches.user_group_quota),
        "users_per_group": ("L-943F0F1C", "Users per user group", 100),
    }
    return [(code, name, faults.quota(short, limit)) for short, (code, name, limit) in most.items()]
