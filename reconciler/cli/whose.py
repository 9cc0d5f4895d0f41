"""What adopt and forget share: asking, sending under the lease with a journal, and how it ended."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.apply_command import JOURNAL, refuse_observe_mode
from reconciler.cli.screen import Screen
from reconciler.errors import Refused, UsageError

if TYPE_CHECKING:
    from reconciler.applying.journal import FileJournal
    from reconciler.applying.outcome import Event, Summary
    from reconciler.applying.run import Pace
    from reconciler.cli.wiring import Wired

Addresses = Annotated[
    list[str],
    typer.Argument(metavar="ADDRESS...", help="replication_group/orders, or orders."),
]
Yes = Annotated[bool, typer.Option("--yes", "--auto-approve", help="Do not ask. Lifts no refusal.")]


def wired_to_write(screen: Screen, file: str | None, local: bool, *, yes: bool) -> Wired:
    """Give the doors; refuses a spec that only watches, and a missing terminal."""
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415

    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: give --yes")
    spec = load_one(None, file)
    refuse_observe_mode(spec)
    return Wired(spec, screen, local)


def tell(screen: Screen, page: str) -> None:
    """Show the page: on stdout, or beside it where stdout carries JSON."""
    # With --format json stdout carries the result alone.
    (screen.result if screen.format == "text" else screen.say)(page)


def ask(question: str, *, yes: bool) -> None:
    """Refuse unless a person says yes."""
    if yes:
        return
    sys.stderr.write(f"{question} Only yes is a yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise Refused(["not confirmed; nothing was sent"])


def pace_of(wired: Wired) -> Pace:
    """Give how patient to be."""
    from reconciler.applying.run import Pace  # noqa: PLC0415

    return Pace.local() if wired.local else Pace()


@contextmanager
def journalled(wired: Wired) -> Iterator[tuple[str, FileJournal]]:
    """Give a run's id and its journal, and say where that is."""
    from reconciler.applying.journal import FileJournal  # noqa: PLC0415

    run = secrets.token_hex(4)
    journal = FileJournal(JOURNAL, run, wired.clock)
    try:
        yield run, journal
    finally:
        journal.close()
        if journal.path is not None:
            wired.screen.say(f"journal: {journal.path}")


def told(wired: Wired, events: Iterable[Event]) -> Summary:
    """Show what happens, and give how it ended."""
    from reconciler.applying.outcome import Finished, Summary  # noqa: PLC0415
    from reconciler.cli.progress import Progress  # noqa: PLC0415

    progress, summary = Progress(wired.screen), Summary()
    for event in events:
        progress.tell(event)
        if isinstance(event, Finished):
            summary = event.summary
    return summary


def ended(screen: Screen, verb: str, summary: Summary, **beside: list[str]) -> int:
    """Show how it ended, and give the exit code."""
    from reconciler.report.ownership_report import ended_json, ended_text  # noqa: PLC0415

    if screen.format == "json":
        screen.json(ended_json(summary, **beside))
    else:
        screen.result(ended_text(verb, summary, screen.paint))
    return summary.exit_code
