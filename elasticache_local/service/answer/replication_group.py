"""Replication groups as the service shows them."""

from __future__ import annotations

from typing import Any

from elasticache_local.clock import moment
from elasticache_local.service.record import Node, ReplicationGroup, Shard
from elasticache_local.service.turn import Answer, Turn

HOST = "127.0.0.1"


def answer(turn: Turn, group: ReplicationGroup) -> Answer:
    """Give a replication group."""
    shown: Answer = {
        "ReplicationGroupId": group.id,
        "Description": group.description,
        "GlobalReplicationGroupInfo": {},
        "Status": group.shown,
        "PendingModifiedValues": pending(turn, group),
        "MemberClusters": [node.id for node in group.nodes],
        "NodeGroups": [_node_group(group, shard) for shard in group.shards],
        "AutomaticFailover": _failover(group),
        "MultiAZ": "enabled" if group.multi_az else "disabled",
        "SnapshotRetentionLimit": group.snapshot_retention,
        "SnapshotWindow": group.snapshot_window,
        "ClusterEnabled": group.cluster_mode != "disabled",
        "CacheNodeType": group.node_type,
        "AuthTokenEnabled": bool(group.token_hashes),
        "TransitEncryptionEnabled": group.tls != "off",
        "AtRestEncryptionEnabled": group.at_rest_encryption,
        "ARN": turn.arn("replicationgroup", group.id),
        "UserGroupIds": [group.user_group] if group.user_group else [],
        "LogDeliveryConfigurations": [dict(each, Status="active") for each in group.log_delivery],
        "ReplicationGroupCreateTime": moment(group.created),
        "DataTiering": "enabled" if group.data_tiering else "disabled",
        "AutoMinorVersionUpgrade": group.auto_minor,
        "NetworkType": group.network_type,
        "IpDiscovery": group.ip_discovery,
        "ClusterMode": group.cluster_mode,
        "Engine": group.engine,
        "StorageEncryptionType": _storage_encryption(group),
    }
    return shown | _if_any(group)


def _if_any(group: ReplicationGroup) -> Answer:
    shown: Answer = {}
    if group.cluster_mode != "disabled" and (endpoint := endpoint_of(group, "configuration")):
        shown["ConfigurationEndpoint"] = endpoint
    if group.token_changed is not None:
        shown["AuthTokenLastModifiedDate"] = moment(group.token_changed)
    if group.tls != "off":
        shown["TransitEncryptionMode"] = group.tls
    if group.kms_key:
        shown["KmsKeyId"] = group.kms_key
    if group.saved_from and (group.snapshot_retention or group.snapshotting_cluster):
        shown["SnapshottingClusterId"] = group.saved_from
    if group.engine == "valkey":
        asked = group.durability or "default"
        shown["Durability"] = asked
        # What default means as of Valkey 9.0 (user guide, configuring durability).
        shown["EffectiveDurability"] = "disabled" if asked == "default" else asked
    return shown


def _storage_encryption(group: ReplicationGroup) -> str:
    if not group.at_rest_encryption:
        return "none"
    return "sse-kms" if group.kms_key else "sse-elasticache"


def endpoint_of(cache: Any, name: str) -> dict[str, Any] | None:
    """Give an endpoint, None while the cache has not been available or the port is not known."""
    port = cache.ports.get(name)
    if cache.status in ("creating", "create-failed") or port is None:
        return None
    return {"Address": HOST, "Port": port}


def pending(turn: Turn, group: ReplicationGroup) -> Answer:
    """Give what was accepted and has not happened, whether it waits or is on its way."""
    due = {**group.pending, **group.applying}
    shown: Answer = {}
    if "automatic_failover" in due:
        shown["AutomaticFailoverStatus"] = "enabled" if due["automatic_failover"] else "disabled"
    if "primary" in due:
        shown["PrimaryClusterId"] = due["primary"]
    if "tokens" in due and due["tokens"]["word"]:
        shown["AuthTokenStatus"] = due["tokens"]["word"]
    if "user_group" in due:
        shown["UserGroups"] = {
            "UserGroupIdsToAdd": [due["user_group"]] if due["user_group"] else [],
            "UserGroupIdsToRemove": [group.user_group] if group.user_group else [],
        }
    if "tls" in due:
        shown["TransitEncryptionEnabled"] = due["tls"] != "off"
        shown["TransitEncryptionMode"] = due["tls"]
    if "cluster_mode" in due:
        shown["ClusterMode"] = due["cluster_mode"]
    if "slots" in due:
        passed = turn.now - due["resharding_since"]
        share = min(99.0, max(0.0, 100 * passed / turn.durations.reshard))
        shown["Resharding"] = {"SlotMigration": {"ProgressPercentage": round(share, 1)}}
    return shown


def member_status(group: ReplicationGroup, node: Node) -> str:
    """Give a member's own status; work on the whole group shows on each member."""
    return group.shown if node.status == "available" and group.busy else node.status


def _node_group(group: ReplicationGroup, shard: Shard) -> Answer:
    status = shard.status
    if status == "available" and group.shown == "modifying":
        status = "modifying"
    shown: Answer = {
        "NodeGroupId": shard.id,
        "Status": status,
        "NodeGroupMembers": [_member(group, node) for node in shard.nodes],
    }
    if group.cluster_mode != "enabled":
        if endpoint := endpoint_of(group, "primary"):
            shown["PrimaryEndpoint"] = endpoint
        if endpoint := endpoint_of(group, "reader"):
            shown["ReaderEndpoint"] = endpoint
    if group.cluster_mode != "disabled" and shard.slots:
        shown["Slots"] = shard.slots
    return shown


def _member(group: ReplicationGroup, node: Node) -> Answer:
    shown: Answer = {
        "CacheClusterId": node.id,
        "CacheNodeId": "0001",
        "PreferredAvailabilityZone": node.zone,
    }
    if group.cluster_mode != "enabled":
        shown["CurrentRole"] = node.role
        if endpoint := endpoint_of(group, f"node:{node.id}"):
            shown["ReadEndpoint"] = endpoint
    return shown


def _failover(group: ReplicationGroup) -> str:
    aim = group.applying.get("automatic_failover")
    if group.status == "creating" and group.cluster_mode == "disabled" and group.automatic_failover:
        return "enabling"
    if aim is None or aim == group.automatic_failover:
        return "enabled" if group.automatic_failover else "disabled"
    return "enabling" if aim else "disabling"
