"""The spec as a value: what a person wishes, and where each wish is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from reconciler.model import Address, Estate, External, Resource, SecretRef
from reconciler.spec.derived import NAMED, OWN, Writers
from reconciler.spec.entry import Entry, Path
from reconciler.spec.node import Map, descend
from reconciler.spec.position import Position

Origin = Literal["defaults", "entry"]


@dataclass(frozen=True)
class Spec:
    """A spec that holds together: every reference resolved, every rule kept.

    ``sha256`` is over the file and everything that it includes, in reading order.
    """

    path: str
    sha256: str
    estate: Estate
    resources: Mapping[Address, Resource]
    external: Mapping[str, External]
    unmanaged: frozenset[Address]
    """Other people's resources that the spec may refer to: read for existence, never written."""
    entries: Mapping[Address, Entry] = field(repr=False, compare=False)
    top: Map = field(repr=False, compare=False)
    derived: Writers = field(default_factory=dict, repr=False, compare=False)
    """What no entry writes -> the entry and the field that it follows from."""

    def at(self, address: Address | None, field_path: str = "") -> Position:
        """Give where a field is written, or its entry when the field is left out.

        ``field_path`` may go inside: ``tags.team``, ``authentication_mode.passwords[0]``.
        Without an address it is a path from the top: ``safety.allow[0]``.
        """
        if address is None:
            return descend(self.top, field_path).position
        if address in self.derived:
            writer, field_name = self.derived[address]
            inside = field_path.startswith(f"{field_name}.")
            return self.entries[writer].where(field_path if inside else field_name)
        entry = self.entries[address]
        return entry.where(self._written(entry, field_path))

    def origin(self, address: Address, field_name: str) -> Origin:
        """Say whether a field was written in the entry or came from ``defaults``."""
        if address in self.derived:
            writer, field_name = self.derived[address]
            return self.entries[writer].origin(field_name)
        entry = self.entries[address]
        return entry.origin(self._written(entry, field_name))

    def _written(self, entry: Entry, field_path: str) -> str:
        """Give the field that another one follows from, where that is what was written."""
        follows = field_path == NAMED and not entry.given(NAMED) and entry.given(OWN)
        return OWN if follows else field_path

    def secret_refs(self) -> tuple[SecretRef, ...]:
        """Give every secret reference once, in file order."""
        nouns = (*self.resources.values(), *self.external.values())
        return tuple(dict.fromkeys(ref for noun in nouns for ref in references(noun)))


_HOLDERS = (BaseModel, tuple)


def references(noun: object) -> Iterator[SecretRef]:
    """Give every secret reference that a noun holds."""
    return (ref for _, ref in references_in(noun))


def references_in(noun: object, path: Path = ()) -> Iterator[tuple[Path, SecretRef]]:
    """Give every secret reference of a noun with its path."""
    if isinstance(noun, SecretRef):
        yield path, noun
    elif isinstance(noun, _HOLDERS):
        inside = vars(noun).items() if isinstance(noun, BaseModel) else enumerate(noun)
        for name, value in inside:
            # Most values are words; a generator for each of them would be felt.
            if value and type(value) is not str and isinstance(value, _HOLDERS):
                yield from references_in(value, (*path, name))
