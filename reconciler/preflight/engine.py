"""Engine versions that are offered here, and parameter groups whose family fits them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.engine_version import family, parts, satisfies
from reconciler.model import Address, CacheParameterGroup, is_built_in
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict, changed

_NODE_BASED = ("replication_group", "cache_cluster")


def offered_versions(outlook: Outlook) -> Iterator[Finding]:
    """Ask once for each engine whether the service has the versions that caches are to run."""
    for planned, before, after in outlook.changes(*_NODE_BASED):
        version, engine = after.engine_version, after.engine
        if not (version and engine and changed(before, after, "engine", "engine_version")):
            continue
        told = outlook.ask.every(
            "elasticache", "describe_cache_engine_versions", "CacheEngineVersions",
            {"Engine": engine},
        )  # fmt: skip
        if isinstance(told, Silence):
            text = f"whether {engine} {version} is offered here: {told.why}"
            yield Finding(planned.address, Verdict.UNKNOWN, text)
            continue
        there = {str(one.get("EngineVersion", "")) for one in told}
        if not any(_is(version, one) for one in there):
            listed = ", ".join(sorted(there, key=parts)) or "none"
            text = f"{engine} {version} is not offered in {outlook.facts.region}; offered: {listed}"
            yield Finding(planned.address, Verdict.REFUSED, text)


def families(outlook: Outlook) -> Iterator[Finding]:
    """Hold the family of each named parameter group against the engine that will run with it."""
    fields = ("engine", "engine_version", "cache_parameter_group_name")
    for planned, before, after in outlook.changes(*_NODE_BASED):
        name = after.cache_parameter_group_name
        if not (name and after.engine and after.engine_version):
            continue
        if not changed(before, after, *fields):
            continue
        held = _family_of(outlook, name)
        needed = family(after.engine, after.engine_version)
        if held is not None and held != needed:
            text = (
                f"the parameter group {name} is of the family {held}; "
                f"{after.engine} {after.engine_version} needs one of {needed}"
            )
            yield Finding(planned.address, Verdict.REFUSED, text)


def _family_of(outlook: Outlook, name: str) -> str | None:
    address = Address(CacheParameterGroup.kind, name)
    if is_built_in(address):
        return name.removeprefix("default.").removesuffix(".cluster.on")
    found = outlook.will_be(address)
    return found.cache_parameter_group_family if isinstance(found, CacheParameterGroup) else None


def _is(wished: str, offered: str) -> bool:
    return satisfies(wished, offered, auto_minor=False) or satisfies(
        offered, wished, auto_minor=False
    )
