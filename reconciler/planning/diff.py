"""Two resources -> the fields that differ; the only importer of deepdiff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from reconciler.kind import Kind
from reconciler.kind.overlap import held, short
from reconciler.model import AuthenticationMode, Resource
from reconciler.planning import record
from reconciler.planning.record import Moved

PASSWORDS = "passwords"
"""The field that stands for a difference of the mark ``secret``: which versions were set."""


@dataclass(frozen=True)
class FieldChange:
    """One field that differs. ``inside`` is deepdiff's account of a structured value, in lines."""

    field: str
    before: Any
    after: Any
    moved: Moved
    inside: tuple[str, ...] = ()


def field_changes(
    kind: Kind[Any], before: Resource, after: Resource, desired: Resource
) -> tuple[FieldChange, ...]:
    """Give the fields of the spec in which ``after`` differs from ``before``, in the noun's order.

    ``desired`` is the spec's own entry: what the record ``applied`` is compared with. What merely
    follows (a count from another, a parameter group from a version) the steps say.
    """
    return (*_plain(kind, before, after, desired), *_secret(before, after))


def _plain(
    kind: Kind[Any], before: Resource, after: Resource, desired: Resource
) -> Iterator[FieldChange]:
    held = before.marks.get("applied", "")
    given = desired.model_fields_set | kind.implied(desired)
    for name in kind.fields:
        if name not in given:
            continue
        old, new = getattr(before, name), getattr(after, name)
        if name == "tags":
            listed = desired.tags or {}
            old = {key: value for key, value in (old or {}).items() if key in listed} or None
            new = {key: value for key, value in (new or {}).items() if key in listed} or None
        if old == new:
            continue
        default = kind.reset(name, before)
        moved = record.moved(kind, held, name, getattr(desired, name), old, default)
        if moved == "both" and kind.is_rewording(name, before):
            moved = "spec"
        if moved in ("live", "both") and kind.is_rotating(name, before):
            moved = "spec"
        inside: tuple[str, ...] = ()
        if name == "auth_token" and old and new:
            inside = _tokens(before, after)
            # Describe shows of a token only that there is one: what moved is the store's version.
            moved = "spec" if before.marks.get("auth") else moved
        yield FieldChange(name, old, new, moved, inside or _inside(old, new))


def _secret(before: Resource, after: Resource) -> Iterator[FieldChange]:
    old, new = before.marks.get("secret"), after.marks.get("secret")
    if old != new and new is not None:
        sides = tuple(" and ".join(map(short, held(one or ""))) or "nothing" for one in (old, new))
        inside = (f"recorded as set: version {sides[0]}", f"the spec's:      version {sides[1]}")
        yield FieldChange(PASSWORDS, old, new, "spec" if old else "unrecorded", inside)


def _inside(before: Any, after: Any) -> tuple[str, ...]:
    """Say what differs inside two structured values; nothing for plain ones."""
    if isinstance(before, AuthenticationMode) and isinstance(after, AuthenticationMode):
        return tuple(_logins(before, after))
    if not _structured(before) or not _structured(after):
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - 111 ms that an empty plan needn't pay

    found = DeepDiff(_opened(before), _opened(after), view="tree")
    return tuple(sorted(_line(level) for levels in found.values() for level in levels))


def _tokens(before: Resource, after: Resource) -> tuple[str, ...]:
    """Say which token is recorded as set: describe shows only that there is one."""
    new, slash, rest = before.marks.get("auth", "").partition("/")
    held_ones = (rest.partition("/")[0], new) if slash else (new,)
    wished = after.marks.get("auth", "").partition("/")[0]
    return (
        f"recorded as set: version {' and then '.join(short(one) for one in held_ones if one)}"
        if new
        else "recorded as set: nothing",
        f"the spec's:      version {short(wished)}" if wished else "the spec's:      not known",
    )


def _logins(before: AuthenticationMode, after: AuthenticationMode) -> Iterator[str]:
    """Say how one logs in before and after; the service shows of passwords how many there are."""
    if before.type != after.type:
        yield f"type  {before.type} -> {after.type}"
    if before.count != after.count:
        named = ", ".join(map(str, after.passwords or ()))
        yield f"passwords  {before.count} set -> {after.count}" + (f": {named}" if named else "")


def _structured(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(isinstance(item, BaseModel) for item in value)
    return isinstance(value, BaseModel | Mapping)


def _opened(value: Any) -> Any:
    """Give a value that deepdiff can walk; lists of log deliveries are told apart by their type."""
    match value:
        case BaseModel():
            return value.model_dump(exclude_none=True, mode="json")
        case tuple():
            return {str(next(iter(one.values()))): one for one in map(_opened, value)}
        case _:
            return dict(value)


def _line(level: Any) -> str:
    path = ".".join(str(step) for step in level.path(output_format="list"))
    sides = (_shown(level.t1), _shown(level.t2))
    return f"{path}  {sides[0]} -> {sides[1]}"


def _shown(side: Any) -> str:
    # deepdiff has a singleton of its own for "not there".
    return "none" if type(side).__name__ == "NotPresent" else str(side)
