"""Automatic failover, Multi-AZ and the primary's place."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.cluster_listing import find_member
from elasticache_local.service.operation.group_change.aim import aim
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.turn import Params, Turn


def availability_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give changes of failover, Multi-AZ and primary."""
    changes: dict[str, Any] = {}
    failover = params.get("AutomaticFailoverEnabled")
    multi_az = params.get("MultiAZEnabled")
    after_failover = aim(group, "automatic_failover", group.automatic_failover)
    after_multi_az = aim(group, "multi_az", group.multi_az)
    if failover is not None:
        _check_failover(group, on=failover)
        after_failover = failover
    if multi_az is not None:
        after_multi_az = multi_az
    if (failover is not None or multi_az is not None) and after_multi_az:
        if not after_failover:
            raise bad_combination("Automatic failover must be enabled while MultiAZ is enabled.")
        if any(len(shard.nodes) < 2 for shard in group.shards):
            raise bad_combination("MultiAZ needs at least one replica in each node group.")
    if after_failover != aim(group, "automatic_failover", group.automatic_failover):
        changes["automatic_failover"] = after_failover
    if after_multi_az != aim(group, "multi_az", group.multi_az):
        changes["multi_az"] = after_multi_az
    if primary := params.get("PrimaryClusterId"):
        changes |= _primary(turn, group, primary, failover=after_failover, multi_az=after_multi_az)
    return changes


def _check_failover(group: ReplicationGroup, *, on: bool) -> None:
    if not on and group.cluster_mode != "disabled":
        raise bad_combination(
            "Turning off automatic failover for replication group with cluster mode enabled is "
            "not supported."
        )
    if on and group.cluster_mode == "disabled" and len(group.nodes) < 2:
        raise bad_combination(
            "Replication group must have at least one read replica to enable autofailover."
        )


def member_of(turn: Turn, group: ReplicationGroup, cluster_id: str) -> str:
    """Give a member's id, or refuse a cluster that is none, or not one of this group's."""
    wanted = cluster_id.lower()
    if wanted in {node.id for node in group.nodes}:
        return wanted
    if wanted not in turn.region.cache_clusters and find_member(turn, wanted) is None:
        raise refusal("CacheClusterNotFound", f"CacheCluster {cluster_id} not found.")
    raise bad_value(f"{cluster_id} is not a member of replication group {group.id}.")


def _primary(
    turn: Turn, group: ReplicationGroup, cluster_id: str, *, failover: bool, multi_az: bool
) -> dict[str, Any]:
    if group.cluster_mode != "disabled":
        raise bad_combination("PrimaryClusterId needs cluster mode disabled.")
    wanted = member_of(turn, group, cluster_id)
    if failover or multi_az or group.automatic_failover or group.multi_az:
        raise bad_combination(
            "A replica can be promoted only while automatic failover and MultiAZ are disabled."
        )
    return {} if group.shards[0].primary.id == wanted else {"primary": wanted}
