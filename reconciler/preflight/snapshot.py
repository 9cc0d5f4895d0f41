"""Snapshots: those that a new cache is filled from, and those that are being taken right now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model import Address
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict

_CACHES = ("replication_group", "cache_cluster", "serverless_cache")
_GONE = "NotFound"
_OF_NODES = ("describe_snapshots", "Snapshots", "SnapshotName", "SnapshotStatus")
_SERVERLESS = (
    "describe_serverless_cache_snapshots",
    "ServerlessCacheSnapshots",
    "ServerlessCacheSnapshotName",
    "Status",
)
"""How a snapshot is asked for: the call, what it lists, what names one, what its state is in."""


def sources(outlook: Outlook) -> Iterator[Finding]:
    """Look at each snapshot that a create names: it must be there, and whole."""
    for planned, before, after in outlook.changes(*_CACHES):
        if before is not None:
            continue
        if name := getattr(after, "snapshot_name", None):
            yield from _source(outlook, planned.address, name, _OF_NODES)
        if name := getattr(after, "serverless_cache_snapshot_name", None):
            yield from _source(outlook, planned.address, name, _SERVERLESS)
        # Snapshots of other accounts, and files in S3, can't be looked at.
        for arn in getattr(after, "snapshot_arns_to_restore", None) or ():
            name = arn.rpartition(":")[2]
            for sort, looked in (("snapshot", _OF_NODES), ("serverlesscachesnapshot", _SERVERLESS)):
                if arn == outlook.facts.arn(sort, name):
                    yield from _source(outlook, planned.address, name, looked)


def _source(
    outlook: Outlook, address: Address, name: str, asked: tuple[str, str, str, str]
) -> Iterator[Finding]:
    operation, listed, key, status = asked
    told = outlook.ask.every("elasticache", operation, listed, {key: name})
    if isinstance(told, Silence) and _GONE not in told.why:
        text = f"whether the snapshot {name} can be restored: {told.why}"
        yield Finding(address, Verdict.UNKNOWN, text)
    elif isinstance(told, Silence) or not told:
        text = f"the snapshot {name}, which it is to be filled from, is not there"
        yield Finding(address, Verdict.REFUSED, text)
    elif (held := _state(told[0], status)) != "available":
        text = f"the snapshot {name} is {held}; it can be restored once it is available"
        yield Finding(address, Verdict.REFUSED, text)


def _state(snapshot: Mapping[str, Any], status: str) -> str:
    return str(snapshot.get(status, "in a state that is not told"))


def running(outlook: Outlook) -> Iterator[Finding]:
    """Note caches that are being saved: apply waits for that before it changes them."""
    for planned, before, _ in outlook.changes(*_CACHES):
        live = outlook.facts.observed.get(planned.address)
        if before is not None and live is not None and live.status == "snapshotting":
            text = "a snapshot of it is being taken; apply waits until that is done"
            yield Finding(planned.address, Verdict.NOTED, text)
