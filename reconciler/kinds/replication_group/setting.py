"""Everything that can simply be set: windows, snapshots, names, logs, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind import Impact, Next, Step, Unreachable, Wait
from reconciler.kind.node_based import log_requests, topic_request
from reconciler.kinds.replication_group.move import Move
from reconciler.ports import Call

_GROUP = "cache_parameter_group_name"
SENT: Mapping[str, str] = {
    "replication_group_description": "ReplicationGroupDescription",
    "security_group_ids": "SecurityGroupIds",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "notification_topic_arn": "NotificationTopicArn",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "ip_discovery": "IpDiscovery",
    "cache_parameter_group_name": "CacheParameterGroupName",
    "log_delivery_configurations": "LogDeliveryConfigurations",
}


def plain(move: Move) -> Next:
    """Set what differs, and nothing else: an unchanged field resent is refused in some states."""
    changed = [name for name in move.differs(*SENT) if not _rides_elsewhere(move, name)]
    if not move.at_once and _GROUP in changed:
        if changed == [_GROUP]:
            return _group_at_once(move)
        changed.remove(_GROUP)
    if not changed:
        return _with_the_version(move)
    if "security_group_ids" in changed and not move.after.security_group_ids:
        return Unreachable(
            "the security groups of a cache can't be emptied",
            "name at least one",
            fields=("security_group_ids",),
        )
    params = {SENT[name]: _value(getattr(move.after, name)) for name in changed}
    params |= _snapshot_source(move, changed)
    if "notification_topic_arn" in changed:
        params |= topic_request(
            move.before.notification_topic_arn, move.after.notification_topic_arn
        )
    if "log_delivery_configurations" in changed:
        params["LogDeliveryConfigurations"] = log_requests(
            move.before.log_delivery_configurations or (),
            move.after.log_delivery_configurations or (),
        )
    leaves = {name: getattr(move.after, name) for name in changed}
    if move.at_once:
        return move.modify(params, leaves)
    sent = {"ReplicationGroupId": move.before.id, **params, "ApplyImmediately": False}
    # None of these wait for the window: only engine, node type and failover do.
    return Step(
        Call("elasticache", "modify_replication_group", sent),
        move.before.but(**leaves),
        changes=tuple(changed),
        impact=Impact.NONE,
    )


def _group_at_once(move: Move) -> Next:
    """Change the parameter group at once, and alone: no pending value would show one that waits.

    API reference: it is applied as soon as possible where ApplyImmediately is true.
    """
    if move.before.scheduled:
        waits = ", ".join(move.before.scheduled)
        return Wait(f"{waits} has been reached ({move.window})")
    name = move.after.cache_parameter_group_name
    return move.modify({SENT[_GROUP]: name}, {_GROUP: name})


def _rides_elsewhere(move: Move, name: str) -> bool:
    """Say whether it is a parameter group that goes with a version or the mode."""
    if name != "cache_parameter_group_name":
        return False
    if not move.manages(name):
        # The service's own follows version and mode, and nobody asked for another.
        return True
    moves = move.differs("engine", "engine_version", "cluster_mode")
    return bool(moves) or "engine_version" in move.before.scheduled


def _with_the_version(move: Move) -> Wait | None:
    """Wait for a parameter group that was sent with a version: no pending value shows it."""
    if "engine_version" not in move.before.scheduled:
        return None
    if not move.differs("cache_parameter_group_name") or not move.manages(
        "cache_parameter_group_name"
    ):
        return None
    return Wait(f"engine_version {move.before.engine_version} runs ({move.window})")


def _value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _snapshot_source(move: Move, changed: list[str]) -> dict[str, Any]:
    """Without cluster mode, snapshots that start need a node to be taken from: a replica if any."""
    if "snapshot_retention_limit" not in changed or move.before.snapshot_retention_limit:
        return {}
    if move.before.cluster_mode == "enabled" or move.live is None:
        return {}
    nodes = sorted(move.live.nodes, key=lambda node: (node.role == "primary", node.id))
    return {"SnapshottingClusterId": nodes[0].id} if nodes else {}
