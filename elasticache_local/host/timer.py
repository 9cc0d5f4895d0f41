"""What is due later, in the service's time: it may run faster, and be moved forward at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class _Due:
    """Something to do; ``left_s`` of the service's seconds were left at ``since`` of the loop's."""

    left_s: float
    since: float
    act: Callable[[], None]
    handle: asyncio.TimerHandle | None = None


class Alarm:
    """Takes back what was put off."""

    def __init__(self, timers: Timers, due: _Due) -> None:
        self._timers, self._due = timers, due

    def cancel(self) -> None:
        """Let it not happen; nothing if it has."""
        self._timers._drop(self._due)  # noqa: SLF001 - two halves of one thing


class Timers:
    """Everything that HOST has put off, at one speed."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._waiting: set[_Due] = set()

    def later(self, seconds: float, act: Callable[..., None], *args: Any) -> Alarm:
        """Do this when so many of the service's seconds have passed."""
        due = _Due(seconds, _now(), lambda: act(*args))
        self._waiting.add(due)
        self._set(due)
        return Alarm(self, due)

    def pace(self, speed: float) -> None:
        """Let time pass so many times as fast from now on."""
        self._take_stock(0.0)
        self._speed = speed
        self._set_all()

    def advance(self, seconds: float) -> None:
        """Let this much time pass at once."""
        self._take_stock(seconds)
        self._set_all()

    def _take_stock(self, passed_s: float) -> None:
        now = _now()
        for due in self._waiting:
            due.left_s -= (now - due.since) * self._speed + passed_s
            due.since = now

    def _set_all(self) -> None:
        for due in self._waiting:
            self._set(due)

    def _set(self, due: _Due) -> None:
        if due.handle:
            due.handle.cancel()
        loop = asyncio.get_running_loop()
        due.handle = loop.call_later(max(0.0, due.left_s) / self._speed, self._act, due)

    def _act(self, due: _Due) -> None:
        self._waiting.discard(due)
        due.act()

    def _drop(self, due: _Due) -> None:
        self._waiting.discard(due)
        if due.handle:
            due.handle.cancel()


def _now() -> float:
    return asyncio.get_running_loop().time()
