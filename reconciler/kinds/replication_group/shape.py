"""Cluster mode, shards, replicas and failover: what a group is made of."""

from __future__ import annotations

from typing import Any

from reconciler.kind import Impact, Live, Next, Unreachable, Wait
from reconciler.kind.engine_version import is_default
from reconciler.kinds.replication_group.move import Move, fitting_group, sized
from reconciler.kinds.replication_group.upgrade import group_request, lacks
from reconciler.model import ReplicationGroup, sent_fields

_MODE = ("cluster_mode", "num_node_groups")
MODES = "7.0"
"""From this version on cluster mode can be changed in place (User Guide, modify cluster mode)."""


def leave_compatible(move: Move) -> Next:
    """In compatible nothing else is accepted: on to enabled behind a gate, or back to disabled."""
    before, after = move.before, move.after
    if before.cluster_mode != "compatible":
        return None
    match after.cluster_mode:
        case "enabled":
            return _enable(move)
        case "disabled":
            leaves = {"cluster_mode": "disabled", **_switched(move, clustered=False)}
            text = "the configuration endpoint goes; clients that use it are cut off"
            return move.modify(
                {"ClusterMode": "disabled", **_named(move, leaves)},
                leaves,
                impact=Impact.INTERRUPTION,
                text=text,
                hours=2,
            )
        case _ if move.live is not None and _on_its_way(move.live):
            # What comes with it, its parameter group, is shown only once it is there.
            return Wait("cluster_mode is compatible; it is being changed")
        case _:
            left = ", ".join(move.differs(*sent_fields(ReplicationGroup)))
            return Unreachable(
                f"while cluster_mode is compatible nothing else can change ({left})",
                "write cluster_mode: enabled or disabled first, the rest in the next commit",
                fields=move.differs(*sent_fields(ReplicationGroup)),
            )


def replicas_up(move: Move) -> Next:
    """Add replicas: what is wished, and one where failover or the move to cluster mode needs it."""
    wished = _needed(move)
    if _replicas(move.before) >= wished:
        return None
    return _count(move, "increase_replica_count", wished)


def replicas_down(move: Move) -> Next:
    """Take replicas away, last of all."""
    wished = _needed(move)
    if _replicas(move.before) <= wished:
        return None
    return _count(move, "decrease_replica_count", wished)


def failover_for_mode(move: Move) -> Next:
    """Switch failover on where only the move to cluster mode needs it."""
    if not _moves_mode(move) or move.before.automatic_failover_enabled:
        return None
    return _failover(move, {"automatic_failover_enabled": True})


def failover_on(move: Move) -> Next:
    """Switch automatic failover and multi-AZ on, once there are replicas."""
    return _failover(
        move,
        {
            name: True
            for name in ("automatic_failover_enabled", "multi_az_enabled")
            if getattr(move.after, name) and not getattr(move.before, name)
        },
    )


def failover_off(move: Move) -> Next:
    """Switch multi-AZ and automatic failover off, before the last replica goes."""
    off = [
        name
        for name in ("automatic_failover_enabled", "multi_az_enabled")
        if getattr(move.before, name) and not getattr(move.after, name)
    ]
    return _failover(move, dict.fromkeys(off, False))


def to_cluster_mode(move: Move) -> Next:
    """Go from disabled to compatible on the way to enabled."""
    return _compatible(move) if move.after.cluster_mode == "enabled" else None


def to_compatible(move: Move) -> Next:
    """Go to compatible because that is what is wished: last, for nothing else is accepted there."""
    return _compatible(move) if move.after.cluster_mode == "compatible" else None


def no_way_back(move: Move) -> Next:
    """Refuse to leave cluster mode: enabled is final."""
    if move.before.cluster_mode != "enabled" or move.after.cluster_mode == "enabled":
        return None
    return Unreachable(
        f"cluster mode can't go from enabled back to {move.after.cluster_mode}",
        "give a cache without cluster mode a new id",
        replace=True,
        fields=("cluster_mode",),
    )


def counted_as_one(move: Move) -> Next:
    """Refuse a count of nodes for a group of several shards: it would take their replicas away.

    The field is for cluster mode disabled (API reference); who writes it there has not seen that
    the group moved on, or would go back.
    """
    before, wished = move.before, move.after.num_cache_clusters
    shards, replicas = before.num_node_groups or 1, before.replicas_per_node_group or 0
    both_enabled = before.cluster_mode == move.after.cluster_mode == "enabled"
    if not both_enabled or shards == 1 or wished in (None, before.num_cache_clusters):
        return None
    return Unreachable(
        f"num_cache_clusters {wished} is for cluster mode disabled; this runs {shards} shards "
        f"with {replicas} replica{'s' if replicas != 1 else ''} each, and there is no way back",
        f"write num_node_groups: {shards} and replicas_per_node_group: {replicas} in its place",
        fields=("num_cache_clusters",),
    )


def shards_up(move: Move) -> Next:
    """Add shards, online."""
    return _shards(move, up=True)


def shards_down(move: Move) -> Next:
    """Take shards away, online; the ids come from describe, the newest go."""
    return _shards(move, up=False)


def _enable(move: Move) -> Next:
    leaves: dict[str, Any] = {"cluster_mode": "enabled", "num_cache_clusters": None}
    return move.modify(
        {"ClusterMode": "enabled"},
        leaves,
        impact=Impact.INTERRUPTION,
        text="CUTS OFF clients that do not speak the cluster protocol",
        lines=("the primary and reader endpoints go, the configuration endpoint stays",),
        gate="cluster-mode-enabled",
        gate_text=(
            "every client must speak the cluster protocol at the configuration endpoint first; "
            "there is no way back from enabled"
        ),
        hours=2,
    )


def _compatible(move: Move) -> Next:
    before = move.before
    if before.cluster_mode != "disabled":
        return None
    if before.scheduled:
        return Wait(f"{', '.join(before.scheduled)} has been reached ({move.window})")
    if stop := lacks(move, MODES, "cluster mode on a running cache", _MODE):
        return stop
    leaves = {"cluster_mode": "compatible", **_switched(move, clustered=True)}
    held = before.cache_parameter_group_name
    if not is_default(held) and leaves.get("cache_parameter_group_name", held) == held:
        return Unreachable(
            f"{held} is a parameter group without cluster mode",
            "name one with cluster-enabled in cache_parameter_group_name",
            fields=(*_MODE, "cache_parameter_group_name"),
        )
    return move.modify(
        {"ClusterMode": "compatible", **_named(move, leaves)},
        leaves,
        impact=Impact.RECONNECT,
        text="clients may have to connect again; both sorts of client work afterwards",
        lines=("+ a configuration endpoint", "keys outside database 0 must be gone"),
        hours=2,
    )


def _on_its_way(live: Live[ReplicationGroup]) -> bool:
    return not live.at_rest and any(one.field == "cluster_mode" for one in live.pending)


def _switched(move: Move, *, clustered: bool) -> dict[str, Any]:
    """Give the parameter group that the mode brings, for the engine version that runs now."""
    before = move.before
    name = fitting_group(move, before.engine, before.engine_version, clustered=clustered)
    return {"cache_parameter_group_name": name} if name != before.cache_parameter_group_name else {}


def _named(move: Move, leaves: dict[str, Any]) -> dict[str, Any]:
    held = move.before.cache_parameter_group_name
    return group_request(held, leaves.get("cache_parameter_group_name", held))


def _moves_mode(move: Move) -> bool:
    return move.before.cluster_mode == "disabled" and move.after.cluster_mode != "disabled"


def _needed(move: Move) -> int:
    """Give the replicas that are wished, or one while the move to cluster mode needs it."""
    return max(move.after.replicas_per_node_group or 0, 1 if _moves_mode(move) else 0)


def _replicas(group: ReplicationGroup) -> int:
    return group.replicas_per_node_group or 0


def _count(move: Move, operation: str, replicas: int) -> Next:
    shards = move.before.num_node_groups or 1
    # Replicas, not nodes (API reference of both calls); only at once.
    return move.step(
        operation,
        {"NewReplicaCount": replicas},
        sized(move.before, shards=shards, replicas=replicas),
        hours=2,
        text="nobody cut off"
        if operation.startswith("in")
        else "readers of that replica connect again",
        impact=Impact.NONE if operation.startswith("in") else Impact.RECONNECT,
    )


def _failover(move: Move, changes: dict[str, bool]) -> Next:
    if not changes:
        return None
    names = {
        "automatic_failover_enabled": "AutomaticFailoverEnabled",
        "multi_az_enabled": "MultiAZEnabled",
    }
    # At once, whatever the cache's policy: describe has no pending value for multi-AZ, so one that
    # waits for the window would be sent again by every apply until then.
    return move.modify({names[name]: value for name, value in changes.items()}, changes)


def _shards(move: Move, *, up: bool) -> Next:
    before, after = move.before, move.after
    had, wished = before.num_node_groups or 1, after.num_node_groups or 1
    if before.cluster_mode != "enabled" or had == wished or (wished > had) is not up:
        return None
    params: dict[str, Any] = {"NodeGroupCount": wished}
    lines: tuple[str, ...] = ()
    if not up:
        params["NodeGroupsToRemove"] = going = _newest(move, had - wished)
        lines = (f"shards that go: {', '.join(going)}",)
    return move.step(
        "modify_replication_group_shard_configuration",
        params,
        sized(before, shards=wished, replicas=_replicas(before)),
        lines=lines,
        text="slots move online, some commands are slower meanwhile",
        hours=12,
    )


def _newest(move: Move, count: int) -> list[str]:
    ids = sorted(shard.id for shard in move.live.shards) if move.live else []
    return ids[-count:]
