"""A spec and the fragments that it includes as one tree; every value keeps its own file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import Problem, SpecError
from reconciler.model import SECTIONS
from reconciler.spec.compose import compose
from reconciler.spec.entry import problem_at
from reconciler.spec.node import Items, Map, Node, Scalar
from reconciler.spec.shape import did_you_mean
from reconciler.spec.source import read_source

MERGED = (*SECTIONS, "external")
"""Sections that a fragment adds entries to."""
_FRAGMENT = frozenset({*MERGED, "defaults", "unmanaged", "include"})
_FILES_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Document:
    """The whole tree, and a digest over the text of every file in reading order."""

    top: Map
    sha256: str


def read_document(name: str, problems: list[Problem]) -> Document:
    """Read a spec with its fragments, adding to ``problems``; SpecError if it can't be read."""
    return _Reading(problems).whole(name)


class _Reading:
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.digest = hashlib.sha256()
        self.seen: set[str] = set()

    def whole(self, name: str) -> Document:
        top = self.file(name)
        merged = _copy(top)
        self.fragments(top, merged, (os.path.realpath(name),))
        return Document(merged, self.digest.hexdigest())

    def file(self, name: str) -> Map:
        source = read_source(name)
        self.seen.add(os.path.realpath(name))
        self.digest.update(source.text.encode())
        return compose(source, self.problems)

    def fragments(self, of: Map, into: Map, chain: tuple[str, ...]) -> None:
        for node in self.includes(of):
            if (name := self.allowed(node, chain)) is None:
                continue
            try:
                fragment = self.file(name)
            except SpecError as error:
                if not os.path.isfile(name):  # noqa: PTH113 - Path's raises on a name too long
                    self.complain(node, error.problems[0].message)
                else:
                    self.problems += [one for one in error.problems if one not in self.problems]
                continue
            self.merge(fragment, into)
            self.fragments(fragment, into, (*chain, os.path.realpath(name)))

    def includes(self, of: Map) -> list[Scalar]:
        given = of.values.get("include")
        nodes = given.items if isinstance(given, Items) else [] if given is None else [given]
        texts = [node for node in nodes if isinstance(node, Scalar) and node.plain() is not None]
        if given is not None and len(texts) < len(nodes):
            self.complain(given, "include is a list of files, relative to this one")
        return texts

    def allowed(self, node: Scalar, chain: tuple[str, ...]) -> str | None:
        path = Path(node.text)
        if path.is_absolute():
            self.complain(node, "an included file is named relative to this one")
            return None
        name = os.path.normpath(Path(node.source.name).parent / path)
        try:
            real = os.path.realpath(name)
        except ValueError:
            self.complain(node, "this is no name of a file")
            return None
        if real in chain:
            files = (*chain[chain.index(real) :], real)
            circle = " -> ".join(Path(one).name for one in files)
            self.complain(node, f"this file includes itself: {circle}")
        elif real in self.seen:
            self.complain(node, "this file is included already; once is enough")
        elif len(self.seen) >= _FILES_AT_MOST:
            self.complain(node, f"more than {_FILES_AT_MOST} files")
        else:
            return name
        return None

    def merge(self, fragment: Map, into: Map) -> None:
        for name, key, value in fragment.pairs():
            if name not in _FRAGMENT:
                if name in {"version", "estate", "aws", "mode", "safety"}:
                    self.complain(key, f"{name} stands in the spec itself, not in a fragment")
                else:
                    self.complain(key, f"unknown key{did_you_mean(name, sorted(_FRAGMENT))}")
            elif name != "include":
                self.put(into, name, key, value, deep=2 if name == "defaults" else 1)

    def put(self, into: Map, name: str, key: Scalar, value: Node, *, deep: int) -> None:
        there = into.values.get(name)
        if there is None:
            into.keys[name], into.values[name] = key, value
        elif deep and isinstance(there, Map) and isinstance(value, Map):
            both = into.values[name] = _copy(there)
            for inner, inner_key, inner_value in value.pairs():
                self.put(both, inner, inner_key, inner_value, deep=deep - 1)
        elif isinstance(there, Items) and isinstance(value, Items) and name == "unmanaged":
            joined = Items(there.source, (there.line, there.column, there.begin, there.end))
            joined.items = [*there.items, *value.items]
            into.values[name] = joined
        elif deep and isinstance(value, Map) and _is_null(there):
            into.keys[name], into.values[name] = key, value
        elif not (deep and _is_null(value)):
            first = into.keys[name]
            self.complain(key, f"this stands twice, first in {first.position}; keep one of the two")

    def complain(self, node: Node, message: str) -> None:
        self.problems.append(problem_at(node, "", (), message))


def _copy(of: Map) -> Map:
    made = Map(of.source, (of.line, of.column, of.begin, of.end))
    made.keys, made.values, made.doubtful = dict(of.keys), dict(of.values), of.doubtful
    return made


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain() is None
