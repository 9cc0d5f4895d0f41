"""A small read router of ours: without cluster mode redis-py has none, and none by latency at all.

An address is a line; which line takes a read is the router's one decision.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.checks.announced import Announced, Member, slot_of
from reconciler.checks.answer import Answer
from reconciler.checks.line import Dead, Line
from reconciler.checks.visit import Key, Visit
from reconciler.kind import Endpoint

_PINGS = 7

Latency = Mapping[Member, float]
"""Seconds of the middle one of a few PINGs."""


@dataclass(frozen=True)
class Pick:
    """A way to choose between a group's two names: ``lowest_latency`` is between nodes instead."""

    lines: Sequence[Line | Dead]
    choose: Callable[[int], int]

    def ask(self, number: int, *words: str) -> Answer:
        """Ask at the address whose turn it is."""
        return self.lines[self.choose(number)].ask(*words)


@contextlib.contextmanager
def by_name(visit: Visit, key: Key, reads: str) -> Iterator[Pick]:
    """Open a router over the primary's and the readers' endpoint of a group without shards."""
    target = visit.target
    primary, readers = target.main, target.of_role("reader")
    places: dict[str, tuple[Endpoint, ...]] = {
        "primary": (primary,),
        # Several: the reader's name leads elsewhere at each connection.
        "replica": readers * 4,
        "any": (primary, *readers),
        "round_robin": (primary, *readers),
        "random": (primary, *readers),
    }
    with contextlib.ExitStack() as stack:
        lines = [stack.enter_context(visit.line(place, key.login)) for place in places[reads]]
        if reads == "random":
            yield Pick(lines, lambda _: random.randrange(len(lines)))  # noqa: S311 - no secret
        else:
            yield Pick(lines, lambda number: number % len(lines))


class LowestLatency:
    """Reads of each shard go to the member whose PINGs came back soonest; ours, not redis-py's."""

    def __init__(
        self, visit: Visit, key: Key, announced: Announced, lines: contextlib.ExitStack
    ) -> None:
        self._visit, self._key, self._announced = visit, key, announced
        self._stack, self._lines = lines, dict[Member, Line | Dead]()
        self.latency: Latency = {member: self._measured(member) for member in announced.members}
        self.nearest: Mapping[Member, Member] = {
            primary: min((primary, *sorted(replicas)), key=lambda one: self.latency[one])
            for primary, replicas in announced.shards.items()
        }

    def ask(self, name: str, *words: str) -> Answer:
        """Read this name where its shard is nearest."""
        return self._line(self.nearest[self._owner(name)]).ask(*words)

    def _owner(self, name: str) -> Member:
        return self._announced.owner(slot_of(name)) or self._announced.ranges[0][2][0]

    def _measured(self, member: Member) -> float:
        clock, line = self._visit.ports.clock, self._line(member)
        line.ask("PING")  # opens the connection
        stamps = [clock.monotonic()]
        for _ in range(_PINGS):
            line.ask("PING")
            stamps.append(clock.monotonic())
        return statistics.median(after - before for before, after in itertools.pairwise(stamps))

    def _line(self, member: Member) -> Line | Dead:
        if member not in self._lines:
            place = member.endpoint(tls=self._visit.target.tls != "off")
            opened = self._stack.enter_context(self._visit.line(place, self._key.login))
            self._lines[member] = opened
            if self._visit.target.clustered:
                # A replica sends readers away unless they say that they know where they are.
                opened.ask("READONLY")
        return self._lines[member]
