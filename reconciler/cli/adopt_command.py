"""adopt: take over what the spec names and is there. Two tags are written, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import Allowed, File, Local, command
from reconciler.cli.screen import Screen
from reconciler.cli.whose import (
    Addresses,
    Yes,
    ask,
    ended,
    journalled,
    pace_of,
    tell,
    told,
    wired_to_write,
)
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.adopt import Adoption
    from reconciler.applying.outcome import Summary
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired

_EPILOG = """\b
The spec has to have it: reconcile import writes a live thing as YAML, and nothing else. What then
differs from the spec is changed by the next apply, never by adopt. The way back is
reconcile forget, which drops the tags and keeps the thing."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "adopt", formats=("text", "json"), epilog=_EPILOG)(adopt)


def adopt(
    screen: Screen,
    address: Addresses,
    file: File = None,
    local: Local = False,
    from_estate: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Take it over from this estate of ours.", show_default=False
        ),
    ] = None,
    allow: Allowed = None,
    yes: Yes = False,
) -> int:
    """Take over what the spec names and is there: write two tags."""
    from reconciler.adopt import adoption, consents  # noqa: PLC0415
    from reconciler.cli.looking import look  # noqa: PLC0415
    from reconciler.guard import guard  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415
    from reconciler.planning.selection import named  # noqa: PLC0415

    wired = wired_to_write(screen, file, local, yes=yes)
    estate = wired.spec.estate
    if from_estate == estate.estate:
        raise UsageError(f"--from-estate {from_estate} is this estate; name the other one")
    with wired.clock.listening():
        looked = look(wired)
        known = wired.spec.resources.keys() | looked.facts.observed.keys()
        chosen = frozenset(named(address, known))
        found = adoption(EVERY_KIND, looked.facts, chosen, from_estate)
        tell(screen, _adoption_page(wired, looked, found))
        from reconciler.applying.outcome import Summary  # noqa: PLC0415

        summary = Summary()
        if not found.plan.empty:
            consented = frozenset(allow or ()) | consents(chosen)
            guard(found.plan, estate.safety, allow=consented, today=wired.today)
            ask(f"Adopt this into {estate.estate}?", yes=yes)
            summary = _adopted(wired, found)
    then = [str(one.address) for one in found.after.changes]
    return ended(screen, "Adopted", summary, owned=list(map(str, found.owned)), then=then)


def _adoption_page(wired: Wired, looked: Looked, found: Adoption) -> str:
    from reconciler.cli.looking import report_of  # noqa: PLC0415
    from reconciler.report.ownership_report import adoption_text  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    page = adoption_text(found)
    if found.plan.empty:
        return page
    then = dataclasses.replace(looked, plan=found.after, partial=False)
    report = dataclasses.replace(report_of(wired, then), ends=False)
    return f"{page}\n{plan_text(report, wired.screen.paint)}"


def _adopted(wired: Wired, found: Adoption) -> Summary:
    from reconciler.apply import Doors, Terms, apply  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415

    with journalled(wired) as (run, journal):
        doors = Doors(
            EVERY_KIND, wired.reader, wired.writer, wired.lease(run), wired.clock, journal
        )
        return told(wired, apply(found.facts, found.plan, doors, Terms(pace=pace_of(wired))))
