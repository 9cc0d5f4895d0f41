"""Plan -> AWS: the only module that sends changes. Everything that may go on side by side does."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.applying.branch import Branch
from reconciler.applying.journal import Journal
from reconciler.applying.outcome import (
    Event,
    Finished,
    GateReached,
    Left,
    Reworded,
    StepFailed,
    Summary,
    Waiting,
)
from reconciler.applying.recording import Recording
from reconciler.applying.run import Pace, Pause, Run, Told
from reconciler.applying.settle import Eyes
from reconciler.errors import ReconcilerError, StalePlan
from reconciler.errors import StepFailed as Stopped
from reconciler.guard import reached
from reconciler.kind import Facts, Kind
from reconciler.model import Address
from reconciler.observe import observe
from reconciler.observing.confirm import confirmed
from reconciler.plan import Plan, plan_fingerprint
from reconciler.ports import Clock, Lease, Reader, Writer

_LEASE_EVERY_S = 60.0


@dataclass(frozen=True)
class Doors:
    """What apply is handed."""

    kinds: Sequence[Kind[Any]]
    reader: Reader
    writer: Writer
    lease: Lease
    clock: Clock
    journal: Journal


@dataclass(frozen=True)
class Terms:
    """How far this apply goes: gates opened once, its whole time, whether it waits, its pace."""

    through_gates: frozenset[str] = frozenset()
    timeout_s: float | None = None
    no_wait: bool = False
    pace: Pace = field(default_factory=Pace)
    mends: frozenset[Address] = frozenset()
    """Whose record of what was applied is brought up to date besides; see ``recording.behind``."""


def apply(facts: Facts, plan: Plan, doors: Doors, terms: Terms | None = None) -> Iterator[Event]:
    """Bring the plan about and tell what happens; the last event is Finished, also on the way out.

    Raises StalePlan when the estate is no longer the one that was planned for, LeaseHeld when
    somebody else writes, Interrupted after the call in flight. A failed change is an event.
    An empty plan sends nothing, not even a lease, but for records that are to be mended.
    """
    terms = terms or Terms()
    run = Run(
        Eyes(doors.kinds, doors.reader.fresh(), facts),
        doors.writer,
        doors.lease,
        doors.clock,
        doors.journal,
        terms.pace,
        terms.through_gates,
        terms.no_wait,
    )
    try:
        if any(reached(one, terms.through_gates) for one in plan.changes):
            run.take_lease()
            facts, plan = _planned_again(facts, plan, doors)
            run.eyes = Eyes(doors.kinds, doors.reader.fresh(), facts)
        yield from _Course(plan, doors, terms, run).drive()
    finally:
        run.let_go()


def _planned_again(facts: Facts, plan: Plan, doors: Doors) -> tuple[Facts, Plan]:
    """Look again under the lease: the changes that were agreed to are those that are carried out.

    What has come up elsewhere since is not among them.
    """
    reader = doors.reader.fresh()
    found = observe(
        doors.kinds,
        reader,
        facts.desired,
        estate=facts.estate,
        tag_prefix=facts.tag_prefix,
        account_id=facts.account_id,
        region=facts.region,
        named=_ending_by_name(facts, doors),
    )
    again = dataclasses.replace(facts, observed=found.live, now=doors.clock.now())
    agreed = {one.address for one in plan.changes}
    again, fresh = confirmed(doors.kinds, reader, again, agreed=facts.observed)
    changes = tuple(one for one in fresh.changes if one.address in agreed)
    fresh = dataclasses.replace(plan, changes=changes, fingerprint=plan_fingerprint(changes))
    if changes and fresh.fingerprint != plan_fingerprint(plan.changes):
        reason = (
            f"the estate moved since it was planned (then {plan.fingerprint}, now "
            f"{fresh.fingerprint}); nothing was sent: look at a new plan, then apply that one"
        )
        raise StalePlan([reason])
    return again, fresh


def _ending_by_name(facts: Facts, doors: Doors) -> frozenset[Address]:
    """Give what ends and is read only where it is named; no spec names it any more."""
    named = {kind.name for kind in doors.kinds if not kind.bulk}
    return frozenset(one for one in facts.ending if one.kind in named)


class _Course:
    """The branches of one plan, driven round after round, in one thread and in plan order."""

    def __init__(self, plan: Plan, doors: Doors, terms: Terms, run: Run) -> None:
        kinds = {kind.name: kind for kind in doors.kinds}
        self._clock, self._terms, self._run = doors.clock, terms, run
        self._waiting = {
            one.address: Branch(one, kinds[one.address.kind], run) for one in plan.changes
        }
        for address in sorted(terms.mends - self._waiting.keys()):
            if address in run.eyes.facts.observed:
                self._waiting[address] = Recording(address, kinds[address.kind], run)
        self._going: dict[Address, _Going] = {}
        self._settled: list[Address] = []
        self._recorded: list[Address] = []
        self._reworded: list[Reworded] = []
        self._ended: dict[Address, GateReached | StepFailed | Left] = {}
        """The changes that did not settle, and how they ended."""
        self._started = self._lease_checked = doors.clock.monotonic()

    def drive(self) -> Iterator[Event]:
        """Bring every branch as far as it goes."""
        try:
            yield from self._start()
            while self._going:
                yield from self._round()
                self._between_rounds()
                yield from self._out_of_time()
        except ReconcilerError as raised:
            yield from self._leave(f"{raised}".split("\n", 1)[0])
            yield Finished(self._summary())
            raise
        yield from self._leave("it waits for itself")
        yield Finished(self._summary())

    def _start(self) -> Generator[Event, None, list[Address]]:
        """Start what has nothing left to wait for, leave what waits for something that ended."""
        started = []
        for address, branch in list(self._waiting.items()):
            lost = sorted(branch.planned.needs & self._ended.keys())
            if lost:
                yield from self._end(Left(address, f"it waits for {lost[0]}, which did not settle"))
            elif not branch.planned.needs & (self._waiting.keys() | self._going.keys()):
                del self._waiting[address]
                self._going[address] = _Going(branch, branch.go())
                started.append(address)
        return started

    def _round(self) -> Iterator[Event]:
        """Let every branch go on until it pauses or ends; what that sets free starts at once."""
        due = [one for one, going in self._going.items() if going.until <= self._clock.monotonic()]
        while due:
            address = due.pop(0)
            yield from self._go_on(address)
            if address not in self._going:
                due += yield from self._start()

    def _go_on(self, address: Address) -> Iterator[Event]:
        going = self._going[address]
        try:
            for event in going.told:
                if isinstance(event, Pause):
                    going.until = event.until
                    return
                going.last = event if isinstance(event, Waiting) else None
                if isinstance(event, GateReached | Left):
                    self._ended[address] = event
                if isinstance(event, Reworded):
                    self._reworded.append(event)
                yield event
        except Stopped as stopped:
            yield from self._end(StepFailed(address, str(stopped), stopped.events))
            return
        del self._going[address]
        if isinstance(going.branch, Recording):
            self._recorded += [address] * going.branch.wrote
        elif address not in self._ended:
            self._settled.append(address)

    def _between_rounds(self) -> None:
        if not self._going:
            return
        now = self._clock.monotonic()
        looks = self._terms.pace.between_looks(now - max(self._run.last_sent, self._started))
        self._clock.wait(min(max(one.until - now, 0) or looks for one in self._going.values()))
        self._run.eyes.next_round(
            address for going in self._going.values() for address in going.branch.watched()
        )
        if self._run.holds_lease and now - self._lease_checked > _LEASE_EVERY_S:
            self._run.lease.check()
            self._lease_checked = now

    def _out_of_time(self) -> Iterator[Event]:
        limit = self._terms.timeout_s
        if limit is None or self._clock.monotonic() - self._started <= limit:
            return
        for address, going in list(self._going.items()):
            going.told.close()
            reason = (
                f"it has not settled within the {limit:.0f} s of this apply; {going.whereabouts}"
            )
            yield from self._end(StepFailed(address, reason))
        yield from self._leave("not started: out of time")

    def _leave(self, why: str) -> Iterator[Event]:
        """Say of everything that is not done where it stands."""
        for address, going in list(self._going.items()):
            going.told.close()
            yield from self._end(Left(address, f"{why}; {going.whereabouts}"))
        for address in list(self._waiting):
            yield from self._end(Left(address, f"{why}; nothing of it was sent"))

    def _end(self, event: StepFailed | Left) -> Iterator[Event]:
        self._ended[event.address] = event
        self._going.pop(event.address, None)
        self._waiting.pop(event.address, None)
        yield event

    def _summary(self) -> Summary:
        ends = self._ended.values()
        return Summary(
            tuple(self._settled),
            tuple(one for one in ends if isinstance(one, GateReached)),
            tuple(one for one in ends if isinstance(one, StepFailed)),
            tuple(one for one in ends if isinstance(one, Left)),
            self._run.steps,
            self._run.writes,
            self._clock.monotonic() - self._started,
            tuple(self._reworded),
            tuple(self._recorded),
        )


@dataclass
class _Going:
    """A branch under way, and until when it pauses."""

    branch: Branch
    told: Told
    until: float = 0.0
    last: Waiting | None = None
    """What it waits for, where it waits."""

    @property
    def whereabouts(self) -> str:
        call = self.branch.in_flight
        if call is None:
            return f"its next step was not sent{self._seen}"
        return f"{call.action} was accepted and the service goes on with it{self._seen}"

    @property
    def _seen(self) -> str:
        """Give what was waited for last, and its status."""
        if self.last is None:
            return ""
        what = "" if self.last.on == self.branch.address else f"{self.last.on} "
        return f" ({what}{self.last.status})"
