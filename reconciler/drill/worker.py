"""One connection under a steady load: an operation every two milliseconds, until told to stop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.checks.answer import Answer
from reconciler.checks.answer import Sort as Answered
from reconciler.checks.line import Line
from reconciler.drill.record import Record, Sort
from reconciler.drill.route import Route
from reconciler.kind import Endpoint
from reconciler.ports import Clock

PACE_S = 0.002
"""Of a connection. A worker has two, one reads and one writes: an operation a millisecond."""
TTL_S = 900
"""How long what is written may stay, should we be killed: longer than the longest drill."""
_REDIAL_S = 0.02
_RENEW_EVERY = 500
_UNANSWERED = frozenset({Answered.SILENT, Answered.CLOSED})
# A reply that says nothing is wrong with the connection, only that the shard is not ready yet.
_WAITS = ("ClusterDown", "TryAgain", "MasterDown")

Dial = Callable[[Endpoint, int, Sort], Line]
"""(where, number of the worker, what for) -> a line that is not opened yet."""


@dataclass(frozen=True)
class Load:
    """What all connections share."""

    route: Route
    dial: Dial
    clock: Clock
    stop: threading.Event


class Connection(ABC, threading.Thread):
    """Sends at its pace and notes each answer; after trouble it dials again, as clients do.

    After a pause it goes on at its pace and makes up for nothing: what was due meanwhile was not
    sent, and the pause itself is what is measured.
    """

    sort: Sort

    def __init__(self, number: int, key: str, load: Load) -> None:
        super().__init__(name=f"drill-{self.sort}-{number}", daemon=True)
        self.number, self.key, self._load = number, key, load
        self.record = Record(self.sort)
        self._line: Line | None = None
        self.defect: BaseException | None = None
        self.asked = False
        """Whether the operation of this turn was sent: nothing is where no connection opens."""

    def run(self) -> None:
        """Work until told to stop; a defect of ours is kept for whoever started this."""
        try:
            self._work()
        except BaseException as defect:  # noqa: BLE001 - raised again by the drill itself
            self.defect = defect
        finally:
            if self._line is not None:
                self._line.close()

    def _work(self) -> None:
        clock, stop = self._load.clock, self._load.stop
        due = clock.monotonic()
        while not stop.wait(max(0.0, due - clock.monotonic())):
            well = self._turn()
            due = max(due + PACE_S, clock.monotonic() + (0.0 if well else _REDIAL_S))

    def _turn(self) -> bool:
        clock = self._load.clock
        sent, self.asked = clock.monotonic(), False
        answer = self._asked()
        well = answer.sort is Answered.VALUE
        self.record.note(sent, clock.monotonic(), "" if well else answer.text[:60])
        self.heard(answer)
        if not well and not answer.text.startswith(_WAITS):
            self._hang_up()
        return well

    def _asked(self) -> Answer:
        if self._line is None:
            place = self._load.route.place(self.sort, self.number)
            self._line = self._load.dial(place, self.number, self.sort)
            if (opened := self._line.login()).sort is not Answered.VALUE:
                return opened
        self.asked = True
        return self.operation(self._line)

    def _hang_up(self) -> None:
        self._load.route.doubt()
        if self._line is not None:
            self._line.close()
            self._line = None

    @abstractmethod
    def operation(self, line: Line) -> Answer:
        """Ask what this sort of connection asks."""

    def heard(self, answer: Answer) -> None:
        """Be told of each answer."""


class Reading(Connection):
    """Asks for the length of a list, which is cheap however long it is."""

    sort: Sort = "read"

    def operation(self, line: Line) -> Answer:
        """Read."""
        return line.ask("LLEN", self.key)


class Writing(Connection):
    """Appends 0, 1, 2, .. to a list of its own; what got no answer is sent again, as clients do."""

    sort: Sort = "write"

    def __init__(self, number: int, key: str, load: Load) -> None:
        super().__init__(number, key, load)
        self.acknowledged = 0
        self.unanswered = 0

    def operation(self, line: Line) -> Answer:
        """Write the next number, and now and then renew the list's time to live."""
        answer = line.ask("RPUSH", self.key, self.acknowledged)
        if answer.sort is Answered.VALUE and self.acknowledged % _RENEW_EVERY == 0:
            line.ask("EXPIRE", self.key, TTL_S)
        return answer

    def heard(self, answer: Answer) -> None:
        """Count what was acknowledged."""
        self.acknowledged += answer.sort is Answered.VALUE
        self.unanswered += self.asked and answer.sort in _UNANSWERED
