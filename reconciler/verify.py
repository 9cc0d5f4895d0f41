"""Picks the checks that the spec implies, runs them over real connections, gives a report.

Has no Writer: nothing here can change the estate.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from reconciler.checks import CHECKS
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.hello import hello
from reconciler.checks.target import Target, targets_of
from reconciler.checks.visit import Ports, Visit
from reconciler.kind import Observed
from reconciler.model import Address, External, Resource

Require = Literal["critical", "100%"]
OnFinding = Callable[[Finding], None]

__all__ = [
    "CHECKS",
    "EngineSeen",
    "Finding",
    "Ports",
    "Ran",
    "Report",
    "Require",
    "Verdict",
    "Wishes",
    "planned_refusals",
    "targets",
    "unknown",
    "verify",
]

# Many caches at the same time, each by one thread, so that no single cache feels it.
_AT_ONCE = 16

_LEFT_OUT = "left out by --skip"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks of this one run; the spec's own ``verify:`` blocks hold besides.

    ``only`` and ``skip`` are names of checks, ``caches`` addresses or ids, ``users`` user ids;
    empty means all. ``negative`` False leaves out what would be refused; ``writes`` overrides every
    cache's own wish. ``patience_s``: for so long after the first refused login of a cache a
    refusal is tried again: users reach the nodes a moment after the service calls them active.
    """

    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    caches: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    negative: bool = True
    writes: bool | None = None
    patience_s: float = 5.0

    @property
    def partial(self) -> str:
        """Say what the run is narrowed to; empty when it is not."""
        said = (("checks", self.only), ("caches", self.caches), ("users", self.users))
        return "; ".join(f"only {what} {', '.join(sorted(named))}" for what, named in said if named)


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """Which engine and version a cache was asked for, and which answered; empty when unknown."""

    asked: str
    used: str


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a function that looked from elsewhere: how long, and the end of its log."""

    function: str
    seconds: float
    log_tail: tuple[str, ...] = ()
    failed: str = ""
    """Why it gave no report; empty when it did."""


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
    ran: tuple[Ran, ...] = ()
    """The functions that looked at some of it (``verify.via``)."""

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
        """Give 5 if a promise is refuted, 6 if less is proven than required or nothing, else 0."""
        if self.counts["refuted"]:
            return 5
        if self.missing(require) or not self.counts["proven"]:
            return 6
        return 0


def targets(
    desired: Mapping[Address, Resource],
    observed: Observed,
    external: Mapping[str, External],
    wishes: Wishes,
) -> tuple[Target, ...]:
    """Give every cache that is to be verified, the run's wishes laid on its own."""
    found = targets_of(desired, observed, external)
    return tuple(_wished(one, wishes) for one in found if _chosen(one, wishes.caches))


def unknown(found: Sequence[Target], wishes: Wishes) -> str:
    """Say which cache or user that the run is narrowed to is none; nothing when all are known.

    ``found`` are the targets without any wish: a name with a slip in it must not pass for a proof.
    """
    caches = {str(one.address): one.address.id for one in found}
    for word in sorted(wishes.caches - caches.keys() - set(caches.values())):
        return f"--cache {word}: there is none of that name; there are: {', '.join(caches)}"
    chosen = [one for one in found if _chosen(one, wishes.caches)]
    users = sorted({account.id for one in chosen for account in one.accounts})
    for word in sorted(wishes.users.difference(users)):
        where = ", ".join(str(one.address) for one in chosen)
        known = ", ".join(users) or "nobody by name"
        return f"--user {word}: nobody of that id is let in by {where}; there are: {known}"
    return ""


def _chosen(target: Target, caches: frozenset[str]) -> bool:
    return not caches or bool(caches & {str(target.address), target.address.id})


def _wished(target: Target, wishes: Wishes) -> Target:
    own = target.wishes
    merged = own.model_copy(
        update={
            "negative": own.negative and wishes.negative,
            "writes": own.writes if wishes.writes is None else wishes.writes,
            "skip": {**own.skip, **dict.fromkeys(wishes.skip, _LEFT_OUT)},
        }
    )
    accounts = tuple(
        account for account in target.accounts if not wishes.users or account.id in wishes.users
    )
    return dataclasses.replace(target, wishes=merged, accounts=accounts)


def implied(target: Target, wishes: Wishes) -> Iterator[Check]:
    """Give the checks that the spec implies for this cache and that the run asks for."""
    for check in CHECKS:
        understood = check.speaks == target.speaks and check.applies(target)
        if understood and (not wishes.only or check.name in wishes.only):
            yield check


def planned_refusals(found: Sequence[Target], wishes: Wishes) -> int:
    """Count beforehand the attempts that will be refused if all is well."""
    return sum(
        check.refusals(target)
        for target in found
        if target.wishes.negative
        for check in implied(target, wishes)
        if check.name not in target.wishes.skip
    )


def verify(
    desired: Mapping[Address, Resource],
    observed: Observed,
    ports: Ports,
    *,
    external: Mapping[str, External] | None = None,
    wishes: Wishes | None = None,
    on_finding: OnFinding | None = None,
) -> Report:
    """Prove what is promised of every cache.

    ``on_finding`` is called with each finding as it is made, one at a time, from several threads.
    """
    wishes = wishes or Wishes()
    begun = ports.clock.monotonic()
    found = targets(desired, observed, external or {}, wishes)
    run = secrets.token_hex(4)
    visits = [Visit(target, ports, run, wishes.patience_s) for target in found]
    telling = _Telling(on_finding)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="verify") as pool:
        try:
            told = _visited(pool, visits, wishes, telling)
        except BaseException:
            # Leaving the block waits for every visit: let each end with the probe it is at.
            telling.stopped.set()
            raise
    return Report(
        findings=tuple(finding for findings, _ in told for finding in findings),
        engines={visit.target.address: seen for visit, (_, seen) in zip(visits, told, strict=True)},
        refusals=planned_refusals(found, wishes),
        partial=wishes.partial,
        seconds=ports.clock.monotonic() - begun,
    )


def _visited(
    pool: ThreadPoolExecutor, visits: Sequence[Visit], wishes: Wishes, telling: _Telling
) -> list[tuple[list[Finding], EngineSeen]]:
    list(pool.map(_dial, visits))
    answered = any(answer.reached for visit in visits for answer in visit.dialled.values())
    for visit in visits:
        visit.others_answered = answered
    return list(pool.map(lambda visit: _verified(visit, wishes, telling), visits))


class _Telling:
    """Calls back one finding at a time; ``stopped`` tells the visits that nobody listens."""

    def __init__(self, on_finding: OnFinding | None) -> None:
        self._on_finding, self._lock = on_finding, threading.Lock()
        self.stopped = threading.Event()

    def __call__(self, finding: Finding) -> None:
        if self._on_finding is not None:
            with self._lock:
                self._on_finding(finding)


def _dial(visit: Visit) -> None:
    if visit.target.speaks == "redis":
        for endpoint in visit.target.endpoints:
            visit.dial(endpoint)


def _verified(visit: Visit, wishes: Wishes, telling: _Telling) -> tuple[list[Finding], EngineSeen]:
    target, findings = visit.target, []
    for check in implied(target, wishes):
        for finding in _checked(check, visit):
            findings.append(finding)
            telling(finding)
            if telling.stopped.is_set():
                return findings, EngineSeen("", "")
    asks = target.endpoints and target.speaks == "redis"
    seen = hello(visit, visit.main) if asks else ""
    asked = f"{target.engine} {target.engine_version}".strip()
    return findings, EngineSeen(asked, "" if isinstance(seen, str) else str(seen))


def _checked(check: Check, visit: Visit) -> Iterator[Finding]:
    why = visit.target.wishes.skip.get(check.name)
    if why is not None:
        # What a run leaves out is never green. The spec's own reason was read by a second person:
        # it costs what the check is worth.
        vital = True if why == _LEFT_OUT else None
        yield check.say(visit, check.name, "not proven", check.proves, why, critical=vital)
        return
    clock = visit.ports.clock
    before = clock.monotonic()
    for finding in check.run(visit):
        now = clock.monotonic()
        yield dataclasses.replace(finding, seconds=now - before)
        before = now
