"""Where reads and writes go now: an endpoint that stays, or a shard's nodes, which change roles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, Protocol

from reconciler.checks.announced import Announced
from reconciler.drill.record import Sort
from reconciler.kind import Endpoint
from reconciler.ports import Clock

Reads = Literal["primary", "replica"]
_LOOK_EVERY_S = 0.05


class Route(Protocol):
    """Gives where to dial, at each dialling anew."""

    def place(self, sort: Sort, number: int) -> Endpoint:
        """Give the address for this sort of operation; ``number`` spreads connections."""
        ...

    def doubt(self) -> None:
        """Hear that an address did not answer as it should."""
        ...


class ByName:
    """Without cluster mode: two names, which the service points elsewhere."""

    def __init__(self, primary: Endpoint, reader: Endpoint) -> None:
        self._places = {"write": primary, "read": reader}

    def place(self, sort: Sort, number: int) -> Endpoint:  # noqa: ARG002 - a name is one
        """Give the endpoint."""
        return self._places[sort]

    def doubt(self) -> None:
        """Do nothing: the name is looked up at each dialling."""


class ByShard:
    """In cluster mode: who leads the slot, as the cluster tells; asked again when in doubt."""

    def __init__(
        self, slot: int, reads: Reads, look: Callable[[], Announced | str], clock: Clock
    ) -> None:
        self._slot, self._reads, self._look, self._clock = slot, reads, look, clock
        self._lock = threading.Lock()
        self._doubted = False
        self._known: list[Endpoint] = []
        self._looked_at = -_LOOK_EVERY_S
        self._update()

    @property
    def known(self) -> bool:
        """Whether the cluster has told who serves the slot."""
        return bool(self._known)

    def place(self, sort: Sort, number: int) -> Endpoint:
        """Give the primary, or for reads from replicas one of those."""
        with self._lock:
            if self._doubted and self._clock.monotonic() - self._looked_at >= _LOOK_EVERY_S:
                self._update()
            primary, *replicas = self._known
        if sort == "write" or self._reads == "primary" or not replicas:
            return primary
        return replicas[number % len(replicas)]

    def doubt(self) -> None:
        """Ask the cluster before the next dialling."""
        self._doubted = True

    def _update(self) -> None:
        found = self._look()
        self._looked_at = self._clock.monotonic()
        if isinstance(found, str):
            return
        for first, last, members in found.ranges:
            if first <= self._slot <= last:
                self._known = [member.endpoint(tls=True) for member in members]
                self._doubted = False
