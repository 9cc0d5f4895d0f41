"""Verifying through runners: who looks at which cache, what is asked, and one report of all."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import Address
from reconciler.ports import Invoker
from reconciler.runner.event import Question, asked, part_of, read_answer
from reconciler.verify import Finding, Ran, Report

HERE = "here"
PREFIX = "lambda:"
_CACHES_AT_ONCE = 5
"""In one question; several questions are asked at the same time."""
_QUESTIONS_AT_ONCE = 8
_TAIL_LINES = 20


def function_of(via: str) -> str:
    """Give the function's name or ARN of ``lambda:NAME``; empty for here."""
    return via.removeprefix(PREFIX) if via.startswith(PREFIX) else ""


def by_place(caches: Mapping[Address, str], via: str | None) -> dict[str, list[Address]]:
    """Give the caches by where they are looked at from; ``via`` overrides what each says."""
    found: dict[str, list[Address]] = {}
    for address, own in caches.items():
        found.setdefault(via or own or HERE, []).append(address)
    return found


def ask(
    invoker: Invoker,
    places: Mapping[str, Iterable[Address]],
    question: Question,
    tell: Callable[[Finding], None],
) -> Iterator[tuple[Report, Ran]]:
    """Ask each function about its caches, a few at a time; a failure becomes a finding."""
    batches = [
        (function_of(place), batch)
        for place, caches in places.items()
        if place != HERE
        for batch in _batches(list(caches))
    ]
    if not batches:
        return
    with ThreadPoolExecutor(_QUESTIONS_AT_ONCE, thread_name_prefix="ask") as pool:
        answers = pool.map(lambda one: _asked(invoker, one[0], one[1], question), batches)
        for report, ran in answers:
            for finding in report.findings:
                tell(finding)
            yield report, ran


def _batches(caches: list[Address]) -> Iterator[list[Address]]:
    for at in range(0, len(caches), _CACHES_AT_ONCE):
        yield caches[at : at + _CACHES_AT_ONCE]


def _asked(
    invoker: Invoker, function: str, caches: list[Address], whole: Question
) -> tuple[Report, Ran]:
    desired, observed = part_of(whole.desired, whole.observed, caches)
    names = {one.id for one in caches if one.kind == "external"}
    wishes = dataclasses.replace(whole.wishes, caches=frozenset(map(str, caches)))
    external = {name: one for name, one in whole.external.items() if name in names}
    part = dataclasses.replace(
        whole, desired=desired, observed=observed, external=external, wishes=wishes
    )
    begun = time.monotonic()
    tail: tuple[str, ...] = ()
    try:
        answer = invoker.invoke(function, asked(part))
        tail = tuple(answer.log_tail.splitlines()[-_TAIL_LINES:])
        if answer.error:
            return _failed(function, caches, begun, tail, answer.error)
        report, unfinished = read_answer(answer.payload)
    except (AwsError, CouldNotLook, ValueError) as error:
        return _failed(function, caches, begun, tail, _words(error))
    if unfinished:
        why = (
            f"{function}: its time ran out after {report.seconds:.0f} s; deploy it with a longer "
            "--timeout, or verify fewer caches at once"
        )
        findings = (*report.findings, *missing(unfinished, why))
        report = dataclasses.replace(report, findings=findings)
    return report, Ran(function, time.monotonic() - begun, tail)


def _words(error: Exception) -> str:
    if isinstance(error, AwsError) and error.code == "ResourceNotFoundException":
        return f"{error}; reconcile runner deploy makes it, --via here looks from this machine"
    return str(error)


def _failed(
    function: str, caches: list[Address], begun: float, tail: tuple[str, ...], why: str
) -> tuple[Report, Ran]:
    seconds = time.monotonic() - begun
    report = Report(missing(caches, f"{function}: {why}"), {}, seconds=seconds)
    return report, Ran(function, seconds, tail, why)


def missing(caches: Iterable[Address], why: str) -> tuple[Finding, ...]:
    """Give for each cache a critical finding that nothing was proven, with the reason."""
    return tuple(
        Finding("runner", one, "from inside", "not proven", "an answer", why, critical=True)
        for one in caches
    )


def merged(reports: Iterable[Report], partial: str, ran: Iterable[Ran] = ()) -> Report:
    """Give several reports as one: caches in order, their checks as they came."""
    found = list(reports)
    findings = [one for report in found for one in report.findings]
    return Report(
        findings=tuple(sorted(findings, key=lambda one: one.address)),
        engines={address: seen for report in found for address, seen in report.engines.items()},
        refusals=sum(report.refusals for report in found),
        partial=partial,
        seconds=max((report.seconds for report in found), default=0.0),
        ran=tuple(ran),
    )
