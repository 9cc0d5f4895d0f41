"""A plan read the other way round: what moved behind the spec, and what is not brought yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconciler.guard import is_open
from reconciler.model import Address
from reconciler.plan import Adopt, Create, FieldChange, Plan, Planned

Sort = Literal["changed", "missing", "not ours"]


@dataclass(frozen=True)
class Drifted:
    """Something that is not as it was last applied.

    ``missing``: in the spec and not there: deleted, or never applied; without a state file the two
    look alike, and the worse is assumed.
    """

    address: Address
    sort: Sort
    fields: tuple[FieldChange, ...]
    planned: Planned


@dataclass(frozen=True)
class Drift:
    """What a round of drift detection found."""

    plan: Plan
    drifted: tuple[Drifted, ...]
    ahead: tuple[Planned, ...]
    """The spec was changed and not applied yet: reported apart, not drift."""
    at_gate: tuple[Planned, ...]
    """The next step waits at a closed gate, as planned."""

    @property
    def exit_code(self) -> int:
        """Give 3 when something drifted, else 0."""
        return 3 if self.drifted else 0


def drift_of(plan: Plan) -> Drift:
    """Sort a plan's changes by who moved, field by field. Pure.

    A resource of which both sides moved stands among the drifted and among those that are ahead.
    """
    drifted, ahead, at_gate = [], [], []
    for planned in plan.changes:
        if isinstance(planned.change, Create):
            drifted.append(Drifted(planned.address, "missing", (), planned))
            continue
        fields = getattr(planned.change, "fields", ())
        gate = _closed_gate(planned)
        moved = _moved(planned, fields, _behind(planned, gate))
        if isinstance(planned.change, Adopt):
            drifted.append(Drifted(planned.address, "not ours", moved, planned))
        elif moved:
            drifted.append(Drifted(planned.address, "changed", moved, planned))
        if gate == 0:
            at_gate.append(planned)
        elif len(moved) < len(fields) or not (moved or isinstance(planned.change, Adopt)):
            ahead.append(planned)
    return Drift(plan, tuple(drifted), tuple(ahead), tuple(at_gate))


def _moved(
    planned: Planned, fields: tuple[FieldChange, ...], behind: frozenset[str]
) -> tuple[FieldChange, ...]:
    """Give the fields that left what was last applied.

    Half way through a staged change live is neither what was applied nor what the spec says, which
    looks as if both had moved: of what stands behind a closed gate that is as planned. Where no
    record stands at all (only watched, or the tag was taken away) nothing says that the spec
    moved, and the worse is assumed.
    """
    recorded = planned.change.before.marks.get("applied")  # type: ignore[union-attr]
    moving = {"live", "both"} if recorded else {"live", "both", "unrecorded"}
    return tuple(
        one
        for one in fields
        if one.moved in moving and not (one.moved == "both" and one.field in behind)
    )


def _closed_gate(planned: Planned) -> int | None:
    """Give which step is the first that waits at a closed gate."""
    for at, step in enumerate(planned.steps):
        if step.gate is not None and not is_open(planned, step.gate, frozenset()):
            return at
    return None


def _behind(planned: Planned, gate: int | None) -> frozenset[str]:
    """Give the fields that only the steps behind the gate bring about."""
    if gate is None:
        return frozenset()
    start = planned.steps[gate - 1].leaves if gate else planned.change.before  # type: ignore[union-attr]
    end = planned.steps[-1].leaves
    fields = getattr(planned.change, "fields", ())
    return frozenset(
        one.field
        for one in fields
        if getattr(start, one.field, None) != getattr(end, one.field, None)
    )
