"""Clusters without a replication group: memcached, and redis of one node; see model.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable, immutable_change
from reconciler.kind.ending import delete_cache
from reconciler.kind.engine_version import default_group, is_default, parts, satisfies
from reconciler.kind.kept import Kept
from reconciler.kind.node_based import (
    asks_for_default_group,
    log_requests,
    restorable,
    snapshots_of,
)
from reconciler.kinds.cache_cluster.change import SENT, first_step
from reconciler.kinds.cache_cluster.describe import MEMCACHED, live_cluster
from reconciler.kinds.cache_cluster.zone import shown_with
from reconciler.model import CacheCluster
from reconciler.ports import Call, Reader

_AT_CREATE: Mapping[str, str] = {
    **SENT,
    "engine": "Engine",
    "preferred_availability_zone": "PreferredAvailabilityZone",
    "preferred_availability_zones": "PreferredAvailabilityZones",
    "snapshot_name": "SnapshotName",
    "snapshot_arns": "SnapshotArns",
    "cache_subnet_group_name": "CacheSubnetGroupName",
    "port": "Port",
    "transit_encryption_enabled": "TransitEncryptionEnabled",
    "network_type": "NetworkType",
}
_RESETS: Mapping[str, Any] = {
    "num_cache_nodes": 1,
    "az_mode": "single-az",
    "cache_subnet_group_name": "default",
    "transit_encryption_enabled": False,
    "snapshot_retention_limit": 0,
    "notification_topic_arn": None,
    "auto_minor_version_upgrade": True,
    "network_type": "ipv4",
    "ip_discovery": "ipv4",
    "log_delivery_configurations": (),
}


class CacheClusters(Kind[CacheCluster]):
    """Cache clusters that stand by themselves."""

    model = CacheCluster
    section = "cache_clusters"
    arn_type = "cluster"
    retry_faults = frozenset({"InvalidCacheClusterState"})
    already_faults = frozenset({"CacheClusterAlreadyExists"})
    gone_faults = frozenset({"CacheClusterNotFound"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[CacheCluster]]:  # noqa: ARG002 - no details
        """Read those that are in no replication group, with their nodes.

        Whether there are any is seen among the members that replication groups are read with.
        """
        every = reader.pages("elasticache", "describe_cache_clusters", "CacheClusters")
        if not any(_stands_alone(found) for found in list(every)):
            return
        asked = {"ShowCacheNodeInfo": True, "ShowCacheClustersNotInReplicationGroups": True}
        for found in reader.pages("elasticache", "describe_cache_clusters", "CacheClusters", asked):
            if _stands_alone(found):
                yield live_cluster(found)

    def fold(self, field_name: str, wished: Any, before: CacheCluster, facts: Facts) -> Any:  # noqa: ARG002
        """Fold versions to the precision written, and a port that can't be read to nothing."""
        held = getattr(before, field_name)
        match field_name:
            case "engine_version" if held is not None:
                auto = bool(before.auto_minor_version_upgrade)
                return held if satisfies(wished, held, auto_minor=auto) else wished
            case "port" if held is None:
                return None
            case _:
                return wished

    def reset(self, field_name: str, before: CacheCluster | None) -> Any:
        """Give the service's default."""
        if before is None:
            return None
        if field_name == "cache_parameter_group_name":
            return default_group(before.engine or "", before.engine_version or "", clustered=False)
        return _RESETS.get(field_name, getattr(before, field_name))

    def fill(
        self,
        after: CacheCluster,
        given: frozenset[str],
        before: CacheCluster | None,
        facts: Facts,
    ) -> CacheCluster:
        """Say what follows: no zone of several nodes' own, the service's own parameter group."""
        live = facts.observed.get(after.address)
        count = after.num_cache_nodes or 1
        moves = before is not None and before.num_cache_nodes != count and after.apply_immediately
        if before is not None and moves and live is not None and "az_mode" not in given:
            follow = shown_with(before, after, live.nodes, count)
            after = after.but(**{name: it for name, it in follow.items() if name not in given})
        if after.az_mode == "cross-az" and "preferred_availability_zone" not in given:
            after = after.but(preferred_availability_zone=None)
        name = "cache_parameter_group_name"
        if before is None or before.engine_version == after.engine_version:
            return after
        held = before.cache_parameter_group_name
        goes_along = name not in given and is_default(held)
        if not goes_along and not asks_for_default_group(facts.desired.get(after.address), given):
            return after
        follows = default_group(after.engine or "", after.engine_version or "", clustered=False)
        return after.but(**{name: follows})

    def canonical(self, field_name: str, value: Any) -> Any:
        """Remember a version by major and minor: what was written and what runs then agree."""
        return parts(value)[:2] if field_name == "engine_version" and value else value

    def next_step(
        self, before: CacheCluster | None, after: CacheCluster | None, facts: Facts
    ) -> Next:
        """Create in one call; change what can be changed, what may wait for the window last."""
        match before, after:
            case None, CacheCluster():
                return _create(after, facts)
            case CacheCluster(), CacheCluster():
                return immutable_change(_spread(before, after, facts), after) or first_step(
                    before, after, facts
                )
            case CacheCluster(), None:
                final = None if before.engine == MEMCACHED else "FinalSnapshotIdentifier"
                params = {"CacheClusterId": before.id}
                return delete_cache(before, facts, "delete_cache_cluster", params, final)
            case _:
                return None

    def snapshots(self, reader: Reader) -> Iterator[Kept]:
        """Read the snapshots of node-based caches."""
        return snapshots_of(reader, self.name)

    def keep(self, before: CacheCluster, name: str, facts: Facts) -> Call | None:  # noqa: ARG002
        """Keep what redis holds; memcached has no snapshots."""
        if before.engine == MEMCACHED:
            return None
        params = {"CacheClusterId": before.id, "SnapshotName": name}
        return Call("elasticache", "create_snapshot", params)

    def restored(self, after: CacheCluster, name: str, facts: Facts) -> CacheCluster:
        """Make it of this snapshot and of nothing else, in no older version than it was taken."""
        version = restorable(after.engine_version, name, facts.snapshots)
        return after.but(engine_version=version, snapshot_name=name, snapshot_arns=None)


def _spread(before: CacheCluster, after: CacheCluster, facts: Facts) -> CacheCluster:
    """Take no one zone for a move where nodes come to stand in several, or nobody asked for one."""
    name, wish = "preferred_availability_zone", facts.desired.get(after.address)
    if wish is not None and name not in wish.model_fields_set:
        return before.but(**{name: getattr(after, name)})
    return before.but(**{name: None}) if _comes_to_several(after) else before


def _comes_to_several(after: CacheCluster) -> bool:
    return after.az_mode == "cross-az" and after.preferred_availability_zone is None


def _stands_alone(found: Mapping[str, Any]) -> bool:
    return not found.get("ReplicationGroupId")


def _create(after: CacheCluster, facts: Facts) -> Next:
    missing = [name for name in ("engine", "cache_node_type") if getattr(after, name) is None]
    if missing:
        reason = f"a cache cluster can't be created without {' and '.join(missing)}"
        return Unreachable(reason, "write it in the spec")
    given = {name: getattr(after, name) for name in _AT_CREATE}
    params: dict[str, Any] = {
        _AT_CREATE[name]: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        # The API takes no empty list, and none is its default.
        if value is not None and value != ()
    }
    params["NumCacheNodes"] = after.num_cache_nodes or 1
    if after.log_delivery_configurations:
        params["LogDeliveryConfigurations"] = log_requests((), after.log_delivery_configurations)
    params = {"CacheClusterId": after.id, **params, "Tags": facts.tags(after)}
    return Step(
        Call("elasticache", "create_cache_cluster", params),
        after,
        changes=tuple(name for name, value in given.items() if value is not None),
    )
