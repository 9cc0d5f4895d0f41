"""validate, schema, explain: offline, without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import File, Specs, command
from reconciler.cli.screen import Screen
from reconciler.errors import Problem, SpecError

if TYPE_CHECKING:
    from reconciler.lint import Advice
    from reconciler.spec.loaded import Spec


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "validate", formats=("text", "json", "github"))(validate)
    command(app, "schema", formats=("json",), default="json")(schema)
    command(app, "explain", formats=("text",))(explain)


def validate(
    screen: Screen,
    spec: Specs = None,
    file: File = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 2 on warnings too.")] = False,
) -> int:
    """Check specs offline: every problem at once, with its place."""
    from reconciler.cli.specs import load_all, paths_of  # noqa: PLC0415
    from reconciler.lint import lint  # noqa: PLC0415
    from reconciler.rights import check_expect  # noqa: PLC0415

    specs: list[Spec] = []
    try:
        specs = load_all(paths_of(spec, file))
        problems: list[Problem] = [one for found in specs for one in check_expect(found)]
    except SpecError as error:
        problems = list(error.problems)
    advice = [(_place(found, one), one) for found in specs if not problems for one in lint(found)]
    _tell(screen, specs, problems, advice)
    severe = strict and any(one.severity == "warning" for _, one in advice)
    return 2 if problems or severe else 0


def _place(spec: Spec, advice: Advice) -> Problem:
    """Give the advice the form of a problem: with its file, line and column."""
    top = advice.address.kind == "silence"
    position = spec.at(None if top else advice.address, advice.field)
    address = "" if top else str(advice.address)
    words = f"{advice.message}; {advice.mend}" if advice.mend else advice.message
    return Problem(position.file, position.line, position.column, address, advice.field, words)


def _tell(
    screen: Screen,
    specs: list[Spec],
    problems: list[Problem],
    advice: list[tuple[Problem, Advice]],
) -> None:
    if screen.format == "json":
        from reconciler.spec import problem_report  # noqa: PLC0415

        rows_of = [
            {**problem_row(place), "id": one.id, "severity": one.severity} for place, one in advice
        ]
        screen.json({**problem_report(problems), **({"advice": rows_of} if rows_of else {})})
        return
    if screen.format == "github":
        rows: list[tuple[str, Problem, str]] = [("error", one, "") for one in problems]
        # The title is the id that silences it.
        rows += [(one.severity, place, f",title={one.id}") for place, one in advice]
        for level, at, title in rows:
            where = f"file={at.file},line={at.line},col={at.column}{title}"
            screen.result(f"::{level} {where}::{_escaped(str(at).split(': ', 1)[-1])}")
        return
    if problems:
        raise SpecError(problems)
    from reconciler.report.lines import counted  # noqa: PLC0415

    for place, one in advice:
        screen.result(f"{place} [{one.severity}, {one.id}]")
    for found in specs:
        told = f", {counted(len(advice), 'piece')} of advice" if advice and len(specs) == 1 else ""
        screen.result(f"{found.path}: valid, {counted(len(found.resources), 'resource')}{told}")


def problem_row(one: Problem) -> dict[str, object]:
    """Give a problem as the JSON form has it."""
    names = ("file", "line", "column", "address", "field", "message")
    return {name: getattr(one, name) for name in names}


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def schema(screen: Screen) -> int:
    """Print the JSON schema that editors use for completion."""
    from reconciler.spec import schema as spec_schema  # noqa: PLC0415

    screen.json(spec_schema())
    return 0


def explain(
    screen: Screen,
    field: Annotated[
        str | None,
        typer.Argument(
            metavar="FIELD",
            help="As in user.access_string; bare: what there is.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Say what a field means, and what changing it does."""
    from reconciler.spec import explain as explain_field  # noqa: PLC0415
    from reconciler.spec.explainer import contents  # noqa: PLC0415

    screen.result(explain_field(field) if field else contents())
    return 0
