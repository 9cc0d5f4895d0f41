"""output: what an application needs to connect."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.command import File, Local, command
from reconciler.cli.screen import Screen

Addresses = Annotated[
    list[str] | None,
    typer.Argument(metavar="ADDRESS", help="Only these caches.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "output", formats=("text", "env", "json"))(output)


def output(
    screen: Screen, address: Addresses = None, file: File = None, local: Local = False
) -> int:
    """Show endpoints, users and secret references of each cache."""
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.output import outputs  # noqa: PLC0415
    from reconciler.planning.selection import named  # noqa: PLC0415
    from reconciler.report import output_report  # noqa: PLC0415

    words = list(address or ())
    if file is None and words and words[0].endswith((".yaml", ".yml")):
        file = words.pop(0)
    wired = Wired(load_one(None, file), screen, local)
    chosen = named(words, wired.spec.resources)
    observation = wired.observe()
    found = outputs(wired.spec.resources, observation.live)
    if chosen:
        found = tuple(one for one in found if one.address in chosen)
    match screen.format:
        case "json":
            screen.json(output_report.output_json(found))
        case "env":
            screen.result(output_report.output_env(found))
        case _:
            screen.result(output_report.output_text(found))
    return 0
