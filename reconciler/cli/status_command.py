"""status: how each resource stands right now, once or until all is at rest. Reads only."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import File, Local, command
from reconciler.cli.screen import Screen

if TYPE_CHECKING:
    from reconciler.cli.wiring import Wired
    from reconciler.report.status_report import StatusReport

Addresses = Annotated[
    list[str] | None,
    typer.Argument(metavar="ADDRESS", help="Only these resources.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status", formats=("text", "json"))(status)


def status(
    screen: Screen,
    address: Addresses = None,
    file: File = None,
    local: Local = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again until all is at rest, or Ctrl-C.")
    ] = False,
) -> int:
    """Show what moves, what waits for what, and who applies."""
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.report.status_report import status_json  # noqa: PLC0415

    words = list(address or ())
    if file is None and words and words[0].endswith((".yaml", ".yml")):
        file = words.pop(0)
    wired = Wired(load_one(None, file), screen, local)
    with wired.clock.listening():
        report = _looked(wired, words)
        shown = _Page(screen)
        shown.draw(report)
        if watch:
            report = _watched(wired, words, report, shown)
    if screen.format == "json":
        screen.json(status_json(report))
    return 0


def _looked(wired: Wired, words: Sequence[str]) -> StatusReport:
    from reconciler.aws.unlock import lock_of  # noqa: PLC0415
    from reconciler.cli.looking import look  # noqa: PLC0415
    from reconciler.errors import CouldNotLook, Refused  # noqa: PLC0415
    from reconciler.planning.selection import named  # noqa: PLC0415
    from reconciler.report.status_report import StatusReport  # noqa: PLC0415
    from reconciler.status import statuses  # noqa: PLC0415

    estate = wired.spec.estate
    chosen = named(words, wired.spec.resources)
    looked = look(wired)
    holder, unknown = None, ""
    try:
        lock = lock_of(estate, wired.reading, wired.clock)
        holder = lock.holder() if lock else None
        unknown = "" if lock else "safety.lease is none: nobody is kept from applying"
    except (CouldNotLook, Refused) as trouble:
        # What the resources are doing is known all the same.
        unknown = str(trouble)
    return StatusReport(
        estate.estate,
        estate.aws.account_id,
        estate.aws.region,
        statuses(looked.facts, looked.plan, chosen),
        holder,
        unknown,
    )


def _watched(wired: Wired, words: Sequence[str], report: StatusReport, page: _Page) -> StatusReport:
    from reconciler.applying.run import Pace  # noqa: PLC0415

    pace = Pace.local() if wired.local else Pace()
    changed = wired.clock.monotonic()
    while not report.at_rest:
        wired.clock.wait(max(1.0, pace.between_looks(wired.clock.monotonic() - changed)))
        again = _looked(wired, words)
        if again != report:
            changed = wired.clock.monotonic()
        report = again
        page.draw(report)
    return report


class _Page:
    """The page as it stands on the screen: redrawn on a terminal, else told when it changes."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._shown = screen, ""
        self._redraws = sys.stdout.isatty()

    def draw(self, report: StatusReport) -> None:
        """Show the page, unless it stands there already, or JSON was asked for."""
        from reconciler.report.status_report import status_text  # noqa: PLC0415

        page = status_text(report, self._screen.paint)
        if self._screen.format == "json" or page == self._shown:
            return
        self._screen.result(f"{self._erasing()}{page}")
        self._shown = page

    def _erasing(self) -> str:
        if not self._shown:
            return ""
        if not self._redraws:
            return "\n"
        height = self._shown.count("\n")
        fits = height < shutil.get_terminal_size().lines
        return f"\x1b[{height}A\x1b[J" if fits else "\x1b[H\x1b[2J"
