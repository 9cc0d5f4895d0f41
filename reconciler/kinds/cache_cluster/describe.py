"""A cache cluster as describe shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from reconciler.kind import Endpoint, EndpointRole, Live, Node, Pending
from reconciler.kind.node_based import LOOPBACK, logs_of, settings_of
from reconciler.model import CacheCluster

Answer = Mapping[str, Any]
MEMCACHED = "memcached"
_SEVERAL = "Multiple"


def live_cluster(found: Answer) -> Live[CacheCluster]:
    """Give one cluster as observed; ``found`` has its nodes."""
    status = found["CacheClusterStatus"].lower()
    endpoints = tuple(_endpoints(found))
    nodes = tuple(_nodes(found))
    resting = (
        status == "available"
        and all(node.status == "available" for node in nodes)
        and len(nodes) == found.get("NumCacheNodes", len(nodes))
    )
    window = found.get("PreferredMaintenanceWindow", "") if resting else ""
    return Live(
        _resource(found, endpoints),
        arn=found["ARN"],
        status=status,
        at_rest=resting,
        pending=tuple(_pending(found.get("PendingModifiedValues") or {}, window)),
        endpoints=endpoints,
        nodes=nodes,
        engine_version=found.get("EngineVersion", ""),
    )


def _resource(found: Answer, endpoints: tuple[Endpoint, ...]) -> CacheCluster:
    zone = found.get("PreferredAvailabilityZone")
    spread: Literal["cross-az", "single-az"] = "cross-az" if zone == _SEVERAL else "single-az"
    own = [one.port for one in endpoints if not one.host.startswith(LOOPBACK)]
    return CacheCluster(
        id=found["CacheClusterId"],
        engine=found["Engine"],
        engine_version=found.get("EngineVersion"),
        cache_node_type=found.get("CacheNodeType"),
        az_mode=spread if found["Engine"] == MEMCACHED else None,
        preferred_availability_zone=None if zone == _SEVERAL else zone,
        port=min(own, default=None),
        transit_encryption_enabled=bool(found.get("TransitEncryptionEnabled")),
        snapshot_retention_limit=found.get("SnapshotRetentionLimit", 0),
        snapshot_window=found.get("SnapshotWindow"),
        auto_minor_version_upgrade=found.get("AutoMinorVersionUpgrade", True),
        network_type=found.get("NetworkType") or "ipv4",
        ip_discovery=found.get("IpDiscovery") or "ipv4",
        log_delivery_configurations=tuple(logs_of(found.get("LogDeliveryConfigurations", ()))),
        **settings_of(found),
    ).but(num_cache_nodes=found.get("NumCacheNodes"))  # quotas are raised on request


def _endpoints(found: Answer) -> Iterator[Endpoint]:
    """Give memcached's configuration endpoint and its nodes; redis's one node is its primary."""
    tls = bool(found.get("TransitEncryptionEnabled"))

    def endpoint(role: EndpointRole, one: Answer | None, node: str = "") -> Iterator[Endpoint]:
        if one and one.get("Address"):
            yield Endpoint(role, one["Address"], int(one["Port"]), tls, node)

    yield from endpoint("configuration", found.get("ConfigurationEndpoint"))
    for node in found.get("CacheNodes", ()):
        if found["Engine"] == MEMCACHED:
            yield from endpoint("node", node.get("Endpoint"), node["CacheNodeId"])
        else:
            yield from endpoint("primary", node.get("Endpoint"))


def _nodes(found: Answer) -> Iterator[Node]:
    for node in found.get("CacheNodes", ()):
        status, version = node.get("CacheNodeStatus", "").lower(), found.get("EngineVersion", "")
        zone = node.get("CustomerAvailabilityZone", "")
        yield Node(node["CacheNodeId"], "", "", status, version, zone)


def _pending(waiting: Answer, window: str) -> Iterator[Pending]:
    for key, name in (
        ("EngineVersion", "engine_version"),
        ("CacheNodeType", "cache_node_type"),
        ("NumCacheNodes", "num_cache_nodes"),
    ):
        if waiting.get(key):
            yield Pending(name, waiting[key], window)
