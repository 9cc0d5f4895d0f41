"""What one connection saw: when each operation was sent, when it was answered, and how."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Literal

Sort = Literal["read", "write"]
GOOD = ""


class Record:
    """Three columns, a row an operation; minutes of one operation a millisecond stay small."""

    def __init__(self, sort: Sort) -> None:
        self.sort = sort
        self._sent, self._done = array("d"), array("d")
        self._how = array("H")
        self._words = [GOOD]

    def __len__(self) -> int:
        return len(self._sent)

    def note(self, sent: float, done: float, trouble: str = GOOD) -> None:
        """Note one operation; ``trouble`` in words, empty when it went well."""
        if trouble not in self._words:
            self._words.append(trouble)
        self._sent.append(sent)
        self._done.append(done)
        self._how.append(self._words.index(trouble))

    def good(self) -> Iterator[float]:
        """Give when each good answer came, in order."""
        return (done for done, how in zip(self._done, self._how, strict=True) if not how)

    def answers(self) -> Iterator[tuple[float, bool]]:
        """Give when each answer or failure came, and whether it was good."""
        return ((done, not how) for done, how in zip(self._done, self._how, strict=True))

    def troubles(self) -> Counter[str]:
        """Count what went wrong, by its words."""
        return Counter(self._words[how] for how in self._how if how)
