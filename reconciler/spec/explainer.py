"""What a field means, what it may hold, what changing it does: all of it from the models."""

from __future__ import annotations

import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel

from reconciler.errors import UsageError
from reconciler.model import (
    SECTIONS,
    AtCreate,
    Estate,
    External,
    Form,
    Immutable,
    Impact,
    Ours,
    RefersTo,
    Required,
    Resource,
    SecretRef,
    ServiceDefault,
    WriteOnly,
    mark,
)
from reconciler.spec.meaning import meaning, summary
from reconciler.spec.shape import did_you_mean, noun_in, noun_of, written_fields

_WIDTH = 96

SECTION_MEANINGS = {
    "defaults": "Values for every entry of a kind: defaults.user, defaults.replication_group, ... "
    "An entry's own value replaces the default whole; tags are merged key by key.",
    "users": "The users, by user id.",
    "user_groups": "The user groups, by id.",
    "cache_parameter_groups": "Parameter groups, by name. Caches may name others as well: those of "
    "somebody else, or the families' own (default.valkey8).",
    "cache_subnet_groups": "Subnet groups, by name. Caches may name others as well: those of "
    "somebody else, or the account's own group default.",
    "replication_groups": "The replication groups, by id.",
    "serverless_caches": "The serverless caches, by name.",
    "cache_clusters": "Clusters without a replication group, by id: memcached, and redis of one "
    "node.",
    "external": "Redis or Valkey that is not ElastiCache's, by a name of your own: verified only.",
    "unmanaged": "Addresses (user/platform-admin) of what others keep in the account: "
    "may be referred to, is read for existence, never written.",
    "include": "Fragments, relative to the file; they hold sections, defaults, further includes.",
}


def nouns_by_name() -> dict[str, type[BaseModel]]:
    """Give what the first word of a path may be: a kind, a section, or a word from the top."""
    named: dict[str, type[BaseModel]] = {"external": External}
    for section, noun in SECTIONS.items():
        named |= {noun.kind: noun, section: noun}
    return named


def explain_field(path: str) -> str:
    """Answer for ``user``, ``user.access_string``, ``safety.max.widen``; UsageError if unknown."""
    first, *rest = path.strip().split(".")
    named = nouns_by_name()
    if first in named:
        noun: type[BaseModel] = named[first]
        if not rest:
            return _noun_text(first, noun, SECTION_MEANINGS.get(first, ""))
    elif first in Estate.model_fields:
        noun, rest = Estate, [first, *rest]
    elif first in SECTION_MEANINGS and not rest:
        return f"{first}\n{_indented(SECTION_MEANINGS[first])}"
    else:
        known = (*named, *Estate.model_fields, *SECTION_MEANINGS)
        raise UsageError(
            f'nothing is called "{first}"{_elsewhere(path) or did_you_mean(first, known)}'
        )
    return _field_text(path, noun, rest)


def _elsewhere(path: str) -> str:
    """Say which kinds have a field that was asked for without its kind."""
    first, *rest = path.strip().split(".")
    having = [
        ".".join((noun.kind, first, *rest))
        for noun in SECTIONS.values()
        if first in written_fields(noun)
    ]
    return f" at the top of a spec; there is {', '.join(having)}" if having else ""


def contents() -> str:
    """Give what can be asked for: the words at the top of a spec, and its sections."""
    top = [name for name in written_fields(Estate) if name not in SECTIONS]
    width = max(map(len, (*top, *SECTION_MEANINGS)))
    lines = ["At the top of a spec:", *_listing(Estate, width), "", "Sections:"]
    sections: dict[str, type[BaseModel]] = {**SECTIONS, "external": External}
    for section, noun in sections.items():
        lines.append(f"  {section:<{width}}  {_short(summary(noun), _WIDTH - width - 4)}")
    lines += [
        f"  {word:<{width}}  {_short(SECTION_MEANINGS[word], _WIDTH - width - 4)}"
        for word in ("defaults", "unmanaged", "include")
    ]
    return "\n".join([*lines, "", "reconcile explain users, users.access_string, safety.max.widen"])


def _field_text(path: str, noun: type[BaseModel], steps: list[str]) -> str:
    for depth, step in enumerate(steps):
        known = written_fields(noun)
        if step not in known:
            above = ".".join(path.split(".")[: len(path.split(".")) - len(steps) + depth])
            where = f"{above} has" if above else "there is"
            raise UsageError(f'{where} no field "{step}"{did_you_mean(step, known, or_list=40)}')
        if depth < len(steps) - 1:
            inner = noun_of(noun, step)
            if inner is None or inner is SecretRef:
                raise UsageError(f"{step} has no fields of its own")
            noun = inner
    facts = dict(field_facts(noun, steps[-1]))
    lines = [path, _indented(facts.pop("meaning")), ""]
    width = max(map(len, facts))
    lines += [
        textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f"  {name:<{width}}  ",
            subsequent_indent=" " * (width + 4),
        )
        for name, text in facts.items()
    ]
    inner = noun_of(noun, steps[-1])
    if inner is not None and inner is not SecretRef:
        lines += ["", *_listing(inner)]
    return "\n".join(lines)


def field_facts(noun: type[BaseModel], name: str) -> Iterator[tuple[str, str]]:
    """Give everything that the models say about a field, as label and text."""
    field = noun.model_fields[name]
    yield "meaning", meaning(noun, name)
    yield "type", type_text(field.annotation)
    if bounds := _bounds(field):
        yield "bounds", bounds
    if form := mark(noun, name, Form):
        yield "form", form.text
    yield "default", _default(noun, name)
    if refers := mark(noun, name, RefersTo):
        yield "refers to", f"{refers.kind}, by its key in this spec"
    if mark(noun, name, AtCreate):
        yield "change", "counts only when it is made; never compared"
    elif mark(noun, name, Ours):
        yield "sent", "never: it is a word of this tool"
    elif issubclass(noun, Resource):
        why = mark(noun, name, Immutable)
        yield "change", f"never in place ({why.why})" if why else "in place"
    if mark(noun, name, WriteOnly):
        yield "read back", "never: a tag remembers which version was set"
    if impact := mark(noun, name, Impact):
        yield "impact", impact.text
    elif issubclass(noun, Resource) and not mark(noun, name, Ours):
        yield "impact", "none known"


def type_text(annotation: Any) -> str:
    """Name a type as a person would: a text, a whole number, a list of texts, one of ..."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_text(inner[0])
    if origin in {typing.Union, types.UnionType}:
        return type_text(next(one for one in inner if one is not types.NoneType))
    if origin is Literal:
        return " | ".join(str(one) for one in inner)
    if origin is tuple:
        return f"list of {type_text(inner[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"map of {type_text(inner[1])}"
    if annotation is SecretRef:
        return (
            "secret reference: {secretsmanager: id, key: k}, {ssm: name}, {env: NAME}, {file: path}"
        )
    if noun_in(annotation) is not None:
        return "map"
    return {str: "text", bool: "true | false", int: "whole number"}[annotation]


def _bounds(field: Any) -> str:
    found = [*field.metadata, *_nested_metadata(field.annotation)]
    least = next((one.ge for one in found if isinstance(one, Ge)), None)
    most = next((one.le for one in found if isinstance(one, Le)), None)
    if least is None:
        return ""
    return f"{least} to {most}" if most is not None else f"at least {least}"


def _nested_metadata(annotation: Any) -> Iterator[Any]:
    for one in typing.get_args(annotation):
        if typing.get_origin(one) is typing.Annotated:
            for extra in one.__metadata__:
                yield from getattr(extra, "metadata", (extra,))


def _default(noun: type[BaseModel], name: str) -> str:
    if found := mark(noun, name, ServiceDefault):
        return f"{found.text} (the service's; ~ goes back to it)"
    field = noun.model_fields[name]
    if field.is_required() or mark(noun, name, Required) is not None:
        return "none: it must be given"
    plain = field.default
    if isinstance(plain, BaseModel):
        return "what its own fields have by default"
    if plain is None or plain in ((), {}):
        return "nothing"
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _noun_text(name: str, noun: type[BaseModel], text: str) -> str:
    first = f"{summary(noun)} {text}".strip()
    return "\n".join([name, _indented(first), "", *_listing(noun)])


def _listing(noun: type[BaseModel], width: int = 0) -> list[str]:
    names = written_fields(noun)
    width = max(width, *map(len, names))
    return [
        f"  {name:<{width}}  {_short(meaning(noun, name), _WIDTH - width - 4)}" for name in names
    ]


def _short(text: str, width: int) -> str:
    return textwrap.shorten(text, width, placeholder=" ...")


def _indented(text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()), _WIDTH, initial_indent="  ", subsequent_indent="  "
    )
