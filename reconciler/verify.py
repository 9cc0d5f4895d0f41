"""Picks the checks that the spec implies, runs them over real connections, gives a report.

Has no Writer: nothing here can change the estate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler.checks.finding import Finding, Verdict
from reconciler.model import Address

Require = Literal["critical", "100%"]

__all__ = ["EngineSeen", "Finding", "Report", "Require", "Verdict", "Wishes"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks of this one run; the spec's own ``verify:`` blocks hold besides.

    ``only`` and ``skip`` are names of checks, ``caches`` addresses or ids, ``users`` user ids; empty
    means all. ``negative`` False leaves out what would be refused; ``writes`` overrides every cache's
    own wish. ``patience_s``: for so long after the first refused login of a cache a refusal is tried
    again, because users reach the nodes a moment after the service calls them active.
    """

    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    caches: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    negative: bool = True
    writes: bool | None = None
    patience_s: float = 5.0


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """Which engine and version a cache was asked for, and which answered; empty when unknown."""

    asked: str
    used: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding, in the order of caches and checks; plain values, ready to be rendered.

    ``refusals`` is how many attempts were said beforehand to be refused; ``partial`` says in words
    what the run was narrowed to, and is empty when it was not.
    """

    findings: tuple[Finding, ...]
    engines: Mapping[Address, EngineSeen]
    refusals: int = 0
    partial: str = ""
    seconds: float = 0.0

    @property
    def counts(self) -> dict[Verdict, int]:
        """Count the findings by verdict."""
        counted: dict[Verdict, int] = {"proven": 0, "refuted": 0, "not proven": 0}
        for finding in self.findings:
            counted[finding.verdict] += 1
        return counted

    def missing(self, require: Require = "critical") -> tuple[Finding, ...]:
        """Give what is not proven and would have to be."""
        return tuple(
            finding
            for finding in self.findings
            if finding.verdict == "not proven" and (finding.critical or require == "100%")
        )

    def exit_code(self, require: Require = "critical") -> int:
        """Give 5 if a promise is refuted, 6 if less is proven than required or nothing was, else 0."""
        if self.counts["refuted"]:
            return 5
        if self.missing(require) or not self.counts["proven"]:
            return 6
        return 0
