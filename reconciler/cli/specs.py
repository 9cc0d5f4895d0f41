"""Which specs a command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Problem, SpecError, UsageError

if TYPE_CHECKING:
    from reconciler.spec.loaded import Spec


def paths_of(given: Sequence[str] | None, file: str | None) -> list[Path]:
    """Give the files that are meant: arguments, -f, RECONCILE_SPEC, or the one in specs/.

    An argument is a file, a folder or a pattern. Of the latter two only files that say which estate
    they are: others are parts to include. Acknowledgements among several files are passed over.
    """
    from reconciler.spec import find  # noqa: PLC0415 - heavy
    from reconciler.spec.finder import ACKS, is_folder_or_pattern  # noqa: PLC0415 - heavy

    found: list[Path] = []
    for one in (*(given or ()), *([file] if file else ())):
        if is_folder_or_pattern(one):
            found += _estates_in(one)
        else:
            found.append(find(one, Path(), os.environ))
    if not found:
        return [find(None, Path(), os.environ)]
    specs = [one for one in found if not one.name.endswith(ACKS)]
    return list(dict.fromkeys(specs or found))


def _estates_in(place: str) -> list[Path]:
    from reconciler.spec.finder import estates_in  # noqa: PLC0415 - heavy

    found = estates_in(place)
    if not found:
        raise UsageError(f"{place}: no spec there (a spec says estate: at its top)")
    return found


def one_path(given: str | None, file: str | None) -> Path:
    """Give the one file that is meant, or raise UsageError naming all that were found."""
    found = paths_of([given] if given else None, file)
    if len(found) > 1:
        raise UsageError(f"several specs: {', '.join(map(str, found))}; this takes one")
    return found[0]


def load_all(paths: Sequence[Path]) -> list[Spec]:
    """Load each, and raise one SpecError with the problems of all."""
    from reconciler.spec import load  # noqa: PLC0415 - heavy

    specs: list[Spec] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            specs.append(load(path))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return specs


def load_one(given: str | None, file: str | None) -> Spec:
    """Load the one spec that is meant."""
    return load_all([one_path(given, file)])[0]
