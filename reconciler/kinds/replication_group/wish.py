"""Wishes that contradict themselves: no step leads to what the service does not allow to stand."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.kind import Unreachable
from reconciler.kind.window import APART, MEET, WINDOWS, windows_meet
from reconciler.kinds.replication_group.move import Move
from reconciler.model import ReplicationGroup

Contradiction = tuple[Callable[[ReplicationGroup], bool], str, str, tuple[str, ...]]
"""Whether a wish has it, the reason, the way there, and the fields, the one to give up first."""

_TLS = ("transit_encryption_enabled", "transit_encryption_mode")
_SIZE = ("num_cache_clusters", "replicas_per_node_group")

CONTRADICTIONS: tuple[Contradiction, ...] = (
    (
        lambda wish: wish.auth_token is not None and bool(wish.user_group_ids),
        "a token and a user group exclude each other",
        "write auth_token or user_group_ids, not both",
        ("auth_token", "user_group_ids"),
    ),
    (
        lambda wish: _has_login(wish) and wish.transit_encryption_mode != "required",
        "logins need TLS that is required",
        "write transit_encryption_enabled: true and transit_encryption_mode: required",
        ("auth_token", "user_group_ids", *_TLS),
    ),
    (
        lambda wish: wish.cluster_mode != "disabled" and not wish.automatic_failover_enabled,
        "automatic failover can't be off in cluster mode",
        "write automatic_failover_enabled: true",
        ("automatic_failover_enabled", "cluster_mode"),
    ),
    (
        lambda wish: (wish.num_node_groups or 1) > 1 and wish.cluster_mode != "enabled",
        "more than one shard needs cluster mode",
        "write cluster_mode: enabled, or num_node_groups: 1",
        ("num_node_groups", "cluster_mode"),
    ),
    (
        lambda wish: bool(wish.multi_az_enabled) and not wish.automatic_failover_enabled,
        "multi-AZ needs automatic failover",
        "write automatic_failover_enabled: true, or multi_az_enabled: false",
        ("multi_az_enabled", "automatic_failover_enabled"),
    ),
    (
        lambda wish: _needs_a_replica(wish) and not wish.replicas_per_node_group,
        "automatic failover without cluster mode, and compatible, need a replica",
        "write num_cache_clusters: 2, or automatic_failover_enabled: false",
        ("automatic_failover_enabled", *_SIZE, "cluster_mode"),
    ),
    (
        lambda wish: bool(wish.multi_az_enabled) and not wish.replicas_per_node_group,
        "multi-AZ needs a replica in each shard",
        "write replicas_per_node_group of at least 1, or multi_az_enabled: false",
        ("multi_az_enabled", "replicas_per_node_group"),
    ),
    (
        lambda wish: windows_meet(wish.snapshot_window, wish.preferred_maintenance_window),
        MEET,
        APART,
        WINDOWS,
    ),
)


def contradiction(move: Move) -> Unreachable | None:
    """Refuse a wish that the service would not let stand, before anything is done for it."""
    for holds, reason, way, fields in CONTRADICTIONS:
        if holds(move.after):
            return Unreachable(reason, way, fields=fields)
    return None


def _has_login(wish: ReplicationGroup) -> bool:
    return wish.auth_token is not None or bool(wish.user_group_ids)


def _needs_a_replica(wish: ReplicationGroup) -> bool:
    return bool(wish.automatic_failover_enabled) and wish.cluster_mode != "enabled"
