"""apply: bring the plan about, wait until it settled, plan again."""

from __future__ import annotations

import dataclasses
import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.asking import Ask, NoFinalSnapshot, Now, Prune
from reconciler.cli.command import (
    Allowed,
    File,
    Local,
    NoLock,
    SpecOrPlan,
    Targets,
    Through,
    Timeout,
    command,
)
from reconciler.cli.conclusion import broke_off, conclude
from reconciler.cli.probing import probing
from reconciler.cli.screen import Screen
from reconciler.errors import (
    CouldNotLook,
    Interrupted,
    ReconcilerError,
    Refused,
    StalePlan,
    UsageError,
)

if TYPE_CHECKING:
    from reconciler.applying.outcome import Summary
    from reconciler.cli.looking import Looked
    from reconciler.cli.plan_file import PlanFile
    from reconciler.cli.wiring import Wired
    from reconciler.model import Address
    from reconciler.report.plan_facts import PlanReport
    from reconciler.spec.loaded import Spec

JOURNAL = Path(".reconcile/journal")

Expect = Annotated[
    str | None,
    typer.Option(metavar="FINGERPRINT", help="Refuse any other plan.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "apply")(apply)


def apply(
    screen: Screen,
    spec: SpecOrPlan = None,
    file: File = None,
    local: Local = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "--auto-approve", help="Do not ask. Lifts no limit, opens no gate."),
    ] = False,
    expect: Expect = None,
    target: Targets = None,
    allow: Allowed = None,
    now: Now = None,
    prune: Prune = False,
    no_final_snapshot: NoFinalSnapshot = False,
    through_gate: Through = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Send the first step of each change and leave.")
    ] = False,
    timeout: Timeout = "2h",
    no_lock: NoLock = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Measure for how long each cache was of no use.")
    ] = False,
) -> int:
    """Bring the plan about; idempotent; plans again at the end."""
    from reconciler.cli.plan_file import is_plan_file, read_plan  # noqa: PLC0415
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415

    if not yes and not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: give --yes, or --expect with --yes")
    timeout_s = seconds_of(timeout)
    approved = read_plan(Path(spec)) if spec and is_plan_file(spec) else None
    ask = Ask(
        targets=tuple(target or ()),
        now=tuple(now or ()),
        allow=frozenset(allow or ()),
        prune=prune,
        final_snapshot=not no_final_snapshot,
    )
    if approved:
        ask = approved_ask(approved, ask)
        if ask.destroy:
            raise UsageError(f"{spec} destroys: reconcile destroy {spec}")
    loaded = load_one(approved.spec if approved else spec, file)
    refuse_observe_mode(loaded)
    if approved:
        approved.check(loaded)
    wired = Wired(loaded, screen, local)
    looked = _agreed(
        wired,
        approved,
        ask,
        yes=yes,
        expect=expect,
        # What a plan file carries is what was asked for, never what was agreed to.
        consents=frozenset(allow or ()),
        through=through_gate,
    )
    mends = _mends(looked)
    if looked.plan.empty:
        code = _only_recorded(wired, looked, mends, timeout_s=timeout_s, no_lock=no_lock)
        return code or (CouldNotLook.exit_code if looked.plan.unknown else 0)
    with probing(wired, looked, wanted=probe) as probed:
        summary = carried_out(
            wired,
            looked,
            ask,
            through=frozenset(through_gate or ()),
            no_wait=no_wait,
            timeout_s=timeout_s,
            no_lock=no_lock,
            mends=mends,
        )
    return conclude(wired, looked, summary, ask, no_wait=no_wait, probed=probed())


def refuse_observe_mode(spec: Spec) -> None:
    """Refuse to apply a spec that only watches."""
    if spec.estate.mode == "observe":
        reason = (
            f"{spec.path} says mode: observe: it is watched, never applied; what is to be managed "
            "takes mode: manage, and reconcile adopt"
        )
        raise Refused([reason])


def seconds_of(text: str) -> float:
    """Read 90s, 30m or 2h."""
    found = re.fullmatch(r"(\d+)\s*(s|m|h)?", text.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"--timeout {text!r} is no duration; write 90s, 30m or 2h")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2] or "s"]


def approved_ask(approved: PlanFile, typed: Ask) -> Ask:
    """Give what was approved; typed beside it only consents and gates count."""
    if dataclasses.replace(typed, allow=frozenset()) != Ask():
        raise UsageError(
            f"{approved.path} says what was asked for; --target, --now, --prune and "
            "--no-final-snapshot are given where it is planned"
        )
    return dataclasses.replace(approved.ask, allow=approved.ask.allow | typed.allow)


def _agreed(
    wired: Wired,
    approved: PlanFile | None,
    ask: Ask,
    *,
    yes: bool,
    expect: str | None,
    consents: frozenset[str],
    through: list[str] | None,
) -> Looked:
    """Show the plan, hold it against the limits, ask; where nothing is to do, say that."""
    from reconciler.cli.looking import foreseen, look, refuse, report_of  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    screen = wired.screen
    looked = look(wired, ask=ask)
    gates = frozenset(through or ())
    ahead = foreseen(wired, looked)
    report = report_of(wired, looked, allow=consents, through=gates, ahead=ahead)
    page = plan_text(dataclasses.replace(report, ends=False), screen.paint)
    fingerprint = expect or (approved.fingerprint if approved else None)
    if looked.plan.empty:
        nothing(screen, wired.spec.path, report, page)
        return looked
    show(screen, looked, page)
    if fingerprint and fingerprint != looked.plan.fingerprint:
        reason = (
            f"expected the plan {fingerprint}, this one is {looked.plan.fingerprint}; nothing was "
            "sent: look at it, then approve it"
        )
        raise StalePlan([reason])
    refuse(report)
    if not yes:
        _ask(wired)
    return looked


def _mends(looked: Looked) -> frozenset[Address]:
    """Give whose record of what was applied is out of date, unless only some were asked for."""
    from reconciler.applying.recording import behind  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415

    if looked.partial:
        return frozenset()
    return frozenset(behind(EVERY_KIND, looked.facts))


def _only_recorded(
    wired: Wired, looked: Looked, mends: frozenset[Address], *, timeout_s: float, no_lock: bool
) -> int:
    """Bring records up to date where nothing else is to do; say so where any was."""
    from reconciler.report.apply_report import recorded_lines  # noqa: PLC0415

    if not mends:
        return 0
    summary = carried_out(wired, looked, Ask(), timeout_s=timeout_s, no_lock=no_lock, mends=mends)
    for line in recorded_lines(summary):
        (wired.screen.result if wired.screen.format == "text" else wired.screen.say)(line)
    return summary.exit_code


def show(screen: Screen, looked: Looked, page: str) -> None:
    """Show the plan where it belongs: with --format json stdout carries the result alone."""
    if screen.format == "text":
        screen.result(page)
    elif screen.log == "json":
        addresses = [str(one.address) for one in looked.plan.changes]
        screen.event("Planned", fingerprint=looked.plan.fingerprint, changes=addresses)
    else:
        screen.say(page)


def nothing(screen: Screen, spec: str, report: PlanReport, page: str) -> None:
    """Say that nothing is to do."""
    from reconciler.applying.outcome import Summary  # noqa: PLC0415
    from reconciler.report import apply_report  # noqa: PLC0415
    from reconciler.report.plan_markdown import plan_markdown  # noqa: PLC0415

    match screen.format:
        case "json":
            told = apply_report.apply_json(Summary(), spec, empty=True)
            unknown = [str(one) for one in report.plan.unknown]
            screen.json({**told, "unknown": unknown, "exit_code": report.exit_code})
        case "markdown":
            screen.result(plan_markdown(report))
        case _:
            screen.result(page)


def _ask(wired: Wired) -> None:
    sys.stderr.write(f"Apply this to {wired.spec.estate.estate}? Only yes is a yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise Refused(["not confirmed; nothing was sent"])


def carried_out(
    wired: Wired,
    looked: Looked,
    ask: Ask,
    *,
    timeout_s: float,
    no_lock: bool,
    through: frozenset[str] = frozenset(),
    no_wait: bool = False,
    mends: frozenset[Address] = frozenset(),
) -> Summary:
    """Run apply, telling what happens; where an error ends it, what is left is told as well."""
    from reconciler.apply import Doors, Terms, apply  # noqa: PLC0415
    from reconciler.applying.journal import FileJournal  # noqa: PLC0415
    from reconciler.applying.outcome import Finished  # noqa: PLC0415
    from reconciler.applying.run import Pace  # noqa: PLC0415
    from reconciler.aws.lease import NoLease  # noqa: PLC0415
    from reconciler.cli.progress import Progress  # noqa: PLC0415
    from reconciler.cli.secrets_made import with_secrets_made  # noqa: PLC0415
    from reconciler.kinds import EVERY_KIND  # noqa: PLC0415

    run = secrets.token_hex(4)
    journal = FileJournal(JOURNAL, run, wired.clock)
    progress = Progress(wired.screen, total=len(looked.plan.changes))
    summary: Summary | None = None
    lease = NoLease() if no_lock else wired.lease(run)
    doors = Doors(EVERY_KIND, wired.reader, wired.writer, lease, wired.clock, journal)
    pace = Pace.local() if wired.local else Pace()
    terms = Terms(through, timeout_s, no_wait, pace, mends)
    try:
        # Before and after it nothing is in flight: there the first Ctrl-C ends it at once.
        with wired.clock.listening():
            looked = with_secrets_made(wired, looked, journal)
            for event in apply(looked.facts, looked.plan, doors, terms):
                progress.tell(event)
                if isinstance(event, Finished):
                    summary = event.summary
    except KeyboardInterrupt:
        wired.screen.say("stopped in the middle of a call: apply looks whether it was done")
        raise
    except ReconcilerError as raised:
        if isinstance(raised, Interrupted):
            wired.screen.say("nothing is lost: apply goes on from where the service stands")
        if summary is not None:
            broke_off(wired, looked, summary, ask, raised)
        raise
    finally:
        progress.close()
        journal.close()
        if journal.path is not None:
            wired.screen.say(f"journal: {journal.path}")
    assert summary is not None
    return summary
