"""Serverless caches: one endpoint, no nodes; the noun stands in model.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.kind import (
    Endpoint,
    EndpointRole,
    Facts,
    Impact,
    Kind,
    Live,
    Next,
    Step,
    Unreachable,
    immutable_change,
)
from reconciler.kind.ending import delete_cache
from reconciler.kind.kept import Kept
from reconciler.model import Address, CacheUsageLimits, ServerlessCache, UsageRange
from reconciler.ports import Call, Reader

_SENT: Mapping[str, str] = {
    "engine": "Engine",
    "major_engine_version": "MajorEngineVersion",
    "description": "Description",
    "kms_key_id": "KmsKeyId",
    "security_group_ids": "SecurityGroupIds",
    "subnet_ids": "SubnetIds",
    "user_group_id": "UserGroupId",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "daily_snapshot_time": "DailySnapshotTime",
    "network_type": "NetworkType",
    "connection_type": "ConnectionType",
}
_SINGLE = ("description", "snapshot_retention_limit", "daily_snapshot_time")
# An unset description reads back as one space, and only a text replaces a text.
_NO_DESCRIPTION = " "
_EVERY = ("elasticache", "describe_serverless_caches", "ServerlessCaches")
_FOREIGN = "memcached"
_INTEGRATED = frozenset({None, "enabled", "enabling"})


class ServerlessCaches(Kind[ServerlessCache]):
    """Serverless caches of Valkey and Redis OSS."""

    model = ServerlessCache
    section = "serverless_caches"
    arn_type = "serverlesscache"
    retry_faults = frozenset({"InvalidServerlessCacheStateFault", "InvalidUserGroupState"})
    already_faults = frozenset({"ServerlessCacheAlreadyExistsFault"})
    gone_faults = frozenset({"ServerlessCacheNotFoundFault"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[ServerlessCache]]:  # noqa: ARG002 - no details
        """Read all serverless caches."""
        for found in reader.pages(*_EVERY):
            if found.get("Engine") != _FOREIGN:
                yield _live(found)

    def passed_over(self, reader: Reader) -> Iterator[str]:
        """Tell of those of memcached."""
        for found in reader.pages(*_EVERY):
            if found.get("Engine") == _FOREIGN:
                yield f"serverless_cache/{found['ServerlessCacheName']}: its engine is {_FOREIGN}"

    def fold(self, field_name: str, wished: Any, before: ServerlessCache, facts: Facts) -> Any:  # noqa: ARG002
        """Fold keys to their ARN, limits to what they limit, a blank description to none."""
        held = getattr(before, field_name)
        match field_name:
            case "kms_key_id" if held is not None:
                return held if held.rpartition("/")[2] == wished.rpartition("/")[2] else wished
            case "cache_usage_limits":
                limits = _tidy(wished)
                return held if limits == held else limits
            case "description":
                same = wished.strip() == (held or "").strip()
                return held if same else wished if wished.strip() else None
            case "major_engine_version" if held is not None:
                # Only the major is ours to choose.
                return held if wished.split(".")[0] == held.split(".")[0] else wished
            case _:
                return wished

    def fill(
        self,
        after: ServerlessCache,
        given: frozenset[str],  # noqa: ARG002 - a new one is shown in the service's form
        before: ServerlessCache | None,
        facts: Facts,  # noqa: ARG002
    ) -> ServerlessCache:
        """Give a new cache as describe will show it: blank is none, and so is a limit of nought."""
        if before is not None:
            return after
        told, limits = (after.description or "").strip(), after.cache_usage_limits
        text = after.description if told else None
        return after.but(description=text, cache_usage_limits=limits and _tidy(limits))

    def reset(self, field_name: str, before: ServerlessCache | None) -> Any:
        """Give the service's default."""
        match field_name:
            case "snapshot_retention_limit":
                return None if before is None else 0
            case "network_type":
                return None if before is None else "ipv4"
            case "connection_type":
                return None if before is None else "vpc"
            case "integrations":
                return None if before is None else ()
            case "description" | "cache_usage_limits" | "user_group_id":
                return None
            case _:
                return getattr(before, field_name, None)

    def next_step(
        self, before: ServerlessCache | None, after: ServerlessCache | None, facts: Facts
    ) -> Next:
        """Create in one call; change one field a call, as the service demands."""
        match before, after:
            case None, ServerlessCache():
                return _create(after, facts)
            case ServerlessCache(), ServerlessCache():
                if refused := immutable_change(before, after):
                    return refused
                if (move := _engine(before, after, facts)) is not None:
                    return move
                moves = (change(before, after) for change in _CHANGES)
                return next((move for move in moves if move is not None), None)
            case ServerlessCache(), None:
                params = {"ServerlessCacheName": before.id}
                final = "FinalSnapshotName"
                return delete_cache(before, facts, "delete_serverless_cache", params, final)
            case _:
                return None

    def snapshots(self, reader: Reader) -> Iterator[Kept]:
        """Read the snapshots of serverless caches."""
        for found in reader.pages(
            "elasticache",
            "describe_serverless_cache_snapshots",
            "ServerlessCacheSnapshots",
            {"SnapshotType": "user"},
        ):
            source = found.get("ServerlessCacheConfiguration", {}).get("ServerlessCacheName")
            yield Kept(
                found["ServerlessCacheSnapshotName"],
                found["ARN"],
                self.name,
                (source,) if source else (),
                found.get("Status", "").lower(),
                found.get("CreateTime"),
            )

    def keep(self, before: ServerlessCache, name: str, facts: Facts) -> Call:  # noqa: ARG002
        """Keep what it holds."""
        params = {"ServerlessCacheSnapshotName": name, "ServerlessCacheName": before.id}
        return Call("elasticache", "create_serverless_cache_snapshot", params)

    def restored(self, after: ServerlessCache, name: str, facts: Facts) -> ServerlessCache:
        """Make it of this snapshot and of nothing else."""
        return after.but(snapshot_arns_to_restore=(facts.arn("serverlesscachesnapshot", name),))

    def ripples_to(self, resource: ServerlessCache, facts: Facts) -> frozenset[Address]:  # noqa: ARG002
        """Give the group that it names: attaching and detaching makes it busy."""
        group = resource.user_group_id
        return frozenset({Address("user_group", group)} if group else ())


def _live(found: Mapping[str, Any]) -> Live[ServerlessCache]:
    # The service's own texts write the status in capitals here and there.
    status = found["Status"].lower().replace("_", "-")
    description = found.get("Description") or ""
    group = found.get("UserGroupId") or None
    return Live(
        ServerlessCache(
            id=found["ServerlessCacheName"],
            engine=found["Engine"],
            major_engine_version=found.get("MajorEngineVersion"),
            description=description if description.strip() else None,
            cache_usage_limits=_limits(found.get("CacheUsageLimits") or {}),
            kms_key_id=found.get("KmsKeyId"),
            security_group_ids=tuple(found.get("SecurityGroupIds", ())),
            subnet_ids=tuple(found.get("SubnetIds", ())),
            user_group_id=group,
            snapshot_retention_limit=found.get("SnapshotRetentionLimit", 0),
            daily_snapshot_time=found.get("DailySnapshotTime"),
            network_type=found.get("NetworkType") or "ipv4",
            connection_type=found.get("ConnectionType") or "vpc",
            integrations=tuple(
                one["IntegrationType"]
                for one in found.get("Integrations", ())
                if one.get("Status") in _INTEGRATED
            ),
        ),
        arn=found["ARN"],
        status=status,
        at_rest=status == "available",
        endpoints=tuple(_endpoints(found)),
        reaches=(Address("user_group", group),) if group else (),
        engine_version=found.get("FullEngineVersion") or found.get("MajorEngineVersion", ""),
    )


def _endpoints(found: Mapping[str, Any]) -> Iterator[Endpoint]:
    roles: tuple[tuple[EndpointRole, str], ...] = (
        ("serverless", "Endpoint"),
        ("serverless_reader", "ReaderEndpoint"),
    )
    for role, key in roles:
        if (one := found.get(key)) and one.get("Address"):
            yield Endpoint(role, one["Address"], int(one["Port"]), tls=True)


def _limits(found: Mapping[str, Any]) -> CacheUsageLimits | None:
    storage, ecpu = found.get("DataStorage") or {}, found.get("ECPUPerSecond") or {}
    return _tidy(
        CacheUsageLimits(
            data_storage=UsageRange(
                minimum=storage.get("Minimum"), maximum=storage.get("Maximum"), unit="GB"
            ),
            ecpu_per_second=UsageRange(minimum=ecpu.get("Minimum"), maximum=ecpu.get("Maximum")),
        )
    )


def _tidy(limits: CacheUsageLimits) -> CacheUsageLimits | None:
    """Give limits without those that are absent: zero removes a limit and then disappears."""

    def one(found: UsageRange | None, unit: Any) -> UsageRange | None:
        if found is None or not (found.minimum or found.maximum):
            return None
        return UsageRange(minimum=found.minimum or None, maximum=found.maximum or None, unit=unit)

    storage, ecpu = one(limits.data_storage, "GB"), one(limits.ecpu_per_second, None)
    if storage is None and ecpu is None:
        return None
    return CacheUsageLimits(data_storage=storage, ecpu_per_second=ecpu)


def _limits_request(
    limits: CacheUsageLimits | None, *, removed: CacheUsageLimits
) -> dict[str, Any]:
    """Give both limits as the API takes them: they go together, and zero takes one away."""
    request: dict[str, Any] = {}
    for field, key, unit in (
        ("data_storage", "DataStorage", {"Unit": "GB"}),
        ("ecpu_per_second", "ECPUPerSecond", {}),
    ):
        wished: UsageRange | None = getattr(limits, field, None)
        held: UsageRange | None = getattr(removed, field)
        ends = {
            key_end: getattr(wished, end, None) or 0
            for end, key_end in (("minimum", "Minimum"), ("maximum", "Maximum"))
            if getattr(wished, end, None) or getattr(held, end, None)
        }
        if ends:
            request[key] = {**ends, **unit}
    return request


def _create(after: ServerlessCache, facts: Facts) -> Next:
    if after.engine is None:
        reason = "a serverless cache can't be created without engine"
        return Unreachable(reason, "write it in the spec")
    params: dict[str, Any] = {"ServerlessCacheName": after.id}
    for name, key in _SENT.items():
        value = getattr(after, name)
        if value is not None and value != ():
            params[key] = list(value) if isinstance(value, tuple) else value
    if after.cache_usage_limits is not None:
        params["CacheUsageLimits"] = _limits_request(
            after.cache_usage_limits, removed=CacheUsageLimits()
        )
    if after.integrations:
        params["Integrations"] = [{"IntegrationType": name} for name in after.integrations]
    if after.snapshot_arns_to_restore:
        params["SnapshotArnsToRestore"] = list(after.snapshot_arns_to_restore)
    params["Tags"] = facts.tags(after)
    return Step(
        Call("elasticache", "create_serverless_cache", params),
        after,
        changes=tuple(name for name in _SENT if getattr(after, name) is not None),
    )


def _step(
    before: ServerlessCache, params: Mapping[str, Any], leaves: Mapping[str, Any], **more: Any
) -> Step:
    sent = {"ServerlessCacheName": before.id, **params}
    return Step(
        Call("elasticache", "modify_serverless_cache", sent),
        before.but(**leaves),
        changes=tuple(leaves),
        **more,
    )


def _engine(before: ServerlessCache, after: ServerlessCache, facts: Facts) -> Next:
    names = ("engine", "major_engine_version")
    if all(getattr(before, name) == getattr(after, name) for name in names):
        return None
    if _goes_back(before, after):
        was = f"{before.engine} {before.major_engine_version}"
        wished = f"{after.engine} {after.major_engine_version}"
        return Unreachable(
            f"the service does not go back from {was} to {wished}",
            "write the version that runs, or give a cache of the older one a new id",
            replace=True,
            fields=tuple(
                one
                for one in ("major_engine_version", "engine")
                if getattr(before, one) != getattr(after, one)
            ),
        )
    written = getattr(facts.desired.get(after.address), "model_fields_set", ())
    if before.engine != after.engine and "major_engine_version" not in written:
        text = "an engine changes only together with its version"
        return Unreachable(text, "write major_engine_version too", fields=("engine",))
    leaves = {name: getattr(after, name) for name in names}
    return _step(
        before,
        {"Engine": after.engine, "MajorEngineVersion": after.major_engine_version},
        leaves,
        impact=Impact.FAILOVER,
        impact_text="clients connect again while the service moves to the new engine",
        settle_timeout_s=3 * 3600,
    )


def _goes_back(before: ServerlessCache, after: ServerlessCache) -> bool:
    if before.engine == "valkey" and after.engine == "redis":
        # What came from redis 7 may go back there, and from nowhere else.
        return (before.major_engine_version, after.major_engine_version) != ("7", "7")
    was, wished = before.major_engine_version or "0", after.major_engine_version or "0"
    return before.engine == after.engine and int(wished.split(".")[0]) < int(was.split(".")[0])


def _settings(before: ServerlessCache, after: ServerlessCache) -> Next:
    name = next((one for one in _SINGLE if getattr(before, one) != getattr(after, one)), None)
    if name is None:
        return None
    value = getattr(after, name)
    sent = _NO_DESCRIPTION if name == "description" and value is None else value
    return _step(before, {_SENT[name]: sent}, {name: value})


def _security_groups(before: ServerlessCache, after: ServerlessCache) -> Next:
    if before.security_group_ids == after.security_group_ids:
        return None
    if not after.security_group_ids:
        return Unreachable(
            "the security groups of a cache can't be emptied",
            "name at least one",
            fields=("security_group_ids",),
        )
    leaves = {"security_group_ids": after.security_group_ids}
    return _step(before, {"SecurityGroupIds": list(after.security_group_ids)}, leaves)


def _usage(before: ServerlessCache, after: ServerlessCache) -> Next:
    if before.cache_usage_limits == after.cache_usage_limits:
        return None
    request = _limits_request(
        after.cache_usage_limits, removed=before.cache_usage_limits or CacheUsageLimits()
    )
    leaves = {"cache_usage_limits": after.cache_usage_limits}
    return _step(before, {"CacheUsageLimits": request}, leaves)


def _group(before: ServerlessCache, after: ServerlessCache) -> Next:
    if before.user_group_id == after.user_group_id:
        return None
    leaves = {"user_group_id": after.user_group_id}
    if after.user_group_id is None:
        text = "anybody in its network may log in afterwards, without a password"
        return _step(before, {"RemoveUserGroup": True}, leaves, impact_text=text)
    params, impact = {"UserGroupId": after.user_group_id}, Impact.DROPPED_USERS
    if held := before.user_group_id:
        # Whoever loses a way in here loses it because the spec says so: nobody has to act first.
        text = f"CUTS OFF users who are only in {held}"
        return _step(before, params, leaves, impact=impact, impact_text=text)
    return _step(
        before,
        params,
        leaves,
        impact=impact,
        impact_text="CUTS OFF clients that don't log in",
        gate="auth-finish",
        gate_text="every client must log in as a user first: until here nobody had to",
    )


# Engine first: a group of valkey may need it.
_CHANGES: tuple[Callable[[ServerlessCache, ServerlessCache], Next], ...] = (
    _settings,
    _security_groups,
    _usage,
    _group,
)
