"""Cache clusters as the service shows them: members through their group, and standalone ones."""

from __future__ import annotations

from elasticache_local.clock import moment
from elasticache_local.service.answer.replication_group import (
    HOST,
    endpoint_of,
    member_status,
)
from elasticache_local.service.record import (
    CacheCluster,
    CacheNode,
    Node,
    NodeBased,
    ReplicationGroup,
)
from elasticache_local.service.turn import Answer, Turn
from elasticache_local.service.wanting import cluster_node_id


def member_answer(turn: Turn, group: ReplicationGroup, node: Node, *, nodes: bool) -> Answer:
    """Give a member of a replication group; it never says anything else than its group."""
    status = member_status(group, node)
    shown = _shared(turn, group, node.id, status) | {
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": node.zone,
        "CacheClusterCreateTime": moment(node.created),
        "ReplicationGroupId": group.id,
        "ReplicationGroupLogDeliveryEnabled": bool(group.log_delivery),
        "AuthTokenEnabled": bool(group.token_hashes),
        "AtRestEncryptionEnabled": group.at_rest_encryption,
    }
    if group.token_changed is not None:
        shown["AuthTokenLastModifiedDate"] = moment(group.token_changed)
    if nodes:
        cache_node = {
            "CacheNodeId": "0001",
            "CacheNodeStatus": status,
            "CacheNodeCreateTime": moment(node.created),
            "ParameterGroupStatus": group.parameters_status,
            "CustomerAvailabilityZone": node.zone,
        }
        if endpoint := endpoint_of(group, f"node:{node.id}"):
            cache_node["Endpoint"] = endpoint
        shown["CacheNodes"] = [cache_node]
    return shown


def cluster_answer(turn: Turn, cluster: CacheCluster, *, nodes: bool) -> Answer:
    """Give a standalone cache cluster."""
    spread = {node.zone for node in cluster.nodes}
    shown = _shared(turn, cluster, cluster.id, cluster.shown) | {
        "NumCacheNodes": sum(node.status != "creating" for node in cluster.nodes)
        or len(cluster.nodes),
        "PreferredAvailabilityZone": spread.pop() if len(spread) == 1 else "Multiple",
        "CacheClusterCreateTime": moment(cluster.created),
        "ReplicationGroupLogDeliveryEnabled": False,
        "AuthTokenEnabled": False,
        "AtRestEncryptionEnabled": False,
    }
    if cluster.engine == "memcached" and (endpoint := endpoint_of(cluster, "configuration")):
        shown["ConfigurationEndpoint"] = endpoint
    if nodes:
        shown["CacheNodes"] = [_cache_node(cluster, node) for node in cluster.nodes]
    return shown


def _shared(turn: Turn, cache: NodeBased, cluster_id: str, status: str) -> Answer:
    shown: Answer = {
        "CacheClusterId": cluster_id,
        "ClientDownloadLandingPage": (
            "https://console.aws.amazon.com/elasticache/home#client-download:"
        ),
        "CacheNodeType": cache.node_type,
        "Engine": cache.engine,
        "EngineVersion": cache.engine_version,
        "CacheClusterStatus": status,
        "PreferredMaintenanceWindow": cache.maintenance_window,
        "PendingModifiedValues": pending(cache),
        "CacheSecurityGroups": [],
        "CacheParameterGroup": {
            "CacheParameterGroupName": cache.parameter_group,
            "ParameterApplyStatus": cache.parameters_status,
            "CacheNodeIdsToReboot": ["0001"] if cache.parameters_status == "pending-reboot" else [],
        },
        "CacheSubnetGroupName": cache.subnet_group,
        "AutoMinorVersionUpgrade": cache.auto_minor,
        "SecurityGroups": [
            {"SecurityGroupId": group, "Status": "active"} for group in cache.security_groups
        ],
        "TransitEncryptionEnabled": cache.tls != "off",
        "ARN": turn.arn("cluster", cluster_id),
        "LogDeliveryConfigurations": [dict(each, Status="active") for each in cache.log_delivery],
        "NetworkType": cache.network_type,
        "IpDiscovery": cache.ip_discovery,
    }
    if cache.engine != "memcached":
        shown["SnapshotRetentionLimit"] = cache.snapshot_retention
        shown["SnapshotWindow"] = cache.snapshot_window
    if cache.tls != "off":
        shown["TransitEncryptionMode"] = cache.tls
    if cache.topic_arn:
        shown["NotificationConfiguration"] = {
            "TopicArn": cache.topic_arn,
            "TopicStatus": cache.topic_status,
        }
    return shown


def pending(cache: NodeBased) -> Answer:
    """Give what a cluster still waits for: engine and node type of a group show only here."""
    due = {**cache.pending, **cache.applying}
    shown: Answer = {}
    if "engine_version" in due:
        shown["EngineVersion"] = due["engine_version"]
    if "node_type" in due:
        shown["CacheNodeType"] = due["node_type"]
    if "tokens" in due and due["tokens"]["word"]:
        shown["AuthTokenStatus"] = due["tokens"]["word"]
    if "tls" in due:
        shown["TransitEncryptionEnabled"] = due["tls"] != "off"
        shown["TransitEncryptionMode"] = due["tls"]
    if "node_count" in due:
        shown["NumCacheNodes"] = due["node_count"]
    if due.get("pace"):
        shown["ScaleConfig"] = dict(due["pace"])
    if due.get("removed_nodes"):
        shown["CacheNodeIdsToRemove"] = list(due["removed_nodes"])
    return shown


def _cache_node(cluster: CacheCluster, node: CacheNode) -> Answer:
    status = node.status
    if status == "available" and cluster.busy:
        status = cluster.shown
    shown: Answer = {
        "CacheNodeId": node.id,
        "CacheNodeStatus": status,
        "CacheNodeCreateTime": moment(node.created),
        "ParameterGroupStatus": cluster.parameters_status,
        "CustomerAvailabilityZone": node.zone,
    }
    port = cluster.ports.get(f"node:{cluster_node_id(cluster, node.id)}")
    if port is not None and node.status != "creating":
        shown["Endpoint"] = {"Address": HOST, "Port": port}
    return shown
