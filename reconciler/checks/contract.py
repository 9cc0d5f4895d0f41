"""What a check must say about itself, and how it says what it found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Literal

from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target, name_of, place_of
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint

NEGATIVE_OFF = "left out: what would be refused is not tried (negative: false)"


class Check(ABC):
    """One sort of promise. A check is one file; CHECKS lists them in the order of a report."""

    name: ClassVar[str]
    proves: ClassVar[str]
    """One line for ``verify --list``."""
    speaks: ClassVar[Literal["redis", "memcached"]] = "redis"
    """What is spoken there; a check is only ever run where it is understood."""
    critical: ClassVar[bool] = False
    """Whether leaving it out leaves a critical promise unproven."""

    @abstractmethod
    def applies(self, target: Target) -> bool:
        """Whether the spec promises anything of this sort there."""

    def refusals(self, target: Target) -> int:  # noqa: ARG002
        """Give how many attempts will be refused if all is well: they raise failure metrics."""
        return 0

    @abstractmethod
    def run(self, visit: Visit) -> Iterator[Finding]:
        """Look, and tell. Harmless, whatever rights the users turn out to hold."""

    def say(
        self,
        visit: Visit,
        subject: str,
        verdict: Verdict,
        expected: str,
        got: str,
        *,
        at: Endpoint | None = None,
        critical: bool | None = None,
    ) -> Finding:
        """Give a finding of this check at this cache."""
        return Finding(
            check=self.name,
            address=visit.target.address,
            subject=subject,
            verdict=verdict,
            expected=expected,
            got=got,
            where=place_of(at) if at else "",
            critical=self.critical if critical is None else critical,
        )

    def outcome(
        self, visit: Visit, subject: str, expected: str, trouble: str, *, at: Endpoint
    ) -> Finding:
        """Give a finding of a piece of work: proven without trouble, else refuted by it.

        What comes of a fault that another check has refuted by name is not a second fault.
        """
        verdict: Verdict = "refuted" if trouble else "proven"
        if trouble and (cause := visit.told_by(trouble) or visit.told_of(at)):
            return self.say(
                visit, subject, "not proven", expected, f"{trouble}: see {cause}", at=at
            )
        return self.say(visit, subject, verdict, expected, trouble or expected, at=at)

    def everywhere(
        self,
        visit: Visit,
        subject: str,
        expected: str,
        places: Iterable[Endpoint],
        probe: Callable[[Endpoint], tuple[Verdict, str]],
        *,
        critical: bool | None = None,
    ) -> Iterator[Finding]:
        """Probe at each place: one finding for all that are well, one for each that is not."""
        proven: list[Endpoint] = []
        total = 0
        for place in places:
            total += 1
            verdict, got = probe(place)
            if verdict == "proven":
                proven.append(place)
                continue
            yield self.say(
                visit,
                f"{subject} at {name_of(place)}",
                verdict,
                expected,
                got,
                at=place,
                critical=critical,
            )
        if proven:
            alone = proven[0] if total == 1 else None
            got = f"{expected}, at {len(proven)} of {total} addresses"
            yield self.say(visit, subject, "proven", expected, got, at=alone, critical=critical)
