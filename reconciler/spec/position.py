"""Where a value of a spec stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; line and column count from 1, columns in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give ``file:line``: enough for a person, and what an editor opens."""
        return f"{self.file}:{self.line}"
