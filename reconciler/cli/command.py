"""One way to declare a command: the flags that every command has, and how it ends."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli.screen import Screen, colour_wanted, set_up_logging
from reconciler.cli.typed import remember
from reconciler.errors import UsageError

CONSENTS = ("delete", "replace", "widen", "interrupt", "adopt", "touch")


def _consent(words: list[str] | None) -> list[str] | None:
    """Refuse what could match nothing: a consent is exact, so that nobody gives one by chance."""
    for word in words or ():
        action, _, address = word.partition(":")
        if action not in CONSENTS or "/" not in address:
            raise UsageError(
                f"--allow {word}: write one of {', '.join(CONSENTS)}, a colon and the whole "
                "address, as in replace:replication_group/orders"
            )
    return words


Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC", help="The YAML files; bare: the one in specs/.", show_default=False
    ),
]
OneSpec = Annotated[
    str | None,
    typer.Argument(
        metavar="SPEC", help="The YAML file; bare: the one in specs/.", show_default=False
    ),
]
File = Annotated[
    str | None,
    typer.Option("-f", "--file", metavar="SPEC", help="The same as SPEC.", show_default=False),
]
Local = Annotated[
    bool,
    typer.Option(
        "--local", help="Use the local ElastiCache of this folder; started when none runs."
    ),
]
Allowed = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="ACTION:ADDRESS",
        help="Consent once to what a limit refuses.",
        show_default=False,
        callback=_consent,
    ),
]
Through = Annotated[
    list[str] | None,
    typer.Option(
        "--through-gate",
        metavar="CACHE/GATE",
        help="Go through this gate, once.",
        show_default=False,
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target", metavar="ADDRESS", help="Only this, and what it refers to.", show_default=False
    ),
]

SpecOrPlan = Annotated[
    str | None,
    typer.Argument(
        metavar="SPEC|PLANFILE", help="The YAML file or a plan file.", show_default=False
    ),
]
Timeout = Annotated[
    str,
    typer.Option("--timeout", metavar="DURATION", help="The whole run's time: 90s, 30m, 2h."),
]
NoLock = Annotated[bool, typer.Option("--no-lock", help="Without the lease, where CI serialises.")]

_FORMATS = ("text", "json", "markdown")

Chdir = Annotated[
    Path | None,
    typer.Option("-C", "--chdir", metavar="DIR", help="Work in this folder.", show_default=False),
]

_COMMON = {
    "log": Annotated[
        str,
        typer.Option("--log", metavar="text|json", help="Form of progress and logs, on stderr."),
    ],
    "verbose": Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="More logs; twice: each call.")
    ],
    "quiet": Annotated[bool, typer.Option("-q", "--quiet", help="No progress.")],
    "no_color": Annotated[bool, typer.Option("--no-color", help="No colour (also: NO_COLOR).")],
    "chdir": Chdir,
}
_DEFAULTS: dict[str, Any] = {
    "format": "text",
    "log": "text",
    "verbose": 0,
    "quiet": False,
    "no_color": False,
    "chdir": None,
}


def command(
    app: typer.Typer,
    name: str,
    *,
    formats: tuple[str, ...] = _FORMATS,
    default: str = "text",
    **settings: Any,
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Declare a command. The function is handed a Screen first and gives its exit code."""

    def declare(function: Callable[..., int]) -> Callable[..., int]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        defaults = {**_DEFAULTS, "format": default}
        common = [
            inspect.Parameter(
                key, inspect.Parameter.KEYWORD_ONLY, default=defaults[key], annotation=sort
            )
            for key, sort in _shared(formats).items()
        ]

        @functools.wraps(function)
        def wrapped(**given: Any) -> int:
            shared = {key: given.pop(key) for key in _DEFAULTS}
            remember(given, shared["chdir"])
            return function(_screen(shared, formats), **given)

        by_keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        wrapped.__signature__ = inspect.Signature([*by_keyword, *common])  # type: ignore[attr-defined]
        wrapped.__annotations__ = {one.name: one.annotation for one in [*by_keyword, *common]}
        app.command(name, no_args_is_help=False, **settings)(wrapped)
        return function

    return declare


def _shared(formats: tuple[str, ...]) -> dict[str, Any]:
    words = "|".join(formats)
    option = typer.Option("--format", metavar=words, help="Form of the result.")
    return {"format": Annotated[str, option], **_COMMON}


def _screen(shared: dict[str, Any], formats: tuple[str, ...]) -> Screen:
    if shared["format"] not in formats:
        raise typer.BadParameter(
            f"{shared['format']!r} is not one of {', '.join(formats)}", param_hint="--format"
        )
    if shared["log"] not in ("text", "json"):
        raise typer.BadParameter(f"{shared['log']!r} is not one of text, json", param_hint="--log")
    work_in(shared["chdir"])
    set_up_logging(shared["log"], shared["verbose"])
    return Screen(
        format=shared["format"],
        log=shared["log"],
        verbose=shared["verbose"],
        quiet=shared["quiet"],
        colour=colour_wanted(shared["no_color"]) and shared["format"] == "text",
    )


def work_in(folder: Path | None) -> None:
    """Go to the folder of -C; BadParameter when that can't be."""
    if folder is None:
        return
    try:
        os.chdir(folder)
    except OSError as error:
        raise typer.BadParameter(f"{folder}: {error.strerror}", param_hint="-C") from None
