"""The service's time: as it is, faster, or stepped by a test. Nothing here waits."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time the service thinks it is."""

    def now(self) -> float:
        """Give seconds since the epoch, UTC; never runs backwards."""
        ...


class RealClock:
    """Wall time from the start on, running ``speed`` times as fast as the real one."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed is {speed}; it must be above 0")
        self.speed = speed
        self._began = time.time()
        self._from = time.monotonic()

    def now(self) -> float:
        """Give seconds since the epoch."""
        return self._began + (time.monotonic() - self._from) * self.speed


class SteppedClock:
    """Time that stands still until somebody advances it."""

    def __init__(self, start: datetime = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)) -> None:
        self._now = start.timestamp()
        self._lock = threading.Lock()

    def now(self) -> float:
        """Give seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let this much time pass at once."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._now += seconds


def moment(seconds: float) -> datetime:
    """Give a clock's reading as the aware datetime that answers carry."""
    return datetime.fromtimestamp(seconds, UTC)
