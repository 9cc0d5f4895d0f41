"""Caches -> groups -> users as they are now, and what each user may do there. Pure.

Caches that the same groups are let into, and that judge rights alike, share one table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler import acl
from reconciler.model import Address, Cache, Resource, UserGroup
from reconciler.rights import Holder, attached, holders

QUESTIONS = (
    "GET",
    "SET",
    "DEL",
    "SCAN",
    "KEYS",
    "PUBLISH",
    "SUBSCRIBE",
    "EVAL",
    "INFO",
    "FLUSHALL",
)
"""Commands that tell most about a user: reading, writing, looking around, harming everybody."""
_READ, _WRITE = 1, 2


@dataclass(frozen=True, slots=True)
class Person:
    """A user at a cache: who, how it logs in, on which keys, and an answer to each question."""

    id: str
    name: str
    login: str
    reads: str
    writes: str
    answers: tuple[bool, ...]
    drifted: bool
    trouble: str = ""
    """Why its rights can't be told."""


@dataclass(frozen=True, slots=True)
class Group:
    """A user group at a cache, and who is in it."""

    id: str
    people: tuple[Person, ...]
    drifted: bool


@dataclass(frozen=True, slots=True)
class Door:
    """Caches that let the same people in with the same rights."""

    caches: tuple[str, ...]
    judged: str
    """The command tables that judge rights there."""
    groups: tuple[Group, ...]
    open_to: str = ""
    """Who comes in where there is no group."""

    @property
    def people(self) -> int:
        """Count the users."""
        return sum(len(group.people) for group in self.groups)


def doors(resources: Mapping[Address, Resource], drifted: frozenset[str]) -> tuple[Door, ...]:
    """Give every way in, by cache; ``drifted`` are addresses to be marked."""
    alike: dict[tuple[object, ...], list[Cache]] = {}
    for address in sorted(resources):
        cache = resources[address]
        if isinstance(cache, Cache):
            held = tuple(holders(cache, resources))
            judged = tuple(table.name for table in held[0].tables) if held else ()
            defaults = held[0].channel_defaults if held else ()
            alike.setdefault((attached(cache), judged, defaults, _open_to(cache)), []).append(cache)
    return tuple(_door(caches, resources, drifted) for caches in alike.values())


def _door(
    caches: list[Cache], resources: Mapping[Address, Resource], drifted: frozenset[str]
) -> Door:
    first = caches[0]
    held: dict[str, list[Holder]] = {name: [] for name in attached(first)}
    for holder in holders(first, resources):
        held[holder.group.id].append(holder)
    tables = next((some[0].tables for some in held.values() if some), ())
    return Door(
        tuple(str(one.address) for one in caches),
        ", ".join(table.name for table in tables),
        tuple(
            Group(
                name,
                tuple(_person(one, drifted) for one in some),
                str(Address(UserGroup.kind, name)) in drifted,
            )
            for name, some in held.items()
        ),
        "" if attached(first) else _open_to(first),
    )


def _open_to(cache: Cache) -> str:
    if attached(cache):
        return ""
    token = getattr(cache, "auth_token", None) is not None
    return "whoever knows the AUTH token" if token else "anybody in its network"


def _person(holder: Holder, drifted: frozenset[str]) -> Person:
    user = holder.user
    mode = user.authentication_mode
    base = Person(
        user.id,
        holder.name,
        mode.type if mode is not None else "not told",
        reads="",
        writes="",
        answers=(False,) * len(QUESTIONS),
        drifted=str(user.address) in drifted,
    )
    try:
        found = [
            acl.read(user.access_string or "off", table, channel_default=default)
            for table in holder.tables
            for default in holder.channel_defaults
        ]
    except acl.AccessStringError as error:
        return replace(base, trouble=f"its access string can't be used there: {error}")
    if not any(one.on for one in found):
        return replace(base, login="shut off")
    return replace(
        base,
        reads=_keys(found, _READ),
        writes=_keys(found, _WRITE),
        answers=tuple(any(may(one, name) for one in found) for name in QUESTIONS),
    )


def may(found: acl.Rights, name: str) -> bool:
    """Say whether a command works on some key: what acl.decide_name says, without its reasons."""
    at = found.table.index.get(name.lower())
    if at is None or acl.is_hidden(name.lower()):
        return False
    return any(one.commands >> at & 1 for one in found.selectors)


def _keys(found: list[acl.Rights], bits: int) -> str:
    patterns = {
        pattern
        for one in found
        for selector in one.selectors
        for pattern in selector.patterns(bits)
    }
    return " ".join(sorted(patterns))


def links(found: tuple[Door, ...]) -> Iterator[tuple[str, str]]:
    """Give every line of the graph: cache to group, group to user; each once."""
    seen = set()
    for door in found:
        for group in door.groups:
            for pair in (
                *((cache, f"user_group/{group.id}") for cache in door.caches),
                *((f"user_group/{group.id}", f"user/{one.id}") for one in group.people),
            ):
                if pair not in seen:
                    seen.add(pair)
                    yield pair
