"""A standalone cluster that becomes a group's primary, and a primary that goes on alone.

Its data goes along: it is saved, and the other begins with what was saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from elasticache_local.service.operation.kept_data import discard_unshared, new_folder
from elasticache_local.service.record import CacheCluster, CacheNode, Node, Record, ReplicationGroup
from elasticache_local.service.turn import Params, Turn


def create_soon(
    turn: Turn, group: ReplicationGroup, busy: Iterable[Record] = (), **data: Any
) -> None:
    """Let a group be available once the data plane has it; these records are restored from."""
    turn.later(
        "replication_group.created",
        turn.durations.cache_create,
        busy=busy,
        label="restoring",
        holds=[group],
        even_failed=True,
        group=group.id,
        **data,
    )


def adopt(turn: Turn, group: ReplicationGroup, cluster: CacheCluster) -> None:
    """Take a cluster's data over; until it is saved the data plane is not told of the group."""
    group.restore_from = new_folder(turn)
    group.awaits_data = True
    turn.region.handed_over[cluster.id] = cluster
    key = turn.key(cluster)
    turn.later(
        "replication_group.adopted",
        0,
        saves={group.restore_from: key},
        group=group.id,
        key=key,
        cluster=cluster.id,
    )


def adopted(turn: Turn, data: Params) -> None:
    """Go on with a group whose primary was saved as a cluster of its own."""
    group = turn.region.replication_groups[data["group"]]
    group.awaits_data = False
    turn.region.handed_over.pop(data.get("cluster", ""), None)
    turn.forgotten.append(data["key"])
    lost = {"failed": trouble} if (trouble := turn.unsaved(group.restore_from)) else {}
    failed = {"failed": data["failed"]} if "failed" in data else lost
    create_soon(turn, group, handed_over=group.restore_from, **failed)


def go_on_alone(turn: Turn, group: ReplicationGroup, node: Node, folder: str) -> None:
    """Let a primary be a cluster, which begins with what was saved of its group."""
    cluster = CacheCluster(
        id=node.id,
        status="available",
        created=node.created,
        engine=group.engine,
        engine_version=group.engine_version,
        node_type=group.node_type,
        port=group.port,
        parameter_group=group.parameter_group,
        subnet_group=group.subnet_group,
        snapshot_window=group.snapshot_window,
        maintenance_window=group.maintenance_window,
        snapshot_retention=group.snapshot_retention,
        security_groups=list(group.security_groups),
        tls=group.tls,
        nodes=[CacheNode(id="0001", zone=node.zone, status="available", created=node.created)],
        restore_from=folder,
    )
    turn.region.cache_clusters[cluster.id] = cluster
    turn.later("cache_cluster.alone", 0, busy=[cluster], holds=[cluster], cluster=cluster.id)


def stands_alone(turn: Turn, data: Params) -> None:
    """Forget what a cluster began with, now that it has it."""
    cluster = turn.region.cache_clusters.get(data["cluster"])
    if cluster is not None:
        discard_unshared(turn, cluster.restore_from)
        cluster.restore_from = ""
