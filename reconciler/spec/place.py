"""An offset inside a text -> line and column in the file, through quotes, escapes and folding."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.spec.node import Scalar
from reconciler.spec.position import Position

_SPACE = " \t\n\r"
_ESCAPE = re.compile(r"\\(x..|u....|U........|\r\n|.|\n)", re.DOTALL)
_SPACES_ESCAPED = frozenset({"n", "t", "r", " ", "\t", "\n", "\r\n"})


def place_in(scalar: Scalar, offset: int) -> Position:
    """Give where a character of a text's value stands.

    Folding changes white space only, so the n-th other character is the same one on both sides.
    """
    wanted = sum(1 for one in scalar.text[:offset] if one not in _SPACE)
    index = scalar.begin
    for count, index in enumerate(_characters(scalar)):  # noqa: B007 - the last one if it runs out
        if count == wanted:
            break
    text = scalar.source.text
    line_start = max(text.rfind(one, 0, index) for one in "\n\r") + 1
    line = scalar.line + len(re.findall(r"\r\n|\n|\r", text[scalar.begin : index]))
    return Position(scalar.source.name, line, index - line_start + 1)


def _characters(scalar: Scalar) -> Iterator[int]:
    """Give the index in the file of each character of the value that is not white space."""
    text, index, end = scalar.source.text, scalar.begin, scalar.end
    if scalar.style in {"|", ">"}:
        index = text.find("\n", index, end) + 1
    elif scalar.style:
        index, end = index + 1, end - 1
    while index < end:
        width, blank = 1, text[index] in _SPACE
        if scalar.style == "'" and text[index] == "'":
            width = 2
        elif scalar.style == '"' and (found := _ESCAPE.match(text, index)):
            width, blank = len(found.group()), found[1] in _SPACES_ESCAPED
        if not blank:
            yield index
        index += width
