"""What a change gives and takes, as a value and while it is being added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler import acl


@dataclass(frozen=True)
class RightsChange:
    """What a change does to who can do what, in words ready for a screen."""

    widens: bool
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    smaller: str = ""
    """A smaller access string that gives the intended rights, proven equal; empty if none."""


@dataclass
class Tally:
    """Gains and losses so far; ``widens`` once somebody can do more."""

    gains: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)
    widens: bool = False
    smaller: str = ""

    def gain(self, *lines: str) -> None:
        """Somebody can do more now."""
        self.gains += [line for line in lines if line not in self.gains]
        self.widens = True

    def lose(self, *lines: str) -> None:
        """Somebody can do less now."""
        self.loses += [line for line in lines if line not in self.loses]

    def note(self, *lines: str) -> None:
        """Say what is new without anybody's rights having been widened."""
        self.gains += [line for line in lines if line not in self.gains]

    def take(self, diff: acl.RightsDiff, whose: str = "") -> None:
        """Add the difference of two access strings, each side opened by whose it is."""
        gained, lost = diff.gained_lines(), diff.lost_lines()
        if diff.widens:
            self.gain(*_opened(whose, gained))
        if diff.narrows:
            self.lose(*_opened(whose, lost))

    def total(self) -> RightsChange | None:
        """Give the sum, or None when nobody's rights change."""
        if not (self.gains or self.loses):
            return None
        return RightsChange(self.widens, tuple(self.gains), tuple(self.loses), self.smaller)


def _opened(whose: str, lines: Iterable[str]) -> list[str]:
    return [f"{whose}: {line}" if whose else line for line in lines]
