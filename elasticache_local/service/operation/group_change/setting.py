"""Settings that take effect soon, whatever ApplyImmediately says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticache_local.service.operation.group_change.availability import member_of
from elasticache_local.service.operation.shared_request import check_here, check_retention
from elasticache_local.service.record import NodeBased, ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.rule.durability import check_durable, check_turn
from elasticache_local.service.rule.engine_version import version_number
from elasticache_local.service.rule.network import check_security_groups
from elasticache_local.service.rule.window import check_apart, daily_window, weekly_window
from elasticache_local.service.state import Region
from elasticache_local.service.turn import Params, Turn


def shared_settings(region: Region, cache: NodeBased, params: Params) -> dict[str, Any]:
    """Give the settings that replication groups and cache clusters share, as record fields."""
    after: dict[str, Any] = {}
    check_here(params)
    if params.get("SecurityGroupIds"):
        after["security_groups"] = check_security_groups(region, params["SecurityGroupIds"])
    if params.get("PreferredMaintenanceWindow"):
        after["maintenance_window"] = weekly_window(params["PreferredMaintenanceWindow"])
    if params.get("SnapshotWindow"):
        after["snapshot_window"] = daily_window(params["SnapshotWindow"])
    check_apart(
        after.get("maintenance_window", cache.maintenance_window),
        after.get("snapshot_window", cache.snapshot_window),
    )
    if (days := params.get("SnapshotRetentionLimit")) is not None:
        after["snapshot_retention"] = check_retention(days)
    after |= _topic(cache, params)
    if params.get("AutoMinorVersionUpgrade") is not None:
        after["auto_minor"] = params["AutoMinorVersionUpgrade"]
    if params.get("IpDiscovery"):
        after["ip_discovery"] = params["IpDiscovery"]
    if params.get("LogDeliveryConfigurations") is not None:
        after["log_delivery"] = _log_delivery(cache, params["LogDeliveryConfigurations"])
    return after


def group_settings(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give a replication group's settings that would change."""
    after = shared_settings(turn.region, group, params)
    description = params.get("ReplicationGroupDescription")
    if description is not None:
        if not 1 <= len(description) <= 255:
            raise bad_value("ReplicationGroupDescription must have 1 to 255 characters.")
        after["description"] = description
    if params.get("Durability"):
        after["durability"] = _durability(turn, group, params)
    if cluster := params.get("SnapshottingClusterId"):
        if group.cluster_mode != "disabled":
            raise bad_combination(
                "Cannot set snapshotting cluster for cluster mode enabled replication group"
            )
        after["snapshotting_cluster"] = member_of(turn, group, cluster)
    return {name: value for name, value in after.items() if getattr(group, name) != value}


def _durability(turn: Turn, group: ReplicationGroup, params: Params) -> str:
    """Give the durability asked for: it goes alone, and only where the group can have it."""
    asked: str = params["Durability"]
    named = {name for name, value in params.items() if value is not None}
    if named - {"ReplicationGroupId", "ApplyImmediately", "Durability"}:
        raise bad_combination("Durability can't be modified together with other settings.")
    may_turn = turn.switches.durability_may_be_turned
    check_turn(group.durability, asked, may_turn=may_turn)
    check_still_durable(group, {}, durability=asked)
    return asked


def check_still_durable(
    group: ReplicationGroup, changes: Mapping[str, Any], *, durability: str = ""
) -> None:
    """Refuse a change that a durable group can't take."""
    after = {**group.pending, **changes}
    check_durable(
        durability or group.durability,
        engine=after.get("engine", group.engine),
        version=version_number(after.get("engine_version", group.engine_version)),
        clustered=after.get("cluster_mode", group.cluster_mode) == "enabled",
        multi_az=after.get("multi_az", group.multi_az),
        replicas=min(len(shard.nodes) for shard in group.shards) - 1,
        tls=after.get("tls", group.tls) != "off",
        node_type=after.get("node_type", group.node_type),
    )


def _topic(cache: NodeBased, params: Params) -> dict[str, Any]:
    after: dict[str, Any] = {}
    if params.get("NotificationTopicArn"):
        after |= {"topic_arn": params["NotificationTopicArn"], "topic_status": "active"}
    if status := params.get("NotificationTopicStatus"):
        if status not in ("active", "inactive"):
            raise bad_value("NotificationTopicStatus must be active or inactive.")
        if not (after.get("topic_arn") or cache.topic_arn):
            raise bad_combination("There is no notification topic.")
        after["topic_status"] = status
    return after


def _log_delivery(cache: NodeBased, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    after = {each["LogType"]: each for each in cache.log_delivery}
    for each in given:
        sort = each.get("LogType")
        if not sort:
            raise bad_value("LogType is needed in LogDeliveryConfigurations.")
        if each.get("Enabled") is False:
            after.pop(sort, None)
        else:
            after[sort] = {name: value for name, value in each.items() if name != "Enabled"}
    return [after[sort] for sort in sorted(after)]
