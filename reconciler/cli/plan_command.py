"""plan: what differs, why, in which steps. Reads only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.asking import NoFinalSnapshot, Now, Prune
from reconciler.cli.command import Allowed, File, Local, Specs, Targets, Through, command
from reconciler.cli.screen import Screen, worst
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.report.plan_facts import PlanReport

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", help="Write the plan; apply takes it.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "plan")(plan)
    command(app, "show", formats=("text", "json"))(show)


def plan(
    screen: Screen,
    spec: Specs = None,
    file: File = None,
    local: Local = False,
    target: Targets = None,
    allow: Allowed = None,
    through_gate: Through = None,
    now: Now = None,
    prune: Prune = False,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Show what reconcile destroy would delete.")
    ] = False,
    no_final_snapshot: NoFinalSnapshot = False,
    out: Out = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 also when something is to do.")
    ] = False,
    unmanaged: Annotated[
        bool, typer.Option("--unmanaged", help="List all that is not ours.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Show alike changes one by one.")] = False,
    refresh_tags: Annotated[
        bool, typer.Option("--refresh-tags", help="Ask each named resource for its tags.")
    ] = False,
) -> int:
    """Show what apply would do, and why (exit 3: something)."""
    from reconciler.cli.asking import Ask  # noqa: PLC0415
    from reconciler.cli.looking import ending, foreseen, look, report_of  # noqa: PLC0415
    from reconciler.cli.specs import load_all, paths_of  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415

    specs = load_all(paths_of(spec, file))
    if out and len(specs) != 1:
        raise UsageError("--out takes the plan of one spec; plan them one by one")
    if out and through_gate:
        raise UsageError("a plan file opens no gate; give --through-gate to apply, with the file")
    ask = Ask(
        targets=tuple(target or ()),
        now=tuple(now or ()),
        allow=frozenset(allow or ()),
        prune=prune,
        destroy=destroy,
        final_snapshot=not no_final_snapshot,
    )
    codes = []
    for one in specs:
        wired = Wired(one, screen, local)
        looked = look(wired, ask=ask, refresh_tags=refresh_tags)
        report = report_of(
            wired,
            looked,
            allow=ask.allow | ending(looked),
            through=frozenset(through_gate or ()),
            show_unmanaged=unmanaged,
            show_all=every,
            ahead=foreseen(wired, looked),
        )
        show_plan(screen, report)
        if out:
            from reconciler.cli.plan_file import write_plan  # noqa: PLC0415

            write_plan(out, report, one, ask)
            verb = "destroy" if destroy else "apply"
            screen.say(f"written to {out}; {verb} it: reconcile {verb} {out}")
        codes.append(0 if exit_zero else report.exit_code)
    return worst(codes)


def show_plan(screen: Screen, report: PlanReport) -> None:
    """Print a plan in the form that was asked for."""
    match screen.format:
        case "json":
            from reconciler.report.plan_json import plan_json  # noqa: PLC0415

            screen.json(plan_json(report))
        case "markdown":
            from reconciler.report.plan_markdown import plan_markdown  # noqa: PLC0415

            screen.result(plan_markdown(report))
        case _:
            from reconciler.report.plan_text import plan_text  # noqa: PLC0415

            screen.result(plan_text(report, screen.paint))


def show(screen: Screen, plan_file: Annotated[Path, typer.Argument(metavar="PLANFILE")]) -> int:
    """Show a plan that was written with plan --out."""
    from reconciler.cli.plan_file import read_plan  # noqa: PLC0415

    found = read_plan(plan_file)
    if screen.format == "json":
        screen.json(found.content)
    else:
        screen.result(found.page)
    return 0
