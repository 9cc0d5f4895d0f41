"""verify: prove on the wire what the spec promises. Never harmful, has no Writer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import File, Local, OneSpec, command
from reconciler.cli.screen import Screen
from reconciler.errors import AwsError, CouldNotLook, NoCredentials, UsageError

if TYPE_CHECKING:
    from reconciler.checks.contract import Check
    from reconciler.cli.wiring import Wired
    from reconciler.kind import Observed
    from reconciler.report.lines import Paint
    from reconciler.verify import Finding, Report, Require, Wishes

Names = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "verify", formats=("text", "json", "markdown", "junit", "html"))(verify)


def verify(
    screen: Screen,
    spec: OneSpec = None,
    file: File = None,
    local: Local = False,
    listed: Annotated[bool, typer.Option("--list", help="List the checks and stop.")] = False,
    only: Annotated[
        Names, typer.Option(metavar="CHECK", help="Only these checks.", show_default=False)
    ] = None,
    skip: Annotated[
        Names,
        typer.Option(
            metavar="CHECK", help="Not these checks: not proven, exit 6.", show_default=False
        ),
    ] = None,
    cache: Annotated[
        Names, typer.Option(metavar="ADDRESS", help="Only these caches.", show_default=False)
    ] = None,
    user: Annotated[
        Names, typer.Option(metavar="ID", help="Only these users.", show_default=False)
    ] = None,
    via: Annotated[
        str | None,
        typer.Option(
            metavar="lambda:NAME|here",
            help="Look from there, whatever the spec says.",
            show_default=False,
        ),
    ] = None,
    no_negative: Annotated[
        bool, typer.Option("--no-negative", help="Try nothing that must be refused.")
    ] = False,
    writes: Annotated[
        bool, typer.Option("--writes", help="Write under our own prefix on every cache.")
    ] = False,
    require: Annotated[
        str, typer.Option(metavar="critical|100%", help="How much must be proven.")
    ] = "critical",
    every: Annotated[bool, typer.Option("--all", help="Name everything not proven.")] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Show who may do what as a table.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the report here instead.", show_default=False
        ),
    ] = None,
) -> int:
    """Log in as every user; try, harmlessly, what each may do."""
    from reconciler.checks import CHECKS  # noqa: PLC0415
    from reconciler.cli.places import refuse_nowhere  # noqa: PLC0415

    refuse_nowhere(via)
    if require not in ("critical", "100%"):
        raise UsageError(f"--require {require!r} is not one of critical, 100%")
    names = [check.name for check in CHECKS]
    unknown = sorted({*(only or ()), *(skip or ())} - set(names))
    if unknown:
        raise UsageError(f"no check is called {', '.join(unknown)}; there are: {', '.join(names)}")
    if listed:
        _list(screen, CHECKS)
        return 0
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.whole_file import write_whole  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415
    from reconciler.report import verify_report  # noqa: PLC0415
    from reconciler.report.lines import plain  # noqa: PLC0415
    from reconciler.verify import Wishes  # noqa: PLC0415

    wishes = Wishes(
        only=frozenset(only or ()),
        skip=frozenset(skip or ()),
        caches=frozenset(cache or ()),
        users=frozenset(user or ()),
        negative=not no_negative,
        writes=True if writes else None,
    )
    wired = Wired(load_one(spec, file), screen, local)
    report = _run(wired, wishes, via)
    asked = verify_report.CRITICAL if require == "critical" else verify_report.EVERYTHING
    if out is None:
        screen.result(_page(wired, report, asked, screen.paint, every=every, matrix=matrix))
    else:
        write_whole(out, _page(wired, report, asked, plain, every=every, matrix=matrix))
        screen.say(f"written to {out}")
    return report.exit_code(asked)


def _run(wired: Wired, wishes: Wishes, via: str | None) -> Report:
    from reconciler.checks.visit import Ports  # noqa: PLC0415
    from reconciler.cli.places import verified  # noqa: PLC0415
    from reconciler.cli.progress import Checked  # noqa: PLC0415
    from reconciler.secrets import Secrets  # noqa: PLC0415
    from reconciler.verify import Wishes, planned_refusals, targets, unknown  # noqa: PLC0415

    spec, screen = wired.spec, wired.screen
    if wired.needs_aws:
        live = _seen(wired)
        ports = Ports(wired.secrets, wired.tokens, wired.connector, wired.clock)
    else:
        live = {}
        ports = Ports(Secrets({}), None, wired.connector, wired.clock)
    if slip := unknown(targets(spec.resources, live, spec.external, Wishes()), wishes):
        raise UsageError(slip)
    refused = planned_refusals(targets(spec.resources, live, spec.external, wishes), wishes)
    if refused:
        screen.say(
            f"up to {refused} attempts will be refused on purpose, and show in the caches' metrics"
        )

    progress = Checked(screen)

    def tell(finding: Finding) -> None:
        if screen.log == "json":
            screen.event(
                "Finding",
                check=finding.check,
                address=str(finding.address),
                subject=finding.subject,
                verdict=finding.verdict,
            )
        else:
            progress.tell(finding)

    try:
        return verified(wired, live, ports, wishes, via, tell)
    finally:
        progress.clear()


def _seen(wired: Wired) -> Observed:
    """Give what is there; whoever can't look there has nothing refuted, and nothing proven."""
    try:
        return wired.observe().live
    except (AwsError, NoCredentials) as error:
        raise CouldNotLook(str(error)) from error


def _page(
    wired: Wired, report: Report, require: Require, paint: Paint, *, every: bool, matrix: bool
) -> str:
    """Give the report in the form that was asked for."""
    from reconciler.report import verify_report  # noqa: PLC0415

    spec = wired.spec.path
    match wired.screen.format:
        case "json":
            found = verify_report.verify_json(report, spec, require)
            return json.dumps({**found, "at": wired.clock.now().isoformat()}, indent=2)
        case "markdown":
            return verify_report.verify_markdown(report, spec, require)
        case "junit":
            from reconciler.report.verify_junit import verify_junit  # noqa: PLC0415

            return verify_junit(report, spec, require)
        case "html":
            from reconciler.report.verify_html import verify_html  # noqa: PLC0415

            return verify_html(report, spec, require, wired.clock.now())
        case _:
            page = verify_report.verify_text(
                report, spec, require, paint, every=every, matrix=matrix
            )
            # What was counted is a page of its own: asked for, or all that was asked for.
            if not (every or report.partial.startswith("only checks")):
                return page
            from reconciler.report.counts_report import counts_text  # noqa: PLC0415

            return counts_text(report.findings) + page


def _list(screen: Screen, checks: tuple[Check, ...]) -> None:
    if screen.format == "json":
        screen.json({"format_version": 1, "checks": {one.name: one.proves for one in checks}})
        return
    width = max(len(one.name) for one in checks)
    for one in checks:
        screen.result(f"{one.name:<{width}}  {one.proves}")
