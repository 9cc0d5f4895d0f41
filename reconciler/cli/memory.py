"""A memory that ends with the process: for a look without --memory."""

from __future__ import annotations

import threading
from collections.abc import Callable


class PassingMemory:
    """A ports.MemoryStore."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Say that it is nowhere."""
        return "no --memory"

    def read(self) -> str | None:
        """Give the text."""
        return self._text

    def update(self, change: Callable[[str | None], str]) -> None:
        """Replace the text."""
        with self._lock:
            self._text = change(self._text)
