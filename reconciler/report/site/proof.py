"""The last verification and drills, read back from the JSON that they wrote. Pure.

What stands in such a file was written by us, and is still read as anybody's: nothing of it is
trusted to be of a shape, and everything is escaped by the page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.drifting.history import EstateMemory
from reconciler.errors import UsageError

PLOT_WIDTH, PLOT_HEIGHT = 1000, 160


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Verdict(_Read):
    """A finding of verify."""

    check: str
    address: str
    subject: str
    verdict: Literal["proven", "refuted", "not proven"]
    expected: str = ""
    got: str = ""


class Verification(_Read):
    """What ``verify --format json`` wrote."""

    spec: str
    at: datetime
    counts: dict[str, int]
    exit_code: int
    findings: list[Verdict] = []

    @property
    def unwell(self) -> list[Verdict]:
        """Give what is not proven, refuted first."""
        rest = [one for one in self.findings if one.verdict != "proven"]
        return sorted(rest, key=lambda one: one.verdict != "refuted")


class Side(_Read):
    """Reads or writes of a drill."""

    operations: int
    interrupted_s: float
    longest_pause_s: float = 0.0
    bucket_s: float = Field(gt=0)
    good: list[int] = []


class Drill(_Read):
    """What ``drill --format json`` wrote."""

    address: str
    shard: str
    estate: str = ""
    account_id: str = ""
    region: str = ""
    began: datetime
    reads_from: str
    called_s: float | None = None
    reads: Side
    writes: Side
    written: dict[str, Any] = {}


@dataclass(frozen=True)
class Curve:
    """Good answers over time as the points of an SVG line."""

    name: str
    points: str


@dataclass(frozen=True)
class Proof:
    """One report, of one sort or the other."""

    verification: Verification | None = None
    drill: Drill | None = None

    def is_of(self, estate: EstateMemory) -> bool:
        """Say whether it is about this estate: by its spec, or by estate, account and region."""
        if self.verification is not None:
            return self.verification.spec == estate.spec
        assert self.drill is not None
        named = (self.drill.estate, self.drill.account_id, self.drill.region)
        return named == (estate.estate, estate.account_id, estate.region)

    @property
    def curves(self) -> list[Curve]:
        """Give the drill's lines, each to the height of the highest."""
        assert self.drill is not None
        sides = {"reads": self.drill.reads.good, "writes": self.drill.writes.good}
        highest = max((count for good in sides.values() for count in good), default=0) or 1
        longest = max(map(len, sides.values())) or 1
        return [
            Curve(
                name,
                " ".join(
                    f"{place * PLOT_WIDTH / longest:.1f},{PLOT_HEIGHT * (1 - count / highest):.1f}"
                    for place, count in enumerate(good)
                ),
            )
            for name, good in sides.items()
        ]

    @property
    def called_at(self) -> float | None:
        """Give where TestFailover was called, along the width of the plot."""
        assert self.drill is not None
        good = self.drill.reads.good or self.drill.writes.good
        if self.drill.called_s is None or not good:
            return None
        return self.drill.called_s / (len(good) * self.drill.reads.bucket_s) * PLOT_WIDTH


def proof_of(text: str, name: str) -> Proof:
    """Read a report by its content, or raise UsageError."""
    try:
        found = json.loads(text)
        if isinstance(found, dict) and "counts" in found:
            return Proof(verification=Verification.model_validate(found))
        return Proof(drill=Drill.model_validate(found))
    except (ValueError, ValidationError):
        raise UsageError(
            f"{name}: is no report of verify or drill; write one with --format json"
        ) from None
