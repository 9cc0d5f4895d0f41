"""Tree -> nouns, keeping going: what is wrong is told and left out, the rest is still looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from reconciler.errors import Problem
from reconciler.model import (
    SECTIONS,
    Address,
    Allow,
    Aws,
    Estate,
    External,
    Resource,
    Safety,
)
from reconciler.spec.draft import KINDS, Draft, Wish
from reconciler.spec.entry import Entry, Path, problem_at
from reconciler.spec.node import SECRET_FIELDS, Items, Map, Node, Scalar, Source, in_doubt
from reconciler.spec.sentence import NO_REFERENCE, Finder, finder, problems_of, shown
from reconciler.spec.shape import did_you_mean, nearest, written_fields
from reconciler.spec.unwritten import unwritten

TOP = (*Estate.model_fields, "defaults", *SECTIONS, "external", "unmanaged", "include")

_Noun = TypeVar("_Noun", bound=BaseModel)


def make_draft(top: Map, today: dt.date, problems: list[Problem]) -> Draft:
    """Understand a tree, adding to ``problems`` what can't be."""
    draft = Draft(top, today)
    _Understanding(draft, problems).everything()
    return draft


class _Understanding:
    def __init__(self, draft: Draft, problems: list[Problem]) -> None:
        self.draft, self.top, self.problems = draft, draft.top, problems
        self.faulty_defaults: dict[str, set[str]] = {}
        self.doubts = bool(problems)

    def everything(self) -> None:
        for name, key, _ in self.top.pairs():
            if name not in TOP:
                self.complain(key, f"unknown key{did_you_mean(name, TOP)}", name)
                self.draft.uncertain |= _kinds_meant(name)
        if self.top.doubtful:
            self.draft.uncertain |= KINDS.keys()
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
        draft.allowed = list(_each_allowed(fields.get("safety")))
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
        found = list(self.maps("defaults", "by kind"))
        for name, key, body in found:
            kind = name
            if name not in KINDS:
                self.complain(key, f"unknown kind{did_you_mean(name, KINDS)}", "defaults", name)
                # Taken for what it means, so that its entries are not told of one by one.
                kind = nearest(name, KINDS) or ""
                if kind not in KINDS or kind in {one for one, _, _ in found}:
                    continue
            noun, prefix = KINDS[kind], ("defaults", name)
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
                empty = Map(key.source, (key.line, key.column, key.begin, key.end))
                empty.doubtful = value.doubtful
                yield inner, key, empty
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
        below = self.faulty_defaults.get(noun.kind, set()) - known.keys()
        resource = None if faulty else _sound(noun, entry, known)
        if resource is None:
            resource, wrong = self.rest(noun, entry, known, faulty)
            faulty |= wrong
        self.draft.wishes[address] = Wish(
            entry, resource, frozenset(faulty | below), self.draft.observe
        )

    def rest(
        self, noun: type[Resource], entry: Entry, known: Collection[str], faulty: set[str]
    ) -> tuple[Resource, set[str]]:
        """Give what is left without the fields that are wrong, and these."""
        fields = {
            name: value
            for name, value in entry.plain().items()
            if name in known or name in entry.defaults.values
        }
        wrong = faulty | self.faults(noun, fields, entry.find, entry.address, ())
        kept = {name: value for name, value in fields.items() if name not in wrong}
        named = "user_name" not in wrong
        return noun.model_validate(_with_key(entry, kept, named=named)), wrong

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
                forms = ", ".join(f"{kind}/ID" for kind in KINDS)
                message = f"{shown(item)} is no address; the forms are {forms}"
                self.complain(item, message, "unmanaged", index)

    def known_fields(
        self, noun: type[BaseModel], body: Map, address: str, prefix: Path
    ) -> tuple[dict[str, object], set[str]]:
        """Give the fields that the noun has, and those that others were probably meant to be.

        The others become problems.
        """
        names, kept, meant = written_fields(noun), dict[str, object](), set[str]()
        if body.doubtful:
            meant |= set(names) - body.values.keys()
        for name, key, value in body.pairs():
            if self.doubts and in_doubt(value):
                meant.add(name)
                continue
            if name in names:
                kept[name] = value.plain()
                continue
            message = f"unknown key{did_you_mean(name, names)}"
            meant.add(nearest(name, names) or "")
            if name == "id" or name == f"{getattr(noun, 'kind', '')}_id":
                message = "the key of the entry is the id; remove this line"
            self.problems.append(problem_at(key, address, (*prefix, name), message))
        for path, key in unwritten(noun, body):
            if path[0] in kept:
                secret = SECRET_FIELDS.intersection(map(str, path))
                message = NO_REFERENCE if secret else "this comes from the service; remove it"
                self.problems.append(problem_at(key, address, (*prefix, *path), message))
                meant.add(str(path[0]))
        return {name: value for name, value in kept.items() if name not in meant}, meant

    def faults(
        self,
        noun: type[BaseModel],
        fields: Mapping[str, object],
        find: Finder,
        address: str,
        prefix: Path,
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


def _sound(noun: type[_Noun], entry: Entry, body: Mapping[str, object]) -> _Noun | None:
    """Give the resource of an entry where nothing is wrong with it: most of them, read once."""
    return _silently(noun, _with_key(entry, entry.merged(body), named=True))


def _with_key(entry: Entry, fields: Mapping[str, object], *, named: bool) -> dict[str, object]:
    """Add what an entry's key says: the id, and a user's name where none is written."""
    name = {"user_name": entry.key.text} if named and entry.kind == "user" else {}
    return {"id": entry.key.text, **name, **fields}


def _kinds_meant(section: str) -> set[str]:
    meant = SECTIONS.get(nearest(section, SECTIONS) or "")
    return {meant.kind} if meant else set()


def _each_allowed(safety: object) -> Iterator[tuple[int, Allow]]:
    given = safety.get("allow") if isinstance(safety, dict) else None
    for index, one in enumerate(given if isinstance(given, list) else ()):
        if found := _silently(Allow, one):
            yield index, found


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
