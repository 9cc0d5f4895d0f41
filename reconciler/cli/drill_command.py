"""drill failover | watch: a real outage on purpose, measured; or only the measuring."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.command import File, Local, command
from reconciler.cli.screen import Screen
from reconciler.errors import Refused, UsageError

if TYPE_CHECKING:
    from reconciler.cli.wiring import Wired
    from reconciler.drill import Aim, Drill, Terms
    from reconciler.kind import Live
    from reconciler.model import Resource

_LONGEST_S = 600

Cache = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="replication_group/orders, or orders.")
]
Shard = Annotated[
    str | None,
    typer.Option(
        metavar="ID", help="0001; may be left out where there is one.", show_default=False
    ),
]
From = Annotated[
    str, typer.Option("--reads", metavar="replica|primary", help="Where the load reads.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Each sends an operation a millisecond.")]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE.svg", help="Write the picture there.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "--auto-approve", help="Do not ask. Lifts no refusal.")]


def register(app: typer.Typer) -> None:
    """Add the sub-commands."""
    group = typer.Typer(
        name="drill",
        help="Measure an outage as clients see it: of a failover on purpose, or of any other.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    command(group, "failover", formats=("text", "json"))(failover)
    command(group, "watch", formats=("text", "json"))(watch)
    app.add_typer(group, name="drill")


def failover(
    screen: Screen,
    address: Cache,
    file: File = None,
    local: Local = False,
    shard: Shard = None,
    reads: From = "replica",
    workers: Workers = 6,
    seconds: Annotated[
        int, typer.Option(min=10, max=_LONGEST_S, help="The longest that it may take.")
    ] = 120,
    plot: Plot = None,
    yes: Yes = False,
) -> int:
    """Fail a shard over under load. An outage, so it always asks."""
    from reconciler.drill import Terms  # noqa: PLC0415

    _check(reads, plot)
    if not yes and not sys.stdin.isatty():
        raise UsageError("a drill is an outage, and there is no terminal to ask on: give --yes")
    wired = _wired(screen, file, local)
    with wired.clock.listening():
        aimed, live = _aimed(wired, address, shard, failover=True)
        _refuse(wired, aimed, live)
        terms = Terms(
            reads="primary" if reads == "primary" else "replica",
            workers=workers,
            seconds=seconds,
            look_every_s=0.3 if local else 1.0,
        )
        _ask(screen, aimed, terms, yes=yes)
        return _show(wired, _held(wired, aimed, terms), plot)


def watch(
    screen: Screen,
    address: Cache,
    file: File = None,
    local: Local = False,
    shard: Shard = None,
    reads: From = "replica",
    workers: Workers = 6,
    seconds: Annotated[int, typer.Option(min=3, max=_LONGEST_S, help="How long.")] = 30,
    plot: Plot = None,
    yes: Yes = False,
) -> int:
    """Put the same load on and promote nothing: measure an outage of somebody else's making."""
    from reconciler.drill import Terms  # noqa: PLC0415

    _check(reads, plot)
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "this puts load on a cache, and there is no terminal to ask on: give --yes"
        )
    wired = _wired(screen, file, local)
    with wired.clock.listening():
        aimed, _ = _aimed(wired, address, shard, failover=False)
        terms = Terms(
            reads="primary" if reads == "primary" else "replica", workers=workers, seconds=seconds
        )
        _ask(screen, aimed, terms, yes=yes)
        return _show(wired, _held(wired, aimed, terms), plot)


_NO_DRILL = {
    "serverless_cache": "it has no shard to promote; TestFailover takes replication groups only",
    "cache_cluster": "it has no replica to promote; TestFailover takes replication groups only",
    "external": "only replication groups have TestFailover, and nothing else of it is changed",
}
"""Why there is no drill of what is no replication group."""


def _check(reads: str, plot: Path | None) -> None:
    from reconciler.report.drill_picture import can_plot  # noqa: PLC0415

    if reads not in ("replica", "primary"):
        raise UsageError(f"--reads {reads!r} is not one of replica, primary; one mode a drill")
    # Asked before the outage, not after it.
    if plot is not None and not can_plot():
        raise UsageError("--plot needs pygal: pip install 'reconcile[drill]'")
    if plot is not None and not plot.absolute().parent.is_dir():
        raise UsageError(f"--plot {plot}: there is no folder {plot.parent}")


def _wired(screen: Screen, file: str | None, local: bool) -> Wired:
    from reconciler.cli.specs import load_one  # noqa: PLC0415
    from reconciler.cli.wiring import Wired  # noqa: PLC0415

    return Wired(load_one(None, file), screen, local)


def _aimed(
    wired: Wired, address: str, shard: str | None, *, failover: bool
) -> tuple[Aim, Live[Resource]]:
    from reconciler.checks.target import targets_of  # noqa: PLC0415
    from reconciler.drill import aim  # noqa: PLC0415
    from reconciler.model import Address  # noqa: PLC0415
    from reconciler.planning.selection import named  # noqa: PLC0415

    spec = wired.spec
    # An address of a replication group goes first where another cache bears the same id.
    groups = [one for one in spec.resources if one.kind == "replication_group"]
    others = [one for one in spec.resources if one.kind in _NO_DRILL]
    others += [Address("external", ident) for ident in spec.external]
    alike = [one for one in others if address in (one.id, str(one))]
    if alike and not any(one.id == address for one in groups):
        raise UsageError(f"{alike[0]} can't be drilled: {_NO_DRILL[alike[0].kind]}")
    [chosen] = named([address], groups)
    observed = wired.observe().live
    [target] = [one for one in targets_of(spec.resources, observed, {}) if one.address == chosen]
    if target.absent:
        raise Refused([f"{chosen}: {target.absent}"])
    return aim(target, observed[chosen], shard, failover=failover), observed[chosen]


def _refuse(wired: Wired, aimed: Aim, live: Live[Resource]) -> None:
    from reconciler.drill import refusals, refuse_beyond_the_day  # noqa: PLC0415
    from reconciler.drill.service import used_today  # noqa: PLC0415

    estate = wired.spec.estate
    if reasons := list(refusals(aimed, live, estate.safety, mode=estate.mode)):
        raise Refused(reasons)
    refuse_beyond_the_day(used_today(wired.reader, wired.clock.now()), aimed.target.address)


def _ask(screen: Screen, aimed: Aim, terms: Terms, *, yes: bool) -> None:
    """Say what will happen, and have the cache's name typed."""
    from reconciler.report.lines import wrapped  # noqa: PLC0415

    target = aimed.target
    what = f"{target.address} shard {aimed.shard.id}"
    outage = f"This fails {what} over: an outage for whoever uses it, seconds to a minute. "
    load = (
        f"The load on {what} is {terms.workers * 1000:,} operations a second, half of them writes, "
        f"for at most {terms.seconds:g} s, on lists of our own (reconcile-verify:...) that are "
        "removed afterwards."
    )
    screen.say("\n".join(wrapped((outage if aimed.failover else "") + load, "")))
    if yes:
        return
    sys.stderr.write(f"Type {target.address.id} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != target.address.id:
        raise Refused(["not confirmed; nothing was sent"])


def _held(wired: Wired, aimed: Aim, terms: Terms) -> Drill:
    from reconciler.aws.failover import AwsFailover  # noqa: PLC0415
    from reconciler.checks.visit import Ports  # noqa: PLC0415
    from reconciler.drill import Doors, drill  # noqa: PLC0415

    starter = AwsFailover(wired.session("write")) if aimed.failover else None
    ports = Ports(wired.secrets, wired.tokens, wired.connector, wired.clock)
    return drill(aimed, Doors(ports, wired.reader, starter), terms, wired.screen.say)


def _show(wired: Wired, found: Drill, plot: Path | None) -> int:
    from reconciler.report.drill_picture import drill_chart, drill_svg  # noqa: PLC0415
    from reconciler.report.drill_report import drill_json, drill_text  # noqa: PLC0415

    screen = wired.screen
    if plot is not None:
        plot.write_text(drill_svg(found), encoding="utf-8")
        screen.say(f"picture: {plot}")
    if screen.format == "json":
        estate = wired.spec.estate
        whose = {"estate": estate.estate, **estate.aws.model_dump(include={"account_id", "region"})}
        screen.json({**drill_json(found), **whose})
    else:
        screen.result(drill_text(found, drill_chart(found), screen.paint))
    return found.exit_code
