"""What every form of a plan says about it: lines of the spec, refusals, who looked and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.errors import CouldNotLook
from reconciler.guard import Written, is_open, unsaid
from reconciler.model import Address
from reconciler.plan import Adopt, Change, Create, Delete, Plan, Planned, Replace, Update

Where = Callable[[Address, str | None], str]
"""(address, field or None) -> ``specs/prod.yaml:23``, with the origin if not the entry itself."""


def nowhere(address: Address, field_name: str | None) -> str:  # noqa: ARG001 - a Where without a spec
    """Give no position."""
    return ""


@dataclass(frozen=True)
class Seen:
    """How the observation was made."""

    who: str = ""
    resources: int = 0
    calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class PlanReport:
    """A plan with what belongs beside it on a page."""

    plan: Plan
    spec: str
    seen: Seen = field(default_factory=Seen)
    refusals: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    """Per address, each reason with the line that would allow it."""
    where: Where = nowhere
    written: Written = unsaid
    """Where a field stands, to the column."""
    partial: bool = False
    """Only a part of the spec was asked for (--target)."""
    ends: bool = True
    """Whether the command ends with this page (plan), so that it says its exit code."""
    watched: bool = False
    """Whether the spec says mode: observe, so that apply would be refused."""
    through: frozenset[str] = frozenset()
    """Gates that are opened once: ``orders/tls-required``."""
    show_unmanaged: bool = False
    show_all: bool = False

    @property
    def exit_code(self) -> int:
        """Give 3 when something is left to do (a refused plan was asked and answered), else 0.

        6 where nothing is known to be left, and something of the spec could not be looked at.
        """
        if not self.plan.empty:
            return 3
        return CouldNotLook.exit_code if self.plan.unknown else 0

    def counts(self) -> dict[str, int]:
        """Count the changes by action."""
        found = dict.fromkeys(("create", "update", "replace", "delete", "adopt"), 0)
        for planned in self.plan.changes:
            found[action_of(planned.change)] += 1
        return found


def action_of(change: Change) -> str:
    """Give the word for a change."""
    match change:
        case Create():
            return "create"
        case Update():
            return "update"
        case Adopt():
            return "adopt"
        case Replace():
            return "replace"
        case Delete():
            return "delete"


def waiting_gates(planned: Planned, through: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Give the closed gates among a change's steps."""
    gates = (step.gate for step in planned.steps if step.gate)
    return tuple(gate for gate in gates if not is_open(planned, gate, through))
