"""destroy: delete all that is ours, in the order that the service accepts. Asks for the name."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.apply_command import approved_ask, carried_out, refuse_observe_mode
from reconciler.cli.apply_command import seconds_of as seconds
from reconciler.cli.asking import Ask, NoFinalSnapshot
from reconciler.cli.command import Allowed, File, Local, NoLock, SpecOrPlan, Timeout, command
from reconciler.cli.conclusion import conclude
from reconciler.cli.screen import Screen
from reconciler.errors import CouldNotLook, Refused, StalePlan, UsageError

if TYPE_CHECKING:
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.report.plan_facts import PlanReport

_EPILOG = """\b
Ours is what bears both ownership tags of this estate, in the spec or not; nothing else is touched.
Each cache is kept in a last snapshot, which no command of this tool deletes. What safety.protect
names is refused. reconcile plan --destroy shows the same and sends nothing."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "destroy", epilog=_EPILOG)(destroy)


def destroy(
    screen: Screen,
    spec: SpecOrPlan = None,
    file: File = None,
    local: Local = False,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Only this.", show_default=False),
    ] = None,
    allow: Allowed = None,
    no_final_snapshot: NoFinalSnapshot = False,
    yes: Annotated[
        bool, typer.Option("--yes", "--auto-approve", help="Do not ask; takes --estate too.")
    ] = False,
    estate: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The estate's name, with --yes.", show_default=False),
    ] = None,
    expect: Annotated[
        str | None,
        typer.Option(metavar="FINGERPRINT", help="Refuse any other plan.", show_default=False),
    ] = None,
    timeout: Timeout = "2h",
    no_lock: NoLock = False,
) -> int:
    """Delete all that is ours; keeps last snapshots; asks for the name."""
    from reconciler.cli.plan_file import is_plan_file, read_plan  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415

    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: give --yes and --estate NAME")
    timeout_s = seconds(timeout)
    ask = Ask(targets=tuple(target or ()), final_snapshot=not no_final_snapshot)
    approved = read_plan(Path(spec)) if spec and is_plan_file(spec) else None
    loaded = load_one(approved.spec if approved else spec, file)
    refuse_observe_mode(loaded)
    if approved:
        approved.check(loaded)
        ask, expect = approved_ask(approved, ask), expect or approved.fingerprint
        if not ask.destroy:
            raise UsageError(f"{spec} destroys nothing: reconcile apply {spec}")
    if yes and estate != loaded.estate.estate:
        raise UsageError(f"--yes takes --estate {loaded.estate.estate}, to say which is meant")
    ask = dataclasses.replace(ask, destroy=True)
    wired = Wired(loaded, screen, local)
    looked = _agreed(wired, ask, yes=yes, expect=expect, consents=frozenset(allow or ()))
    if looked is None:
        return 0
    summary = carried_out(wired, looked, ask, timeout_s=timeout_s, no_lock=no_lock)
    return conclude(wired, looked, summary, ask)


def _agreed(
    wired: Wired, ask: Ask, *, yes: bool, expect: str | None, consents: frozenset[str]
) -> Looked | None:
    """Show what would go, refuse what must stay, ask for the name; None: nothing is ours."""
    from reconciler.cli.apply_command import nothing, show  # noqa: PLC0415
    from reconciler.cli.conclusion import unseen  # noqa: PLC0415
    from reconciler.cli.looking import ending, look, refuse, report_of  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    looked = look(wired, ask=ask)
    report: PlanReport = report_of(wired, looked, allow=ending(looked) | consents)
    page = plan_text(dataclasses.replace(report, ends=False), wired.screen.paint)
    if looked.plan.empty:
        nothing(wired.screen, wired.spec.path, report, page)
        if looked.plan.unknown:
            raise CouldNotLook(unseen(looked.plan.unknown))
        return None
    show(wired.screen, looked, page)
    if expect and expect != looked.plan.fingerprint:
        reason = (
            f"expected the plan {expect}, this one is {looked.plan.fingerprint}; nothing was sent: "
            "look at it, then approve it"
        )
        raise StalePlan([reason])
    refuse(report)
    if not yes:
        _ask(wired.spec.estate.estate)
    return looked


def _ask(name: str) -> None:
    sys.stderr.write(f"All of this will be deleted. Type the estate's name, {name}: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != name:
        raise Refused(["not confirmed; nothing was sent"])
