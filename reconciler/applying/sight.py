"""What one change looks at: its resource, and what becomes busy with it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from reconciler.applying.outcome import Event, Waiting
from reconciler.applying.run import Pause, Run
from reconciler.applying.settle import has_failed
from reconciler.errors import AwsError, CouldNotLook, StepFailed
from reconciler.fate import is_passing
from reconciler.kind import Kind, Live
from reconciler.kind.reach import USER
from reconciler.model import Address
from reconciler.plan import Create, Delete, Planned

Seen = Generator[Event | Pause, None, Live[Any] | None]


class Sight:
    """Looks on behalf of a branch; where it can't see, it waits and says so."""

    def __init__(self, planned: Planned, kind: Kind[Any], run: Run) -> None:
        self.since = 0.0
        """When the step began that is looked after: how far back events are quoted."""
        self._planned, self._address = planned, planned.address
        self._kind, self._run = kind, run

    @property
    def ends(self) -> bool:
        """Whether the change is a deletion."""
        return isinstance(self._planned.change, Delete)

    def at_rest(self) -> Seen:
        """Give the resource once it is at rest by itself (None: not there)."""
        started = self._now
        while True:
            live = yield from self.see()
            if live is None or live.at_rest or (self.ends and has_failed(live)):
                return live
            self._refuse_failed(live)
            yield Waiting(self._address, self._address, live.status, self._now - started)
            yield Pause()

    def see(self, *, by_tags: bool = False) -> Seen:
        """Look at it and at what it ripples to; where the service is silent, again, for a while."""
        eyes, started = self._run.eyes, self._now
        while True:
            try:
                live = eyes.live(self._address)
                for address in self.ripple():
                    eyes.live(address)
                if not by_tags or live is None:
                    return live
                if not live.at_rest and not (self.ends and has_failed(live)):
                    return live
                if (tagged := eyes.tagged(self._address)) is not None:
                    return tagged
                if self.ends and has_failed(live):
                    # Tags are neither told nor changed in that state: those that are known hold.
                    return live
                status = "its tags can't be read yet"
                if self._now - started > self._run.pace.blind_s:
                    raise StepFailed("its tags can't be read, so whose it is can't be told")
            except (AwsError, CouldNotLook) as blind:
                if isinstance(blind, AwsError) and not is_passing(blind):
                    raise
                if self._now - started > self._run.pace.blind_s:
                    raise
                status = str(blind)
            yield Waiting(self._address, self._address, status, self._now - started)
            yield Pause()

    def ripple(self) -> list[Address]:
        """Give what is there and becomes busy with this; a new thing is felt by nothing yet."""
        known = self._run.eyes.facts.observed
        live = known.get(self._address)
        if live is None or isinstance(self._planned.change, Create):
            return []
        if self.ends and self._address.kind != USER:
            # What still has it is waited for by name; what it names does not become busy.
            return []
        felt = self._kind.ripples_to(live.resource, self._run.eyes.facts)
        return sorted(one for one in felt if one in known and one != self._address)

    def moving(self, live: Live[Any] | None) -> tuple[Address, str] | None:
        """Give what is not at rest, and its status."""
        if live is not None and not live.at_rest:
            self._refuse_failed(live)
            return self._address, live.status
        for address in self.ripple():
            other = self._run.eyes.facts.observed[address]
            if not other.at_rest:
                return address, other.status
        return None

    def events(self) -> tuple[str, ...]:
        """Quote what the service says of the step that is looked after."""
        minutes = int((self._now - self.since) // 60) + 5
        return self._run.eyes.events(self._address, minutes)

    def _refuse_failed(self, live: Live[Any]) -> None:
        if has_failed(live):
            raise StepFailed(
                f"it is {live.status}: look at its events, delete it (reconcile destroy --target "
                f"{self._address}), then apply again",
                self.events(),
            )

    @property
    def _now(self) -> float:
        return self._run.clock.monotonic()
