"""Snapshots of serverless caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from elasticache_local.clock import moment
from elasticache_local.service.operation.kept_data import discard_unshared, new_folder
from elasticache_local.service.operation.restoring import find_serverless_snapshot
from elasticache_local.service.paging import page
from elasticache_local.service.record import ServerlessCache, ServerlessSnapshot
from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.network import check_key
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

PER_DAY, DAY_S = 24, 86400


def create_serverless_cache_snapshot(turn: Turn, params: Params) -> Answer:
    """CreateServerlessCacheSnapshot."""
    cache = turn.region.serverless_caches.get(params["ServerlessCacheName"].lower())
    if cache is None:
        raise refusal(
            "ServerlessCacheNotFoundFault",
            f"Serverless cache {params['ServerlessCacheName']} not found.",
        )
    if not cache.at_rest:
        raise refusal(
            "InvalidServerlessCacheStateFault",
            "Serverless cache is not in an available state to perform the requested action.",
        )
    snapshot = take_snapshot(
        turn,
        cache,
        params["ServerlessCacheSnapshotName"],
        kms_key=check_key(turn.region, params.get("KmsKeyId")),
        tags=read_tags(params.get("Tags")),
    )
    return {"ServerlessCacheSnapshot": answer(turn, snapshot)}


def take_snapshot(
    turn: Turn, cache: ServerlessCache, name: str, *, kms_key: str, tags: Mapping[str, str]
) -> ServerlessSnapshot:
    """Begin a snapshot of a cache, or refuse it: name taken, or too many today."""
    snapshot_id = _free_name(turn, name)
    _count(turn, cache.id)
    return _begin(turn, cache, snapshot_id, "manual", kms_key=kms_key, tags=tags)


def _count(turn: Turn, cache_id: str) -> None:
    """Count one more manual snapshot of a cache today, a copy too; refuse one too many."""
    taken = turn.region.snapshots_taken
    today = [at for at, what in taken if what == f"serverless/{cache_id}" and turn.now - at < DAY_S]
    if len(today) >= turn.quota("serverless_snapshots", PER_DAY):
        raise refusal(
            "ServerlessCacheSnapshotQuotaExceededFault",
            "The quota of snapshots of this serverless cache has been exceeded.",
        )
    taken.append((turn.now, f"serverless/{cache_id}"))


def automatic_snapshot(turn: Turn, cache: ServerlessCache) -> None:
    """Begin the day's snapshot of a cache that is available."""
    day = moment(turn.now).strftime("%Y-%m-%d-%H-%M")
    _begin(turn, cache, f"automatic.{cache.id}-{day}", "automated")


def _begin(
    turn: Turn,
    cache: ServerlessCache,
    snapshot_id: str,
    sort: Literal["manual", "automated"],
    *,
    kms_key: str = "",
    tags: Mapping[str, str] = {},
) -> ServerlessSnapshot:
    kept_s = cache.snapshot_retention * DAY_S
    snapshot = ServerlessSnapshot(
        id=snapshot_id,
        status="creating",
        created=turn.now,
        expires=turn.now + kept_s if sort == "automated" else None,
        sort=sort,
        cache=cache.id,
        folder="" if cache.engine == "memcached" else new_folder(turn),
        kms_key=kms_key or cache.kms_key,
        configuration={
            "ServerlessCacheName": cache.id,
            "Engine": cache.engine,
            "MajorEngineVersion": cache.major,
        },
    )
    turn.region.serverless_snapshots[snapshot_id] = snapshot
    if tags:
        turn.region.tags[turn.arn("serverlesscachesnapshot", snapshot_id)] = dict(tags)
    turn.later(
        "serverless_snapshot.created",
        turn.durations.snapshot,
        saves={snapshot.folder: turn.key(cache)} if snapshot.folder else {},
        snapshot=snapshot_id,
    )
    return snapshot


def copy_serverless_cache_snapshot(turn: Turn, params: Params) -> Answer:
    """CopyServerlessCacheSnapshot."""
    source = find_serverless_snapshot(turn, params["SourceServerlessCacheSnapshotName"])
    _check_available(source)
    snapshot_id = _free_name(turn, params["TargetServerlessCacheSnapshotName"])
    tags = read_tags(params.get("Tags"))
    _count(turn, source.cache)
    snapshot = ServerlessSnapshot(
        id=snapshot_id,
        status="copying",
        created=turn.now,
        sort="manual",
        cache=source.cache,
        kms_key=check_key(turn.region, params.get("KmsKeyId")) or source.kms_key,
        configuration=dict(source.configuration),
        folder=source.folder,
    )
    turn.region.serverless_snapshots[snapshot_id] = snapshot
    if tags:
        turn.region.tags[turn.arn("serverlesscachesnapshot", snapshot_id)] = tags
    turn.later("serverless_snapshot.created", turn.durations.snapshot, snapshot=snapshot_id)
    return {"ServerlessCacheSnapshot": answer(turn, snapshot)}


def delete_serverless_cache_snapshot(turn: Turn, params: Params) -> Answer:
    """DeleteServerlessCacheSnapshot."""
    snapshot = find_serverless_snapshot(turn, params["ServerlessCacheSnapshotName"])
    _check_available(snapshot)
    snapshot.status = "deleting"
    turn.later("serverless_snapshot.deleted", turn.durations.snapshot_delete, snapshot=snapshot.id)
    return {"ServerlessCacheSnapshot": answer(turn, snapshot)}


def describe_serverless_cache_snapshots(turn: Turn, params: Params) -> Answer:
    """DescribeServerlessCacheSnapshots."""
    snapshots = turn.region.serverless_snapshots
    if params.get("ServerlessCacheSnapshotName"):
        found = find_serverless_snapshot(turn, params["ServerlessCacheSnapshotName"])
        snapshots = {found.id: found}
    elif name := params.get("ServerlessCacheName"):
        if name.lower() not in turn.region.serverless_caches:
            raise refusal("ServerlessCacheNotFoundFault", f"Serverless cache {name} not found.")
        snapshots = {key: each for key, each in snapshots.items() if each.cache == name.lower()}
    if sort := params.get("SnapshotType"):
        wanted = {"user": "manual", "system": "automated"}.get(sort.lower(), sort.lower())
        if wanted not in ("manual", "automated"):
            raise bad_value(f"Invalid SnapshotType {sort}.")
        snapshots = {key: each for key, each in snapshots.items() if each.sort == wanted}
    return page(
        snapshots,
        params,
        "ServerlessCacheSnapshots",
        lambda snapshot: answer(turn, snapshot),
        marker="NextToken",
        size="MaxResults",
        default=50,
        least=1,
        most=50,
    )


def answer(turn: Turn, snapshot: ServerlessSnapshot) -> Answer:
    """Give a serverless snapshot as the service shows it."""
    shown: Answer = {
        "ServerlessCacheSnapshotName": snapshot.id,
        "ARN": turn.arn("serverlesscachesnapshot", snapshot.id),
        "SnapshotType": snapshot.sort,
        "Status": snapshot.shown,
        "CreateTime": moment(snapshot.created),
        "ServerlessCacheConfiguration": dict(snapshot.configuration),
        "BytesUsedForCache": "0",
    }
    if snapshot.expires is not None:
        shown["ExpiryTime"] = moment(snapshot.expires)
    if snapshot.kms_key:
        shown["KmsKeyId"] = snapshot.kms_key
    return shown


def created(turn: Turn, data: Params) -> None:
    """End a creation or a copy."""
    snapshot = turn.region.serverless_snapshots.get(data["snapshot"])
    if snapshot is None:
        return
    source = "serverless-cache-snapshot", snapshot.id
    if trouble := data.get("failed") or turn.unsaved(snapshot.folder):
        snapshot.status = "create-failed"
        turn.tell(*source, f"Serverless cache snapshot failed: {trouble}", known=False)
        return
    snapshot.status = "available"
    turn.tell(*source, "Serverless cache snapshot created", known=False)


def deleted(turn: Turn, data: Params) -> None:
    """Forget a snapshot; its data goes with the last one that shares it."""
    if gone := turn.region.serverless_snapshots.pop(data["snapshot"], None):
        discard_unshared(turn, gone.folder)
    turn.region.tags.pop(turn.arn("serverlesscachesnapshot", data["snapshot"]), None)


def _free_name(turn: Turn, name: str) -> str:
    snapshot_id = stored_id(name, "ServerlessCacheSnapshotName", most=255)
    if snapshot_id in turn.region.serverless_snapshots:
        raise refusal(
            "ServerlessCacheSnapshotAlreadyExistsFault",
            f"Serverless cache snapshot {snapshot_id} already exists.",
        )
    return snapshot_id


def _check_available(snapshot: ServerlessSnapshot) -> None:
    if not snapshot.at_rest:
        raise refusal(
            "InvalidServerlessCacheSnapshotStateFault",
            f"Serverless cache snapshot {snapshot.id} is {snapshot.shown}.",
        )
