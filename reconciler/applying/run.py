"""What the branches of one apply share: the doors, the pace, the locks, and one way to send."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.applying.journal import Journal
from reconciler.applying.outcome import Event
from reconciler.applying.settle import Eyes
from reconciler.errors import (
    AwsError,
    CouldNotLook,
    ReconcilerError,
    SecretUnavailable,
    StepFailed,
)
from reconciler.model import Address
from reconciler.ports import Call, Clock, Lease, Writer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing to do before the next look, or before ``until`` on the monotonic clock."""

    until: float = 0.0


Told = Generator[Event | Pause, None, None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient apply is. A local service that runs faster wants a shorter grace.

    The wait between two looks is ``share`` of the time since the last call, within its bounds:
    short for what takes seconds, and for what takes an hour not a hundred looks. ``grace_s`` is how
    long a describe may show the state before the call although all is at rest; ``blind_s`` how long
    reads may go unanswered; ``attempts`` how often a call of unknown fate is decided anew.
    """

    first_s: float = 0.25
    share: float = 0.1
    longest_s: float = 15.0
    grace_s: float = 60.0
    blind_s: float = 300.0
    attempts: int = 5

    @classmethod
    def local(cls) -> Pace:
        """Give the pace for the local ElastiCache, where minutes are seconds."""
        return cls(longest_s=2.0, grace_s=6.0, blind_s=30.0)

    def between_looks(self, since_last_call_s: float) -> float:
        """Give how long to wait before looking again."""
        return min(max(self.first_s, self.share * since_last_call_s), self.longest_s)

    def after_refusals(self, refusals: int) -> float:
        """Give how long to wait after a call was refused before the work, again."""
        return min(self.first_s * 2.0**refusals, self.longest_s)


@dataclass
class Run:
    """One apply: its doors, what is locked, and counts. A lease is taken before the first call."""

    eyes: Eyes
    writer: Writer
    lease: Lease
    clock: Clock
    journal: Journal
    pace: Pace = field(default_factory=Pace)
    through: frozenset[str] = frozenset()
    no_wait: bool = False
    locks: dict[Address, Address] = field(default_factory=dict)
    holds_lease: bool = False
    steps: int = 0
    writes: int = 0
    last_sent: float = 0.0

    def take_lease(self) -> None:
        """Hold the lease from here on."""
        if not self.holds_lease:
            self.lease.acquire()
            self.holds_lease = True

    def let_go(self) -> None:
        """Release the lease if it is held; it expires by itself where that fails."""
        if not self.holds_lease:
            return
        self.holds_lease = False
        try:
            self.lease.release()
        except (AwsError, CouldNotLook) as raised:
            logger.warning("run.lease.kept", extra={"why": str(raised)})

    def locked(self, owner: Address, wanted: Iterable[Address]) -> Address | None:
        """Lock all of these for ``owner``, or none: then give one that another holds."""
        some = [owner, *wanted]
        for address in some:
            if self.locks.get(address, owner) != owner:
                return address
        self.locks.update(dict.fromkeys(some, owner))
        return None

    def unlock(self, owner: Address) -> None:
        """Let go of everything that ``owner`` locked."""
        self.locks = {one: by for one, by in self.locks.items() if by != owner}

    def send(self, address: Address, call: Call) -> Mapping[str, Any]:
        """Send once, between two lines of the journal; raises AwsError, or StepFailed if unsent.

        A signal that came is honoured before the call, never in the middle of it.
        """
        self.clock.wait(0)
        self.take_lease()
        self.lease.check()
        live = self.eyes.facts.observed.get(address)
        number = self.journal.intent(address, call, live.resource if live else None)
        self.writes += 1
        self.last_sent = self.clock.monotonic()
        told = "no answer"
        try:
            answer = self.writer.send(call)
            told = "accepted"
        except SecretUnavailable as missing:
            told = f"not sent: {missing}"
            raise StepFailed(f"{call.action} was not sent: {missing}") from missing
        except ReconcilerError as refused:
            told = str(refused)
            raise
        except Exception as defect:
            # Its words may repeat the request, which had secrets in it.
            told = f"unexpected {type(defect).__name__}"
            raise
        finally:
            self.journal.outcome(number, told)
        return answer
