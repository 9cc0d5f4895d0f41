"""What is as it shall be while its tag remembers less: brought up to date, and never a change.

A run that dies between the last call of a change and its record leaves a record of what was before,
and so does a spec that says in other words, or for the first time, what stands there. Left alone it
would accuse the wrong side at the next difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.applying.branch import Branch
from reconciler.applying.run import Pause, Run, Told
from reconciler.errors import LeaseHeld
from reconciler.kind import Facts, Kind, Live, Ownership
from reconciler.model import Address
from reconciler.plan import Planned, Update
from reconciler.planning.complete import complete, recorded
from reconciler.planning.diff import field_changes
from reconciler.planning.replacement import standing


def behind(kinds: Iterable[Kind[Any]], facts: Facts) -> Iterator[Address]:
    """Give what stands as desired and whose record is not what this spec would write."""
    by_name = {kind.name: kind for kind in kinds}
    for address in sorted(facts.desired.keys() - facts.ending):
        live = facts.observed.get(address)
        if live is not None and _due(by_name[address.kind], live, facts):
            yield address


def _due(kind: Kind[Any], live: Live[Any], facts: Facts) -> str:
    """Give the record that is to be written, or nothing: not ours, as it is, or not there yet."""
    if live.ownership is not Ownership.OWNED:
        return ""
    desired, before = facts.desired[live.address], standing(live.effective, facts)
    text = recorded(kind, desired, before)
    if text == before.marks.get("applied"):
        return ""
    after = complete(kind, desired, before, facts)
    return "" if field_changes(kind, before, after, desired) else text


class Recording(Branch):
    """Writes one record, if it is still due once its tags have been read by themselves."""

    def __init__(self, address: Address, kind: Kind[Any], run: Run) -> None:
        stands = run.eyes.facts.observed[address].effective
        super().__init__(Planned(address, Update(stands, stands, ()), ()), kind, run)
        self._of = kind
        self.wrote = False
        """Whether a record was due, and was written."""

    def go(self) -> Told:
        """Look, take the lease, look again, write; where somebody else has it, leave it to them."""
        yield from self._lock()
        try:
            if not (yield from self._text()):
                return
            try:
                self._run.take_lease()
            except LeaseHeld:
                return
            yield Pause()
            if text := (yield from self._text()):
                yield from self._mark({"applied": text})
                self.wrote = True
        finally:
            self._run.unlock(self.address)

    def _text(self) -> Any:
        live = self._run.eyes.live(self.address)
        if live is not None and not (live.at_rest or self._run.no_wait):
            # A run that was killed may have begun it: tags are written at rest.
            yield from self._sight.at_rest()
        live = yield from self._sight.see(by_tags=True)
        return (
            "" if live is None or not live.at_rest else _due(self._of, live, self._run.eyes.facts)
        )
