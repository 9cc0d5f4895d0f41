"""Notices when this very process does not run: what it could not see is not the cache's doing."""

from __future__ import annotations

import threading

from reconciler.drill.timeline import Span
from reconciler.ports import Clock

_EVERY_S = 0.005
_LATE_S = 0.01


class Pulse(threading.Thread):
    """Wakes every few milliseconds and notes each time that it came late."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        super().__init__(name="drill-pulse", daemon=True)
        self._clock, self._stop_at = clock, stop
        self.late: list[Span] = []

    def run(self) -> None:
        """Beat until told to stop."""
        due = self._clock.monotonic() + _EVERY_S
        while not self._stop_at.wait(_EVERY_S):
            woke = self._clock.monotonic()
            if woke - due > _LATE_S:
                self.late.append(Span(due, woke))
            due = woke + _EVERY_S
