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
        gated = _waits_at_gate(planned)
        moved = _moved(planned, fields, gated=gated)
        if isinstance(planned.change, Adopt):
            drifted.append(Drifted(planned.address, "not ours", moved, planned))
        elif moved:
            drifted.append(Drifted(planned.address, "changed", moved, planned))
        if gated:
            at_gate.append(planned)
        elif len(moved) < len(fields) or not (moved or isinstance(planned.change, Adopt)):
            ahead.append(planned)
    return Drift(plan, tuple(drifted), tuple(ahead), tuple(at_gate))


def _moved(
    planned: Planned, fields: tuple[FieldChange, ...], *, gated: bool
) -> tuple[FieldChange, ...]:
    """Give the fields that left what was last applied.

    Half way through a staged change live is neither what was applied nor what the spec says, which
    looks as if both had moved: at a gate that is as planned. Where no record stands at all (only
    watched, or the tag was taken away) nothing says that the spec moved, and the worse is assumed.
    """
    recorded = planned.change.before.marks.get("applied")  # type: ignore[union-attr]
    moving = {"live"} if gated else {"live", "both"}
    unheard_of = set() if recorded else {"unrecorded"}
    return tuple(one for one in fields if one.moved in moving | unheard_of)


def _waits_at_gate(planned: Planned) -> bool:
    gate = planned.steps[0].gate if planned.steps else None
    return gate is not None and not is_open(planned, gate, frozenset())
