"""A memory in a file of this machine: locked, and replaced whole."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from reconciler.errors import CouldNotLook

LOCKED_S = 30
"""How long another run may hold the lock; changing a memory takes milliseconds."""


class MemoryFile:
    """A ports.MemoryStore. ``<file>.lock`` stays beside it; a lock ends with the process.

    The new text is on the disk under another name before it takes the file's name, so whoever is
    killed at any moment leaves the old text or the new one. A link is followed: what it leads to is
    locked and replaced, so that two names of one file are one memory.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._real = Path(os.path.realpath(path))
        self._own = threading.Lock()

    @property
    def place(self) -> str:
        """Name the file."""
        return str(self._path)

    def read(self) -> str | None:
        """Give the text, or nothing when there is no file."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise CouldNotLook(f"{self._path} can't be read: {_why(error)}") from None

    def update(self, change: Callable[[str | None], str]) -> None:
        """Replace the text under the lock."""
        try:
            self._real.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{self._real}.lock", timeout=LOCKED_S)
            with self._own, lock:
                before = self.read()
                after = change(before)
                if after != before:
                    self._replace(after)
        except Timeout:
            message = (
                f"another run has held {self._real}.lock for {LOCKED_S} s: give each watcher a "
                "memory of its own, or end the one that hangs"
            )
            raise CouldNotLook(message) from None
        except OSError as error:
            raise CouldNotLook(f"{self._path} can't be written: {_why(error)}") from None

    def _replace(self, text: str) -> None:
        # One name for what is under way, under the lock: a killed run's leftover is written over.
        draft = self._real.with_name(f".{self._real.name}.draft")
        with draft.open("w", encoding="utf-8") as out:
            if self._real.exists():
                # Who may read it stays as its owner set it.
                os.fchmod(out.fileno(), stat.S_IMODE(self._real.stat().st_mode))
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._real)
        folder = os.open(self._real.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    return getattr(error, "strerror", None) or type(error).__name__
