"""Letting go of what is ours: our tags are dropped, the thing itself stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from typing import Any

from reconciler.applying.outcome import (
    Event,
    Finished,
    Left,
    StepFailed,
    StepSent,
    StepSettled,
    StepStarted,
    Summary,
    Waiting,
)
from reconciler.applying.run import Run
from reconciler.errors import AwsError, CouldNotLook, Fate, ReconcilerError, Refused
from reconciler.errors import StepFailed as Stopped
from reconciler.fate import classify, is_passing
from reconciler.kind import Facts, Kind, Live, Ownership, Step
from reconciler.model import Address
from reconciler.ports import Call

_TIMEOUT_S = 900


def forgettable(facts: Facts, chosen: Collection[Address]) -> tuple[Live[Any], ...]:
    """Give those that bear tags of this estate, or raise Refused with every reason against one."""
    reasons = [f"{one}: {why}" for one in sorted(chosen) if (why := _against(one, facts))]
    if reasons:
        raise Refused(reasons)
    found = (facts.observed[one] for one in sorted(chosen))
    return tuple(live for live in found if live.resource.marks)


def _against(address: Address, facts: Facts) -> str:
    live = facts.observed.get(address)
    if live is None:
        return "it is not there"
    if live.ownership is Ownership.UNKNOWN:
        return f"its tags can't be read while it is {live.status}; try again when it is at rest"
    held = live.resource.marks.get("estate", "")
    if held not in ("", facts.estate):
        return f"its tags name the estate {held}: forget it there"
    return ""


def keys_of(live: Live[Any], tag_prefix: str) -> list[str]:
    """Give the keys of our tags on it, and of no other."""
    return sorted(f"{tag_prefix}:{name}" for name in live.resource.marks)


def forget(chosen: Collection[Address], kinds: Iterable[Kind[Any]], run: Run) -> Iterator[Event]:
    """Drop our tags from each, one after the other; the last event is Finished.

    Under the lease and journalled, as apply. Raises LeaseHeld, and Interrupted after the call in
    flight; one that fails is an event.
    """
    by_name = {kind.name: kind for kind in kinds}
    started, waiting = run.clock.monotonic(), sorted(chosen)
    settled: list[Address] = []
    ends: list[StepFailed | Left] = []
    try:
        run.take_lease()
        try:
            while waiting:
                end = yield from _Forgetting(waiting[0], by_name[waiting[0].kind], run).go()
                if end is None:
                    settled.append(waiting[0])
                else:
                    ends.append(end)
                del waiting[0]
        except ReconcilerError as raised:
            ends += [Left(one, f"{raised}".split("\n", 1)[0]) for one in waiting]
            yield from ends[len(ends) - len(waiting) :]
            yield Finished(_summary(run, started, settled, ends))
            raise
    finally:
        run.let_go()
    yield Finished(_summary(run, started, settled, ends))


def _summary(
    run: Run, started: float, settled: list[Address], ends: list[StepFailed | Left]
) -> Summary:
    return Summary(
        settled=tuple(settled),
        failed=tuple(one for one in ends if isinstance(one, StepFailed)),
        left=tuple(one for one in ends if isinstance(one, Left)),
        steps=run.steps,
        writes=run.writes,
        elapsed_s=run.clock.monotonic() - started,
    )


class _Forgetting:
    """One resource on its way out of our hands."""

    def __init__(self, address: Address, kind: Kind[Any], run: Run) -> None:
        self._address, self._kind, self._run = address, kind, run
        self._started = self._asked_at = run.clock.monotonic()
        self._asked = 0
        self._refusals = 0
        self._step: Step | None = None

    def go(self) -> Generator[Event, None, StepFailed | None]:
        """Drop the tags, and give the event of a failure or None."""
        self._run.eyes.next_round([self._address])
        try:
            while True:
                live, status = self._seen()
                if live is not None and not live.resource.marks:
                    break
                if live is not None and not self._trails():
                    status = yield from self._ask(live)
                if self._now - self._started > _TIMEOUT_S:
                    raise Stopped(f"not within {_TIMEOUT_S} s: {status}")  # noqa: TRY301
                yield Waiting(self._address, self._address, status, self._now - self._started)
                self._pause()
        except Stopped as stopped:
            failed = StepFailed(self._address, str(stopped), stopped.events)
            yield failed
            return failed
        if self._step is not None:
            yield StepSettled(self._address, self._step, self._now - self._started)
        return None

    def _seen(self) -> tuple[Live[Any] | None, str]:
        """Give it at rest with its tags read again, or None and what that waits for."""
        eyes = self._run.eyes
        try:
            live = eyes.live(self._address)
            if live is None:
                raise Stopped("it is gone")
            if not live.at_rest:
                return None, live.status
            return eyes.tagged(self._address), "its tags"
        except (AwsError, CouldNotLook) as blind:
            if isinstance(blind, AwsError) and not is_passing(blind):
                raise
            return None, str(blind)

    def _trails(self) -> bool:
        """Tell whether what was asked for may yet become visible."""
        return self._asked > 0 and self._now - self._asked_at < self._run.pace.grace_s

    def _ask(self, live: Live[Any]) -> Generator[Event, None, str]:
        facts = self._run.eyes.facts
        if why := _against(self._address, facts):
            raise Stopped(why)
        if self._asked >= self._run.pace.attempts:
            raise Stopped(f"asked {self._asked} times, and its tags are still there")
        call = self._kind.untag_call(live.arn, keys_of(live, facts.tag_prefix))
        if self._step is None:
            self._step = Step(call, live.resource.but(marks={}), changes=("tags",))
            self._run.steps += 1
            yield StepStarted(self._address, self._step, 1)
        try:
            self._run.send(self._address, call)
        except AwsError as refused:
            return (yield from self._refused(call, refused))
        self._asked, self._asked_at = self._asked + 1, self._now
        yield StepSent(self._address, call)
        return "its tags"

    def _refused(self, call: Call, refused: AwsError) -> Generator[Event, None, str]:
        told = f"{refused.code}: {refused.message}"
        yield StepSent(self._address, call, told)
        match classify(refused, self._kind):
            case Fate.FINAL:
                raise Stopped(f"{call.action} was refused: {told}") from refused
            case Fate.UNKNOWN:
                self._asked, self._asked_at = self._asked + 1, self._now
            case Fate.ALREADY:
                # One of the keys went meanwhile: what is left is asked for after the next look.
                self._asked, self._asked_at = self._asked + 1, float("-inf")
            case Fate.NOT_DONE:
                self._refusals += 1
        return refused.code

    def _pause(self) -> None:
        pace = self._run.pace
        looks = pace.between_looks(self._now - max(self._run.last_sent, self._started))
        self._run.clock.wait(max(looks, pace.after_refusals(self._refusals)))
        self._run.eyes.next_round([self._address])

    @property
    def _now(self) -> float:
        return self._run.clock.monotonic()
