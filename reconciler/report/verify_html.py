"""A verification as one HTML page that stands alone: for people who were not there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from reconciler.report.matrix import Matrix, matrices
from reconciler.report.page import page
from reconciler.verify import Finding, Report, Require, Verdict

STYLE: dict[Verdict, str] = {"proven": "good", "refuted": "bad", "not proven": "open"}


@dataclass(frozen=True, slots=True)
class _Cache:
    address: str
    anchor: str
    asked: str
    used: str
    findings: tuple[Finding, ...]
    matrix: Matrix | None

    @property
    def counts(self) -> dict[Verdict, int]:
        return {verdict: sum(one.verdict == verdict for one in self.findings) for verdict in STYLE}

    @property
    def refuted(self) -> list[Finding]:
        return [one for one in self.findings if one.verdict == "refuted"]

    @property
    def unproven(self) -> list[Finding]:
        return [one for one in self.findings if one.verdict == "not proven"]

    @property
    def counted(self) -> list[Finding]:
        return [one for one in self.findings if one.table]


def verify_html(report: Report, spec: str, require: Require, now: datetime) -> str:
    """Give the page: sums, a table of caches, and for each what is wrong before what is well."""
    code = report.exit_code(require)
    answer = {0: "proven", 5: "refuted", 6: "not proven enough"}[code]
    return page(
        "verify.html",
        spec=spec,
        report=report,
        require=require,
        code=code,
        answer=answer,
        when=f"{now:%Y-%m-%d %H:%M} UTC",
        style=STYLE,
        missing=report.missing(require),
        caches=_caches(report),
    )


def _caches(report: Report) -> list[_Cache]:
    tables = {one.address: one for one in matrices(report.findings)}
    caches = []
    for number, (address, some) in enumerate(groupby(report.findings, key=lambda one: one.address)):
        seen = report.engines.get(address)
        caches.append(
            _Cache(
                str(address),
                f"cache-{number}",
                seen.asked if seen else "",
                seen.used if seen else "",
                tuple(some),
                tables.get(address),
            )
        )
    return caches
