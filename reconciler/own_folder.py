"""The folder ``.reconcile`` where a command works: journals, and the local ElastiCache's state."""

from __future__ import annotations

import contextlib
from pathlib import Path

_NAME = ".reconcile"


def make(folder: Path) -> None:
    """Make a folder for this person alone; what stands in ``.reconcile`` is never committed.

    The keys of a local certificate authority are among it. A ``.gitignore`` that is there stays.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for place in (folder, *folder.parents):
        if place.name == _NAME:
            with contextlib.suppress(FileExistsError), (place / ".gitignore").open("x") as file:
                file.write("*\n")
            return
