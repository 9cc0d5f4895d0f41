"""Which file is meant when a command is called without one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import UsageError

FOLDER = "specs"
VARIABLE = "RECONCILE_SPEC"
ACKS = ".acks.yaml"
"""How the names of files with acknowledgements end."""


def find_spec(argument: str | None, folder: Path, environ: Mapping[str, str]) -> Path:
    """Give the spec that is meant, or say in one sentence what to do."""
    if argument:
        return folder / argument
    if named := environ.get(VARIABLE):
        return folder / named
    specs = folder / FOLDER
    found = sorted(one for one in specs.glob("*") if is_spec(one))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(map(str, found))
        raise UsageError(f"several specs: {names}; name one, or set {VARIABLE}")
    raise UsageError(f"no spec: name one, set {VARIABLE}, or put one into {specs}/")


def is_spec(path: Path) -> bool:
    """Say whether a file of a folder is a spec by its name; acknowledgements stand beside them."""
    return path.suffix in {".yaml", ".yml"} and not path.name.endswith(ACKS) and path.is_file()
