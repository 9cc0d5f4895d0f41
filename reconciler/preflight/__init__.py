"""What an apply would run into, looked up before the first write: reads only what the plan needs.

A plan says what it wants; this says what the account and the service have to say to it. Everything
is looked at before anything is judged, so that refusals come together (ADR 19).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.kind import Facts
from reconciler.model import Address
from reconciler.plan import Plan
from reconciler.ports import Reader
from reconciler.preflight.access import access
from reconciler.preflight.engine import families, modes, offered_versions, preferred_tls
from reconciler.preflight.lifecycle import support, updates
from reconciler.preflight.memory import memory
from reconciler.preflight.node_type import node_types
from reconciler.preflight.outlook import Finding, Outlook, Question, Verdict
from reconciler.preflight.quota import quotas
from reconciler.preflight.reference import missing_references, taken_names
from reconciler.preflight.snapshot import running, sources
from reconciler.preflight.subnet import subnets

CHECKS: tuple[Callable[[Outlook], Iterator[Finding]], ...] = (
    missing_references,
    taken_names,
    access,
    offered_versions,
    families,
    modes,
    preferred_tls,
    node_types,
    memory,
    quotas,
    sources,
    subnets,
    running,
    updates,
    support,
)


@dataclass(frozen=True)
class Foresight:
    """Everything that was found, in how many calls."""

    findings: tuple[Finding, ...] = ()
    calls: int = 0

    @property
    def refusals(self) -> Mapping[Address, tuple[str, ...]]:
        """Give what stands against an apply, by address."""
        found: dict[Address, tuple[str, ...]] = {}
        for one in self.findings:
            if one.verdict is Verdict.REFUSED:
                found[one.address] = (*found.get(one.address, ()), one.text)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what is worth knowing, and what can't be known."""
        words = {Verdict.NOTED: "", Verdict.UNKNOWN: "not known: "}
        return tuple(
            f"{one.address}: {words[one.verdict]}{one.text}"
            for one in self.findings
            if one.verdict in words
        )


def foresee(plan: Plan, facts: Facts, reader: Reader) -> Foresight:
    """Look ahead; a plan without steps costs no call, and nothing is ever asked twice."""
    started = reader.calls
    outlook = Outlook(plan, facts, Question(reader))
    findings = tuple(dict.fromkeys(one for check in CHECKS for one in check(outlook)))
    return Foresight(findings, reader.calls - started)
