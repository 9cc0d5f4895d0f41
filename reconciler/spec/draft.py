"""Tree -> nouns, keeping going: what is wrong is told and left out, the rest is still looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reconciler.errors import Problem
from reconciler.model import (
    SECTIONS,
    Address,
    Aws,
    Estate,
    External,
    Resource,
    Safety,
)
from reconciler.spec.entry import Entry, problem_at
from reconciler.spec.node import Items, Map, Node, Scalar, Source
from reconciler.spec.sentence import Finder, finder, problems_of, shown
from reconciler.spec.shape import did_you_mean, nearest, written_fields

KINDS = {noun.kind: noun for noun in SECTIONS.values()}
TOP = (*Estate.model_fields, "defaults", *SECTIONS, "external", "unmanaged", "include")

_Noun = TypeVar("_Noun", bound=BaseModel)


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
    observe: bool = False
    wishes: dict[Address, Wish] = field(default_factory=dict)
    external: dict[str, External] = field(default_factory=dict)
    external_nodes: dict[str, Map] = field(default_factory=dict)
    unmanaged: dict[Address, Node] = field(default_factory=dict)
    known: set[Address] = field(default_factory=set)
    """Addresses that the file has, also those whose entry could not be understood."""

    def of(self, noun: type[Resource]) -> Iterator[tuple[Wish, Any]]:
        """Give the wishes of a noun with their resources."""
        for wish in self.wishes.values():
            if isinstance(wish.resource, noun):
                yield wish, wish.resource


def make_draft(top: Map, today: dt.date, problems: list[Problem]) -> Draft:
    """Understand a tree, adding to ``problems`` what can't be."""
    draft = Draft(top, today)
    _Drafting(draft, problems).everything()
    return draft


class _Drafting:
    def __init__(self, draft: Draft, problems: list[Problem]) -> None:
        self.draft, self.top, self.problems = draft, draft.top, problems
        self.faulty_defaults: dict[str, set[str]] = {}

    def everything(self) -> None:
        for name, key, _ in self.top.pairs():
            if name not in TOP:
                self.complain(key, f"unknown key{did_you_mean(name, TOP)}", name)
        self.head()
        defaults = dict(self.defaults())
        for section, noun in SECTIONS.items():
            for key, body in self.section(section):
                self.entry(noun, Entry(noun.kind, key, body, defaults.get(noun.kind, EMPTY)))
        for key, body in self.section("external"):
            self.one_external(key, body)
        self.unmanaged()

    def head(self) -> None:
        fields = {
            name: node.plain()
            for name, node in self.top.values.items()
            if name in Estate.model_fields
        }
        for name in ("aws", "safety"):
            if fields.get(name, "") is None:
                del fields[name]  # ``safety:`` with nothing below is the strictest
        draft = self.draft
        draft.estate = self.validated(Estate, fields, finder(self.top), "")
        whole = draft.estate
        if whole is not None:
            draft.aws, draft.safety = whole.aws, whole.safety
            draft.observe = whole.mode == "observe"
            return
        draft.observe = fields.get("mode") == "observe"
        draft.aws = _silently(Aws, fields.get("aws"))
        draft.safety = _silently(Safety, fields.get("safety")) or Safety()

    def defaults(self) -> Iterator[tuple[str, Map]]:
        for kind, key, body in self.maps("defaults", "by kind"):
            if kind not in KINDS:
                self.complain(key, f"unknown kind{did_you_mean(kind, KINDS)}", "defaults", kind)
                continue
            noun, prefix = KINDS[kind], ("defaults", kind)
            kept, faulty = self.known_fields(noun, body, "", prefix)
            faulty |= self.faults(noun, kept, finder(body), "", prefix)
            self.faulty_defaults[kind] = faulty
            yield kind, _only(body, {name for name in kept if name not in faulty})

    def section(self, section: str) -> Iterator[tuple[Scalar, Map]]:
        for _, key, body in self.maps(section, "by id"):
            yield key, body

    def maps(self, name: str, by: str) -> Iterator[tuple[str, Scalar, Map]]:
        node = self.top.values.get(name)
        if node is None or _is_null(node):
            return
        if not isinstance(node, Map):
            self.complain(node, f"{shown(node)} does not belong here; a map {by} is right", name)
            return
        for inner, key, value in node.pairs():
            if isinstance(value, Map):
                yield inner, key, value
            elif _is_null(value):
                yield inner, key, Map(key.source, (key.line, key.column, key.begin, key.end))
            else:
                self.complain(
                    value,
                    f"{shown(value)} does not belong here; a map of fields is right",
                    name,
                    inner,
                )
                if name in SECTIONS:
                    self.draft.known.add(Address(SECTIONS[name].kind, inner.lower()))

    def entry(self, noun: type[Resource], entry: Entry) -> None:
        address = Address(entry.kind, entry.id)
        if address in self.draft.wishes:
            first = self.draft.wishes[address].entry.key
            message = (
                f"the service knows no upper case: this is the same id as in line {first.line}"
            )
            self.problems.append(entry.problem(message, key=True))
            return
        self.draft.known.add(address)
        known, faulty = self.known_fields(noun, entry.body, entry.address, ())
        fields = {
            name: value
            for name, value in entry.plain().items()
            if name in known or name in entry.defaults.values
        }
        faulty |= self.faults(noun, fields, entry.find, entry.address, ())
        fields = {name: value for name, value in fields.items() if name not in faulty}
        if noun.kind == "user" and not faulty.intersection({"user_name"}):
            fields.setdefault("user_name", entry.key.text)
        faulty |= self.faulty_defaults.get(noun.kind, set()) - known.keys()
        resource = noun.model_validate({"id": entry.key.text, **fields})
        self.draft.wishes[address] = Wish(entry, resource, frozenset(faulty), self.draft.observe)

    def one_external(self, key: Scalar, body: Map) -> None:
        address = f"external/{key.text}"
        fields, _ = self.known_fields(External, body, address, ())
        found = self.validated(External, fields, Entry("external", key, body, EMPTY).find, address)
        if found is not None:
            self.draft.external[key.text] = found.model_copy(update={"id": key.text})
            self.draft.external_nodes[key.text] = body

    def unmanaged(self) -> None:
        node = self.top.values.get("unmanaged")
        if node is None or _is_null(node):
            return
        items = node.items if isinstance(node, Items) else [node]
        for index, item in enumerate(items):
            try:
                address = Address.parse(item.text if isinstance(item, Scalar) else "")
            except ValueError:
                address = Address("", "")
            if address.kind in KINDS and isinstance(node, Items):
                self.draft.unmanaged[address] = item
            else:
                kinds = ", ".join(KINDS)
                message = f"here stand addresses such as user/platform-admin; kinds are {kinds}"
                self.complain(item, message, "unmanaged", index)

    def known_fields(
        self, noun: type[BaseModel], body: Map, address: str, prefix: tuple[str | int, ...]
    ) -> tuple[dict[str, object], set[str]]:
        """Give the fields that the noun has, and those that others were probably meant to be.

        The others become problems.
        """
        names, kept, meant = written_fields(noun), dict[str, object](), set[str]()
        for name, key, value in body.pairs():
            if name in names:
                kept[name] = value.plain()
                continue
            message = f"unknown key{did_you_mean(name, names)}"
            meant.add(nearest(name, names) or "")
            if name == "id" or name == f"{getattr(noun, 'kind', '')}_id":
                message = "the key of the entry is the id; remove this line"
            self.problems.append(problem_at(key, address, (*prefix, name), message))
        return kept, meant

    def faults(
        self,
        noun: type[BaseModel],
        fields: Mapping[str, object],
        find: Finder,
        address: str,
        prefix: tuple[str | int, ...],
    ) -> set[str]:
        """Give the names of fields that hold something wrong; each wrong becomes a problem."""
        try:
            noun.model_validate(fields)
        except ValidationError as error:
            found = list(problems_of(error, noun, find, address, prefix))
            self.problems += [problem for _, problem in found]
            return {str(path[0]) for path, _ in found if path}
        return set()

    def validated(
        self, noun: type[_Noun], fields: Mapping[str, object], find: Finder, address: str
    ) -> _Noun | None:
        if self.faults(noun, fields, find, address, ()):
            return None
        return noun.model_validate(fields)

    def complain(self, node: Node, message: str, *path: str | int) -> None:
        self.problems.append(problem_at(node, "", path, message))


def _silently(noun: type[_Noun], value: object) -> _Noun | None:
    try:
        return noun.model_validate(value)
    except ValidationError:
        return None


def _only(body: Map, kept: Collection[str]) -> Map:
    made = Map(body.source, (body.line, body.column, body.begin, body.end))
    made.keys = {name: key for name, key in body.keys.items() if name in kept}
    made.values = {name: value for name, value in body.values.items() if name in kept}
    return made


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain() is None


EMPTY = Map(Source("", ""), (1, 1, 0, 0))
