"""Snapshots by ARN, as serverless caches are restored from."""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.service.record import ServerlessSnapshot, Snapshot
from elasticache_local.service.refusal import bad_value
from elasticache_local.service.turn import Turn


def snapshots_to_restore(turn: Turn, arns: Sequence[str]) -> str:
    """Give the folder to start from, empty for none; refuse an ARN that is no snapshot."""
    if not arns:
        return ""
    if len(arns) > 1:
        raise bad_value("One snapshot can be restored here.")
    *_, kind, name = arns[0].split(":")
    found: Snapshot | ServerlessSnapshot | None
    if kind == "serverlesscachesnapshot":
        found = turn.region.serverless_snapshots.get(name.lower())
    elif kind == "snapshot":
        found = turn.region.snapshots.get(name.lower())
    else:
        raise bad_value(f"{arns[0]} is not the ARN of a snapshot.")
    if found is None or found.status != "available":
        raise bad_value(f"Snapshot {name} is not available.")
    return found.folder
