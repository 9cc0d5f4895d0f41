"""unlock: who holds the lease, and the end of it for a run that can't end it itself."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli.command import File, Local, command
from reconciler.cli.screen import Screen

_EPILOG = """\b
Rarely needed: a run that was killed on this machine is taken over at once, one on another machine
after ten minutes. The lease is advisory; a run that lost it stops before its next call."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "unlock", formats=("text", "json"), epilog=_EPILOG)(unlock)


def unlock(
    screen: Screen,
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="End this run's lease; bare: show it."),
    ] = None,
    file: File = None,
    local: Local = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also of a run that is at work on this machine.")
    ] = False,
) -> int:
    """Show who holds the lease; with RUN, end it."""
    from reconciler.aws.unlock import lock_of  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.lease import refuse_unlock  # noqa: PLC0415
    from reconciler.report.lease_report import lease_json, lease_text  # noqa: PLC0415

    wired = Wired(load_one(None, file), screen, local)
    estate = wired.spec.estate
    session = wired.writing if run else wired.reading
    lock = lock_of(estate, session, wired.clock)
    if lock is None:
        screen.say(f"{estate.estate}: safety.lease is none, so nothing is ever locked")
    holder = lock.holder() if lock else None
    if lock and holder and run:
        refuse_unlock(holder, run, force=force)
        lock.end(holder, session.identity().short)
    ended = bool(holder and run)
    if screen.format == "json":
        screen.json(lease_json(estate.estate, holder, ended=ended))
    else:
        screen.result(lease_text(estate.estate, holder, ended=ended))
    return 0
