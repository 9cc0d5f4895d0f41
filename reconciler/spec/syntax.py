"""What the YAML parser complains about -> what a person did, and the mend.

No sentence repeats what stands in the file: it might be a password.
"""

from __future__ import annotations

from reconciler.errors import Problem
from reconciler.spec.node import Source

_QUOTES = 'a text that begins with {} needs quotes: "{}..."'
_BEGINNINGS = {
    "%": _QUOTES.format("%", "%R~key"),
    "@": _QUOTES.format("@", "@read"),
    "`": _QUOTES.format("`", "`"),
    "\t": "a tab can't indent YAML; use spaces",
}
_SENTENCES = {
    "found unexpected ':'": "a : inside an unquoted text within brackets; quote the text, "
    "or write a secret as {env: NAME}",
    "mapping values are not allowed in this context": "a second key in one line, or a line "
    'indented too far; a text that holds ": " needs quotes',
    "did not find expected key": "this line is indented differently from its neighbours, "
    "or a quote or bracket before it is not closed",
    "did not find expected '-' indicator": "a list item begins with - and stands in line with "
    "the others",
    "could not find expected ':'": "a key without a : after it",
    "block sequence entries are not allowed in this context": "a list begins on a line of its own",
    "found unexpected document indicator": "--- or ... inside a quoted text",
    "found unknown escape character": 'an unknown escape in a "quoted" text; '
    "write \\\\ for one backslash, or use 'single' quotes",
    "did not find expected <document start>": "more text after the end of the document, "
    "often a line that is indented less than the first",
}


def syntax_problem(source: Source, error: object) -> Problem:
    """Turn a ruamel error with marks into a problem where the mend is to be made."""
    words = str(getattr(error, "problem", None) or "")
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if context is not None and "unexpected end of stream" in words:
        line, column = context.line, context.column
    rows = source.text.splitlines() or [""]
    if line >= len(rows):
        line, column = len(rows) - 1, len(rows[-1])  # libyaml's end is a line after the last
    return Problem(
        source.name, line + 1, column + 1, "", "", _sentence(source, words, line, column, context)
    )


def _sentence(source: Source, words: str, line: int, column: int, context: object) -> str:
    rows = source.text.splitlines()
    row = rows[line] if line < len(rows) else ""
    indent = row[: len(row) - len(row.lstrip())]
    if "\t" in indent:
        return _BEGINNINGS["\t"]
    if "cannot start any token" in words:
        return _BEGINNINGS.get(row[column : column + 1], "this character needs quotes")
    if words.startswith("did not find expected alphabetic or numeric"):
        return "a text that begins with & or * needs quotes: YAML reads it as an anchor or an alias"
    if "unexpected end of stream" in words:
        return "this quote is never closed"
    if words.startswith("did not find expected ','"):
        opened = (
            f"line {getattr(context, 'line', 0) + 1}, column {getattr(context, 'column', 0) + 1}"
        )
        return f"a comma or the closing bracket belongs here; the bracket opened at {opened}"
    return _SENTENCES.get(words, f"not YAML: {words}")
