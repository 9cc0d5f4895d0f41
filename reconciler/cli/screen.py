"""What a person sees: stdout carries the result, stderr progress and errors."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any, Literal

from reconciler.cli.typed import pasteable
from reconciler.errors import Interrupted, OutputLost, ReconcilerError, SpecError

Format = Literal["text", "json", "markdown"]

_CODES = {
    "create": "32",
    "update": "33",
    "danger": "31;1",
    "good": "32",
    "bad": "31",
    "dim": "2",
    "bold": "1",
    "gate": "35;1",
    "plain": "",
}


@dataclass(frozen=True)
class Screen:
    """How to print in this run."""

    format: str = "text"
    log: str = "text"
    verbose: int = 0
    quiet: bool = False
    colour: bool = False
    live: bool = field(default_factory=lambda: sys.stderr.isatty())  # noqa: PLW0108 - stderr may be another by then

    def paint(self, text: str, style: str) -> str:
        """Give the text in a style, or as it is when there is no terminal."""
        code = _CODES[style]
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def result(self, text: str) -> None:
        """Print to stdout; a reader that has gone is BrokenPipeError, a full disk is told."""
        if self.format == "text":
            text = pasteable(text)
        try:
            sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(error.strerror or type(error).__name__) from None

    def json(self, value: Any) -> None:
        """Print one JSON object to stdout."""
        self.result(json.dumps(value, indent=2, default=str))

    def say(self, text: str) -> None:
        """Tell progress on stderr, unless quiet."""
        if self.quiet:
            return
        text = pasteable(text)
        if self.log == "json":
            self.event("Said", text=text.strip())
        else:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def event(self, name: str, **fields: Any) -> None:
        """Tell progress as one NDJSON line on stderr (``--log json``)."""
        sys.stderr.write(json.dumps({"event": name, **fields}, default=str) + "\n")
        sys.stderr.flush()


def colour_wanted(no_color: bool) -> bool:
    """Say whether stdout takes colour: a terminal, and nobody asked for none."""
    return not no_color and "NO_COLOR" not in os.environ and sys.stdout.isatty()


def set_up_logging(log: str, verbose: int) -> None:
    """Send our loggers to stderr; botocore and redis stay silent (they echo parameters)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonLines() if log == "json" else logging.Formatter("%(levelname)s %(message)s")
    )
    root = logging.getLogger("reconciler")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])


class _JsonLines(logging.Formatter):
    """One object a line: level, event, and the fields that were given."""

    def format(self, record: logging.LogRecord) -> str:
        given = {key: value for key, value in vars(record).items() if key not in _ORDINARY}
        line = {"level": record.levelname.lower(), "event": record.getMessage(), **given}
        return json.dumps(line, default=str)


_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


INTERRUPTED = 130


def exit_of(error: BaseException) -> int:
    """Print an error as a person should see it, and give the exit code."""
    import typer  # noqa: PLC0415 - only errors need it

    if isinstance(error, typer.Exit):
        return error.exit_code
    # Newer typers carry their own click, older ones use the package: its root by either name.
    wrong_usage = typer.BadParameter.__bases__[0].__bases__[0]
    if isinstance(error, wrong_usage):
        error.show()  # type: ignore[attr-defined]
        return 2
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        return _ended("interrupted", INTERRUPTED)
    if isinstance(error, Interrupted):
        return _ended("interrupted", 128 + error.signal)
    if isinstance(error, SpecError):
        count = len(error.problems)
        return _ended(f"{error}\n{count} problem{'s' if count != 1 else ''}", error.exit_code)
    if isinstance(error, ReconcilerError):
        return _ended(str(error), error.exit_code)
    # Not deliberate: a defect of ours. The last frame is enough to report it; locals stay inside,
    # since they may hold secrets.
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {last[0].filename}:{last[0].lineno}" if last else ""
    words = f"unexpected {type(error).__name__}{where}; please report this with the command"
    return _ended(words, 1)


def _ended(words: str, code: int) -> int:
    """Say why on stderr, as the log is written there; gives the exit code."""
    words = pasteable(words)
    logs = logging.getLogger("reconciler").handlers
    if any(isinstance(one.formatter, _JsonLines) for one in logs):
        words = json.dumps({"event": "Ended", "text": words, "exit_code": code})
    sys.stderr.write(f"{words}\n")
    return code


# Worst of several, worst first.
_WORST = (1, 2, 4, 5, 6, 7, 3, 0)


def worst(codes: list[int]) -> int:
    """Give the worst of several exit codes."""
    interrupted = [code for code in codes if code not in _WORST]
    return interrupted[0] if interrupted else min(codes, key=_WORST.index, default=0)
