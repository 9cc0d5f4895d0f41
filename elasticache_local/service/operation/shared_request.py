"""What requests for replication groups and for cache clusters have in common."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.restoring import Source
from elasticache_local.service.refusal import bad_value
from elasticache_local.service.rule.network import (
    DEFAULT_SUBNET_GROUP,
    check_security_groups,
    default_security_group,
    find_subnet_group,
)
from elasticache_local.service.rule.node_type import DEFAULT_NODE_TYPE, check_node_type
from elasticache_local.service.rule.window import (
    assigned_windows,
    check_apart,
    daily_window,
    weekly_window,
)
from elasticache_local.service.turn import Params, Turn

RETENTION_MOST = 35
_OUTPOSTS = ("OutpostMode", "PreferredOutpostArn", "PreferredOutpostArns")


def shared_fields(
    turn: Turn, cache_id: str, params: Params, source: Source, port: int
) -> dict[str, Any]:
    """Give the fields of a NodeBased record that a request says directly, or refuse it."""
    check_retention(params.get("SnapshotRetentionLimit") or 0)
    check_here(params)
    asked = params.get("Port")
    if asked is not None and not 1 <= asked <= 65535:
        raise bad_value(f"Invalid port {asked}.")
    topic = params.get("NotificationTopicArn") or ""
    subnet_group = params.get("CacheSubnetGroupName") or DEFAULT_SUBNET_GROUP
    return {
        "id": cache_id,
        "status": "creating",
        "created": turn.now,
        "node_type": check_node_type(
            params.get("CacheNodeType") or source.node_type or DEFAULT_NODE_TYPE,
            data_tiering=bool(params.get("DataTieringEnabled")),
        ),
        "port": asked or port,
        "subnet_group": find_subnet_group(turn.region, subnet_group).id,
        "security_groups": check_security_groups(turn.region, params.get("SecurityGroupIds") or ())
        or [default_security_group(turn.region)],
        "snapshot_retention": params.get("SnapshotRetentionLimit") or 0,
        **_windows(cache_id, params),
        "auto_minor": params.get("AutoMinorVersionUpgrade") is not False,
        "network_type": params.get("NetworkType") or "ipv4",
        "ip_discovery": params.get("IpDiscovery") or "ipv4",
        "topic_arn": topic,
        "topic_status": "active" if topic else "",
        "log_delivery": [dict(each) for each in params.get("LogDeliveryConfigurations") or ()],
        "restore_from": source.folder,
    }


def check_here(params: Params) -> None:
    """Refuse what no account here has: cache security groups (EC2-Classic), outposts, files in S3.

    Left out in silence it would give a cache that is not the one that was asked for.
    """
    if params.get("CacheSecurityGroupNames"):
        raise bad_value(
            "Use of cache security groups is not permitted in this API version for your account."
        )
    if any(params.get(name) for name in _OUTPOSTS):
        raise bad_value("There are no outposts here.")
    if params.get("SnapshotArns"):
        raise bad_value(f"{params['SnapshotArns'][0]} can't be read: there is no S3 here.")


def check_retention(days: int) -> int:
    """Give the days that snapshots are kept, or refuse them."""
    if not 0 <= days <= RETENTION_MOST:
        raise bad_value(f"SnapshotRetentionLimit must be between 0 and {RETENTION_MOST}.")
    return days


def _windows(cache_id: str, params: Params) -> dict[str, str]:
    weekly, daily = params.get("PreferredMaintenanceWindow"), params.get("SnapshotWindow")
    weekly = weekly_window(weekly) if weekly else ""
    daily = daily_window(daily) if daily else ""
    check_apart(weekly, daily)
    weekly, daily = assigned_windows(cache_id, weekly=weekly, daily=daily)
    return {"maintenance_window": weekly, "snapshot_window": daily}
