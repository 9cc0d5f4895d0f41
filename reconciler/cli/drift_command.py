"""drift: what moved behind the spec. Reads only."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from reconciler.cli.command import File, Local, Specs, command
from reconciler.cli.screen import Screen, worst


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "drift")(drift)


def drift(
    screen: Screen,
    spec: Specs = None,
    file: File = None,
    local: Local = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 also when something drifted.")
    ] = False,
) -> int:
    """Show what changed behind the spec (exit 3: something)."""
    from reconciler.cli.looking import look, where  # noqa: PLC0415
    from reconciler.cli.specs import load_all, paths_of  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.drift import drift_of  # noqa: PLC0415
    from reconciler.report import drift_report  # noqa: PLC0415

    codes = []
    for one in load_all(paths_of(spec, file)):
        looked = look(Wired(one, screen, local))
        found = drift_of(looked.plan)
        place = partial(where, spec=one)
        match screen.format:
            case "json":
                screen.json(drift_report.drift_json(found, one.path, place))
            case "markdown":
                screen.result(drift_report.drift_markdown(found, one.path))
            case _:
                screen.result(
                    drift_report.drift_text(found, one.path, looked.seen, place, screen.paint)
                )
        codes.append(0 if exit_zero else found.exit_code)
    return worst(codes)
