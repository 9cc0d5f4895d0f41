"""Which file is meant when a command is called without one."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import UsageError

FOLDER = "specs"
VARIABLE = "RECONCILE_SPEC"
ACKS = ".acks.yaml"
"""How the names of files with acknowledgements end."""
_ESTATE = re.compile(r"^estate\s*:", re.MULTILINE)


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


def is_folder_or_pattern(word: str) -> bool:
    """Say whether a word stands for files to be found, not for a file by its name."""
    return Path(word).is_dir() or (glob.has_magic(word) and not Path(word).exists())


def estates_in(place: str) -> list[Path]:
    """Give the specs of a folder, or those that fit a pattern: files that say ``estate:``."""
    if Path(place).is_dir():
        candidates = sorted(Path(place).iterdir())
    else:
        matching = glob.glob(place, recursive=True)  # noqa: PTH207 - absolute ones too
        candidates = [Path(one) for one in sorted(matching)]
    return [one for one in candidates if is_spec(one) and _names_an_estate(one)]


def _names_an_estate(path: Path) -> bool:
    try:
        return _ESTATE.search(path.read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        # Let the one that reads specs say what is wrong.
        return True
