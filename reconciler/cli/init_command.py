"""init: a folder to begin with. Three files, none of which may be there already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.command import command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "init", formats=("text", "json"))(init)


def init(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if need be.")] = Path(),
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Twelve digits.", show_default=False)
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="As in eu-west-1.", show_default=False)
    ] = None,
    estate: Annotated[str, typer.Option(metavar="NAME", help="The estate's name.")] = "main",
) -> int:
    """Begin: a first spec, the schema for editors, a CI file."""
    from reconciler.spec import schema  # noqa: PLC0415
    from reconciler.spec.first import SCHEMA_FILE, first_files  # noqa: PLC0415

    if not (account and region):
        raise UsageError("--account and --region are needed: the environment never decides where")
    _check(account, region, estate)
    files = {
        **first_files(account, region, estate),
        f"specs/{SCHEMA_FILE}": json.dumps(schema(), indent=2) + "\n",
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise UsageError(f"{', '.join(there)}: there already; nothing was written")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    if screen.format == "json":
        screen.json({"format_version": 1, "written": sorted(files)})
    else:
        for name in files:
            screen.result(str(folder / name))
        screen.say(f"next: reconcile validate -C {folder}, or reconcile import --all")
    return 0


def _check(account: str, region: str, estate: str) -> None:
    from pydantic import ValidationError  # noqa: PLC0415

    from reconciler.model import Aws, Estate  # noqa: PLC0415

    try:
        Estate(version=1, estate=estate, aws=Aws(account_id=account, region=region))
    except ValidationError as error:
        first = error.errors()[0]
        flag = {"account_id": "--account", "region": "--region"}.get(
            str(first["loc"][-1]), "--estate"
        )
        raise UsageError(f"{flag}: {first['msg']}") from None
