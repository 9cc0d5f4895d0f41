"""Acknowledgements of drift: a file beside the spec, written by a command and reviewed in git."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from reconciler.errors import Problem, SpecError
from reconciler.model import Noun
from reconciler.nouns.field import listed
from reconciler.spec.compose import compose
from reconciler.spec.finder import ACKS
from reconciler.spec.quote import quoted, scalar
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


class _Document(Noun):
    """The whole file."""

    version: Literal[1]
    acknowledged: Annotated[tuple[Acknowledgement, ...], BeforeValidator(listed)] = ()


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
    problems: list[Problem] = []
    top = compose(read_source(str(path)), problems)
    try:
        document = _Document.model_validate(top.plain()) if not problems else None
    except ValidationError as error:
        problems += [one for _, one in problems_of(error, _Document, finder(top), "")]
        document = None
    if document is not None:
        problems += [
            Problem(str(path), 1, 1, "", f"acknowledged[{at}].until", f"{one.until} is no day")
            for at, one in enumerate(document.acknowledged)
            if not _is_day(one.until)
        ]
    if problems or document is None:
        raise SpecError(problems)
    return Acks(path, document.acknowledged)


def acknowledge(spec: str | Path, entry: Acknowledgement) -> Path:
    """Add an entry to the file beside the spec, in place of one with the same id."""
    acks = read_acks(spec)
    kept = [one for one in acks.entries if one.id != entry.id]
    if acks.path.is_file() and len(kept) == len(acks.entries) and kept:
        text = acks.path.read_text(encoding="utf-8")
        # Comments of people stay where they are: the new entry goes to the end.
        text = (text if text.endswith("\n") else text + "\n") + _lines(entry)
    else:
        text = _TOP + "".join(map(_lines, (*kept, entry)))
    acks.path.write_text(text, encoding="utf-8")
    return acks.path


def _lines(entry: Acknowledgement) -> str:
    lines = [f"  - id: {quoted(entry.id)}", f"    address: {scalar(entry.address)}"]
    if entry.field:
        lines.append(f"    field: {scalar(entry.field)}")
    lines += [f"    until: {quoted(entry.until)}", f"    why: {quoted(entry.why)}"]
    return "\n".join(lines) + "\n"


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
