"""Lines at the foot of a terminal that are rewritten in place.

Nothing of the terminal is set that would have to be given back, as libraries hide the cursor: a run
that is killed leaves only what it wrote last.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

_KEPT = 2
"""Lines of the screen that are left for what scrolls by above."""


@dataclass
class Block:
    """What is drawn last, and how to take it away; it never scrolls."""

    stream: TextIO
    _height: int = 0

    def draw(self, lines: Sequence[str]) -> None:
        """Show these in place of the last ones: as many as fit, and how many more there are."""
        columns, rows = self._size()
        room = max(rows - _KEPT, 1)
        shown = list(lines)
        if len(shown) > room:
            shown = [*shown[: room - 1], f"and {len(shown) - room + 1} more"]
        cut = "".join(f"{line[: columns - 1]}\n" for line in shown)
        self.stream.write(self._taken_away() + cut)
        self.stream.flush()
        self._height = len(shown)

    def clear(self) -> None:
        """Take it away, so that what is written next stands where it began."""
        if self._height:
            self.stream.write(self._taken_away())
            self.stream.flush()
            self._height = 0

    def _taken_away(self) -> str:
        return f"\x1b[{self._height}A\r\x1b[J" if self._height else ""

    def _size(self) -> tuple[int, int]:
        try:
            return os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            return shutil.get_terminal_size()
