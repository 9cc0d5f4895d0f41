"""Values -> YAML text that reads back as the same value, here and in any YAML 1.1 tool."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from reconciler.spec.scalar import read_plain

WIDTH = 100
_NEVER_FOLD = 1 << 20
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@*-]+)*")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
# Texts here and in YAML 1.2, booleans in YAML 1.1, which most other tools still read.
_SINGLE_LINE = re.compile(r"[ -&(-~]*")
"""Printable ASCII without a single quote: between two of those it stands for itself."""
_OLD_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off"})


def scalar(value: str | float | bool, *, flow: bool = False) -> str:
    """Give one value on one line; a text is quoted wherever it could be read as anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    form = _PLAIN_IN_FLOW if flow else _PLAIN
    plain = form.fullmatch(value) and read_plain(value) == value
    if plain and value.lower() not in _OLD_BOOLEANS:
        return value
    return f"'{value}'" if '"' in value and _SINGLE_LINE.fullmatch(value) else quoted(value)


def quoted(text: str) -> str:
    """Give a text in double quotes, with everything escaped that YAML does not print."""
    out = io.StringIO()
    emitter = YAML()
    emitter.width = _NEVER_FOLD
    emitter.dump(DoubleQuotedScalarString(text), out)
    return out.getvalue().removesuffix("...\n").removesuffix("\n")


def field_lines(name: str, value: Any) -> Iterator[str]:
    """Give the lines of ``name: value``, not indented; nested values are two spaces deeper."""
    key = scalar(name)
    match value:
        case BaseModel() | Mapping():
            yield f"{key}:"
            for inner, one in _items(value):
                yield from (f"  {line}" for line in field_lines(inner, one))
        case tuple():
            yield from _list_lines(key, value)
        case _:
            yield f"{key}: {scalar(value)}"


def _items(value: BaseModel | Mapping[str, Any]) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return sorted(value.items())
    names = type(value).model_fields
    return [(name, found) for name in names if (found := getattr(value, name)) is not None]


def _list_lines(key: str, items: tuple[Any, ...]) -> Iterator[str]:
    if all(isinstance(one, str) for one in items):
        line = f"{key}: [{', '.join(scalar(one, flow=True) for one in items)}]"
        if len(line) < WIDTH:
            yield line
            return
    yield f"{key}:"
    for item in items:
        if isinstance(item, BaseModel):
            inner = [line for name, one in _items(item) for line in field_lines(name, one)]
            yield from (f"  {'- ' if not at else '  '}{line}" for at, line in enumerate(inner))
        else:
            yield f"  - {scalar(item)}"
