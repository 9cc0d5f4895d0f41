"""pydantic's verdicts in our words: what is wrong; what would be right.

pydantic is never asked for the input; what a sentence repeats comes from the file, and never from
inside a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from reconciler.errors import Problem
from reconciler.model import Form, mark
from reconciler.spec.entry import Path, problem_at
from reconciler.spec.node import SECRET_FIELDS, Items, Map, Node, Scalar, walk
from reconciler.spec.shape import did_you_mean, noun_at, written_fields

_LONGEST = 60

IN_PLAIN_TEXT = (
    "a secret in plain text; put it in a store and write a reference: "
    "{secretsmanager: id, key: k}, {ssm: name}, {env: NAME} or {file: path}"
)

NO_REFERENCE = (
    "this is no reference to a secret; one of {secretsmanager: id, key: k, stage: s}, "
    "{ssm: name}, {env: NAME}, {file: path}"
)

Finder = Callable[[Path], tuple[Node, Node]]


def problems_of(
    error: ValidationError, noun: type[BaseModel], find: Finder, address: str, prefix: Path = ()
) -> Iterator[tuple[Path, Problem]]:
    """Give each verdict with the path that it is about, and the problem to show."""
    for verdict in error.errors(include_url=False, include_input=False):
        path: Path = tuple(step for step in verdict["loc"] if step != "[key]")
        key, value = find(path)
        at_key = verdict["type"] in {"extra_forbidden", "missing"}
        message = _sentence(verdict, noun, path, value)
        told = (*prefix, *_without_secrets(path))
        yield path, problem_at(key if at_key else value, address, told, message)


def _without_secrets(path: Path) -> Path:
    """Leave out a key that somebody invented inside a secret: it may be the secret."""
    within = any(str(step) in SECRET_FIELDS for step in path[:-1])
    return path[:-1] if within and isinstance(path[-1], str) else path


def finder(root: Node) -> Finder:
    """Give a Finder over one tree."""
    return lambda path: walk(root, path)[:2]


def _sentence(verdict: Any, noun: type[BaseModel], path: Path, value: Node) -> str:
    sort, context = str(verdict["type"]), verdict.get("ctx", {})
    secret = bool(SECRET_FIELDS.intersection(map(str, path)))
    if secret:
        return _about_secret(sort, path, value)
    within = noun_at(noun, path[:-1]) or noun
    form = mark(within, str(path[-1]), Form) if str(path[-1]) in within.model_fields else None
    if sort == "extra_forbidden":
        return f"unknown key{did_you_mean(str(path[-1]), written_fields(within))}"
    if sort == "missing":
        return f"this is missing{f'; the form is {form.text}' if form else ''}"
    if sort == "literal_error":
        return _none_of(value, str(context["expected"]))
    if sort == "value_error":
        return str(context["error"])
    if sort == "string_pattern_mismatch" and form:
        return f"{shown(value)} does not fit; the form is {form.text}"
    return _of_type(sort, context, value)


def _of_type(sort: str, context: Any, value: Node) -> str:
    rights = {
        "string_type": "a text",
        "bool_type": "true or false",
        "int_type": "a whole number",
        "tuple_type": "a list",
        "mapping_type": "a map",
        "dict_type": "a map",
        "model_type": "a map",
        "model_attributes_type": "a map",
    }
    match sort:
        case "string_type" if isinstance(value, Scalar) and value.plain() is not None:
            return _number_for_text(value)
        case "bool_type" if shown(value).strip('"').lower() in {"on", "yes", "off", "no"}:
            right = str(shown(value).strip('"').lower() in {"on", "yes"}).lower()
            return f"{shown(value)} is a text in YAML 1.2; write {right}"
        case "greater_than_equal":
            return f"{shown(value)} is too small; at least {context['ge']}"
        case "less_than_equal":
            return f"{shown(value)} is too large; at most {context['le']}"
        case "string_too_short":
            return f"this is too short; at least {_characters(context['min_length'])}"
        case "string_too_long":
            return f"this is too long; at most {_characters(context['max_length'])}"
        case "tuple_type" if isinstance(value, Scalar):
            return f"{shown(value)} is not a list; write [{shown(value)}]"
    return f"{shown(value)} does not belong here; {rights.get(sort, 'another value')} is right"


def _number_for_text(value: Scalar) -> str:
    plain = value.plain()
    what = "a boolean" if isinstance(plain, bool) else "a number"
    read_as = (
        ""
        if isinstance(plain, bool) or str(plain) == value.text
        else f" and would be read as {plain}"
    )
    return f'{value.text} is {what} in YAML{read_as}; write it in quotes: "{value.text}"'


def _none_of(value: Node, expected: str) -> str:
    choices = re.findall(r"'([^']*)'", expected)
    if not choices:
        return f"{shown(value)} is not known; {expected} is"
    word = shown(value).strip('"')
    return f"{shown(value)} is not known{did_you_mean(word, choices)}"


def _about_secret(sort: str, path: Path, value: Node) -> str:
    parent_is_field = str(path[-1]) in SECRET_FIELDS or isinstance(path[-1], int)
    if sort in {"extra_forbidden", "missing"} or (parent_is_field and isinstance(value, Map)):
        return NO_REFERENCE
    if isinstance(value, Scalar) and value.plain() is None:
        return "there is nothing here; write a reference such as {secretsmanager: id, key: k}"
    if str(path[-1]) == "passwords" and sort == "tuple_type":
        return f"one or two passwords stand in a list: [{{...}}]; {IN_PLAIN_TEXT}"
    if parent_is_field:
        return IN_PLAIN_TEXT
    return "the name of a secret is a text; write it in quotes"


def shown(value: Node) -> str:
    """Give a value as it may be repeated: short, quoted if it is a text."""
    if isinstance(value, Map):
        return "a map"
    if isinstance(value, Items):
        return "a list"
    assert isinstance(value, Scalar)
    if (plain := value.plain()) is None:
        return "null"
    if len(value.text) > _LONGEST:
        return "this text"
    return f'"{value.text}"' if isinstance(plain, str) else value.text


def _characters(count: int) -> str:
    return f"{count} character{'' if count == 1 else 's'}"
