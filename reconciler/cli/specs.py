"""Which specs a command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import Problem, SpecError

if TYPE_CHECKING:
    from reconciler.spec.loaded import Spec


def paths_of(given: Sequence[str] | None, file: str | None) -> list[Path]:
    """Give the files that are meant: arguments, -f, RECONCILE_SPEC, or the one in specs/."""
    from reconciler.spec import find  # noqa: PLC0415 - heavy

    named = [*(given or ()), *([file] if file else ())]
    if named:
        return [find(one, Path(), os.environ) for one in named]
    return [find(None, Path(), os.environ)]


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
    return load_all(paths_of([given] if given else None, file))[0]
