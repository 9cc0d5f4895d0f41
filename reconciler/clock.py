"""Time as it is, and waiting that a signal ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from reconciler.errors import Interrupted


class SystemClock:
    """A ports.Clock. Within ``listening`` SIGINT and SIGTERM end the wait, not the call in flight.

    The first signal is remembered until the next ``wait`` (also ``wait(0)``) and raised there as
    Interrupted; a second one does what it would have done without us.
    """

    def __init__(self) -> None:
        self._came: int | None = None
        self._wake = threading.Event()

    def now(self) -> datetime:
        """Give the time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let time pass; raises Interrupted when a signal came before or meanwhile."""
        if seconds > 0:
            self._wake.wait(seconds)
        if self._came is not None:
            came, self._came = self._came, None
            self._wake.clear()
            raise Interrupted(came)

    @contextmanager
    def listening(self) -> Iterator[SystemClock]:
        """Catch SIGINT and SIGTERM for the length of the block (main thread only)."""
        kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

        def note(number: int, _: FrameType | None) -> None:
            self._came = number
            self._wake.set()
            signal.signal(number, kept[signal.Signals(number)])

        for one in kept:
            signal.signal(one, note)
        try:
            yield self
        finally:
            for one, before in kept.items():
                signal.signal(one, before)
