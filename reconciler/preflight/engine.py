"""Engine versions that are offered here, and parameter groups whose family fits them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kind.engine_version import at_least, family, parts, satisfies
from reconciler.kinds.replication_group.transport import IN_PLACE
from reconciler.model import Address, CacheParameterGroup, ReplicationGroup, is_built_in
from reconciler.plan import Create, Replace
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict, changed

_NODE_BASED = ("replication_group", "cache_cluster")


def offered_versions(outlook: Outlook) -> Iterator[Finding]:
    """Ask once for each engine whether the service has the versions that caches are to run."""
    for planned, before, after in outlook.changes(*_NODE_BASED):
        version, engine = after.engine_version, after.engine
        wish = outlook.facts.desired.get(planned.address)
        if (
            before is not None
            and wish is not None
            and "engine_version" not in wish.model_fields_set
        ):
            # Made anew without one: the service chooses.
            continue
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
        name, engine = after.cache_parameter_group_name, after.engine
        if not (name and engine and changed(before, after, *fields)):
            continue
        chosen = before is None and not after.engine_version
        version = _default_of(outlook, engine) if chosen else after.engine_version
        held = _family_of(outlook, name)
        if held is None or not version or held == (needed := family(engine, version)):
            continue
        runs = f"{engine} {version}"
        if chosen:
            runs += ", which the service takes where engine_version is left out,"
        text = f"the parameter group {name} is of the family {held}; {runs} needs one of {needed}"
        yield Finding(planned.address, Verdict.REFUSED, text)


def preferred_tls(outlook: Outlook) -> Iterator[Finding]:
    """Hold TLS that is preferred against the version that something is made in, if none is written.

    A written one is judged by the spec's rules; a replacement takes the version of its snapshot.
    """
    for planned, before, after in outlook.changes("replication_group"):
        made = isinstance(planned.change, Create | Replace)
        if not made or after.transit_encryption_mode != "preferred" or after.engine != "redis":
            continue
        restored = (
            after.snapshot_name or after.snapshot_arns or after.serverless_cache_snapshot_name
        )
        version = before.engine_version if before is not None else after.engine_version
        if not version and not restored:
            version = _default_of(outlook, "redis")
        written = getattr(outlook.facts.desired.get(planned.address), "engine_version", None)
        if not version or written or at_least(version, IN_PLACE):
            continue
        text = (
            f"transit_encryption_mode preferred needs engine version {IN_PLACE}, and it would be "
            f'made in redis {version}; write engine_version: "7.1"'
        )
        yield Finding(planned.address, Verdict.REFUSED, text)


def modes(outlook: Outlook) -> Iterator[Finding]:
    """Hold cluster mode against cluster-enabled of the parameter group that is named."""
    for planned, before, after in outlook.changes("replication_group"):
        fields = ("cluster_mode", "cache_parameter_group_name")
        clustered = _clustered(before, after)
        name = after.cache_parameter_group_name
        if not name or not changed(before, after, *fields):
            continue
        held = _enables(outlook, name)
        if clustered is None:
            if before is None and held and after.automatic_failover_enabled is False:
                text = (
                    f"the parameter group {name} says cluster-enabled: yes, and cluster mode can't "
                    "be without failover; write automatic_failover_enabled: true"
                )
                yield Finding(planned.address, Verdict.REFUSED, text)
            continue
        if held is not None and held is not clustered:
            said, wanted = ("yes", "no") if held else ("no", "yes")
            text = (
                f"the parameter group {name} says cluster-enabled: {said}; cluster_mode "
                f"{after.cluster_mode or 'enabled'} needs one that says {wanted}"
            )
            yield Finding(planned.address, Verdict.REFUSED, text)


def _clustered(before: ReplicationGroup | None, after: ReplicationGroup) -> bool | None:
    """Say whether it will be in cluster mode; None: its parameter group decides."""
    if after.cluster_mode is not None:
        return after.cluster_mode != "disabled"
    return True if before is None and (after.num_node_groups or 1) > 1 else None


def _enables(outlook: Outlook, name: str) -> bool | None:
    address = Address(CacheParameterGroup.kind, name)
    if is_built_in(address):
        return name.endswith(".cluster.on")
    found = outlook.will_be(address)
    if not isinstance(found, CacheParameterGroup):
        return None
    live = outlook.facts.observed.get(address)
    if found.parameters is None and live is not None and not found.known:
        # Of groups that the spec does not name no parameters are read.
        return None
    held = found.known.get("cluster-enabled")
    own = held.value if held is not None and found.parameters is None else "no"
    return (found.parameters or {}).get("cluster-enabled", own) == "yes"


def _default_of(outlook: Outlook, engine: str) -> str:
    """Give the version that the service takes by itself; nothing where it does not say."""
    told = outlook.ask.every(
        "elasticache", "describe_cache_engine_versions", "CacheEngineVersions",
        {"Engine": engine, "DefaultOnly": True},
    )  # fmt: skip
    known = [] if isinstance(told, Silence) else [str(one.get("EngineVersion", "")) for one in told]
    return known[0] if len(known) == 1 else ""


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
