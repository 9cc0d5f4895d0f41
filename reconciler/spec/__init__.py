"""YAML -> desired estate, with the position of every value. The only room that knows YAML.

Nothing here is imported before it is needed: ``import reconciler.spec`` costs the nouns and no
parser, and no function of this room loads boto3, redis or deepdiff.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.errors import Problem
from reconciler.spec.position import Position

if TYPE_CHECKING:
    from reconciler.spec.loaded import Spec

__all__ = ["Position", "explain", "find", "load", "problem_report", "schema"]


def load(path: str | Path, today: dt.date | None = None) -> Spec:
    """Read a spec and everything that it includes, or raise SpecError with every problem at once.

    ``today`` decides which ``safety.allow`` have expired; without it the date of this machine, UTC.
    """
    from reconciler.spec.loader import load_spec  # noqa: PLC0415 - ruamel only when a spec is read

    return load_spec(str(path), today or dt.datetime.now(dt.UTC).date())


def find(argument: str | None, folder: Path, environ: Mapping[str, str]) -> Path:
    """Give the spec to use: the argument, RECONCILE_SPEC, or the one file in ``specs/``."""
    from reconciler.spec.finder import find_spec  # noqa: PLC0415 - as above

    return find_spec(argument, folder, environ)


def schema() -> dict[str, Any]:
    """Give the JSON schema of a spec, made from the models."""
    from reconciler.spec.json_schema import spec_schema  # noqa: PLC0415 - as above

    return spec_schema()


def explain(path: str) -> str:
    """Say what ``replication_group.transit_encryption_mode`` means; UsageError if it is unknown."""
    from reconciler.spec.explainer import explain_field  # noqa: PLC0415 - as above

    return explain_field(path)


def problem_report(problems: Sequence[Problem]) -> dict[str, object]:
    """Give problems as ``validate --format json`` prints them."""
    names = ("file", "line", "column", "address", "field", "message")
    return {
        "format_version": 1,
        "problems": [{name: getattr(one, name) for name in names} for one in problems],
    }
