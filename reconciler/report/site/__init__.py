"""Drift over time as a folder of pages that need no server: estates, findings, who may do what."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from reconciler.drifting.finding import Finding
from reconciler.drifting.history import Entry, EstateMemory, Memory
from reconciler.kind import Facts
from reconciler.report.drift_report import TITLES, day
from reconciler.report.page import page
from reconciler.report.site.access import QUESTIONS, Door, doors
from reconciler.report.site.course import STYLE, Stretch, stretches
from reconciler.report.site.graph import BOX, LEFT, WIDTH, Drawing, drawing
from reconciler.report.site.proof import Proof, proof_of

__all__ = ["Door", "Proof", "access_of", "proof_of", "site"]

SEVERITY = {"high": "bad", "medium": "open", "low": "quiet"}
PAST = 50
"""So many findings that have ended are shown, the latest."""


@dataclass(frozen=True)
class _Page:
    """One estate as its page needs it."""

    key: str
    file: str
    kept: EstateMemory
    stretches: tuple[Stretch, ...]
    doors: tuple[Door, ...] | None
    drawing: Drawing | None
    proofs: tuple[Proof, ...]

    @property
    def alarming(self) -> list[Entry]:
        return [one for one in self.kept.open if not one.acknowledged]

    @property
    def accepted(self) -> list[Entry]:
        return [one for one in self.kept.open if one.acknowledged]

    @property
    def past(self) -> list[Entry]:
        return self.kept.past[: -PAST - 1 : -1]


def access_of(facts: Facts, findings: Iterable[Finding]) -> tuple[Door, ...]:
    """Give who may do what as a look showed it, what drifted marked."""
    live = {address: one.resource for address, one in facts.observed.items()}
    return doors(live, frozenset(one.address for one in findings))


def site(
    memory: Memory,
    access: Mapping[str, tuple[Door, ...]],
    now: datetime,
    proofs: Sequence[Proof] = (),
) -> dict[str, str]:
    """Give the pages by file name, ``index.html`` last. Pure.

    ``access`` is that of the last look, by the estate's key in the memory; an estate without it has
    no table of rights. ``proofs`` are reports of verify and drill.
    """
    pages = [
        _page(key, kept, access.get(key), now, proofs)
        for key, kept in sorted(memory.estates.items())
    ]
    shared = {
        "now": now,
        "day": day,
        "titles": TITLES,
        "style": STYLE,
        "severity": SEVERITY,
        "script": _script(),
        "script_hash": _digest(_script()),
    }
    made = {
        one.file: page(
            "estate.html",
            one=one,
            questions=QUESTIONS,
            columns=LEFT,
            width=WIDTH,
            box=BOX,
            **shared,
        )
        for one in pages
    }
    made["index.html"] = page("estates.html", pages=pages, **shared)
    return made


def _page(
    key: str,
    kept: EstateMemory,
    found: tuple[Door, ...] | None,
    now: datetime,
    proofs: Sequence[Proof],
) -> _Page:
    return _Page(
        key,
        f"estate-{hashlib.sha256(key.encode()).hexdigest()[:12]}.html",
        kept,
        stretches(kept, now),
        found,
        drawing(found, (one.finding.address for one in kept.open)) if found else None,
        tuple(one for one in proofs if one.is_of(kept)),
    )


@cache
def _script() -> str:
    return files("reconciler.report.page").joinpath("filter.js").read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Give what a page's policy allows: this script and no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
