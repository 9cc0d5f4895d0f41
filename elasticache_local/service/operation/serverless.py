"""Serverless caches: one field per modify, TLS always on, a user group or nobody to refuse."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from elasticache_local.clock import moment
from elasticache_local.service.answer.replication_group import HOST, endpoint_of
from elasticache_local.service.operation.daily_snapshot import drop_automatic, plan_snapshot
from elasticache_local.service.operation.kept_data import lost_final
from elasticache_local.service.operation.restoring import sources_in_use
from elasticache_local.service.operation.serverless_snapshot import take_snapshot
from elasticache_local.service.operation.snapshot_source import snapshots_to_restore
from elasticache_local.service.paging import page
from elasticache_local.service.record import ServerlessCache
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.dns_name import letters
from elasticache_local.service.rule.engine_version import VERSIONS, EngineVersion, version_number
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.limit import read_limits
from elasticache_local.service.rule.membership import find_group_for_cache
from elasticache_local.service.rule.network import (
    check_key,
    check_security_groups,
    default_security_group,
    default_subnets,
    place,
)
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.rule.window import time_of_day
from elasticache_local.service.turn import Answer, Params, Turn

ONE_FIELD = "Serverless Cache modifications only support modifying one field per request."
_DEFAULT_MAJOR = {"redis": "7", "valkey": "8", "memcached": "1.6"}
_SEEN = {("valkey", "8"): "8.1"}
"""What live describes show as the full version of a major; else it is the newest of it."""
_TOGETHER = {
    "Description": "description",
    "CacheUsageLimits": "limits",
    "RemoveUserGroup": "group",
    "UserGroupId": "group",
    "SecurityGroupIds": "security groups",
    "SnapshotRetentionLimit": "retention",
    "DailySnapshotTime": "time",
    "Engine": "engine",
    "MajorEngineVersion": "engine",
}
_FIRST_MAJOR = 7


def create_serverless_cache(turn: Turn, params: Params) -> Answer:
    """CreateServerlessCache."""
    longest = turn.switches.serverless_name_max_length
    name = stored_id(params["ServerlessCacheName"], "ServerlessCacheName", most=longest)
    tags = read_tags(params.get("Tags"))
    if name in turn.region.serverless_caches:
        raise refusal(
            "ServerlessCacheAlreadyExistsFault", f"Serverless cache {name} already exists."
        )
    if len(turn.region.serverless_caches) >= turn.quota(
        "serverless_caches", turn.switches.serverless_quota
    ):
        raise refusal(
            "ServerlessCacheQuotaForCustomerExceededFault",
            "The quota of serverless caches has been exceeded.",
        )
    cache = _read(turn, name, params)
    turn.region.serverless_caches[name] = cache
    if tags:
        turn.region.tags[turn.arn("serverlesscache", name)] = tags
    turn.later(
        "serverless.created",
        turn.durations.serverless_create,
        busy=sources_in_use(turn, params),
        label="restoring",
        holds=[cache],
        even_failed=True,
        cache=name,
    )
    return {"ServerlessCache": answer(turn, cache)}


def _read(turn: Turn, name: str, params: Params) -> ServerlessCache:
    version = _version(params["Engine"], params.get("MajorEngineVersion"))
    time = params.get("DailySnapshotTime")
    return ServerlessCache(
        id=name,
        status="creating",
        created=turn.now,
        description=params.get("Description") or " ",
        engine=version.engine,
        engine_version=version.full,
        major=_major(version),
        limits=read_limits(params.get("CacheUsageLimits")),
        kms_key=check_key(turn.region, params.get("KmsKeyId")),
        security_groups=check_security_groups(turn.region, params.get("SecurityGroupIds") or ())
        or [default_security_group(turn.region)],
        subnets=_subnets(turn, params.get("SubnetIds") or ()),
        user_group=_user_group(turn, params.get("UserGroupId"), version),
        snapshot_retention=_retention(params),
        daily_snapshot=time_of_day(time) if time else _assigned_time(name),
        network_type=params.get("NetworkType") or "ipv4",
        connection_type=_connection_type(params, version),
        integrations=_integrations(params, version),
        suffix=letters(f"{turn.region.account_id}/{turn.region.name}/{name}/{turn.now}"),
        restore_from=snapshots_to_restore(turn, params.get("SnapshotArnsToRestore") or ()),
    )


def modify_serverless_cache(turn: Turn, params: Params) -> Answer:
    """ModifyServerlessCache: one field, even if its value is the one it has."""
    cache = find_serverless(turn, params["ServerlessCacheName"])
    asked = {
        group
        for field, group in _TOGETHER.items()
        if params.get(field) is not None and not (field == "RemoveUserGroup" and not params[field])
    }
    if not asked:
        raise bad_combination("No modifications were requested.")
    if len(asked) > 1:
        raise bad_combination(ONE_FIELD)
    check_available(cache)
    cache.applying = _changes(turn, cache, params)
    turn.later(
        "serverless.modified",
        turn.durations.serverless_modify,
        busy=[cache],
        holds=[cache],
        cache=cache.id,
    )
    return {"ServerlessCache": answer(turn, cache)}


def delete_serverless_cache(turn: Turn, params: Params) -> Answer:
    """DeleteServerlessCache."""
    cache = find_serverless(turn, params["ServerlessCacheName"])
    if cache.status != "create-failed":
        check_available(cache)
    saves: dict[str, str] = {}
    if params.get("FinalSnapshotName"):
        last = take_snapshot(turn, cache, params["FinalSnapshotName"], kms_key="", tags={})
        saves = {last.folder: turn.key(cache)} if last.folder else {}
        cache.busy.clear()
    cache.status = "deleting"
    turn.later(
        "serverless.deleted",
        turn.durations.serverless_delete,
        saves=saves,
        cache=cache.id,
        final=list(saves),
    )
    return {"ServerlessCache": answer(turn, cache)}


def describe_serverless_caches(turn: Turn, params: Params) -> Answer:
    """DescribeServerlessCaches."""
    caches = turn.region.serverless_caches
    if params.get("ServerlessCacheName"):
        cache = find_serverless(turn, params["ServerlessCacheName"])
        caches = {cache.id: cache}
    return page(
        caches,
        params,
        "ServerlessCaches",
        lambda cache: answer(turn, cache),
        marker="NextToken",
        size="MaxResults",
        default=50,
        least=1,
    )


def find_serverless(turn: Turn, name: str) -> ServerlessCache:
    """Give the cache, or refuse with ServerlessCacheNotFoundFault."""
    cache = turn.region.serverless_caches.get(name.lower())
    if cache is None:
        raise refusal("ServerlessCacheNotFoundFault", f"Serverless cache {name} not found.")
    return cache


def check_available(cache: ServerlessCache) -> None:
    """Refuse a change of a cache that is not available."""
    if not cache.at_rest:
        raise refusal(
            "InvalidServerlessCacheStateFault",
            "Serverless cache is not in an available state to perform the requested action.",
        )


def answer(turn: Turn, cache: ServerlessCache) -> Answer:
    """Give a serverless cache as the service shows it."""
    shown: Answer = {
        "ServerlessCacheName": cache.id,
        "Description": cache.description,
        "CreateTime": moment(cache.created),
        "Status": cache.shown,
        "Engine": cache.engine,
        "MajorEngineVersion": cache.major,
        "FullEngineVersion": ".".join(cache.engine_version.split(".")[:2]),
        "SecurityGroupIds": list(cache.security_groups),
        "ARN": turn.arn("serverlesscache", cache.id),
        "SubnetIds": list(cache.subnets),
        "NetworkType": cache.network_type,
        "ConnectionType": cache.connection_type,
        "Integrations": [
            {"IntegrationType": name, "Status": "enabled"} for name in cache.integrations
        ],
        "StorageEncryptionType": "sse-kms" if cache.kms_key else "sse-elasticache",
    }
    if cache.engine != "memcached":
        shown["SnapshotRetentionLimit"] = cache.snapshot_retention
        shown["DailySnapshotTime"] = cache.daily_snapshot
    if cache.limits:
        shown["CacheUsageLimits"] = copy.deepcopy(cache.limits)
    if cache.kms_key:
        shown["KmsKeyId"] = cache.kms_key
    if cache.user_group:
        shown["UserGroupId"] = cache.user_group
    if endpoint := endpoint_of(cache, "serverless"):
        shown["Endpoint"] = endpoint
    if endpoint := endpoint_of(cache, "serverless_reader"):
        shown["ReaderEndpoint"] = {**endpoint, "Address": HOST}
    return shown


def created(turn: Turn, data: Params) -> None:
    """End a creation, well or badly."""
    cache = turn.region.serverless_caches.get(data["cache"])
    if cache is None or cache.status != "creating":
        return
    if trouble := data.get("failed") or turn.problem(turn.key(cache)):
        cache.status = "create-failed"
        turn.tell("serverless-cache", cache.id, f"Creation failed: {trouble}", known=False)
        return
    cache.status, cache.restore_from = "available", ""
    plan_snapshot(turn, cache)
    turn.tell("serverless-cache", cache.id, "Serverless cache created", known=False)


def modified(turn: Turn, data: Params) -> None:
    """Let what was applied become what is, or drop it when made to fail."""
    cache = turn.region.serverless_caches.get(data["cache"])
    if cache is None:
        return
    changes, cache.applying = cache.applying, {}
    if data.get("rolled_back"):
        turn.touch(cache)
        turn.tell("serverless-cache", cache.id, data["rolled_back"], known=False)
        return
    for name, value in changes.items():
        setattr(cache, name, value)
    plan_snapshot(turn, cache)
    turn.touch(cache)
    turn.tell("serverless-cache", cache.id, "Serverless cache modified", known=False)


def deleted(turn: Turn, data: Params) -> None:
    """Forget a cache."""
    cache = turn.region.serverless_caches.get(data["cache"])
    if cache is None:
        return
    if trouble := lost_final(turn, data.get("final", ())):
        cache.status = "available"
        turn.touch(cache)
        plan_snapshot(turn, cache)
        words = f"Not deleted: the final snapshot failed: {trouble}"
        turn.tell("serverless-cache", cache.id, words, known=False)
        return
    del turn.region.serverless_caches[cache.id]
    turn.forgotten.append(turn.key(cache))
    drop_automatic(turn, cache)
    turn.region.tags.pop(turn.arn("serverlesscache", cache.id), None)
    turn.tell("serverless-cache", cache.id, "Serverless cache deleted", known=False)


def _changes(turn: Turn, cache: ServerlessCache, params: Params) -> dict[str, Any]:
    if params.get("Engine") or params.get("MajorEngineVersion"):
        return _engine_changes(turn, cache, params)
    if params.get("RemoveUserGroup"):
        if params.get("UserGroupId"):
            raise bad_combination("UserGroupId and RemoveUserGroup can't be used together.")
        return {"user_group": None}
    if params.get("UserGroupId"):
        here = next(
            version
            for version in VERSIONS
            if (version.engine, version.full) == (cache.engine, cache.engine_version)
        )
        return {"user_group": _user_group(turn, params["UserGroupId"], here)}
    if params.get("CacheUsageLimits"):
        return {"limits": read_limits(params["CacheUsageLimits"], cache.limits)}
    if params.get("SecurityGroupIds") is not None:
        if not params["SecurityGroupIds"]:
            raise bad_value("SecurityGroupIds can't be empty.")
        return {"security_groups": check_security_groups(turn.region, params["SecurityGroupIds"])}
    if params.get("DailySnapshotTime"):
        return {"daily_snapshot": time_of_day(params["DailySnapshotTime"])}
    if params.get("Description") is not None:
        return {"description": params["Description"] or " "}
    return {"snapshot_retention": _retention(params)}


def _connection_type(params: Params, version: EngineVersion) -> str:
    asked: str = params.get("ConnectionType") or "vpc"
    if asked == "public":
        _check_nine(version, "ConnectionType public")
    return asked


def _integrations(params: Params, version: EngineVersion) -> list[str]:
    asked = [one["IntegrationType"] for one in params.get("Integrations") or ()]
    if asked:
        _check_nine(version, "Integrations")
    return sorted(set(asked))


def _check_nine(version: EngineVersion, what: str) -> None:
    """Refuse what needs Valkey 9 (API reference, CreateServerlessCache)."""
    if version.engine != "valkey" or version.number < (9, 0):
        raise bad_combination(f"{what} requires Valkey 9 or above.")


def _engine_changes(turn: Turn, cache: ServerlessCache, params: Params) -> dict[str, Any]:
    engine = (params.get("Engine") or cache.engine).lower()
    major = params.get("MajorEngineVersion")
    if engine == cache.engine and major is None:
        major = cache.major
    version = _version(engine, major)
    moves = {(cache.engine, engine)}
    back = (cache.engine, cache.major, engine, _major(version)) == ("valkey", "7", "redis", "7")
    if not moves <= {(engine, engine), ("redis", "valkey")} and not back:
        raise bad_combination(f"Cannot modify engine {cache.engine} to {engine}.")
    if not back and version_number(_major(version)) < version_number(cache.major):
        raise bad_combination(
            f"Cannot downgrade major engine version from {cache.major} to {_major(version)}."
        )
    if cache.user_group:
        find_group_for_cache(turn.region, cache.user_group, version.engine, version.full)
    return {"engine": engine, "engine_version": version.full, "major": _major(version)}


def _version(engine: str, major: str | None) -> EngineVersion:
    engine = engine.lower()
    if engine not in _DEFAULT_MAJOR:
        raise bad_value(f"Unsupported engine: {engine}.")
    wanted = major or _DEFAULT_MAJOR[engine]
    of_major = [v for v in VERSIONS if v.engine == engine and _major(v) == wanted]
    if of_major:
        seen = [version for version in of_major if version.asked == _SEEN.get((engine, wanted))]
        return (seen or of_major)[-1]
    raise bad_value(f"Cannot find major engine version {wanted} for {engine}.")


def _major(version: EngineVersion) -> str:
    if version.engine == "memcached":
        return "1.6" if version.full == "1.6.22" else ""
    first = version.full.split(".", maxsplit=1)[0]
    return first if int(first) >= _FIRST_MAJOR else ""


def _user_group(turn: Turn, group_id: str | None, version: EngineVersion) -> str | None:
    if not group_id:
        return None
    if version.engine == "memcached":
        raise bad_combination("User groups can't be used with engine memcached.")
    return find_group_for_cache(turn.region, group_id, version.engine, version.full).id


def _retention(params: Mapping[str, Any]) -> int:
    days = params.get("SnapshotRetentionLimit") or 0
    if not 0 <= days <= 35:
        raise bad_value("SnapshotRetentionLimit must be between 0 and 35.")
    return int(days)


def _subnets(turn: Turn, subnet_ids: list[str] | tuple[str, ...]) -> list[str]:
    if not subnet_ids:
        return sorted(default_subnets(turn.region))
    if place(turn.region, subnet_ids) is None:
        raise bad_value("SubnetIds must exist and be in one VPC.")
    return list(subnet_ids)


def _assigned_time(name: str) -> str:
    return f"{sum(name.encode()) % 24:02}:30"
