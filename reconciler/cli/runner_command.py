"""runner deploy | remove: the function that verifies from inside a VPC, with its role."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import Allowed, File, Local, command
from reconciler.cli.screen import Screen
from reconciler.cli.whose import Yes, ask, journalled, pace_of, tell, told, wired_to_write
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.cli.looking import Looked
    from reconciler.cli.wiring import Wired
    from reconciler.model import Resource
    from reconciler.outcome import Summary
    from reconciler.ports import Writer
    from reconciler.runner.package import Package

Some = list[str] | None
Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="The function; bare: the one that verify.via names.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the sub-commands."""
    from reconciler.cli.runner_schedule import schedule, unschedule  # noqa: PLC0415 - needs this

    group = typer.Typer(
        name="runner",
        help="The function that verifies from inside a VPC (verify --via lambda:NAME).",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    command(group, "deploy", formats=("text", "json"))(deploy)
    command(group, "remove", formats=("text", "json"))(remove)
    command(group, "package", formats=("text", "json"))(package)
    command(group, "schedule", formats=("text", "json"))(schedule)
    command(group, "unschedule", formats=("text", "json"))(unschedule)
    app.add_typer(group, name="runner")


def deploy(
    screen: Screen,
    name: Name = None,
    file: File = None,
    local: Local = False,
    user: Annotated[
        Some, typer.Option(metavar="ID", help="Only this user's secret.", show_default=False)
    ] = None,
    subnet: Annotated[
        Some, typer.Option(metavar="ID", help="Where it runs; else as caches.", show_default=False)
    ] = None,
    security_group: Annotated[
        Some, typer.Option(metavar="ID", help="As which; else as the caches.", show_default=False)
    ] = None,
    arch: Annotated[str, typer.Option(metavar="x86_64|arm64", help="Its processor.")] = "x86_64",
    timeout: Annotated[int, typer.Option(min=5, max=900, help="Seconds it may run.")] = 30,
    memory: Annotated[int, typer.Option(min=128, max=10240, help="Megabytes.")] = 512,
    allow: Allowed = None,
    yes: Yes = False,
) -> int:
    """Make or change the function and its role; a plan first."""
    from reconciler.kind import Facts  # noqa: PLC0415
    from reconciler.runner.estate import (  # noqa: PLC0415
        Wanted,
        runner_estate,
        unopened,
        users_of,
    )

    refuse_arch(arch)
    wired = wired_to_write(screen, file, local, yes=yes)
    found = _name(wired, name)
    wanted = Wanted(
        found,
        frozenset(user or ()),
        tuple(sorted(subnet or ())),
        tuple(sorted(security_group or ())),
        timeout,
        memory,
    )
    made = package_of(screen, arch, local=local)
    aws, resources = wired.spec.estate.aws, wired.spec.resources
    partition = Facts(aws.account_id, aws.region, "", {}, {}).partition
    wishes = runner_estate(wanted, resources, made, partition)
    users = [one for one in users_of(found, resources) if not user or one.id in user]
    if kept := () if local else unopened(users):
        note = f"{', '.join(kept)} can't be opened there: verify will call that not proven"
        wired.notes.append(f"{note}; keep it in secretsmanager or ssm")
    if not wishes[1].subnet_ids:
        wired.notes.append("no subnet is known: it runs outside of any VPC; name one with --subnet")
    with wired.clock.listening():
        return brought_about(wired, wishes, frozenset(allow or ()), made, yes=yes)


def remove(
    screen: Screen,
    name: Name = None,
    file: File = None,
    local: Local = False,
    yes: Yes = False,
) -> int:
    """Delete the function and its role, if they are ours."""
    from reconciler.model import IamRole, LambdaFunction  # noqa: PLC0415

    wired = wired_to_write(screen, file, local, yes=yes)
    found = _name(wired, name)
    wishes = (IamRole(id=found), LambdaFunction(id=found))
    with wired.clock.listening():
        return brought_about(wired, wishes, frozenset(), None, yes=yes)


def package(
    screen: Screen,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where the zip goes.")],
    arch: Annotated[str, typer.Option(metavar="x86_64|arm64", help="Its processor.")] = "x86_64",
) -> int:
    """Write the package to a file, to deploy it by other means."""
    refuse_arch(arch)
    made = package_of(screen, arch, local=False)
    try:
        out.write_bytes(made.content)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}") from None
    told = {"file": str(out), "bytes": len(made.content), "sha256": made.sha256}
    if screen.format == "json":
        screen.json({"format_version": 1, **told})
    else:
        screen.result(f"{out}: {len(made.content):,} bytes, CodeSha256 {made.sha256}")
    return 0


def refuse_arch(arch: str) -> None:
    """Refuse a processor that Lambda does not have."""
    if arch not in ("x86_64", "arm64"):
        raise UsageError(f"--arch {arch!r} is not one of x86_64, arm64")


def package_of(
    screen: Screen, arch: str, *, local: bool, drift: bool = False, tells: bool = False
) -> Package:
    """Make the package; says so where it may take a while."""
    from reconciler.runner.package import Target, build  # noqa: PLC0415

    if not local:
        screen.say(f"making the package for python3.12 on {arch}")
    target = Target(architecture="arm64" if arch == "arm64" else "x86_64")
    return build(target, local=local, drift=drift, tells=tells)


def _name(wired: Wired, name: str | None) -> str:
    """Give the function's name: as typed, or the only one that the spec names."""
    from reconciler.runner.estate import runners_of  # noqa: PLC0415

    named = runners_of(wired.spec.resources)
    if name is None:
        if len(named) != 1:
            known = f": {', '.join(named)}" if named else ""
            raise UsageError(
                f"{wired.spec.path} names {len(named)} runners in verify.via{known}; say which: "
                "reconcile runner deploy NAME"
            )
        name = named[0]
    if name.startswith("arn:") or name != name.lower() or not name.replace("-", "").isalnum():
        raise UsageError(
            f"{name!r} is no name for a runner of ours: lower-case letters, digits and hyphens; a "
            "function under another name can be asked (verify --via), not deployed"
        )
    return name


def brought_about(
    wired: Wired,
    wishes: tuple[Resource, ...],
    allow: frozenset[str],
    made: Package | None,
    *,
    yes: bool,
    carried: str = "",
) -> int:
    """Plan, show, ask and carry out; without a package everything is taken away."""
    from reconciler.cli.looking import ending, refuse, report_of  # noqa: PLC0415
    from reconciler.outcome import Summary  # noqa: PLC0415
    from reconciler.report import apply_report  # noqa: PLC0415
    from reconciler.report.plan_text import plan_text  # noqa: PLC0415

    looked = _looked(wired, wishes, destroy=made is None)
    report = report_of(wired, looked, allow=allow | ending(looked))
    tell(wired.screen, plan_text(dataclasses.replace(report, ends=False), wired.screen.paint))
    summary = Summary()
    if not looked.plan.empty:
        refuse(report)
        ask(f"{'Remove' if made is None else 'Deploy'} lambda:{wishes[0].id}?", yes=yes)
        writer: Writer = wired.writer
        if made is not None:
            from reconciler.runner.package import WithPackage  # noqa: PLC0415

            writer = WithPackage(writer, made, carried)
        summary = _carried_out(wired, looked, writer)
    empty = looked.plan.empty or _looked(wired, wishes, destroy=made is None).plan.empty
    code = summary.exit_code or (0 if empty else 1)
    spec = wired.spec.path
    if wired.screen.format == "json":
        told = apply_report.apply_json(summary, spec, empty=empty)
        wired.screen.json({**told, "exit_code": code})
    elif not looked.plan.empty:
        wired.screen.result(apply_report.apply_text(summary, spec, wired.screen.paint))
    return code


def _looked(wired: Wired, wishes: tuple[Resource, ...], *, destroy: bool) -> Looked:
    from reconciler.asked import Asked  # noqa: PLC0415
    from reconciler.cli.looking import Looked  # noqa: PLC0415
    from reconciler.kind import Facts  # noqa: PLC0415
    from reconciler.kinds import RUNNER_KINDS  # noqa: PLC0415
    from reconciler.observe import observe  # noqa: PLC0415
    from reconciler.plan import make_plan  # noqa: PLC0415
    from reconciler.report.plan_facts import Seen  # noqa: PLC0415

    who, started = wired.identity.short, wired.clock.monotonic()
    estate, desired = wired.spec.estate, {one.address: one for one in wishes}
    observation = observe(
        RUNNER_KINDS,
        wired.reader.fresh(),
        desired,
        estate=estate.estate,
        tag_prefix=estate.safety.tag_prefix,
        account_id=estate.aws.account_id,
        region=estate.aws.region,
    )
    facts = Facts(
        account_id=estate.aws.account_id,
        region=estate.aws.region,
        estate=estate.estate,
        desired=desired,
        observed=observation.live,
        tag_prefix=estate.safety.tag_prefix,
        now=wired.clock.now(),
        asked=Asked(destroy=destroy),
    )
    plan = make_plan(RUNNER_KINDS, facts)
    plan = dataclasses.replace(plan, notes=(*plan.notes, *wired.notes))
    seconds = wired.clock.monotonic() - started
    seen = Seen(who, observation.resources, observation.calls, seconds)
    return Looked(plan, facts, seen, partial=False)


def _carried_out(wired: Wired, looked: Looked, writer: Writer) -> Summary:
    from reconciler.apply import Doors, Terms, apply  # noqa: PLC0415
    from reconciler.kinds import RUNNER_KINDS  # noqa: PLC0415

    with journalled(wired) as (run, journal):
        doors = Doors(RUNNER_KINDS, wired.reader, writer, wired.lease(run), wired.clock, journal)
        return told(wired, apply(looked.facts, looked.plan, doors, Terms(pace=pace_of(wired))))
