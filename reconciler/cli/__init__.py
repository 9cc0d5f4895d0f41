"""The command line: parses, wires adapters to ports, prints, exits. No thinking here."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

EXITS = """\b
Exits: 0 nothing to do, all well · 1 a step failed · 2 wrong usage or invalid spec · 3 something
to do (plan) or drifted (drift) · 4 refused · 5 a promise was refuted · 6 could not look ·
7 stopped at a gate · 130, 143 interrupted"""
ASKED = "_RECONCILE_COMPLETE"
"""The variable by which a shell that has the completion script asks for completions."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code; deliberate errors are printed, never raised."""
    from reconciler.cli.app import app  # noqa: PLC0415 - typer is loaded when a command runs
    from reconciler.cli.screen import INTERRUPTED, exit_of  # noqa: PLC0415

    try:
        result = app(args=list(arguments), prog_name="reconcile", standalone_mode=False)
    except SystemExit as answered:
        # Only a shell's question for completions ends so.
        return answered.code if isinstance(answered.code, int) else 1
    except BrokenPipeError:
        # The reader of our output went away (| head); that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:  # noqa: BLE001 - the edge: every error becomes an exit code
        return exit_of(error)
    if result == INTERRUPTED:
        # Newer typers give that for a Ctrl-C without a word, older ones raise.
        return exit_of(KeyboardInterrupt())
    return result if isinstance(result, int) else 0
