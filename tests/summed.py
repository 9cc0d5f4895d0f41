"""What tests counted while they ran, summed up for the end of a run, whoever ran them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

COVERED = "covered"
"""The property of a test that tells what it covered: a list of (kind, field, transition, times)."""


def lines(told: Iterable[tuple[str, object]]) -> Iterator[str]:
    """Give a line for each sort of kill, and the table of all that was covered."""
    kills: Counter[str] = Counter()
    covered: Counter[tuple[str, str, str]] = Counter()
    for name, value in told:
        if name.startswith("kills") and isinstance(value, int):
            kills[name] += value
        if name == COVERED and isinstance(value, list | tuple):
            covered.update({(kind, field, what): times for kind, field, what, times in value})
    yield from (f"{name}: {times}" for name, times in sorted(kills.items()))
    if covered:
        import any_coverage  # noqa: PLC0415 - what a run without random pairs needs not load

        yield "random pairs of an account and a spec covered, kind by field by transition:"
        yield from any_coverage.table(covered).split("\n")
