"""A file -> its text, or a sentence why it can't be a spec."""

from __future__ import annotations

import codecs
import difflib
import os
import re
from pathlib import Path

from reconciler.errors import Problem, SpecError
from reconciler.spec.node import Source

LARGEST = 10 * 1024 * 1024
"""Bytes. 10,000 users take two million."""

# What is forbidden, not all else: that takes six milliseconds to compile.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def read_source(name: str) -> Source:
    """Read a file, or raise SpecError; the text has no byte-order mark, no control characters."""
    path = Path(name)
    if os.path.isdir(name):  # noqa: PTH112 - Path's raises on a name that is too long
        raise _refusal(name, f"this is a folder; give one file{_listed(path)}")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _refusal(name, f"there is no such file{_nearest(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no name of a file"
        raise _refusal(name, f"it can't be read: {reason.lower()}") from None
    if len(data) > LARGEST:
        raise _refusal(name, "this is larger than 10 MB; a spec of 10,000 users takes 2 MB")
    return Source(name, _text(name, data))


def _text(name: str, data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _refusal(name, "this is UTF-16; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise _refusal(name, "this is not UTF-8 from here on; save it as UTF-8", before) from None
    if found := _FORBIDDEN.search(text):
        code = ord(found.group())
        what = "a NUL byte" if code == 0 else f"the control character U+{code:04X}"
        raise _refusal(name, f"{what} has no place in YAML; remove it", text[: found.start()])
    return text


def _refusal(name: str, message: str, before: str = "") -> SpecError:
    lines = before.split("\n")
    problem = Problem(name, len(lines), len(lines[-1]) + 1, "", "", message)
    return SpecError([problem])


def _listed(folder: Path) -> str:
    specs = sorted(str(one) for one in folder.glob("*.y*ml"))
    return f": {', '.join(specs)}" if specs else ""


def _nearest(path: Path) -> str:
    try:
        names = [one.name for one in path.parent.iterdir() if one.suffix in {".yaml", ".yml"}]
    except OSError:
        return f"; nor a folder {path.parent}"
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.8)
    return f"; did you mean {path.with_name(near[0])}?" if near else ""
