"""runner deploy | remove: the function that verifies from inside a VPC, with its role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import Allowed, File, Local, command
from reconciler.cli.runner_estate import brought_about, package_of, refuse_arch
from reconciler.cli.runner_schedule import schedule, unschedule
from reconciler.cli.screen import Screen
from reconciler.cli.whose import Yes, wired_to_write
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.cli.wiring import Wired

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
