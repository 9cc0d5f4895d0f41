"""Cache clusters that stand alone (redis, memcached), and members addressed by their own id."""

from __future__ import annotations

from elasticache_local.service.answer.cache_cluster import cluster_answer, member_answer
from elasticache_local.service.operation.cluster_listing import find_member
from elasticache_local.service.operation.cluster_request import join_group, read_cluster
from elasticache_local.service.operation.replica_count import LAST_REPLICA
from elasticache_local.service.operation.replication_group import check_available, find_group
from elasticache_local.service.operation.restoring import sources_in_use
from elasticache_local.service.operation.snapshot import final_snapshot
from elasticache_local.service.record import CacheCluster, Node, ReplicationGroup
from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.quota import NODES_PER_REGION, node_count
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

CLUSTERS = 300
REBOOTING = "rebooting cluster nodes"
ONLY_MEMBER = (
    "Cannot delete the cache cluster since it is the only member of a replication group. "
    "Delete the replication group instead."
)


def create_cache_cluster(turn: Turn, params: Params) -> Answer:
    """CreateCacheCluster: a cluster of its own, or a further replica of a group."""
    cluster_id = stored_id(params["CacheClusterId"], "CacheClusterId", most=50)
    tags = read_tags(params.get("Tags"))
    region = turn.region
    if cluster_id in region.cache_clusters or find_member(turn, cluster_id):
        raise refusal("CacheClusterAlreadyExists", f"Cache cluster {cluster_id} already exists.")
    if params.get("ReplicationGroupId"):
        group = find_group(turn, params["ReplicationGroupId"])
        check_available(group)
        node = join_group(turn, group, cluster_id, params)
        if tags:
            region.tags.setdefault(turn.arn("cluster", cluster_id), {}).update(tags)
        return {"CacheCluster": member_answer(turn, group, node, nodes=False)}
    cluster = read_cluster(turn, cluster_id, params)
    if len(region.cache_clusters) >= turn.quota("clusters", CLUSTERS):
        raise refusal(
            "ClusterQuotaForCustomerExceeded", "The quota of cache clusters has been exceeded."
        )
    if node_count(turn) + len(cluster.nodes) > turn.quota("nodes", NODES_PER_REGION):
        raise refusal(
            "NodeQuotaForCustomerExceeded",
            "The request exceeds the allowed number of cache nodes per customer.",
        )
    region.cache_clusters[cluster_id] = cluster
    if tags:
        region.tags[turn.arn("cluster", cluster_id)] = tags
    turn.later(
        "cache_cluster.created",
        turn.durations.cache_create,
        busy=sources_in_use(turn, params),
        label="restoring",
        holds=[cluster],
        even_failed=True,
        cluster=cluster_id,
    )
    return {"CacheCluster": cluster_answer(turn, cluster, nodes=False)}


def delete_cache_cluster(turn: Turn, params: Params) -> Answer:
    """DeleteCacheCluster; a member only while its group can do without it."""
    member = find_member(turn, params["CacheClusterId"])
    if member is not None:
        group, node = member
        _check_dispensable(group, node)
        check_rests(group, node.id, "deleted")
        node.status = "deleting"
        turn.later(
            "replica_count.changed",
            turn.durations.cache_delete,
            busy=[group],
            holds=[group],
            group=group.id,
        )
        return {"CacheCluster": member_answer(turn, group, node, nodes=False)}
    cluster = find_cluster(turn, params["CacheClusterId"])
    if cluster.status != "create-failed":
        check_rests(cluster, cluster.id, "deleted")
    final = params.get("FinalSnapshotIdentifier")
    saves = final_snapshot(turn, cluster, final) if final else {}
    cluster.status = "deleting"
    for each in cluster.nodes:
        each.status = "deleting"
    turn.later(
        "cache_cluster.deleted",
        turn.durations.cache_delete,
        saves=saves,
        cluster=cluster.id,
        final=list(saves),
    )
    return {"CacheCluster": cluster_answer(turn, cluster, nodes=False)}


def reboot_cache_cluster(turn: Turn, params: Params) -> Answer:
    """RebootCacheCluster: brings in parameters that need one; not with cluster mode enabled."""
    member = find_member(turn, params["CacheClusterId"])
    cache = member[0] if member else find_cluster(turn, params["CacheClusterId"])
    nodes = {"0001"} if member else {node.id for node in cache.nodes}
    if isinstance(cache, ReplicationGroup) and cache.cluster_mode != "disabled":
        raise bad_value("A cluster with cluster mode enabled can't be rebooted.")
    if unknown := set(params["CacheNodeIdsToReboot"]) - nodes:
        raise bad_value(f"There are no cache nodes {', '.join(sorted(unknown))}.")
    check_rests(cache, cache.id, "rebooted")
    if member:
        member[1].status = REBOOTING
    turn.later(
        "cache_cluster.rebooted",
        turn.durations.reboot,
        busy=[cache],
        label="modifying" if member else REBOOTING,
        group=cache.id if member else "",
        cluster="" if member else cache.id,
    )
    if member:
        return {"CacheCluster": member_answer(turn, *member, nodes=False)}
    return {"CacheCluster": cluster_answer(turn, cache, nodes=False)}  # type: ignore[arg-type]


def find_cluster(turn: Turn, cluster_id: str) -> CacheCluster:
    """Give the standalone cluster, or refuse with CacheClusterNotFound."""
    cluster = turn.region.cache_clusters.get(cluster_id.lower())
    if cluster is None:
        raise refusal("CacheClusterNotFound", f"CacheCluster {cluster_id} not found.")
    return cluster


def check_rests(cache: CacheCluster | ReplicationGroup, cluster_id: str, purpose: str) -> None:
    """Refuse work on a cluster that is not available."""
    if not cache.at_rest:
        raise refusal(
            "InvalidCacheClusterState",
            f"Cache cluster {cluster_id} is not in a valid state to be {purpose}.",
        )


def _check_dispensable(group: ReplicationGroup, node: Node) -> None:
    if len(group.nodes) == 1:
        raise refusal("InvalidCacheClusterState", ONLY_MEMBER)
    if group.cluster_mode != "disabled":
        raise refusal(
            "InvalidCacheClusterState", "Nodes of a cluster mode enabled group can't be deleted."
        )
    if node.role == "primary":
        raise refusal("InvalidCacheClusterState", f"{node.id} is the primary.")
    if len(group.nodes) == 2 and (group.automatic_failover or group.multi_az):
        raise refusal(
            "InvalidCacheClusterState",
            "Cannot delete the cache cluster since it is the only read replica for replication "
            f"group {group.id} which has autofailover enabled or pending. {LAST_REPLICA}",
        )
