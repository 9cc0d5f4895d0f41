"""What a noun's fields look like from outside: which are written, what they hold, what is near."""

from __future__ import annotations

import difflib
import functools
import typing
from collections.abc import Iterable

from pydantic import BaseModel


@functools.cache
def written_fields(noun: type[BaseModel]) -> tuple[str, ...]:
    """Give the fields that a person may write, in order; hidden ones are left out."""
    return tuple(name for name in noun.model_fields if not is_hidden(noun, name))


@functools.cache
def is_hidden(noun: type[BaseModel], field_name: str) -> bool:
    """Say whether a field only ever comes from the service or from the entry's key."""
    extra = noun.model_fields[field_name].json_schema_extra
    return isinstance(extra, dict) and extra.get("hidden") is True


def noun_in(annotation: object) -> type[BaseModel] | None:
    """Give the noun that an annotation holds, through Annotated, None, tuples and maps."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (noun_in(one) for one in typing.get_args(annotation))
    return next((one for one in found if one is not None), None)


@functools.cache
def noun_of(noun: type[BaseModel], field_name: str) -> type[BaseModel] | None:
    """Give the noun that a field holds."""
    return noun_in(noun.model_fields[field_name].annotation)


def noun_at(noun: type[BaseModel] | None, path: Iterable[str | int]) -> type[BaseModel] | None:
    """Give the noun that a path leads into."""
    for step in path:
        if noun is not None and isinstance(step, str) and step in noun.model_fields:
            noun = noun_of(noun, step)
    return noun


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Give the choice that was probably meant."""
    folded = word.lower().replace("-", "_")
    by_folded = {one.lower().replace("-", "_"): one for one in choices}
    near = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, choices: Iterable[str], *, or_list: int = 8) -> str:
    """Give ``; did you mean x?``, or the choices when they are few."""
    known = list(choices)
    if near := nearest(word, known):
        return f"; did you mean {near}?"
    return f"; one of {', '.join(known)}" if 0 < len(known) <= or_list else ""
