"""A pool of redis-py's that counts what becomes of its connections; redis-py keeps no such figures.

redis-py opens connections lazily, and looks at each when it is taken: one that was closed meanwhile
is dialled again. So a node sees as many connections as operations were in flight at once, at most
the size of the pool.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from queue import Empty, LifoQueue
from typing import Any
from weakref import WeakKeyDictionary

from redis.connection import BlockingConnectionPool


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """What was counted since the pool was made; None is a figure that nobody measured, never 0.

    ``hits``: taken and open already. ``misses``: had to be dialled. ``timeouts``: none came free in
    time. ``stale``: was open when it was given back and closed when it was taken again (it counts
    as a miss too). ``total`` and ``idle`` are now: open connections, and those that nobody uses.
    """

    hits: int | None = None
    misses: int | None = None
    timeouts: int | None = None
    total: int | None = None
    idle: int | None = None
    stale: int | None = None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Give the figures that there are as rows of a table."""
        given = ((one.name, getattr(self, one.name)) for one in fields(self))
        return tuple((name, str(value)) for name, value in given if value is not None)


class MeasuredPool(BlockingConnectionPool):
    """Waits ``timeout`` seconds for a connection when ``max_connections`` are in use, and counts.

    ``connection_class`` must count its dials as ``dialled``: connect's classes do.
    """

    def __init__(self, **settings: Any) -> None:
        self._counting = threading.Lock()
        self._hits = self._misses = self._timeouts = self._stale = 0
        self._seen: WeakKeyDictionary[Any, tuple[int, bool]] = WeakKeyDictionary()
        self._used: set[int] = set()
        super().__init__(queue_class=self._queue, **settings)  # type: ignore[no-untyped-call]

    def _queue(self, size: int) -> LifoQueue[Any]:
        return _Counting(size, self._missed)

    def _missed(self) -> None:
        with self._counting:
            self._timeouts += 1

    def get_connection(self, *names: Any, **options: Any) -> Any:
        """Take a connection, open and ready; ConnectionError when none comes free in time."""
        connection = super().get_connection(*names, **options)  # type: ignore[no-untyped-call]
        with self._counting:
            dials, was_open = self._seen.get(connection, (0, False))
            if connection.dialled == dials:
                self._hits += 1
            else:
                self._misses += 1
                self._stale += was_open
            self._seen[connection] = connection.dialled, False
            self._used.add(id(connection))
        return connection

    def release(self, connection: Any) -> None:
        """Give a connection back."""
        with self._counting:
            if connection in self._seen:
                self._seen[connection] = self._seen[connection][0], bool(connection.is_connected)
            self._used.discard(id(connection))
        super().release(connection)  # type: ignore[no-untyped-call]

    @property
    def figures(self) -> PoolFigures:
        """Give what was counted until now."""
        with self._counting:
            open_now = [one for one in self._seen if one.is_connected]
            idle = sum(id(one) not in self._used for one in open_now)
            return PoolFigures(
                self._hits, self._misses, self._timeouts, len(open_now), idle, self._stale
            )


class _Counting(LifoQueue[Any]):
    """Tells of each time that nothing came in time."""

    def __init__(self, size: int, missed: Any) -> None:
        super().__init__(size)
        self._told = missed

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Give what comes, or raise Empty."""
        try:
            return super().get(block, timeout)
        except Empty:
            self._told()
            raise
