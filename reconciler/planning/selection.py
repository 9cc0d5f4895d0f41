"""Which resources a person means: addresses, bare ids, and what those refer to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.errors import UsageError
from reconciler.kind import Kind
from reconciler.model import Address, Resource


def named(words: Iterable[str], known: Iterable[Address]) -> tuple[Address, ...]:
    """Give the address that each word means; a bare id works where one matches.

    Raises UsageError with the nearest names for an unknown one, and with both for an ambiguous one.
    """
    there = sorted(known)
    return tuple(_one(word, there) for word in words)


def _one(word: str, known: list[Address]) -> Address:
    folded = word.lower()
    found = [one for one in known if folded in (str(one), one.id)]
    if len(found) == 1:
        return found[0]
    if found:
        both = " and ".join(map(str, found))
        raise UsageError(f"{word!r} could be {both}: write the whole address")
    names = [*map(str, known), *(one.id for one in known)]
    near = difflib.get_close_matches(folded, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"{word!r} is nothing that is known here{hint}")


def with_references(
    chosen: Iterable[Address], desired: Mapping[Address, Resource], kinds: Iterable[Kind[Any]]
) -> frozenset[Address]:
    """Give these and everything that they refer to, directly or not."""
    by_name = {kind.name: kind for kind in kinds}
    found: set[Address] = set()
    left = [one for one in chosen if one in desired]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            referred = by_name[one.kind].refers_to(desired[one])
            left += [other for other in referred if other in desired]
    return frozenset(found)
