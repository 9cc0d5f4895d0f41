"""Where a new cache's data comes from: a snapshot of either sort, a cluster, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticache_local.service.record import Record, ServerlessSnapshot, Snapshot
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.turn import Params, Turn


@dataclass(frozen=True)
class Source:
    """What a source says about the cache made of it; empty where it says nothing."""

    engine: str = ""
    engine_version: str = ""
    node_type: str = ""
    folder: str = ""
    shards: tuple[Mapping[str, Any], ...] = ()
    clustered: bool = False
    """Whether cluster mode was on: what was saved so is restored only so."""


def read_source(turn: Turn, params: Params) -> Source:
    """Give the source that a request names, or refuse it: missing, busy, or two of them.

    Creating declares no code of its own for a snapshot that can't be used.
    """
    name = params.get("SnapshotName")
    serverless = params.get("ServerlessCacheSnapshotName")
    adopted = params.get("PrimaryClusterId")
    if sum(bool(each) for each in (name, serverless, adopted)) > 1:
        raise bad_combination("Only one source can be given.")
    if adopted:
        return _cluster(turn, adopted)
    if serverless:
        return _of_serverless(turn, serverless)
    return _of_snapshot(turn, name) if name else Source()


def sources_in_use(turn: Turn, params: Params) -> list[Record]:
    """Give the snapshots that a request restores: they can't go before that is done."""
    named = [(turn.region.snapshots, params.get("SnapshotName") or "")]
    of_serverless = [params.get("ServerlessCacheSnapshotName") or ""]
    for arn in params.get("SnapshotArnsToRestore") or ():
        *_, kind, name = arn.split(":")
        if kind == "snapshot":
            named.append((turn.region.snapshots, name))
        else:
            of_serverless.append(name)
    found: list[Record | None] = [section.get(name.lower()) for section, name in named]
    found += [turn.region.serverless_snapshots.get(name.lower()) for name in of_serverless]
    return [each for each in found if each is not None]


def find_snapshot(turn: Turn, name: str) -> Snapshot:
    """Give the snapshot, or refuse with SnapshotNotFoundFault."""
    snapshot = turn.region.snapshots.get(name.lower())
    if snapshot is None:
        raise refusal("SnapshotNotFoundFault", f"Snapshot {name} not found.")
    return snapshot


def find_serverless_snapshot(turn: Turn, name: str) -> ServerlessSnapshot:
    """Give the snapshot, or refuse with ServerlessCacheSnapshotNotFoundFault."""
    snapshot = turn.region.serverless_snapshots.get(name.lower())
    if snapshot is None:
        raise refusal(
            "ServerlessCacheSnapshotNotFoundFault", f"Serverless cache snapshot {name} not found."
        )
    return snapshot


def _of_snapshot(turn: Turn, name: str) -> Source:
    snapshot = turn.region.snapshots.get(name.lower())
    if snapshot is None or snapshot.status != "available":
        raise bad_value(f"Snapshot {name} is not available.")
    shards: tuple[Mapping[str, Any], ...] = ()
    if len(snapshot.shards) > 1:
        shards = tuple(
            {
                "NodeGroupId": shard["id"],
                "Slots": shard["slots"],
                "ReplicaCount": shard["replicas"],
            }
            for shard in snapshot.shards
        )
    return Source(
        engine=snapshot.facts["Engine"],
        engine_version=snapshot.facts["EngineVersion"],
        node_type=snapshot.facts["CacheNodeType"],
        folder=snapshot.folder,
        shards=shards,
        clustered=any(shard.get("clustered") for shard in snapshot.shards),
    )


def _of_serverless(turn: Turn, name: str) -> Source:
    snapshot = turn.region.serverless_snapshots.get(name.lower())
    if snapshot is None or snapshot.status != "available":
        raise bad_value(f"Serverless cache snapshot {name} is not available.")
    return Source(engine=snapshot.configuration["Engine"], folder=snapshot.folder)


def _cluster(turn: Turn, cluster_id: str) -> Source:
    cluster = turn.region.cache_clusters.get(cluster_id.lower())
    if cluster is None:
        raise refusal("CacheClusterNotFound", f"CacheCluster {cluster_id} not found.")
    if not cluster.at_rest or cluster.engine != "redis":
        raise refusal(
            "InvalidCacheClusterState",
            f"Cache cluster {cluster.id} must be an available redis cluster.",
        )
    return Source(
        engine=cluster.engine,
        engine_version=cluster.engine_version,
        node_type=cluster.node_type,
    )
