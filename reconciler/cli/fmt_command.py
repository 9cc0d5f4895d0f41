"""fmt: specs in their one form. Comments stay, and what a spec means is never changed."""

from __future__ import annotations

import difflib
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.command import File, Specs, command
from reconciler.cli.screen import Screen

_EPILOG = """\b
Only the files that are named are written, not those that they include. A file whose comments or
meaning would not come through whole is left as it is, and said."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "fmt", formats=("text", "json"), epilog=_EPILOG)(fmt)


def fmt(
    screen: Screen,
    spec: Specs = None,
    file: File = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 3 when something would be.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show each change too; without --check it is written.")
    ] = False,
) -> int:
    """Put specs into their one form; comments are kept."""
    from reconciler.cli.specs import paths_of  # noqa: PLC0415
    from reconciler.spec.source import read_source  # noqa: PLC0415
    from reconciler.spec.tidy import tidied  # noqa: PLC0415

    changed: dict[Path, tuple[str, str]] = {}
    for path in paths_of(spec, file):
        source = read_source(str(path))
        text = tidied(source)
        if path.read_bytes() != text.encode():
            changed[path] = source.text, text
    for path, (before, after) in changed.items():
        if screen.format == "text":
            screen.result(_diff(path, before, after) if diff else str(path))
        if not check:
            _write(path.resolve(), after)
    if screen.format == "json":
        screen.json({"format_version": 1, "changed": [str(one) for one in changed]})
    return 3 if check and changed else 0


def _diff(path: Path, before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    told = difflib.unified_diff(old, new, str(path), str(path), lineterm="")
    return "\n".join(told) + "\n"


def _write(path: Path, text: str) -> None:
    """Put the text in the file's place at once, so that nobody ever reads half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
