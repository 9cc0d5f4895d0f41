"""What a run has brought about so far of one change: what the record is to say where it stops."""

from __future__ import annotations

from typing import Any

from reconciler.kind import Facts, Kind
from reconciler.kind.step import Step
from reconciler.model import Resource
from reconciler.planning.complete import changed, so_far


class Trail:
    """Remembers what settled steps left, field by field."""

    def __init__(self, kind: Kind[Any]) -> None:
        self._kind = kind
        self.left: dict[str, Any] = {}
        """What steps of this run left."""

    def settled(self, step: Step, before: Resource | None) -> None:
        """Take note of a step that has settled."""
        if before is not None and step.leaves is not None:
            self.left |= dict(changed(before, step.leaves, self._kind.fields))

    def lost(self, planned: Resource, now: Resource) -> tuple[str, ...]:
        """Give the fields in which it is neither as planned nor as steps of this run left it.

        How it was seen last is no measure: what a stranger did meanwhile is in that, too.
        """
        ours = planned.but(**self.left)
        return tuple(name for name, _ in changed(ours, now, self._kind.fields))

    def record(self, before: Resource | None, facts: Facts) -> str:
        """Give the record of what stands; nothing for what ends, or where nothing is wished for.

        A spec that says nothing, as adopt's, has nothing to record: two tags are all it writes.
        """
        desired = facts.wish(before.address) if before is not None else None
        if before is None or desired is None:
            return ""
        return so_far(self._kind, desired, before, self.left, facts)
