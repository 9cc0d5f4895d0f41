"""A replication group and its members as one: half of the settings stand on a member only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.kind import Endpoint, EndpointRole, Live, Node, Pending, Shard
from reconciler.kind.engine_version import at_least
from reconciler.kind.node_based import LOOPBACK, logs_of, settings_of
from reconciler.model import Address, ReplicationGroup, SecretRef

Answer = Mapping[str, Any]

HELD = SecretRef(store="file", id="(a token that can't be read back)")
"""Stands for an AUTH token that the service holds: describe shows that there is one, not which."""

FIRST_VALKEY = "7.2"
_ON = frozenset({"enabled", "enabling", "true"})


def live_group(group: Answer, members: Sequence[Answer]) -> Live[ReplicationGroup]:
    """Give one replication group as observed."""
    member: Answer = members[0] if members else {}
    resource = _resource(group, member)
    status = group["Status"].lower()
    shards = [_shard(found) for found in group.get("NodeGroups", ())]
    nodes = tuple(_nodes(group, members))
    resting = (
        status == "available"
        and all(shard.status == "available" for shard in shards)
        and len(nodes) == len(group.get("MemberClusters", ()))
        and all(node.status == "available" for node in nodes)
        and _is_as_durable_as_asked(resource)
    )
    window = resource.preferred_maintenance_window or ""
    return Live(
        resource,
        arn=group["ARN"],
        status=status,
        at_rest=resting,
        pending=tuple(_pending(group, members, resource, window if resting else "")),
        endpoints=tuple(_endpoints(group)),
        shards=tuple(shards),
        nodes=nodes,
        reaches=tuple(Address("user_group", one) for one in resource.user_group_ids or ()),
        engine_version=member.get("EngineVersion", ""),
    )


def _is_as_durable_as_asked(group: ReplicationGroup) -> bool:
    """Say so: while durability changes, the group stays available (seen by other tools)."""
    return group.durability in ("default", group.durability_in_effect)


def _resource(group: Answer, member: Answer) -> ReplicationGroup:
    # What is there may exceed what a spec may ask for: quotas are raised on request.
    return ReplicationGroup(
        id=group["ReplicationGroupId"], **_access(group), **_settings(group, member)
    ).but(**_size(group))


def _datastore(group: Answer) -> str | None:
    told = group.get("GlobalReplicationGroupInfo") or {}
    ident, role = (
        told.get("GlobalReplicationGroupId"),
        told.get("GlobalReplicationGroupMemberRole", "member"),
    )
    return f"{ident} {role.lower()}" if ident else None


def _size(group: Answer) -> dict[str, Any]:
    shards = group.get("NodeGroups", ())
    sizes = [len(shard.get("NodeGroupMembers", ())) for shard in shards] or [1]
    fallback = "enabled" if group.get("ClusterEnabled") else "disabled"
    mode = group.get("ClusterMode") or fallback
    return {
        "num_cache_clusters": None if mode == "enabled" else len(group.get("MemberClusters", ())),
        "num_node_groups": len(shards) or 1,
        "replicas_per_node_group": max(min(sizes) - 1, 0),
        "cluster_mode": mode,
        "automatic_failover_enabled": group.get("AutomaticFailover") in _ON,
        "multi_az_enabled": group.get("MultiAZ") in _ON,
    }


def _access(group: Answer) -> dict[str, Any]:
    tls, token = bool(group.get("TransitEncryptionEnabled")), bool(group.get("AuthTokenEnabled"))
    return {
        "at_rest_encryption_enabled": bool(group.get("AtRestEncryptionEnabled")),
        "kms_key_id": group.get("KmsKeyId"),
        "transit_encryption_enabled": tls,
        "transit_encryption_mode": (group.get("TransitEncryptionMode") or "required")
        if tls
        else None,
        "auth_token": HELD if token else None,
        "auth_token_held": _moment(group.get("AuthTokenLastModifiedDate")) if token else None,
        "global_datastore": _datastore(group),
        "user_group_ids": tuple(group.get("UserGroupIds", ())),
    }


def _settings(group: Answer, member: Answer) -> dict[str, Any]:
    own_minor = member.get("AutoMinorVersionUpgrade", True)
    return {
        **settings_of(member),
        "replication_group_description": group.get("Description"),
        "engine": group.get("Engine") or member.get("Engine"),
        "engine_version": member.get("EngineVersion"),
        "cache_node_type": group.get("CacheNodeType") or member.get("CacheNodeType"),
        "port": _port(group),
        "data_tiering_enabled": group.get("DataTiering") in _ON,
        "durability": group.get("Durability") or "default",
        "durability_in_effect": group.get("EffectiveDurability") or "disabled",
        "snapshot_retention_limit": group.get("SnapshotRetentionLimit", 0),
        "snapshot_window": group.get("SnapshotWindow"),
        "auto_minor_version_upgrade": group.get("AutoMinorVersionUpgrade", own_minor),
        "network_type": group.get("NetworkType") or "ipv4",
        "ip_discovery": group.get("IpDiscovery") or "ipv4",
        "log_delivery_configurations": tuple(logs_of(group.get("LogDeliveryConfigurations", ()))),
    }


def _port(group: Answer) -> int | None:
    """Give the port; unknown behind loopback, where a tunnel or a local service has its own."""
    ports = {
        endpoint.port
        for endpoint in _endpoints(group)
        if endpoint.role != "node" and not endpoint.host.startswith(LOOPBACK)
    }
    return min(ports, default=None)


def _endpoints(group: Answer) -> Iterable[Endpoint]:
    tls = bool(group.get("TransitEncryptionEnabled"))

    def endpoint(role: EndpointRole, found: Answer | None, node: str = "") -> Iterable[Endpoint]:
        if found and found.get("Address"):
            yield Endpoint(role, found["Address"], int(found["Port"]), tls, node)

    yield from endpoint("configuration", group.get("ConfigurationEndpoint"))
    for shard in group.get("NodeGroups", ()):
        yield from endpoint("primary", shard.get("PrimaryEndpoint"))
        yield from endpoint("reader", shard.get("ReaderEndpoint"))
        for member in shard.get("NodeGroupMembers", ()):
            yield from endpoint("node", member.get("ReadEndpoint"), member["CacheClusterId"])


def _shard(found: Answer) -> Shard:
    return Shard(found["NodeGroupId"], found.get("Status", "").lower(), found.get("Slots") or "")


def _nodes(group: Answer, members: Iterable[Answer]) -> Iterable[Node]:
    placed = {
        member["CacheClusterId"]: (shard["NodeGroupId"], member.get("CurrentRole") or "")
        for shard in group.get("NodeGroups", ())
        for member in shard.get("NodeGroupMembers", ())
    }
    for member in members:
        ident = member["CacheClusterId"]
        shard, role = placed.get(ident, ("", ""))
        status = member.get("CacheClusterStatus", "").lower()
        yield Node(ident, shard, role, status, member.get("EngineVersion", ""))


def _pending(
    group: Answer, members: Iterable[Answer], resource: ReplicationGroup, window: str
) -> Iterable[Pending]:
    """Give what was accepted and not reached: half stands on the group, half on its members."""
    waiting = group.get("PendingModifiedValues") or {}
    if "AutomaticFailoverStatus" in waiting:
        on = waiting["AutomaticFailoverStatus"] in _ON
        yield Pending("automatic_failover_enabled", on, window)
    if waiting.get("TransitEncryptionEnabled") is not None:
        on = bool(waiting["TransitEncryptionEnabled"])
        yield Pending("transit_encryption_enabled", on, window)
    if mode := waiting.get("TransitEncryptionMode"):
        yield Pending("transit_encryption_mode", mode, window)
    if mode := waiting.get("ClusterMode"):
        yield Pending("cluster_mode", mode, window)
    if waiting.get("AuthTokenStatus"):
        yield Pending("auth_token", HELD, window)
    if groups := waiting.get("UserGroups"):
        held = set(resource.user_group_ids or ()) | set(groups.get("UserGroupIdsToAdd", ()))
        left = held - set(groups.get("UserGroupIdsToRemove", ()))
        yield Pending("user_group_ids", tuple(sorted(left)), window)
    yield from _pending_of_members(members, resource, window)


def _pending_of_members(
    members: Iterable[Answer], resource: ReplicationGroup, window: str
) -> Iterable[Pending]:
    waiting = [member.get("PendingModifiedValues") or {} for member in members]
    version = next((one["EngineVersion"] for one in waiting if one.get("EngineVersion")), None)
    if version and resource.engine == "redis" and at_least(version, FIRST_VALKEY):
        # No pending value names the engine, but the service's last redis is 7.1.
        yield Pending("engine", "valkey", window)
    if version and resource.engine == "valkey" and not at_least(version, FIRST_VALKEY):
        yield Pending("engine", "redis", window)
    if version:
        yield Pending("engine_version", version, window)
    if node := next((one["CacheNodeType"] for one in waiting if one.get("CacheNodeType")), None):
        yield Pending("cache_node_type", node, window)


def _moment(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")
