"""Everything of a spec that could be understood, for the rules to judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Problem
from reconciler.model import SECTIONS, Address, Allow, Aws, Estate, External, Resource, Safety
from reconciler.spec.entry import Entry
from reconciler.spec.node import Map, Node

KINDS = {noun.kind: noun for noun in SECTIONS.values()}


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A resource as far as it could be understood, and how it was written.

    ``faulty`` fields were written, or probably meant, and not understood: nothing may be concluded
    from their absence.
    """

    entry: Entry
    resource: Resource
    faulty: frozenset[str]
    observed: bool

    def at_default(self, *names: str) -> bool:
        """Say whether the service will create this with its defaults for all these fields.

        Never so with ``mode: observe``: what is left out may have any value there.
        """
        return not self.observed and all(
            name not in self.faulty and getattr(self.resource, name) is None for name in names
        )

    def problem(self, message: str, *path: str | int, key: bool = False) -> Problem:
        """Make a problem at a field's value (or key), or at the entry."""
        return self.entry.problem(message, *path, key=key)


@dataclass
class Draft:
    """Everything that was understood. ``estate`` is None when a part of it is missing or wrong."""

    top: Map
    today: dt.date
    estate: Estate | None = None
    aws: Aws | None = None
    safety: Safety = field(default_factory=Safety)
    allowed: list[tuple[int, Allow]] = field(default_factory=list)
    """The consents that could be understood, with their places in the list."""
    observe: bool = False
    wishes: dict[Address, Wish] = field(default_factory=dict)
    external: dict[str, External] = field(default_factory=dict)
    external_nodes: dict[str, Map] = field(default_factory=dict)
    unmanaged: dict[Address, Node] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    """Kinds whose section was probably written, and not found: nothing of them is missing."""
    known: set[Address] = field(default_factory=set)
    """Addresses that the file has, also those whose entry could not be understood."""

    def has(self, address: Address) -> bool:
        """Say whether the file knows it: written, listed in ``unmanaged``, or probably meant."""
        return address in self.known or address in self.unmanaged or address.kind in self.uncertain

    def of(self, noun: type[Resource]) -> Iterator[tuple[Wish, Any]]:
        """Give the wishes of a noun with their resources."""
        for wish in self.wishes.values():
            if isinstance(wish.resource, noun):
                yield wish, wish.resource
