"""Which resources a resource names, by what its fields are."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from reconciler.model import Address, RefersTo, Resource, mark, sent_fields


@functools.cache
def _reference_fields(noun: type[Resource]) -> tuple[tuple[str, str], ...]:
    marks = ((name, mark(noun, name, RefersTo)) for name in sent_fields(noun))
    return tuple((name, found.kind) for name, found in marks if found is not None)


def references(resource: Resource) -> Iterator[Address]:
    """Give every address that the fields marked RefersTo name."""
    for name, kind in _reference_fields(type(resource)):
        value = getattr(resource, name)
        for one in (value,) if isinstance(value, str) else value or ():
            yield Address(kind, one)
