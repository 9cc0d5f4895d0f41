"""forget: let go of what is ours. Our tags are dropped, the thing stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from reconciler.cli.command import File, Local, command
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

if TYPE_CHECKING:
    from reconciler.applying.outcome import Summary
    from reconciler.cli.wiring import Wired
    from reconciler.kind import Facts
    from reconciler.model import Address

_EPILOG = """\b
Nothing is deleted and nothing is changed but our tags. Take it out of the spec as well: otherwise
the next plan wants it back (reconcile adopt, or a consent to adopt it). reconcile import writes
what is there as YAML."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "forget", formats=("text", "json"), epilog=_EPILOG)(forget)


def forget(
    screen: Screen,
    address: Addresses,
    file: File = None,
    local: Local = False,
    yes: Yes = False,
) -> int:
    """Let go of what is ours: drop our tags, keep the thing."""
    from reconciler.forget import forgettable  # noqa: PLC0415
    from reconciler.planning.selection import named  # noqa: PLC0415
    from reconciler.report.ownership_report import forgetting_text  # noqa: PLC0415

    wired = wired_to_write(screen, file, local, yes=yes)
    estate = wired.spec.estate
    with wired.clock.listening():
        facts = wired.facts(wired.observe())
        chosen = frozenset(named(address, facts.observed))
        found = forgettable(facts, chosen)
        bare = chosen - {one.address for one in found}
        spec = wired.spec.resources.keys()
        tell(screen, forgetting_text(found, bare, estate.safety.tag_prefix, spec))
        from reconciler.applying.outcome import Summary  # noqa: PLC0415

        summary = Summary()
        if found:
            ask(f"Let {estate.estate} forget this?", yes=yes)
            summary = _forgotten(wired, facts, [one.address for one in found])
    return ended(screen, "Forgotten", summary, bare=sorted(map(str, bare)))


def _forgotten(wired: Wired, facts: Facts, chosen: Sequence[Address]) -> Summary:
    from reconciler.applying.run import Run  # noqa: PLC0415
    from reconciler.applying.settle import Eyes  # noqa: PLC0415
    from reconciler.forget import forget as forgetting  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415

    with journalled(wired) as (run, journal):
        doors = Run(
            Eyes(EVERY_KIND, wired.reader.fresh(), facts),
            wired.writer,
            wired.lease(run),
            wired.clock,
            journal,
            pace_of(wired),
        )
        return told(wired, forgetting(chosen, EVERY_KIND, doors))
