"""A pool of redis-py's that counts what becomes of its connections; redis-py keeps no such figures.

redis-py opens connections lazily, and looks at each when it is taken: one that was closed meanwhile
is dialled again. So a node sees as many connections as operations were in flight at once, at most
the size of the pool.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from queue import Empty, LifoQueue
from typing import Any
from weakref import WeakKeyDictionary

from redis.connection import BlockingConnectionPool
from redis.exceptions import MaxConnectionsError


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

    def __add__(self, other: PoolFigures) -> PoolFigures:
        """Give both together; what only one of them measured is no sum of both, so it is absent."""
        pairs = ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return PoolFigures(*(None if None in pair else sum(pair) for pair in pairs))


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
            # redis-py gives one back itself that it could not open: nobody has had it.
            if connection in self._seen and id(connection) in self._used:
                # One that is marked is closed by redis-py as it takes it: our doing, so not stale.
                stays_open = connection.is_connected and not connection.should_reconnect()
                self._seen[connection] = self._seen[connection][0], bool(stays_open)
            self._used.discard(id(connection))
        super().release(connection)  # type: ignore[no-untyped-call]

    def disconnect_free_connections(self, *names: Any, **options: Any) -> None:
        """Close those that nobody uses, as a cluster client does after it has looked."""
        super().disconnect_free_connections(*names, **options)
        with self._counting:
            for one, (dials, _) in list(self._seen.items()):
                if id(one) not in self._used and not one.is_connected:
                    self._seen[one] = dials, False

    @property
    def figures(self) -> PoolFigures:
        """Give what was counted until now."""
        with self._counting:
            open_now = [one for one in self._seen if one.is_connected]
            idle = sum(id(one) not in self._used for one in open_now)
            return PoolFigures(
                self._hits, self._misses, self._timeouts, len(open_now), idle, self._stale
            )


class ClusterPools:
    """The pools of one cluster client, by the node that they lead to; counts those of all.

    A cluster client makes a pool for each node, one more for the address that it asks for the
    topology, and a new one for a node that comes back. Given to it as ``connection_pool_class``
    this makes them all, and keeps counting those that the client has let go of.
    """

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._made: dict[str, list[MeasuredPool]] = {}

    def __call__(self, *, host: str, port: int, **settings: Any) -> MeasuredPool:
        """Make a pool for one node, as the client asks for it."""
        pool = MeasuredPool(host=host, port=port, **settings)
        with self._making:
            self._made.setdefault(f"{host}:{port}", []).append(pool)
        return pool

    @property
    def by_node(self) -> dict[str, PoolFigures]:
        """Give what was counted at each node, by ``host:port``."""
        with self._making:
            made = {place: tuple(pools) for place, pools in sorted(self._made.items())}
        return {place: _sum(pool.figures for pool in pools) for place, pools in made.items()}

    @property
    def figures(self) -> PoolFigures:
        """Give what was counted at all nodes together."""
        return _sum(self.by_node.values())

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Give a row a node, then their sum, below a row that names the figures."""
        both = {**self.by_node, "sum": self.figures}
        names = [name for name, _ in both["sum"].rows()]
        rows = (
            (place, *(str(getattr(one, name)) for name in names)) for place, one in both.items()
        )
        return (("node", *names), *rows)

    def disconnect(self) -> None:
        """Close every connection, those of pools that the client has let go of too."""
        for pools in list(self._made.values()):
            for pool in pools:
                pool.disconnect()


def _sum(some: Iterable[PoolFigures]) -> PoolFigures:
    return sum(some, start=PoolFigures(0, 0, 0, 0, 0, 0))


class _Counting(LifoQueue[Any]):
    """Tells of each time that nothing came in time."""

    def __init__(self, size: int, missed: Callable[[], object]) -> None:
        super().__init__(size)
        self._told = missed

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Give what comes, or raise what tells a cluster client that no node is at fault."""
        try:
            return super().get(block, timeout)
        except Empty:
            self._told()
            raise MaxConnectionsError("no connection of the pool came free in time") from None
