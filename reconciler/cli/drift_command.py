"""drift: what moved behind the spec. Reads only, once or on a schedule."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import typer.core

from reconciler.cli.command import File, Local, Specs, command
from reconciler.cli.screen import Screen
from reconciler.errors import UsageError

_LOOK = "look"
_EPILOG = """\b
reconcile drift ack ID      accept a finding until a day: a reviewed line beside the spec
reconcile drift history     what is remembered: what is open, since when, what was mended"""


class _Unnamed(typer.Context):
    """A command without a name of its own, in help and errors."""

    @property
    def command_path(self) -> str:
        """Leave out the name that nobody types."""
        return str(super().command_path).removesuffix(f" {_LOOK}")


class _Bare(typer.core.TyperCommand):
    """The command that is meant when none is named."""

    context_class = _Unnamed


class _Looks(typer.core.TyperGroup):
    """Commands of which one is meant when none is named: ``reconcile drift specs/``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Name the command that is meant; click would take a spec for one."""
        return super().parse_args(
            ctx, args if args[:1] and args[0] in self.commands else [_LOOK, *args]
        )


Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="FILE|s3://...",
        help="Where findings are remembered: first seen, told, mended.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command, and what belongs to it."""
    group = typer.Typer(
        name="drift",
        cls=_Looks,
        help="Show what changed behind the spec (exit 3: something).",
        add_completion=False,
        rich_markup_mode=None,
    )
    command(group, _LOOK, cls=_Bare, hidden=True, epilog=_EPILOG)(drift)
    command(group, "ack", formats=("text",))(ack)
    command(group, "history", formats=("text", "json"))(history)
    app.add_typer(group, name="drift")


def drift(
    screen: Screen,
    spec: Specs = None,
    file: File = None,
    local: Local = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 also when something drifted.")
    ] = False,
    memory: Memory = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="15m",
            help="Look again and again, until told to stop (s, m, h).",
            show_default=False,
        ),
    ] = None,
    notify: Annotated[
        str | None,
        typer.Option(
            "--notify",
            metavar="URL|env:NAME|file:PATH",
            help="Tell people when the state changes; a URL in Apprise's form.",
            show_default=False,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar=":PORT|FILE.prom",
            help="Prometheus metrics, on loopback or as a file.",
            show_default=False,
        ),
    ] = None,
    who: Annotated[
        bool, typer.Option("--who", help="Ask CloudTrail who changed what is new.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="DIR",
            help="Write pages: estates over time, findings, who may do what.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="JSON of verify or drill, to stand on the pages.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Show what changed behind the spec (exit 3: something)."""
    from reconciler.cli.drift_rounds import Asked, look_once  # noqa: PLC0415

    url = notify if notify is not None else os.environ.get("RECONCILE_NOTIFY")
    if url and not memory:
        raise UsageError("--notify needs --memory: without one everything would be told each time")
    if metrics and every is None and ":" in metrics and not metrics.endswith(".prom"):
        raise UsageError("--metrics on a port is for --every: one look is over before anybody asks")
    if report and html is None:
        raise UsageError("--report goes on the pages that --html DIR writes")
    asked = Asked(screen, spec, file, local, memory, url, metrics, who, html, tuple(report or ()))
    if every is None:
        return look_once(asked, exit_zero=exit_zero)
    from reconciler.cli.drift_watch import watch  # noqa: PLC0415 - a scheduler comes with it

    return watch(asked, seconds_of(every))


def ack(
    screen: Screen,
    ident: Annotated[
        str, typer.Argument(metavar="ID", help="The finding's id, as drift shows it.")
    ],
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The last day, YYYY-MM-DD.")
    ],
    why: Annotated[
        str, typer.Option("--why", metavar="REASON", help="For whoever reads it later.")
    ],
    spec: Specs = None,
    file: File = None,
    local: Local = False,
    memory: Memory = None,
) -> int:
    """Accept a finding until a day: writes a line beside its spec, to be reviewed and committed."""
    from reconciler.cli.drift_rounds import Asked, finding_of  # noqa: PLC0415
    from reconciler.cli.whole_file import write_whole  # noqa: PLC0415
    from reconciler.spec.acks import Acknowledgement, acknowledge  # noqa: PLC0415

    last = _day(until)
    if len(why.strip()) < 3:
        raise UsageError("--why: a reason that somebody can read later")
    path, finding = finding_of(Asked(screen, spec, file, local, memory), ident)
    written, text = acknowledge(
        path,
        Acknowledgement(
            id=finding.id,
            address=finding.address,
            field=finding.field,
            until=last.isoformat(),
            why=why.strip(),
        ),
    )
    write_whole(written, text)
    what = f"{finding.address} {finding.field or finding.sort}"
    screen.result(f"{what} is acknowledged until {last} in {written}: commit it beside {path}")
    return 0


def history(
    screen: Screen,
    memory: Annotated[
        str,
        typer.Option("--memory", metavar="FILE|s3://...", help="Where findings are remembered."),
    ],
    local: Local = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="So many mended findings of an estate.")
    ] = 20,
) -> int:
    """Show what is remembered: what is open and since when, what was mended. Asks no service."""
    from reconciler.cli.memory import store_of  # noqa: PLC0415
    from reconciler.drifting.history import as_data, read_memory  # noqa: PLC0415
    from reconciler.report.history_report import history_text  # noqa: PLC0415

    store = store_of(memory, local=local)
    found = read_memory(store.read(), store.place)
    if screen.format == "json":
        screen.json(as_data(found))
    else:
        screen.result(history_text(found, store.place, limit))
    return 0


def seconds_of(text: str) -> float:
    """Read ``15m``: seconds, minutes or hours."""
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not number.replace(".", "", 1).isdigit():
        raise UsageError(f"--every {text}: give a number and s, m or h: 15m")
    seconds = float(number) * units[unit]
    if seconds < 1:
        raise UsageError(f"--every {text}: a second at least; 15m is a good start")
    return seconds


def _day(text: str) -> date:
    from datetime import UTC, datetime  # noqa: PLC0415

    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text}: a day is YYYY-MM-DD") from None
    if found < datetime.now(UTC).date():
        raise UsageError(f"--until {text}: that day has passed")
    return found
