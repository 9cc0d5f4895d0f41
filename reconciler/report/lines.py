"""Lines of at most 100 columns: left text, right text, values, seconds."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.model import SecretRef

WIDTH = 100
_BOUND = "\N{NO-BREAK SPACE}"
_COMMAND = re.compile(r"\breconcile [a-z-]+(?: (?:--?[a-z-]+|[^\s,;:()]*/[^\s,;:()]*))+")

Paint = Callable[[str, str], str]
"""(text, style) -> text; styles: create, update, danger, good, bad, dim, bold, gate, plain."""


def plain(text: str, style: str) -> str:  # noqa: ARG001 - the Paint of a page without colour
    """Give the text as it is."""
    return text


def sides(left: str, right: str, *, paint: Paint = plain, style: str = "plain") -> list[str]:
    """Put ``right`` at the right edge of ``left``'s line, or on the next where both don't fit."""
    if not right:
        return [paint(left, style)]
    gap = WIDTH - len(left) - len(right)
    if gap >= 2:
        return [paint(left, style) + " " * gap + paint(right, "dim")]
    return [paint(left, style), " " * max(4, WIDTH - len(right)) + paint(right, "dim")]


def wrapped(text: str, indent: str, *, first: str | None = None) -> list[str]:
    """Fold a sentence under an indent; no word is cut and no command, both stay copyable."""
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _BOUND), text)
    lines = textwrap.wrap(
        whole,
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_BOUND, " ") for line in lines] or [indent if first is None else first]


def value_text(value: Any) -> str:
    """Give a field's value as a person would write it in YAML flow style."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case SecretRef(id=ident) if ident.startswith("("):
            # What stands there and can't be read: no reference of anybody's.
            return ident[1:-1]
        case BaseModel():
            return value_text(value.model_dump(exclude_none=True, mode="json"))
        case Mapping():
            return (
                "{"
                + ", ".join(
                    f"{visible(str(key))}: {value_text(item)}"
                    for key, item in sorted(value.items())
                )
                + "}"
            )
        case tuple() | list() | frozenset() | set():
            items = (
                sorted(map(value_text, value))
                if isinstance(value, set | frozenset)
                else map(value_text, value)
            )
            return "[" + ", ".join(items) + "]"
        case _:
            return visible(str(value))


def visible(text: str) -> str:
    """Give text that can steer no terminal and forge no line: what does not print, escaped."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def counted(number: int, noun: str, plural: str = "") -> str:
    """Give ``1 step``, ``2 steps``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Give seconds as a person reads them: 0.4 s, 12 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
