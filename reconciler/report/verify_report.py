"""A verification as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Any

from reconciler.report.counts_report import counts_text
from reconciler.report.lines import Paint, counted, duration, plain, sides, wrapped
from reconciler.report.matrix import matrices, matrix_text
from reconciler.report.plan_markdown import cell
from reconciler.verify import Finding, Report, Require

FORMAT_VERSION = 1

CRITICAL: Require = "critical"
EVERYTHING: Require = "100%"

_STYLES = {"proven": "good", "refuted": "danger", "not proven": "update"}


def verify_text(
    report: Report,
    spec: str,
    require: Require,
    paint: Paint = plain,
    *,
    every: bool = False,
    matrix: bool = False,
) -> str:
    """Give the page: a table per cache, what was expected and what came, the sums."""
    lines: list[str] = []
    tables = {one.address: one for one in matrices(report.findings)} if matrix else {}
    for address, found in groupby(report.findings, key=lambda one: one.address):
        findings = list(found)
        engine = report.engines.get(address)
        used = ""
        if engine is not None:
            asked = f"asked {engine.asked}, " if engine.asked else ""
            used = f"{asked}answers {engine.used or 'unknown'}"
        lines += sides(str(address), used, paint=paint, style="bold")
        lines += _by_check(findings, paint)
        lines += [
            line for one in findings if one.verdict == "refuted" for line in _refuted(one, paint)
        ]
        lines += _unproven([one for one in findings if one.verdict == "not proven"], every=every)
        if address in tables:
            lines += ["", *matrix_text(tables[address])]
        lines.append("")
    if report.ran:
        lines += [*_ran(report), ""]
    return "\n".join([*lines, *_sums(report, spec, require, paint)]) + "\n"


def _by_check(findings: list[Finding], paint: Paint) -> Iterator[str]:
    names = list(dict.fromkeys(one.check for one in findings))
    width = max(map(len, names), default=0)
    for name in names:
        some = [one for one in findings if one.check == name]
        counts = {verdict: sum(one.verdict == verdict for one in some) for verdict in _STYLES}
        told = [
            paint(f"{number:>4} {verdict}", _STYLES[verdict])
            if number
            else " " * (5 + len(verdict))
            for verdict, number in counts.items()
        ]
        seconds = sum(one.seconds for one in some)
        yield f"  {name:<{width}}  {'  '.join(told)}  {duration(seconds):>9}".rstrip()


def _refuted(one: Finding, paint: Paint) -> Iterator[str]:
    yield from sides(f"  x {one.check}: {one.subject}", one.where, paint=paint, style="danger")
    yield from wrapped(f"expected  {one.expected}", " " * 16, first="      ")
    yield from wrapped(f"got       {one.got}", " " * 16, first="      ")


def _unproven(findings: list[Finding], *, every: bool) -> Iterator[str]:
    """Say each reason once: beside what was asked, or beside the checks where it is several's."""
    reasons: dict[tuple[str, bool], list[Finding]] = {}
    for one in findings:
        reasons.setdefault((one.got, one.critical), []).append(one)
    for (reason, critical), alike in reasons.items():
        by_check: dict[str, list[str]] = {}
        for one in alike:
            by_check.setdefault(one.check, []).append(one.subject)
        if every or critical or len(by_check) == 1:
            told = [f"{check}: {_subjects(some, every=every)}" for check, some in by_check.items()]
        else:
            told = [", ".join(by_check)]
        mark = "!" if critical else "?"
        for what in told:
            yield from wrapped(f"{what}: not proven: {reason}", "      ", first=f"  {mark} ")


def _subjects(subjects: list[str], *, every: bool) -> str:
    shown = subjects if every else subjects[:3]
    more = f" and {len(subjects) - len(shown)} more" if len(subjects) > len(shown) else ""
    return "; ".join(shown) + more


def _ran(report: Report) -> Iterator[str]:
    """Say which functions looked from elsewhere, each with the end of its log."""
    for one in report.ran:
        end = f"failed: {one.failed}" if one.failed else f"answered in {duration(one.seconds)}"
        yield from wrapped(f"lambda:{one.function} {end}", "      ", first="from  ")
        for line in one.log_tail:
            # Wrapped, not cut: the figures that people look for stand at its end.
            yield from wrapped(line.expandtabs(2), "      |   ", first="      | ")


def _sums(report: Report, spec: str, require: Require, paint: Paint) -> Iterator[str]:
    counts, code = report.counts, report.exit_code(require)
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
    style = "good" if code == 0 else "danger"
    yield paint(f"{spec}: {told}, in {duration(report.seconds)}.   exit {code}", style)
    missing = report.missing(require)
    if missing and not counts["refuted"]:
        what = "critical promise" if require == "critical" else "promise"
        mark = " (marked !)" if require == "critical" else ""
        yield f"{counted(len(missing), what)} could not be proven{mark}; --require is {require}"
    if report.partial:
        yield f"partial: {report.partial}"


def verify_json(report: Report, spec: str, require: Require) -> dict[str, Any]:
    """Give one object."""
    return {
        "format_version": FORMAT_VERSION,
        "spec": spec,
        "counts": report.counts,
        "require": require,
        "partial": report.partial,
        "seconds": round(report.seconds, 3),
        "ran": [
            {
                "function": one.function,
                "seconds": round(one.seconds, 3),
                "failed": one.failed,
                "log_tail": list(one.log_tail),
            }
            for one in report.ran
        ],
        "engines": {
            str(address): {"asked": seen.asked, "used": seen.used}
            for address, seen in report.engines.items()
        },
        "findings": [
            {
                "check": one.check,
                "address": str(one.address),
                "subject": one.subject,
                "verdict": one.verdict,
                "critical": one.critical,
                "expected": one.expected,
                "got": one.got,
                "where": one.where,
                "seconds": round(one.seconds, 3),
                **({"user": one.user, "command": one.command} if one.command else {}),
                **({"table": one.table} if one.table else {}),
            }
            for one in report.findings
        ],
        "exit_code": report.exit_code(require),
    }


def verify_markdown(report: Report, spec: str, require: Require) -> str:
    """Give a table of what was not proven, under the counts."""
    told = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items())
    lines = [
        f"### reconcile verify: `{cell(spec)}`",
        "",
        f"**{told}**, exit {report.exit_code(require)}.",
    ]
    rest = [one for one in report.findings if one.verdict != "proven"]
    if rest:
        lines += ["", "| verdict | cache | check | about | expected | got |", "|-|-|-|-|-|-|"]
        for one in sorted(rest, key=lambda one: (one.verdict != "refuted", str(one.address))):
            facts = (one.verdict, str(one.address), one.check, one.subject, one.expected, one.got)
            lines.append("| " + " | ".join(map(cell, facts)) + " |")
    if counts := counts_text(report.findings):
        lines += _folded("What was counted", counts.splitlines())
    for ran in report.ran:
        end = f"failed: {ran.failed}" if ran.failed else f"answered in {duration(ran.seconds)}"
        lines += _folded(f"lambda:{ran.function} {end}", ran.log_tail)
    return "\n".join(lines) + "\n"


def _folded(title: str, told: Iterable[str]) -> list[str]:
    """Give lines that are shown when asked for; indented, so that no line can end the block."""
    block = [f"    {line}".rstrip() for text in told for line in text.splitlines() or [""]]
    summary = f"<details><summary>{escape(' '.join(title.split()))}</summary>"
    return ["", summary, "", *block, "", "</details>"]
