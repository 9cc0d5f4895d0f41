"""Commands that are printed can be pasted: they get the spec, --local and -C that were typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

VERBS = (
    "adopt",
    "apply",
    "destroy",
    "drift",
    "forget",
    "import",
    "output",
    "plan",
    "rotate",
    "runner deploy",
    "runner remove",
    "status",
    "unlock",
    "verify",
)
"""Commands that take -f, --local and -C, which texts name with arguments."""

_ARGUMENT = r"(?:--?[a-z]|[^\s,;:()\x1b]*/|[^\s,;:()\x1b]+\.(?:ya?ml|json|plan)\b)"
_ALONE = "(?<=see reconcile plan)$"
"""The one that is named without any; other words at a line's end may be no command."""
_COMMAND = re.compile(
    rf"\breconcile (?P<verb>{'|'.join(VERBS)})"
    rf"(?= {_ARGUMENT}| [0-9A-Za-z]+-[0-9a-f]{{8}}\b|{_ALONE})"
    r"(?P<spec> [^\s,;:()\x1b]+\.(?:ya?ml|json|plan)\b)?",
    re.MULTILINE,
)
_spec: ContextVar[str] = ContextVar("spec", default="")
_ways: ContextVar[str] = ContextVar("ways", default="")


def remember(given: Mapping[str, Any], chdir: Path | None) -> None:
    """Remember what of a command line any other one about the same estate needs as well."""
    specs = given.get("spec") or given.get("specs") or given.get("file") or ()
    one = [specs] if isinstance(specs, str) else list(specs)
    # Of several, which one is meant stands in the text itself.
    _spec.set(f" -f {shlex.quote(one[0])}" if len(one) == 1 else "")
    folder = f" -C {shlex.quote(str(chdir))}" if chdir is not None else ""
    _ways.set(folder + (" --local" if given.get("local") else ""))


def pasteable(text: str) -> str:
    """Complete each command in a text by what the caller typed."""
    if not (_spec.get() or _ways.get()) or "reconcile " not in text:
        return text
    return _COMMAND.sub(_completed, text)


def _completed(found: re.Match[str]) -> str:
    named = found["spec"] or ""
    return f"reconcile {found['verb']}{_ways.get()}{named or _spec.get()}"
