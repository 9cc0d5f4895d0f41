"""Numbers that were written against numbers that are there: what was lost, what is there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """``acknowledged``: the cache said it has them. ``lost``: and has them no more.

    ``duplicate``: there once more than once, because a write that got no answer was sent again, as
    clients do. ``unanswered``: how many were sent again for that reason.
    """

    acknowledged: int
    lost: int
    duplicate: int
    unanswered: int


def tally(acknowledged: int, found: Iterable[int], unanswered: int) -> Tally:
    """Hold the numbers 0, 1, .. below ``acknowledged`` against those that were found."""
    counted = Counter(found)
    return Tally(
        acknowledged,
        lost=sum(number not in counted for number in range(acknowledged)),
        duplicate=sum(times - 1 for times in counted.values()),
        unanswered=unanswered,
    )


def together(tallies: Iterable[Tally]) -> Tally:
    """Add the connections up."""
    every = list(tallies)
    return Tally(
        sum(one.acknowledged for one in every),
        sum(one.lost for one in every),
        sum(one.duplicate for one in every),
        sum(one.unanswered for one in every),
    )
