"""The running service's clock: faster or slower at any moment, and moved forward by hand."""

from __future__ import annotations

import threading
import time


class MovableClock:
    """Runs ``speed`` times as fast as wall time, from the later of now and ``start``.

    A clock that ran fast goes on where it was after a restart, so that it never runs backwards.
    """

    def __init__(self, speed: float = 1.0, start: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._speed = speed
        self._then = max(time.time(), start)
        self._since = time.monotonic()

    def now(self) -> float:
        """Give seconds since the epoch, UTC."""
        with self._lock:
            return self._now()

    @property
    def speed(self) -> float:
        """How many seconds of the service pass in one of ours."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._then, self._since = self._now(), time.monotonic()
            self._speed = speed

    def advance(self, seconds: float) -> None:
        """Let this much time pass at once."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._then += seconds

    def _now(self) -> float:
        return self._then + (time.monotonic() - self._since) * self._speed
