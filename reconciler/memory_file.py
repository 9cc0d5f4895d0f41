"""A memory in a file of this machine: locked, and replaced whole."""

from __future__ import annotations

import os
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
    killed at any moment leaves the old text or the new one.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
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
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{self._path}.lock", timeout=LOCKED_S)
            with self._own, lock:
                before = self.read()
                after = change(before)
                if after != before:
                    self._replace(after)
        except Timeout:
            message = (
                f"another run has held {self._path}.lock for {LOCKED_S} s: give each watcher a "
                "memory of its own, or end the one that hangs"
            )
            raise CouldNotLook(message) from None
        except OSError as error:
            raise CouldNotLook(f"{self._path} can't be written: {_why(error)}") from None

    def _replace(self, text: str) -> None:
        # One name for what is under way, under the lock: a killed run's leftover is written over.
        draft = self._path.with_name(f".{self._path.name}.draft")
        with draft.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
