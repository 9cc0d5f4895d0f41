"""Rotates one secret: kept, set beside the first, proven, handed out, and the first retired.

Level-triggered: each round looks at the service and the store, and takes the one step that is next
there. So it may be killed between any two calls and started again.
"""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import SecretStr

from reconciler.applying.journal import Journal
from reconciler.applying.outcome import Event, Finished, Summary, Waiting
from reconciler.applying.run import Pace
from reconciler.errors import AwsError, CouldNotLook, SecretUnavailable, StepFailed
from reconciler.kind import Facts
from reconciler.kind.reach import closure
from reconciler.model import Address
from reconciler.ports import Call, Clock, Lease, SecretStore
from reconciler.rotation import Rotation, Standing, brought, rotation, startable

logger = logging.getLogger(__name__)

_LETTERS = string.ascii_letters + string.digits
_LENGTH = 48
_ROUNDS = 12
_DOUBTS = 3
_PATIENCE_S = 3600

End = Literal["at the gate", "done", "refuted", "not proven", "stopped"]


@dataclass(frozen=True)
class Proof:
    """What logging in showed, each in words: what holds, what does not, what was not looked at."""

    proven: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()


class Within:
    """The lease as those see it who work inside of one that is held: theirs to check only."""

    def __init__(self, held: Lease) -> None:
        self._held = held

    def acquire(self) -> None:
        """Do nothing: it is held."""

    def check(self) -> None:
        """Renew it if due, and raise LeaseHeld when it was lost."""
        self._held.check()

    def release(self) -> None:
        """Do nothing: whoever took it lets it go."""


@dataclass(frozen=True)
class Doors:
    """What a rotation is handed.

    ``look`` observes and asks the stores afresh. ``bring`` applies the plan of facts for one
    address, through these gates, and ends with Finished; it refuses as apply does. ``prove`` logs
    in at every address of the caches, read only.
    """

    look: Callable[[], Facts]
    bring: Callable[[Facts, Address, frozenset[str]], Iterator[Event]]
    prove: Callable[[Rotation, Facts], Proof]
    store: SecretStore | None
    lease: Lease
    journal: Journal
    clock: Clock
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True)
class Stood:
    """Where the rotation stands now, as each round begins."""

    rotation: Rotation


@dataclass(frozen=True)
class Wrote:
    """Something was written to the store."""

    what: str


@dataclass(frozen=True)
class Proved:
    """What the logins showed."""

    proof: Proof


@dataclass(frozen=True)
class Ended:
    """The last event: how it ended, and where the rotation stands."""

    end: End
    rotation: Rotation
    summary: Summary = field(default_factory=Summary)

    @property
    def exit_code(self) -> int:
        """Give 7 at the gate, 5 where a proof failed, 6 where none could be had, 1 when stopped."""
        codes = {"at the gate": 7, "done": 0, "refuted": 5, "not proven": 6, "stopped": 1}
        return codes[self.end]


Told = Event | Stood | Wrote | Proved | Ended


def new_value() -> SecretStr:
    """Give a random value that every rule for passwords and AUTH tokens accepts: 285 bits."""
    return SecretStr("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)))


def rotate(address: Address, doors: Doors, *, finish: bool = False) -> Iterator[Told]:
    """Bring the rotation as far as it goes; the last event is Ended.

    It stops before the first secret is retired. ``finish`` retires it, and only it: where the new
    one was set and handed out when this began, so that clients can have moved. It begins nothing,
    so a finish that was killed can be repeated.
    Raises Refused before anything is written, LeaseHeld, Interrupted.
    """
    course = _Course(address, doors, finish)
    doors.lease.acquire()
    try:
        yield from course.go()
    finally:
        _let_go(doors.lease)


def verified(address: Address, doors: Doors) -> Iterator[Told]:
    """Only prove what stands: what is set logs in, what was retired does not. Writes nothing."""
    facts = doors.look()
    found = rotation(address, facts, proving=True)
    yield Stood(found)
    proof = doors.prove(found, facts)
    yield Proved(proof)
    yield Ended(_verdict(proof) or "done", found)


def _let_go(lease: Lease) -> None:
    """Release it; it expires by itself where that fails."""
    try:
        lease.release()
    except (AwsError, CouldNotLook) as raised:
        logger.warning("rotate.lease.kept", extra={"why": str(raised)})


class _Course:
    """One run: its rounds, and what it has begun."""

    def __init__(self, address: Address, doors: Doors, finish: bool) -> None:
        self._address, self._doors, self._finish = address, doors, finish
        self._moved = False
        """Whether this run has brought anything forward: then at rest means done."""
        self._retires: bool | None = None
        """Whether the first may be retired: it was handed out already when this run began."""
        self._proven: tuple[str, ...] = ()
        """The versions whose logins were proven since the service was last written to."""
        self._doubts = 0
        self._summary = Summary()

    def go(self) -> Iterator[Told]:
        for _ in range(_ROUNDS):
            facts = yield from self._at_rest()
            found = rotation(self._address, facts)
            if self._retires is None:
                self._retires = self._finish and found.standing is Standing.HANDED
            yield Stood(found)
            ended = yield from self._round(found, facts)
            if ended is not None:
                yield Ended(ended, found, self._summary)
                return
        raise StepFailed(
            f"{self._address}: {_ROUNDS} rounds and no end: somebody else moves it at the same time"
        )

    def _at_rest(self) -> Generator[Told, None, Facts]:
        """Look until it and what it reaches are at rest: half way, neither date nor count tells."""
        clock, since = self._doors.clock, self._doors.clock.monotonic()
        while True:
            facts = self._doors.look()
            busy = [
                facts.observed[one]
                for one in (self._address, *closure(self._address, facts))
                if one in facts.observed and not facts.observed[one].at_rest
            ]
            if not busy:
                return facts
            waited = clock.monotonic() - since
            if waited > _PATIENCE_S:
                raise StepFailed(f"{busy[0].address} is {busy[0].status} for {waited:.0f} s")
            self._doors.lease.check()
            yield Waiting(self._address, busy[0].address, busy[0].status, waited)
            clock.wait(self._doors.pace.between_looks(waited))

    def _round(self, found: Rotation, facts: Facts) -> Any:
        match found.standing:
            case Standing.AT_REST if not found.recorded:
                moved = self._moved
                end = yield from self._bring(found, facts, frozenset())
                # What an earlier run did is only said: this one has yet to begin.
                self._moved = moved
                return end
            case Standing.AT_REST if self._moved or self._finish:
                return (yield from self._prove(found, facts)) or "done"
            case Standing.AT_REST:
                startable(found, facts)
                yield from self._write(found, "put")
            case Standing.PENDING if self._finish and not self._moved:
                return (yield from self._prove(found, facts)) or "done"
            case Standing.PENDING | Standing.MOVED:
                startable(found, facts)
                return (yield from self._bring(found, facts, frozenset()))
            case Standing.BESIDE:
                startable(found, facts)
                if end := (yield from self._prove(found, facts)):
                    return end
                yield from self._write(found, "promote")
            case Standing.HANDED:
                if end := (yield from self._prove(found, facts)):
                    return end
                if not self._retires:
                    return "at the gate"
                return (yield from self._bring(found, facts, frozenset({found.gate})))
        return None

    def _bring(self, found: Rotation, facts: Facts, through: frozenset[str]) -> Any:
        """Apply what is next for this address; None: it settled, or the gate is what comes next."""
        for event in self._doors.bring(brought(found, facts), self._address, through):
            if isinstance(event, Finished):
                self._summary = event.summary
            else:
                yield event
        self._moved, self._proven = True, ()
        if self._summary.failed or self._summary.left:
            return "stopped"
        if self._summary.gated and not self._summary.writes:
            return "at the gate"
        return None

    def _prove(self, found: Rotation, facts: Facts) -> Any:
        if self._proven == found.have:
            return None
        proof = self._doors.prove(found, facts)
        yield Proved(proof)
        verdict = _verdict(proof)
        if verdict is None:
            self._proven = found.have
        return verdict

    def _write(self, found: Rotation, what: Literal["put", "promote"]) -> Iterator[Told]:
        """Write to the store, once; where no answer comes the next round looks what it did."""
        store, stored, [ref] = self._doors.store, found.stored, found.refs
        assert store is not None
        assert stored is not None
        told = {
            "put": f"keeps a new random value of {ref}"
            + (", pending" if stored.staged else ": whoever asks now gets it"),
            "promote": f"hands out version {stored.pending} of {ref}",
        }[what]
        self._doors.lease.check()
        operation = "put_secret_value" if what == "put" else "update_secret_version_stage"
        # The journal says what is written where; the value is in no line of it.
        call = Call(ref.store, operation, {"Secret": ref, "Over": stored.current})
        number = self._doors.journal.intent(self._address, call, None)
        outcome = "no answer"
        try:
            if what == "put":
                store.put(ref, new_value())
            else:
                store.promote(ref, stored.pending, stored.current)
            outcome = "accepted"
        except AwsError as refused:
            outcome = refused.code
            self._doubts += 1
            if refused.answered or self._doubts >= _DOUBTS:
                raise
        except SecretUnavailable as missing:
            outcome = f"{missing}"
            raise
        finally:
            self._doors.journal.outcome(number, outcome)
        self._moved = True
        if outcome == "accepted":
            yield Wrote(f"{ref.store} {told}")


def _verdict(proof: Proof) -> Literal["refuted", "not proven"] | None:
    if proof.refuted:
        return "refuted"
    return "not proven" if proof.unproven else None
