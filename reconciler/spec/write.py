"""Observed estate -> the text of a spec that watches it. Pure; what it gives always loads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Problem, SpecError
from reconciler.kind import Facts, Kind, Live
from reconciler.model import SECTIONS, Address, Estate, Safety, is_built_in
from reconciler.spec.compose import compose
from reconciler.spec.node import Source
from reconciler.spec.quote import field_lines, quoted, scalar
from reconciler.spec.rule import RULES
from reconciler.spec.understand import make_draft
from reconciler.spec.written import Entry, entry_of

SCHEMA_LINE = "# yaml-language-server: $schema=./reconcile.schema.json"


@dataclass(frozen=True)
class Written:
    """The text, and what a person should be told about it."""

    text: str
    resources: int
    to_fill_in: int
    """Fields that hold secrets: only a person can say where these are kept."""
    left_out: tuple[str, ...] = ()
    """What a spec can't say, each with the reason: comments in the text."""


def write(
    estate: Estate,
    kinds: Iterable[Kind[Any]],
    chosen: Iterable[Live[Any]],
    today: dt.date,
    unread: Sequence[str] = (),
) -> Written:
    """Give a spec in mode observe that says what ``chosen`` is, and whose first plan is empty.

    What the rules of a spec refuse (an account may hold what the service no longer takes) stands
    there as a comment with the reason, so the text loads whatever there is. So does ``unread``:
    what could not be looked for.
    """
    by_name = {kind.name: kind for kind in kinds}
    lives = sorted(chosen, key=lambda live: live.address)
    here = facts_of(estate)
    entries = {live.address: entry_of(by_name[live.address.kind], live, here) for live in lives}
    refused: dict[Address, str] = {}
    while True:
        text = "\n".join(_document((estate, today, unread), entries, refused))
        problems = _problems(text, today)
        if not problems:
            break
        _leave_out(problems, entries, refused)
    said = [entry for address, entry in entries.items() if address not in refused]
    return Written(
        text,
        len(said),
        sum(len(entry.to_fill_in) for entry in said),
        (
            *(f"{address}: {reason}" for address, reason in refused.items()),
            *(
                f"{entry.address}.{name}: {reason}"
                for entry in said
                for name, reason in entry.left_out.items()
            ),
        ),
    )


def facts_of(estate: Estate) -> Facts:
    """Give what is known of a place before anything was read there."""
    aws = estate.aws
    return Facts(aws.account_id, aws.region, estate.estate, desired={}, observed={})


def _problems(text: str, today: dt.date) -> list[Problem]:
    problems: list[Problem] = []
    draft = make_draft(compose(Source("the imported spec", text), problems), today, problems)
    for rule in RULES:
        problems += rule(draft)
    return problems


def _leave_out(
    problems: Iterable[Problem], entries: dict[Address, Entry], refused: dict[Address, str]
) -> None:
    """Take out what each problem is about: the field, or the entry where it is about no field."""
    before = (dict(entries), dict(refused))
    for problem in problems:
        address = Address.parse(problem.address) if problem.address else None
        if address is None or address not in entries:
            continue
        name = re.split(r"[.\[]", problem.field)[0]
        if name in entries[address].said:
            entries[address] = entries[address].without(name, problem.message)
        else:
            refused.setdefault(address, problem.message)
    if (entries, refused) == before:
        raise SpecError(list(problems))


def _document(
    heading: tuple[Estate, dt.date, Sequence[str]],
    entries: Mapping[Address, Entry],
    refused: Mapping[Address, str],
) -> Iterator[str]:
    yield from _top(*heading)
    said = {address: one for address, one in entries.items() if address not in refused}
    named = {one for entry in said.values() for one in entry.refers_to}
    if others := sorted(one for one in named - said.keys() if not is_built_in(one)):
        yield "# Referred to below, and not written here."
        yield "unmanaged:"
        yield from (f"  - {scalar(str(one))}" for one in others)
        yield ""
    for section, noun in SECTIONS.items():
        mine = [entry for address, entry in entries.items() if address.kind == noun.kind]
        if mine:
            yield f"{section}:"
        for entry in mine:
            lines = _entry_lines(entry)
            if entry.address in refused:
                yield _comment(f"  # left out: {refused[entry.address]}")
                lines = (f"# {line}" for line in lines)
            yield from (f"  {line}" for line in lines)
            yield ""


def _top(estate: Estate, today: dt.date, unread: Sequence[str]) -> Iterator[str]:
    aws = estate.aws
    yield SCHEMA_LINE
    yield f"# Read from account {aws.account_id} in {aws.region} on {today}."
    yield "# Left out, so not watched: what has the service's default, and secrets (these can't be"
    yield "# read back: fill in where they are kept)."
    yield from (_comment(f"# Not here: {one}.") for one in unread)
    yield "version: 1"
    yield f"estate: {scalar(estate.estate)}"
    yield "aws:"
    yield f"  account_id: {quoted(aws.account_id)}"
    yield f"  region: {scalar(aws.region)}"
    if aws.role_arn.read or aws.role_arn.write:
        yield from (f"  {line}" for line in field_lines("role_arn", aws.role_arn))
    yield "mode: observe  # plan, verify and drift watch; apply refuses to change anything"
    if (prefix := estate.safety.tag_prefix) != Safety().tag_prefix:
        yield from field_lines("safety", {"tag_prefix": prefix})
    yield ""


def _entry_lines(entry: Entry) -> Iterator[str]:
    yield f"{scalar(entry.address.id)}:"
    yield from (_comment(f"  # {remark}") for remark in entry.remarks)
    for name, value in entry.fields.items():
        lines: Iterable[str] = field_lines(name, value)
        if name in entry.left_out:
            yield _comment(f"  # left out: {entry.left_out[name]}")
            lines = (f"# {line}" for line in lines)
        yield from (f"  {line}" for line in lines)
    for name, text in entry.to_fill_in.items():
        if name == "auth_token":
            yield "  # It asks for a token; one that is made of this without it asks nobody."
        yield "  # FILL IN where it is kept, and take # and the blank after it away:"
        yield f"  # {name}: {text}"


def _comment(text: str) -> str:
    """Give a comment that stays one: others' words may hold anything."""
    return "".join(one if one.isprintable() else "?" for one in text)
