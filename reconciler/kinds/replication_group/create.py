"""The one call that makes a replication group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind import Facts, Next, Step, Unreachable
from reconciler.kind.engine_version import is_default
from reconciler.kind.node_based import log_requests
from reconciler.kinds.replication_group.describe import HELD
from reconciler.model import Address, CacheParameterGroup, NodeGroup, ReplicationGroup
from reconciler.ports import Call

SENT: Mapping[str, str] = {
    "replication_group_description": "ReplicationGroupDescription",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "cache_node_type": "CacheNodeType",
    "num_cache_clusters": "NumCacheClusters",
    "num_node_groups": "NumNodeGroups",
    "replicas_per_node_group": "ReplicasPerNodeGroup",
    "cluster_mode": "ClusterMode",
    "automatic_failover_enabled": "AutomaticFailoverEnabled",
    "multi_az_enabled": "MultiAZEnabled",
    "cache_parameter_group_name": "CacheParameterGroupName",
    "cache_subnet_group_name": "CacheSubnetGroupName",
    "preferred_cache_cluster_azs": "PreferredCacheClusterAZs",
    "snapshot_name": "SnapshotName",
    "snapshot_arns": "SnapshotArns",
    "serverless_cache_snapshot_name": "ServerlessCacheSnapshotName",
    "port": "Port",
    "at_rest_encryption_enabled": "AtRestEncryptionEnabled",
    "kms_key_id": "KmsKeyId",
    "data_tiering_enabled": "DataTieringEnabled",
    "durability": "Durability",
    "transit_encryption_enabled": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
    "auth_token": "AuthToken",
    "user_group_ids": "UserGroupIds",
    "security_group_ids": "SecurityGroupIds",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "notification_topic_arn": "NotificationTopicArn",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "network_type": "NetworkType",
    "ip_discovery": "IpDiscovery",
}
"""Every field that is sent as it is; log deliveries have a form of their own."""


def create(after: ReplicationGroup, facts: Facts) -> Next:
    """Give the one step of a creation."""
    missing = [
        name
        for name in ("replication_group_description", "engine", "cache_node_type")
        if getattr(after, name) is None
    ]
    if missing:
        reason = f"a replication group can't be created without {', '.join(missing)}"
        return Unreachable(reason, "write it in the spec")
    given = {name: getattr(after, name) for name in SENT}
    params: dict[str, Any] = {
        SENT[name]: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        # The API takes no empty list, and none is its default.
        if value is not None and value != ()
    }
    params |= _failover(after, facts)
    if after.log_delivery_configurations:
        params["LogDeliveryConfigurations"] = log_requests((), after.log_delivery_configurations)
    if after.node_group_configuration:
        params["NodeGroupConfiguration"] = [_shard(one) for one in after.node_group_configuration]
    params = {"ReplicationGroupId": after.id, **params, "Tags": facts.tags(after)}
    leaves = after
    if after.auth_token is not None:
        leaves = after.but(auth_token=HELD, auth_token_held="")
    return Step(
        Call("elasticache", "create_replication_group", params),
        leaves,
        changes=tuple(name for name, value in given.items() if value is not None),
    )


def _shard(shard: NodeGroup) -> dict[str, Any]:
    given = {
        "NodeGroupId": shard.node_group_id,
        "Slots": shard.slots,
        "ReplicaCount": shard.replica_count,
        "PrimaryAvailabilityZone": shard.primary_availability_zone,
        "ReplicaAvailabilityZones": shard.replica_availability_zones,
    }
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in given.items()
        if value is not None
    }


def _failover(after: ReplicationGroup, facts: Facts) -> dict[str, Any]:
    """Say what the service would otherwise choose against itself."""
    if after.automatic_failover_enabled is not None:
        return {}
    if after.cluster_mode in ("enabled", "compatible") or (after.num_node_groups or 1) > 1:
        return {"AutomaticFailoverEnabled": True}
    if after.cluster_mode is None and _enables_cluster_mode(after, facts):
        return {"AutomaticFailoverEnabled": True}
    alone = (after.num_cache_clusters or 1) + (after.replicas_per_node_group or 0) == 1
    # Valkey's default is true, which a group of one node refuses.
    return {"AutomaticFailoverEnabled": False} if alone and after.engine == "valkey" else {}


def _enables_cluster_mode(after: ReplicationGroup, facts: Facts) -> bool:
    """Say whether its parameter group brings cluster mode, as far as that is known."""
    name = after.cache_parameter_group_name or ""
    if is_default(name):
        return name.endswith(".cluster.on")
    address = Address(CacheParameterGroup.kind, name)
    live, wish = facts.observed.get(address), facts.desired.get(address)
    if isinstance(wish, CacheParameterGroup) and wish.parameters is not None:
        return wish.parameters.get("cluster-enabled") == "yes"
    held = live.resource.known.get("cluster-enabled") if live is not None else None
    return held is not None and held.value == "yes"
