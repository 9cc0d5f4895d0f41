"""Who feels a change: a user's groups, a group's caches, and the engines that run there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.kind import Facts
from reconciler.model import Address, ReplicationGroup, Resource, ServerlessCache

USER, GROUP = "user", "user_group"
CACHES = (ReplicationGroup.kind, ServerlessCache.kind)
NAMED_BY = {
    "cache_parameter_group": "cache_parameter_group_name",
    "cache_subnet_group": "cache_subnet_group_name",
}
"""Kinds that caches name in a field, without the service telling them which caches do."""


@dataclass(frozen=True, slots=True, order=True)
class Engine:
    """An engine and its version, as a cache runs it or is to run it (``8.1``, ``7.1.0``, ``8``)."""

    name: str
    version: str


def groups_of(user: Address, facts: Facts) -> frozenset[Address]:
    """Give the groups that a user is in, before or after."""
    return _reached(user, facts) | facts.referrers.get(user, frozenset())


def caches_of(group: Address, facts: Facts) -> frozenset[Address]:
    """Give the caches that a group is attached to, before or after."""
    return _reached(group, facts) | facts.referrers.get(group, frozenset())


def closure(address: Address, facts: Facts) -> tuple[Address, ...]:
    """Give everything that a change of this is felt by: a user's groups and then their caches."""
    if address.kind in NAMED_BY:
        wished = facts.referrers.get(address, frozenset())
        return tuple(sorted({*standing_in(address, facts), *wished}))
    groups = sorted(groups_of(address, facts)) if address.kind == USER else []
    starts = groups or ([address] if address.kind == GROUP else [])
    caches = sorted({cache for group in starts for cache in caches_of(group, facts)})
    return (*groups, *caches)


def standing_in(group: Address, facts: Facts) -> tuple[Address, ...]:
    """Give the caches that have this parameter or subnet group now."""
    field = NAMED_BY[group.kind]
    return tuple(
        cache
        for cache, live in sorted(facts.observed.items())
        if getattr(live.resource, field, None) == group.id
    )


def engines_at(cache: Address, facts: Facts) -> Iterator[Engine]:
    """Give the engine that a cache runs and the one that the spec wants there."""
    live, wished = facts.observed.get(cache), facts.desired.get(cache)
    if live is not None and live.resource.engine:
        yield Engine(live.resource.engine, live.engine_version or written_version(live.resource))
    if wished is not None:
        name = wished.engine or (live.resource.engine if live is not None else None)  # type: ignore[attr-defined]
        if name and (version := written_version(wished)):
            yield Engine(name, version)


def engines_in_reach(user: Address, facts: Facts) -> frozenset[Engine]:
    """Give the engines of all caches that a user reaches, before and after."""
    return frozenset(
        engine
        for cache in closure(user, facts)
        if cache.kind in CACHES
        for engine in engines_at(cache, facts)
    )


def written_version(cache: Resource) -> str:
    """Give the version that a cache resource carries, in whatever precision; empty without one."""
    match cache:
        case ReplicationGroup():
            return cache.engine_version or ""
        case ServerlessCache():
            return cache.major_engine_version or ""
        case _:
            return ""


def _reached(address: Address, facts: Facts) -> frozenset[Address]:
    live = facts.observed.get(address)
    return frozenset(live.reaches) if live is not None else frozenset()
