"""Every reference by key leads somewhere: into the file, or to what ``unmanaged`` names."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from difflib import get_close_matches
from typing import cast

from reconciler.errors import Problem
from reconciler.model import Address, RefersTo, Resource, is_built_in, mark
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.entry import problem_at
from reconciler.spec.shape import nearest, written_fields

THE_ACCOUNTS_OWN = Address("user", "default")
"""Every account and region has it from the start; it may be referred to, never changed."""
_ALMOST = 0.85
"""From here on two names look like one with a typing error."""


def references(draft: Draft) -> Iterator[Problem]:
    """Judge the fields that are marked RefersTo, and ``unmanaged`` itself."""
    for wish in draft.wishes.values():
        for name, found in _referring(type(wish.resource)):
            yield from _dangling(draft, wish, name, found)
            yield from _twice(wish, name)
    for address, node in draft.unmanaged.items():
        if address in draft.known:
            message = f"{address} stands in this spec, so it is managed; remove one of the two"
            yield problem_at(node, "", ("unmanaged",), message)


@functools.cache
def _referring(noun: type[Resource]) -> tuple[tuple[str, RefersTo], ...]:
    """Give the fields that name other resources, with what they name."""
    marked = ((name, mark(noun, name, RefersTo)) for name in written_fields(noun))
    return tuple((name, found) for name, found in marked if found)


def _dangling(draft: Draft, wish: Wish, name: str, refers: RefersTo) -> Iterator[Problem]:
    value, kind = getattr(wish.resource, name), refers.kind
    several = not isinstance(value, str)
    for ident in value or () if several else (value,):
        address = Address(kind, ident)
        if draft.has(address) or is_built_in(address):
            continue
        path = wish.entry.item(name, ident) if several else (name,)
        known = [one.id for one in (*draft.known, *draft.unmanaged) if one.kind == kind]
        if refers.loose:
            for almost in get_close_matches(ident, known, n=1, cutoff=_ALMOST):
                message = f"did you mean {almost}? If not, list {address} in unmanaged"
                yield wish.problem(message, *path)
            continue
        near = nearest(ident, known)
        mend = f"did you mean {near}?" if near else f"add it, or list {address} in unmanaged"
        yield wish.problem(f'there is no {kind.replace("_", " ")} "{ident}" here; {mend}', *path)


def _twice(wish: Wish, name: str) -> Iterator[Problem]:
    if name in wish.faulty or not isinstance(getattr(wish.resource, name), tuple):
        return
    written = [str(one).lower() for one in cast("list[object]", wish.entry.plain()[name])]
    for index, ident in enumerate(written):
        if ident in written[:index]:
            yield wish.problem(f"{ident} stands here twice; once is enough", name, index)
