"""The command ``reconcile``, also as ``python -m reconciler``."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from reconciler.cli import run  # noqa: PLC0415 - --version and errors stay quick

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules were still being loaded
        code = 130
    with contextlib.suppress(OSError):  # whoever read it has gone
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is said: taking modules apart takes time, and a Ctrl-C meanwhile is a traceback.
    os._exit(code)


if __name__ == "__main__":
    main()
