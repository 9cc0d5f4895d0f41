"""validate, schema, explain: offline, without credentials."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.command import File, Specs, command
from reconciler.cli.screen import Screen
from reconciler.errors import SpecError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "validate", formats=("text", "json", "github"))(validate)
    command(app, "schema", formats=("json",), default="json")(schema)
    command(app, "explain", formats=("text",))(explain)


def validate(screen: Screen, spec: Specs = None, file: File = None) -> int:
    """Check specs offline: every problem at once, with its place."""
    from reconciler.cli.specs import load_all, paths_of  # noqa: PLC0415

    paths = paths_of(spec, file)
    try:
        specs = load_all(paths)
    except SpecError as error:
        if screen.format == "json":
            from reconciler.spec import problem_report  # noqa: PLC0415

            screen.json(problem_report(error.problems))
            return error.exit_code
        if screen.format == "github":
            for one in error.problems:
                where = f"file={one.file},line={one.line},col={one.column}"
                screen.result(f"::error {where}::{_escaped(str(one).split(': ', 1)[-1])}")
            return error.exit_code
        raise
    if screen.format == "json":
        screen.json({"format_version": 1, "problems": []})
    elif screen.format == "text":
        for found in specs:
            count = len(found.resources)
            screen.result(f"{found.path}: valid, {count} resource{'s' if count != 1 else ''}")
    return 0


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def schema(screen: Screen) -> int:
    """Print the JSON schema that editors use for completion."""
    from reconciler.spec import schema as spec_schema  # noqa: PLC0415

    screen.json(spec_schema())
    return 0


def explain(
    screen: Screen,
    field: Annotated[str, typer.Argument(help="As in replication_group.transit_encryption_mode.")],
) -> int:
    """Say what a field means, and what changing it does."""
    from reconciler.spec import explain as explain_field  # noqa: PLC0415

    screen.result(explain_field(field))
    return 0
