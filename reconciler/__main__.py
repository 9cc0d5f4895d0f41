"""The command ``reconcile``, also as ``python -m reconciler``."""

from __future__ import annotations

import contextlib
import gc
import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Modules and models are many and live to the end: to look through them again and again for
    # cycles is a fifth of a plan's time. Still low enough for a watcher that runs for weeks.
    gc.set_threshold(100_000, 20, 20)
    # Plugins of whatever else is installed would see every value that is validated, and to look
    # for them reads the metadata of every package.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
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
