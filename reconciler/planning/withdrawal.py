"""Every wish of one change that no call can reach, not only the first.

A kind answers with the first refusal on its way. What else stands in the way shows once the wishes
that it names are withdrawn, one after the other, and the rest is asked for again. So each rule
stands once, and what it refuses is found however deep in the steps it lies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from reconciler.kind import Facts, Kind, Unreachable
from reconciler.model import Resource
from reconciler.planning.replacement import aim
from reconciler.planning.unfold import unfold

R = TypeVar("R", bound=Resource)


def every_refusal(
    kind: Kind[R], desired: R, before: R | None, stop: Unreachable, facts: Facts
) -> tuple[Unreachable, ...]:
    """Give ``stop``, and what would be refused as well; each names the fields that are written."""
    found, wish, left = [stop], desired, [*stop.fields]
    while left:
        less = withdrawn(wish, before, left.pop(0))
        if less == wish and less.model_fields_set == wish.model_fields_set:
            continue
        wish = less
        facts = dataclasses.replace(facts, desired={**facts.desired, wish.address: wish})
        _, other = unfold(kind, before, aim(kind, wish, before, facts), facts)
        if not isinstance(other, Unreachable):
            break
        if not _is_the_same(other, found[-1]):
            found.append(other)
            left = [*other.fields]
    return tuple(dataclasses.replace(one, fields=_written(one, desired)) for one in found)


def withdrawn(desired: R, before: Resource | None, path: str) -> R:
    """Give the wish without this field; of one inside a field, with the value that stands there."""
    name, inside, key = path.partition(".")
    given = desired.model_fields_set - {"id"}
    if name not in given:
        return desired
    values = {one: getattr(desired, one) for one in given}
    del values[name]
    if inside:
        held: Mapping[str, Any] = getattr(before, name, None) or {}
        given_inside: Mapping[str, Any] = getattr(desired, name) or {}
        wished = {one: value for one, value in given_inside.items() if one != key}
        values[name] = {**wished, **({key: held[key]} if key in held else {})}
    less = type(desired).model_construct(_fields_set={"id", *values}, id=desired.id, **values)
    return cast("R", less)


def _is_the_same(one: Unreachable, before: Unreachable) -> bool:
    """Say whether it is the refusal of before, with a wish less to speak of."""
    return one.way == before.way and {*one.fields} <= {*before.fields}


def _written(refused: Unreachable, desired: Resource) -> tuple[str, ...]:
    given = desired.model_fields_set
    return tuple(one for one in refused.fields if one.partition(".")[0] in given)
