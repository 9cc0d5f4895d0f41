"""What an edit behind the spec gave and took: as it was last applied -> as it is now.

Not the plan read backwards: what the plan says in words ("joins", "reaching further") has a
direction, and it speaks of every field that differs, of those too in which only the spec moved.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from reconciler.drifting.drift import Drift, Drifted
from reconciler.kind import Facts
from reconciler.model import Address, Resource
from reconciler.planning.diff import PASSWORDS, FieldChange
from reconciler.rights import RightsChange, widening


@dataclasses.dataclass(frozen=True)
class Behind:
    """An estate's drift with what was observed; tells what each field's edit did to rights."""

    drift: Drift
    facts: Facts

    def rights(self, drifted: Drifted, change: FieldChange) -> RightsChange | None:
        """Say who gained and lost what by this one edit; None when nobody's rights are touched."""
        if change.field == PASSWORDS:
            return None
        now: Resource = drifted.planned.change.before  # type: ignore[union-attr]
        return widening(now.but(**{change.field: change.after}), now, self._forwards)

    @functools.cached_property
    def _forwards(self) -> Facts:
        """Give the facts of the edit: observed is what stood before it, desired what is there now.

        What was applied is known as far as the spec still says it.
        """
        live = self.facts.observed
        before = {one.address: _undone(one) for one in self.drift.drifted if one.fields}
        observed = {
            address: dataclasses.replace(one, resource=before.get(address, one.resource))
            for address, one in live.items()
        }
        desired: Mapping[Address, Resource] = {
            address: one.resource for address, one in live.items()
        }
        return dataclasses.replace(self.facts, observed=observed, desired=desired)


def _undone(drifted: Drifted) -> Resource:
    now: Resource = drifted.planned.change.before  # type: ignore[union-attr]
    return now.but(**{one.field: one.after for one in drifted.fields if one.field != PASSWORDS})
