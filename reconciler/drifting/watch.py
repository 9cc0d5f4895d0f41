"""One round of one estate, from looking to telling; a schedule is many of these.

Nothing that goes wrong with one estate leaves this room as an exception: it is a result, remembered
and told like any other, and the other estates go on.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from reconciler.drifting.drift import Drift
from reconciler.drifting.finding import Finding, findings_of, owner_of
from reconciler.drifting.history import By, EstateMemory, read_memory
from reconciler.drifting.remember import Blindness, Place, Round, Sight, remember
from reconciler.drifting.tell import Teller, Telling, changed, tell
from reconciler.errors import Interrupted, ReconcilerError
from reconciler.kind import Facts
from reconciler.model import Address, Watching
from reconciler.ports import Clock, MemoryStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What a look at an estate gave."""

    drift: Drift
    facts: Facts
    watching: Watching
    places: Mapping[tuple[Address, str], str] | None = None
    acknowledged: Mapping[str, date] | None = None


Look = Callable[[], View]
Blame = Callable[[tuple[Finding, ...]], Mapping[str, By]]
"""Findings -> who made them, where that can be told."""


def look_at(
    place: Place, look: Look, clock: Clock, blame: Blame | None = None
) -> tuple[Round, View | None]:
    """Look once. What can't be looked at is a round too: a blind one."""
    at, started = clock.now(), clock.monotonic()
    view: View | None = None
    seen: Sight | Blindness
    try:
        view = look()
        seen = sight_of(view, blame)
    except Interrupted:
        raise
    except ReconcilerError as error:
        # Whatever the reason, of this estate nothing is known; some say more exactly why.
        code = error.exit_code if error.exit_code in (2, 4) else 6
        seen = Blindness(str(error), code)
    except Exception as error:  # noqa: BLE001 - a defect of ours in one estate; others go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename}:{last.lineno}"
        seen = Blindness(f"unexpected {type(error).__name__} at {where}; please report this", 1)
    acknowledged = (view.acknowledged if view else None) or {}
    return Round(place, at, seen, clock.monotonic() - started, acknowledged), view


def sight_of(view: View, blame: Blame | None = None) -> Sight:
    """Give what a round keeps of a look."""
    plan, facts = view.drift.plan, view.facts
    findings = findings_of(view.drift, facts, view.watching, view.places)
    tag = view.watching.owner_tag
    return Sight(
        findings,
        facts,
        unmanaged={str(one): owner_of(one, (), facts, tag) for one in plan.unmanaged},
        unknown=frozenset(map(str, plan.unknown)),
        ahead=len(view.drift.ahead),
        pending=len(plan.pending),
        by=blame(findings) if blame else {},
    )


@dataclass(frozen=True)
class Watched:
    """One estate under watch: how it is looked at, where that is kept, who is told."""

    place: Place
    look: Look
    store: MemoryStore
    clock: Clock
    teller: Teller | None = None
    blame: Blame | None = None

    def round(self) -> tuple[Round, EstateMemory, View | None]:
        """Look, keep, tell; gives the round, the estate as it is remembered now, and the view."""
        one, view = look_at(self.place, self.look, self.clock, self._of_new)
        kept = changed(
            self.store, lambda memory: remember(memory, one, telling=self.teller is not None)
        )
        _logged(one, kept.estates[self.place.key])
        return one, kept.estates[self.place.key], view

    def _of_new(self, findings: tuple[Finding, ...]) -> Mapping[str, By]:
        """Ask who did it only of what is new: the answer never changes, and asking is rationed."""
        if self.blame is None:
            return {}
        estate = read_memory(self.store.read(), self.store.place).estates.get(self.place.key)
        known = {entry.finding.id for entry in estate.open} if estate else set()
        new = tuple(one for one in findings if one.id not in known)
        return self.blame(new) if new else {}

    def tell(self) -> Telling:
        """Tell what waits for this and every other estate of the memory."""
        if self.teller is None:
            return Telling()
        told = tell(self.store, self.teller, self.clock)
        if told.error:
            logger.info("drift.message.refused", extra={"error": told.error})
        if told.told:
            logger.info("drift.messages.taken", extra={"messages": told.told})
        return told


def _logged(one: Round, estate: EstateMemory) -> None:
    fields = {
        "estate": one.place.estate,
        "account_id": one.place.account_id,
        "region": one.place.region,
        "state": estate.state,
        "drifted": sum(not entry.acknowledged for entry in estate.open),
        "acknowledged": sum(bool(entry.acknowledged) for entry in estate.open),
        "seconds": round(one.seconds, 3),
    }
    if isinstance(one.seen, Blindness):
        logger.info("drift.round.blind", extra={**fields, "why": one.seen.why})
    else:
        logger.info("drift.round.ended", extra={**fields, "ahead": one.seen.ahead})
