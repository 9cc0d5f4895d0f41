"""A file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from reconciler.errors import UsageError


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write through a draft beside it, which is renamed; UsageError when that can't be done."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=mode)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise UsageError(f"{path}: can't be written: {error.strerror}") from error
