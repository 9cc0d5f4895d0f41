"""A cache made anew under its own name: kept in a snapshot, deleted, made of it. Only if asked.

What is left out of the spec is not carried over: once the cache is gone nobody could read it. So
everything that matters has to be written before the first call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TypeVar

from reconciler.kind import Facts, Impact, Kind, Next, Step, Unreachable, Wait
from reconciler.kind.engine_version import is_lower
from reconciler.kind.kept import BEGUN, Kept, free_name, replacing
from reconciler.model import Address, Cache, CacheCluster, Resource
from reconciler.planning.complete import complete
from reconciler.ports import Call

R = TypeVar("R", bound=Resource)

_SIZES = frozenset(
    {"num_cache_clusters", "num_node_groups", "replicas_per_node_group", "cluster_mode"}
)
_FOLLOWS = {
    **dict.fromkeys(_SIZES, _SIZES),
    "transit_encryption_mode": frozenset({"transit_encryption_enabled"}),
}
"""Fields that are settled when one of those beside them is written."""


def aim(kind: Kind[R], desired: R, before: R | None, facts: Facts) -> R:
    """Give ``after`` as complete does; what was being replaced when it went is made of its data."""
    after = complete(kind, desired, before, facts)
    if before is None and (kept := begun(desired.address, facts)) is not None:
        marks = {**after.marks, "restored": kept.name}
        return kind.restored(after.but(marks=marks), kept.name, facts)
    return after


def begun(address: Address, facts: Facts) -> Kept | None:
    """Give the snapshot from which a replacement that was begun is finished."""
    return replacing(address, facts.snapshots, facts.estate)


def standing(live_resource: R, facts: Facts) -> R:
    """Give a cache that is there with the snapshot that was just taken of it, if it is complete."""
    kept = _fresh(live_resource.address, facts)
    if kept is None or kept.status != "available" or not hasattr(live_resource, "snapshot_kept"):
        return live_resource
    return live_resource.but(snapshot_kept=kept.name)


def first_step(
    kind: Kind[R], before: R, after: R, facts: Facts, refused: Unreachable
) -> Step | Wait | Unreachable:
    """Give the first step of making it anew, or ``refused`` with what stands in the way."""
    name = getattr(before, "snapshot_kept", None)
    if name is None:
        return _keep(kind, before, after, facts, refused)
    ending = kind.next_step(before, None, facts)
    assert isinstance(ending, Step)
    live = facts.observed.get(before.address)
    hosts = sorted({f"{one.host}:{one.port}" for one in live.endpoints}) if live is not None else []
    return dataclasses.replace(
        ending,
        impact=Impact.REPLACEMENT,
        impact_text="CUTS OFF all clients until the new one stands",
        lines=(
            f"what was written since the snapshot {name} is lost",
            *(f"goes: {host}" for host in hosts),
        ),
    )


def afterwards(before: Resource, facts: Facts) -> Facts:
    """Give the facts as they are once a cache that was kept is gone."""
    name = getattr(before, "snapshot_kept", None) or ""
    marks = {"estate": facts.estate, "address": str(before.address), "replace": BEGUN}
    known = [one for one in facts.snapshots if one.name == name]
    version = getattr(before, "engine_version", None) or ""
    kept = known or [
        Kept(name, "", before.kind, (before.id,), "available", facts.now, marks, version)
    ]
    observed = {one: live for one, live in facts.observed.items() if one != before.address}
    others = (one for one in facts.snapshots if one.name != name)
    return dataclasses.replace(facts, observed=observed, snapshots=(*others, *kept))


def made_of(step: Next, kept: Kept) -> Next:
    """Give a create with the line that says what it is made of, once that is complete."""
    if not isinstance(step, Step):
        return step
    if kept.status == "creating":
        return Wait(f"the snapshot {kept.name} is complete")
    told = (f"made of what the snapshot {kept.name} holds; endpoints may have new names",)
    return dataclasses.replace(step, lines=(*step.lines, *told))


def _keep(
    kind: Kind[R], before: R, after: R, facts: Facts, refused: Unreachable
) -> Step | Wait | Unreachable:
    if (kept := _fresh(before.address, facts)) is not None:
        return Wait(f"the snapshot {kept.name} is complete")
    name = free_name(before.address, "replace", facts.snapshots)
    call = kind.keep(before, name, facts)
    if call is None or not isinstance(before, Cache | CacheCluster):
        return refused
    if _goes_back(before, after):
        return _instead(refused, "a snapshot can't be restored into an older engine")
    if (
        getattr(before, "cluster_mode", None) == "enabled"
        and getattr(after, "cluster_mode", None) != "enabled"
    ):
        # User Guide, "Restoring from a backup": cluster mode restores into cluster mode alone.
        return _instead(refused, "a snapshot of shards can't be restored without cluster mode")
    if missing := ", ".join(_unwritten(kind, before, facts)):
        reason = f"made anew it would lack what the spec does not say: {missing}"
        return _instead(refused, reason, f"write {missing}; or {refused.way}")
    marks = {"estate": facts.estate, "address": str(before.address), "replace": BEGUN}
    tags = facts.tags(type(before)(id=before.id, marks=marks))
    return Step(
        Call(call.service, call.operation, {**call.params, "Tags": tags}),
        before.but(snapshot_kept=name),
        impact_text="nobody cut off",
        lines=("clients should stop writing first: what they write after it is lost",),
        settle_timeout_s=4 * 3600,
    )


def _fresh(address: Address, facts: Facts) -> Kept | None:
    if facts.now is None:
        return None
    return replacing(address, facts.snapshots, facts.estate, at=facts.now)


def _goes_back(before: Resource, after: Resource) -> bool:
    was, wished = (getattr(one, "engine", "") or "" for one in (before, after))
    if was != wished:
        return (was, wished) != ("redis", "valkey")
    versions = (_version(after), _version(before))
    return all(versions) and is_lower(*versions)


def _version(resource: Resource) -> str:
    for name in ("engine_version", "major_engine_version"):
        if found := getattr(resource, name, None):
            return str(found)
    return ""


def _unwritten(kind: Kind[R], before: R, facts: Facts) -> Iterator[str]:
    """Give the fields that it has, that are no default, and that the spec leaves out."""
    given = facts.desired[before.address].model_fields_set
    for name in kind.fields:
        held = getattr(before, name)
        if name == "tags" or name in given or held in (None, (), "") or held is False:
            continue
        if held != kind.reset(name, before) and not _FOLLOWS.get(name, frozenset()) & given:
            yield name


def _instead(refused: Unreachable, reason: str, way: str = "") -> Unreachable:
    told = f"{refused.reason}; {reason}"
    return dataclasses.replace(refused, reason=told, way=way or refused.way, replace=False)


def offered(kind: Kind[R], before: R, after: R, facts: Facts, refused: Unreachable) -> Unreachable:
    """Give the refusal with the consent that would have it made anew, if any would."""
    found = first_step(kind, before, after, facts, refused)
    if isinstance(found, Unreachable):
        return dataclasses.replace(found, replace=False)
    way = f"{refused.way}; or have it made anew from a snapshot: --allow replace:{before.address}"
    return dataclasses.replace(refused, way=way)


def unasked(address: Address, facts: Facts) -> Facts:
    """Give the facts without a consent to make this anew."""
    asked = dataclasses.replace(facts.asked, replace=facts.asked.replace - {address})
    return dataclasses.replace(facts, asked=asked)


def not_ours(refused: Unreachable) -> Unreachable:
    """Say of what only a new one would have that what is not ours is never deleted."""
    if not refused.replace:
        return refused
    first = f"{refused.way}; or adopt it as it is first, then have it made anew"
    return dataclasses.replace(refused, way=first, replace=False)
