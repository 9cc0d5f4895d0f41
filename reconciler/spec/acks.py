"""Acknowledgements of drift: a file beside the spec, written by a command and reviewed in git."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from reconciler.errors import Problem, SpecError, UsageError
from reconciler.model import Noun
from reconciler.nouns.field import listed
from reconciler.spec.compose import compose
from reconciler.spec.finder import ACKS
from reconciler.spec.node import Source
from reconciler.spec.sentence import finder, problems_of
from reconciler.spec.source import read_source

_TOP = """\
# Drift that is known and accepted until a day: shown, never told, exit 0. Written by
# `reconcile drift ack`, read by `reconcile drift`. An entry is over after its day, or as soon as
# that field has another value.
version: 1
acknowledged:
"""


class Acknowledgement(Noun):
    """One finding that is no alarm until a day, and why."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{10}$")]
    """The finding's, as drift shows it."""
    address: str = ""
    """Of what; for whoever reads the file."""
    field: str = ""
    """Of which field; as above."""
    until: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """The last day it holds, YYYY-MM-DD."""
    why: Annotated[str, Field(min_length=3)]
    """The reason."""

    @property
    def last_day(self) -> dt.date:
        """Give the last day it holds."""
        return dt.date.fromisoformat(self.until)


def _entries(value: Any) -> Any:
    """Take nothing for no entry: that is what removing the last one leaves."""
    return () if value is None else listed(value)


class _Document(Noun):
    """The whole file."""

    version: Literal[1]
    acknowledged: Annotated[tuple[Acknowledgement, ...], BeforeValidator(_entries)] = ()


@dataclass(frozen=True)
class Acks:
    """What is acknowledged for one spec, and in which file."""

    path: Path
    entries: tuple[Acknowledgement, ...] = ()

    @property
    def days(self) -> dict[str, dt.date]:
        """Give the last day per finding; the latest where one is there twice."""
        found: dict[str, dt.date] = {}
        for one in self.entries:
            found[one.id] = max(one.last_day, found.get(one.id, one.last_day))
        return found

    def over(self, today: dt.date, known: Iterable[str]) -> tuple[str, ...]:
        """Say which entries can go: their day has passed, or they match no finding any more."""
        there = set(known)
        return tuple(
            f"{self.path}: {one.id} ({one.address} {one.field}".rstrip() + f") {why}: remove it"
            for one in self.entries
            if (
                why := f"was acknowledged until {one.until}"
                if one.last_day < today
                else ""
                if one.id in there
                else "matches no finding any more"
            )
        )


def acks_path(spec: str | Path) -> Path:
    """Give the file beside a spec: specs/prod.yaml has specs/prod.acks.yaml."""
    path = Path(spec)
    return path.with_name(path.stem + ACKS)


def read_acks(spec: str | Path) -> Acks:
    """Read what is acknowledged; no file is nothing. SpecError with every problem at once."""
    path = acks_path(spec)
    if not path.is_file():
        return Acks(path)
    problems, entries = _parsed(read_source(str(path)))
    if problems:
        raise SpecError(problems)
    return Acks(path, entries)


def _parsed(source: Source) -> tuple[list[Problem], tuple[Acknowledgement, ...]]:
    problems: list[Problem] = []
    top = compose(source, problems)
    if problems:
        return problems, ()
    try:
        document = _Document.model_validate(top.plain())
    except ValidationError as error:
        return [one for _, one in problems_of(error, _Document, finder(top), "")], ()
    problems = [
        Problem(source.name, 1, 1, "", f"acknowledged[{at}].until", f"{one.until} is no day")
        for at, one in enumerate(document.acknowledged)
        if not _is_day(one.until)
    ]
    return problems, document.acknowledged


def acknowledge(spec: str | Path, entry: Acknowledgement) -> tuple[Path, str]:
    """Give the file beside the spec and its text with this entry, in place of one with its id.

    All else stays as people wrote it, comments too.
    """
    acks = read_acks(spec)
    text = acks.path.read_text(encoding="utf-8") if acks.path.is_file() else _TOP
    written = _with(text, entry)
    kept = tuple(one for one in acks.entries if one.id != entry.id)
    _, entries = _parsed(Source(str(acks.path), written))
    if {one.id: one for one in entries} != {one.id: one for one in (*kept, entry)}:
        raise UsageError(
            f"{acks.path}: no entry can be added without changing others (an anchor?): add one by "
            f'hand: id: "{entry.id}", until: "{entry.until}", why: ...'
        )
    return acks.path, written


def _with(text: str, entry: Acknowledgement) -> str:
    yaml, out = YAML(), io.StringIO()
    yaml.preserve_quotes = True
    yaml.width = _NEVER_FOLD
    yaml.indent(mapping=2, sequence=4, offset=2)
    tree = yaml.load(text)
    entries = tree.get("acknowledged")
    if not isinstance(entries, CommentedSeq):
        entries = tree["acknowledged"] = CommentedSeq()
    if not entries:
        entries.fa.set_block_style()
    same = [at for at, one in enumerate(entries) if str(one.get("id")) == entry.id]
    for later in reversed(same[1:]):
        del entries[later]
    if not same:
        entries.append(CommentedMap())
    at = same[0] if same else len(entries) - 1
    for name in type(entry).model_fields:
        if value := getattr(entry, name):
            entries[at][name] = value if name in _PLAIN else DoubleQuotedScalarString(value)
        else:
            entries[at].pop(name, None)
    yaml.dump(tree, out)
    return out.getvalue()


_NEVER_FOLD = 1 << 20
_PLAIN = frozenset({"address", "field"})
"""What no YAML takes for anything but a text."""


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
