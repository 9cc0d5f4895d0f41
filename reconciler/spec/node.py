"""A YAML document as a tree that remembers where everything stands."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.spec.position import Position
from reconciler.spec.scalar import Plain, read_plain

SECRET_FIELDS = frozenset({"passwords", "password", "auth_token"})
"""Nothing that stands inside one of these is ever repeated in a message."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its name as a person wrote it, and its text."""

    name: str
    text: str


class Node(ABC):
    """Something in a file. Line and column count from 1, ``begin`` and ``end`` index the text."""

    __slots__ = ("begin", "column", "doubtful", "end", "line", "size", "source")

    def __init__(self, source: Source, line: int, column: int, begin: int, end: int) -> None:
        self.source, self.line, self.column = source, line, column
        self.begin, self.end = begin, end
        self.doubtful = False
        """Whether YAML reads it otherwise than it was probably meant; told already."""
        self.size = 1
        """How many nodes this is with every alias written out."""

    @property
    def position(self) -> Position:
        """Give file, line and column."""
        return Position(self.source.name, self.line, self.column)

    @abstractmethod
    def plain(self) -> object:
        """Give the value as Python's own types."""


class Scalar(Node):
    """A text; whether it is a number or a boolean is decided by YAML 1.2's core schema."""

    __slots__ = ("style", "text")

    def __init__(
        self, source: Source, place: tuple[int, int, int, int], text: str, style: str
    ) -> None:
        super().__init__(source, *place)
        self.text, self.style = text, style

    @property
    def quoted(self) -> bool:
        """Whether it can only be a text."""
        return self.style != ""

    def plain(self) -> Plain:
        """Give the text, or what an unquoted one stands for."""
        return self.text if self.style else read_plain(self.text)


class Items(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, source: Source, place: tuple[int, int, int, int]) -> None:
        super().__init__(source, *place)
        self.items: list[Node] = []

    def plain(self) -> list[object]:
        """Give a list."""
        return [item.plain() for item in self.items]


class Map(Node):
    """A mapping. Keys are texts and keep their own places; the first of two alike wins."""

    __slots__ = ("keys", "values")

    def __init__(self, source: Source, place: tuple[int, int, int, int]) -> None:
        super().__init__(source, *place)
        self.keys: dict[str, Scalar] = {}
        self.values: dict[str, Node] = {}

    def plain(self) -> dict[str, object]:
        """Give a dict."""
        return {key: value.plain() for key, value in self.values.items()}

    def pairs(self) -> Iterator[tuple[str, Scalar, Node]]:
        """Give key text, key and value in file order."""
        for key, value in self.values.items():
            yield key, self.keys[key], value


def in_doubt(node: Node) -> bool:
    """Say whether a node or anything inside it is doubtful."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.doubtful:
            return True
        if isinstance(one, Map):
            waiting += one.values.values()
        elif isinstance(one, Items):
            waiting += one.items
    return False


def descend(node: Node, path: str) -> Node:
    """Give the key (or list item) that a path names: ``allow[0].until``; as deep as it goes."""
    return walk(node, tuple(re.findall(r"[^.\[\]]+", path)))[0]


def walk(node: Node, path: tuple[str | int, ...]) -> tuple[Node, Node, int]:
    """Follow a path as deep as it goes: last key or item, its value, how many steps held."""
    key = value = node
    for depth, step in enumerate(path):
        if isinstance(value, Map) and str(step) in value.values:
            key, value = value.keys[str(step)], value.values[str(step)]
        elif isinstance(value, Items) and str(step).isdigit() and int(step) < len(value.items):
            key = value = value.items[int(step)]
        else:
            return key, value, depth
    return key, value, len(path)
