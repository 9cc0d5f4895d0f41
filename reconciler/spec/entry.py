"""One resource as written: its own lines, and the lines of ``defaults`` that complete it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler.errors import Problem
from reconciler.spec.node import Map, Node, Scalar, walk
from reconciler.spec.position import Position

Path = tuple[str | int, ...]

MERGED = frozenset({"tags"})
"""Fields whose map is merged with the default's key by key; everything else is replaced whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """An entry of a section. ``address`` is as the service folds it: lower case."""

    kind: str
    key: Scalar
    body: Map
    defaults: Map

    @property
    def id(self) -> str:
        """Give the id as the service stores it."""
        return self.key.text.lower()

    @property
    def address(self) -> str:
        """Give ``kind/id``."""
        return f"{self.kind}/{self.id}"

    def plain(self) -> dict[str, object]:
        """Give the fields with the defaults merged in."""
        return self.merged(self.body.plain())

    def merged(self, body: Mapping[str, object]) -> dict[str, object]:
        """Give the defaults with these fields of the body over them."""
        fields = self.defaults.plain()
        for name, value in body.items():
            below = fields.get(name)
            if name in MERGED and isinstance(below, dict) and isinstance(value, dict):
                fields[name] = {**below, **value}
            else:
                fields[name] = value
        return fields

    def item(self, field_name: str, text: str) -> Path:
        """Give the path of a list's item as it was written; nouns have their lists sorted.

        ``text`` is the item in any case, or one of the values of a map.
        """
        written = self.plain().get(field_name)
        for index, one in enumerate(written if isinstance(written, list) else ()):
            values = one.values() if isinstance(one, dict) else (one,)
            if text.lower() in (str(value).lower() for value in values):
                return (field_name, index)
        return (field_name,)

    def given(self, field_name: str) -> bool:
        """Say whether a field was written at all, rightly or wrongly."""
        return field_name in self.body.values or field_name in self.defaults.values

    def origin(self, field_name: str) -> Literal["defaults", "entry"]:
        """Say where a field was written; an entry's own line covers the default's."""
        written = field_name in self.body.values or field_name not in self.defaults.values
        return "entry" if written else "defaults"

    def find(self, path: Path) -> tuple[Node, Node]:
        """Give the key and the value at a path, as deep as it goes; else the entry's key twice."""
        key, value, depth = walk(self.body, path)
        if depth < len(path) and path[0] in self.defaults.values:
            other_key, other_value, other_depth = walk(self.defaults, path)
            if other_depth > depth:
                return other_key, other_value
        return (key, value) if depth else (self.key, self.key)

    def where(self, field_path: str) -> Position:
        """Give the place of a field's name, of an entry's when the field is left out."""
        return self.find(split(field_path))[0].position

    def problem(self, message: str, *path: str | int, key: bool = False) -> Problem:
        """Make a problem at a field's value (or at its key)."""
        found_key, found_value = self.find(path)
        return problem_at(found_key if key else found_value, self.address, path, message)


def split(field_path: str) -> Path:
    """Give the steps of ``authentication_mode.passwords[0]``."""
    return tuple(step for step in field_path.replace("[", ".").replace("]", "").split(".") if step)


def dotted(path: Path) -> str:
    """Give ``authentication_mode.passwords[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def problem_at(node: Node, address: str, path: Path, message: str) -> Problem:
    """Make a problem where a node stands."""
    return Problem(
        node.source.name,
        node.line,
        node.column,
        address=address,
        field=dotted(path),
        message=message,
    )
