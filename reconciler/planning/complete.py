"""Two estates into one ``==``: a sparse wish made whole against what is there.

Left out is as it is, null is the service's default, given is given unless it means the same as what
is there. Afterwards plain equality, field by field, is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from reconciler.kind import Facts, Kind
from reconciler.model import Resource
from reconciler.planning import record

R = TypeVar("R", bound=Resource)


def managed(kind: Kind[R], desired: R, before: R | None) -> tuple[str, ...]:
    """Give the fields that the spec decides: given or implied, without those set at create only.

    ``tags: null`` lists no keys, so it manages none.
    """
    spared = desired.ignore_changes if before is not None else ()
    given = desired.model_fields_set | kind.implied(desired)
    return tuple(
        name
        for name in kind.fields
        if name in given and name not in spared and not (name == "tags" and desired.tags is None)
    )


def complete(kind: Kind[R], desired: R, before: R | None, facts: Facts) -> R:
    """Give ``after``: what will be there once the wish has come true, our marks included."""
    fields = managed(kind, desired, before)
    values = {name: _value(kind, name, desired, before, facts) for name in fields}
    values |= {
        name: None if before is None else getattr(before, name)
        for name in kind.fields
        if name not in fields
    }
    after = kind.fill(desired.but(**values), frozenset(fields), before, facts)
    marks = _marks(kind, desired, before, facts)
    # A record that nothing will be written after is not worked out.
    if before is None or marks != before.marks or _differs(kind, before, after):
        held = before.marks.get("applied", "") if before is not None else ""
        left = record.without(kind, held, carried_along(kind, fields, before, after))
        marks["applied"] = record.applied(kind, desired, fields, left)
    return after.but(marks=marks)


def recorded(kind: Kind[R], desired: R, before: R) -> str:
    """Give the record that is to stand where ``before`` is as desired."""
    held = before.marks.get("applied", "")
    return record.applied(kind, desired, managed(kind, desired, before), held)


def so_far(kind: Kind[R], desired: R, before: R, left: Mapping[str, Any], facts: Facts) -> str:
    """Give the record half way: of what is as desired, and of what ``left`` says our steps left.

    A run stops at a gate for weeks, and the spec is edited meanwhile: nobody else moved these.
    """
    after = complete(kind, desired, before, facts)
    fields = managed(kind, desired, before)
    values = {name: left[name] for name in fields if name in left}
    values |= {
        name: getattr(desired, name)
        for name in fields
        if getattr(before, name) == getattr(after, name)
    }
    return record.noted(kind, values, before.marks.get("applied", ""))


def carried_along(
    kind: Kind[R], fields: Iterable[str], before: R | None, after: R
) -> tuple[str, ...]:
    """Give the fields that the spec says nothing of and that change with those of which it does."""
    moved = changed(before, after, kind.fields) if before is not None else ()
    return tuple(name for name, _ in moved if name not in fields)


def changed(before: R, after: R, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Give the fields in which two differ, with what they are afterwards."""
    pairs = ((name, getattr(after, name)) for name in names)
    return ((name, value) for name, value in pairs if getattr(before, name) != value)


def _value(kind: Kind[R], name: str, desired: R, before: R | None, facts: Facts) -> Any:
    wished = getattr(desired, name)
    if name == "tags":
        held = (before.tags if before is not None else None) or {}
        return {**held, **wished} or None
    if wished is None:
        return kind.reset(name, before)
    return wished if before is None else kind.fold(name, wished, before, facts)


def _differs(kind: Kind[R], before: R, after: R) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in kind.fields)


def _marks(kind: Kind[R], desired: R, before: R | None, facts: Facts) -> dict[str, str]:
    held = before.marks if before is not None else {}
    return {
        **held,
        "estate": facts.estate,
        "address": str(desired.address),
        **kind.marks(desired, before, facts),
    }


def unreached(kind: Kind[R], wished: R, observed: R, facts: Facts) -> tuple[str, ...]:
    """Give the managed fields in which ``observed`` is not what a step's ``leaves`` promised.

    What is managed is what the spec of this address says; service-chosen fields may move freely.
    Tags are judged where they were read: what is ours bears marks, and a describe alone has none.
    """
    desired = facts.desired.get(wished.address)
    names = kind.fields if desired is None else managed(kind, cast("R", desired), observed)
    return tuple(name for name in names if not _holds(kind, name, wished, observed, facts))


def _holds(kind: Kind[R], name: str, wished: R, observed: R, facts: Facts) -> bool:
    ours, theirs = getattr(wished, name), getattr(observed, name)
    if name == "tags":
        return not observed.marks or all(
            (theirs or {}).get(key) == value for key, value in (ours or {}).items()
        )
    if ours is None:
        # Nothing is also what a count has that goes by another name in cluster mode.
        return theirs is None or bool(theirs == kind.reset(name, observed))
    return bool(kind.fold(name, ours, observed, facts) == theirs)
