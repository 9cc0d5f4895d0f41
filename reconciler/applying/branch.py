"""One change brought about: the next step by what is there, sent, settled, read again, and on.

A branch is a generator: it yields outcomes, and a Pause where it has nothing to do before the next
look. It is level-triggered: what it remembers only decides how patient it is.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import Any

from reconciler.applying.outcome import (
    Event,
    GateReached,
    Left,
    Reworded,
    StepSent,
    StepSettled,
    StepStarted,
    Waiting,
)
from reconciler.applying.run import Pause, Run, Told
from reconciler.applying.settle import (
    Verdict,
    broken,
    is_marked,
    judge,
    moved,
    refuse_stranger,
    shows,
)
from reconciler.applying.sight import Sight
from reconciler.applying.trail import Trail
from reconciler.errors import AwsError, Fate, LeaseHeld, NotSettled, StepFailed
from reconciler.fate import classify
from reconciler.guard import is_open
from reconciler.kind import TAG_WRITES, Kind, Live, Step, Unreachable, Wait
from reconciler.kind.ending import held
from reconciler.kind.kept import DONE
from reconciler.model import Address, Resource
from reconciler.plan import Adopt, Create, Planned, Replace
from reconciler.planning.replacement import aim, begun, standing
from reconciler.planning.unfold import tag_call, unfold
from reconciler.ports import Call

_TAGS_TIMEOUT_S = 900
_GONE = "it was there when this was planned, and is gone"

Ended = Generator[Event | Pause, None, tuple[bool, Live[Any] | None]]


class Branch:
    """One planned change on its way; ``go`` raises StepFailed where it has to stop."""

    def __init__(self, planned: Planned, kind: Kind[Any], run: Run) -> None:
        self.planned, self.address = planned, planned.address
        self.in_flight: Call | None = None
        """The call that was accepted and has not settled."""
        self._kind, self._run = kind, run
        self._sight = Sight(planned, kind, run)
        self._announced: Call | None = None
        self._settled_calls: list[Call] = []
        self._answer: Mapping[str, Any] = {}
        """What the last call was answered, if it was; a mark is written between two of them."""
        self._refusals = 0
        self._doubts = 0
        self._expected: Resource | None = getattr(planned.change, "before", None)
        """How it stood when it was planned, then how the last step left it; None: in doubt."""
        self._trail = Trail(kind)

    def go(self) -> Told:
        """Bring the change about, step by step; where it fails at rest, record what was done."""
        yield from self._lock()
        try:
            yield from self._bring_about()
        except StepFailed:
            with suppress(StepFailed):
                live = self._run.eyes.live(self.address)
                if self._trail.left and live is not None and live.at_rest:
                    yield from self._remember(self._ways(live)[0])
            raise
        finally:
            self._run.unlock(self.address)

    def _lock(self) -> Told:
        """Keep what this ripples to from being changed by another branch at the same time."""
        started = self._now
        while (held := self._run.locked(self.address, self._sight.ripple())) is not None:
            yield Waiting(self.address, held, "being changed by another step", self._now - started)
            yield Pause()

    def _bring_about(self) -> Told:
        yield from self._refuse_foreign()
        held_since = None
        while True:
            live = yield from self._sight.at_rest()
            before, steps, stop = self._ways(live)
            if steps and steps[0].call.operation in TAG_WRITES:
                # A describe shows no tags: what is known of them may be as old as this change.
                live = yield from self._sight.see(by_tags=True)
                if not isinstance(self.planned.change, Adopt):
                    refuse_stranger(live, was_ours=True)
                before, steps, stop = self._ways(live)
            if not steps or steps[0].call not in self._settled_calls:
                self._refuse_moved(live)
            if steps and (moving := self._awaited(before)):
                yield Waiting(self.address, *moving, self._now - self._sight.since)
                yield Pause()
            elif steps:
                held_since = None
                if (yield from self._is_stopped_at_gate(steps[0])):
                    yield from self._remember(before)
                    return
                yield from self._announce(steps[0], len(steps))
                yield from self._do(steps[0], before)
                if self._run.no_wait and self.in_flight:
                    yield Left(self.address, f"{self.in_flight.action} is not waited for")
                    return
            elif isinstance(stop, Wait):
                held_since = self._now if held_since is None else held_since
                if self._now - held_since > self._run.pace.grace_s:
                    yield from self._remember(before)
                    yield Left(self.address, f"waits until {stop.until}")
                    return
                yield Waiting(self.address, self.address, stop.until, self._now - held_since)
                yield Pause()
            elif isinstance(stop, Unreachable):
                raise StepFailed(f"{stop.reason}; {stop.way}")
            else:
                yield from self._remember(before)
                return

    def _remember(self, before: Resource | None) -> Told:
        """Record what stands as asked for and what steps left: a gate may be shut for weeks."""
        if (text := self._trail.record(before, self._run.eyes.facts)) and not self._run.no_wait:
            with suppress(LeaseHeld):
                yield from self._mark({"applied": text})

    def _ways(
        self, live: Live[Any] | None
    ) -> tuple[Resource | None, tuple[Step, ...], Wait | Unreachable | None]:
        """Give where it stands, and the steps from there to what is asked for."""
        facts = self._run.eyes.facts
        before = standing(live.effective, facts) if live is not None else None
        desired = facts.wish(self.address)
        if desired is None:
            if before is not None and (stop := held(self.address, facts)) is not None:
                return before, (), stop
            return before, *unfold(self._kind, before, None, facts)
        if before is None:
            self._refuse_emptiness()
        return before, *unfold(self._kind, before, aim(self._kind, desired, before, facts), facts)

    def _refuse_emptiness(self) -> None:
        """Make nothing anew that somebody took away, and nothing without what the old one held."""
        change, facts = self.planned.change, self._run.eyes.facts
        if isinstance(change, Create) or begun(self.address, facts) is not None:
            return
        if isinstance(change, Replace):
            raise StepFailed(
                "it is gone, and so is the snapshot that it was to be made of; nothing was made: "
                "plan again, with snapshot_name if there is another"
            )
        raise StepFailed(_GONE, self._sight.events())

    def _awaited(self, before: Resource | None) -> tuple[Address, str] | None:
        """Give what must have settled first and still moves: a killed run may have begun it."""
        after = getattr(self.planned.change, "after", None)
        if before is None or after is None:
            return None
        facts = self._run.eyes.facts
        for address in sorted(self._kind.waits_for(after, before, facts)):
            other = facts.observed.get(address)
            if other is not None and not other.at_rest:
                return address, other.status
        return None

    def _is_stopped_at_gate(self, step: Step) -> Generator[Event | Pause, None, bool]:
        if not step.gate or is_open(self.planned, step.gate, self._run.through):
            return False
        yield GateReached(self.address, step.gate, step.gate_text)
        return True

    def _announce(self, step: Step, left: int) -> Told:
        if step.call in self._settled_calls:
            raise StepFailed(
                f"{step.call.action} had settled and is wanted again: it was undone, or describes "
                "contradict each other; it is not sent a second time",
                self._sight.events(),
            )
        if step.call != self._announced:
            self._announced, self._sight.since, self._refusals = step.call, self._now, 0
            self._run.steps += 1
            yield StepStarted(self.address, step, left)

    def _do(self, step: Step, before: Resource | None) -> Told:
        if step.leaves is None:
            # Whose it is can have changed up to this moment, and no call takes a deletion back.
            if not self._sight.ends:
                yield Pause()
                yield from self._sight.at_rest()
            live = yield from self._sight.see(by_tags=True)
            if live is None:
                return
            refuse_stranger(live, ends=True)
            self._refuse_lost(live)
            if self._sight.ends:
                yield from self._forget_replacements()
        yield from self._mark(step.intent)
        fate = yield from self._send(step.call, step.settle_timeout_s)
        if fate is Fate.NOT_DONE:
            return
        if fate is None:
            self.in_flight = step.call
            if self._run.no_wait:
                return
        started = self._now
        reached, settled = yield from self._settled(step, before, fate)
        self.in_flight = None
        self._expected = None if settled is None else settled.effective  # in doubt: not known
        if not reached:
            return
        self._doubts = 0
        self._trail.settled(step, before)
        if before is None and fate is None and step.leaves is not None:
            # A create carries its tags itself, and its answer said that it was ours.
            marks = {**step.leaves.marks, **(settled.resource.marks if settled else {})}
            self._run.eyes.told(self.address, step.leaves.but(marks=marks))
        yield from self._mark(step.record)
        self._settled_calls.append(step.call)
        pending = settled.pending if settled is not None else ()
        yield StepSettled(self.address, step, self._now - started, pending)

    def _forget_replacements(self) -> Told:
        """Say by tag that what was made of these is ended too: a later one begins empty."""
        facts = self._run.eyes.facts
        while (kept := begun(self.address, facts)) is not None:
            tag = {"Key": f"{facts.tag_prefix}:replace", "Value": DONE}
            call = self._kind.tag_call(kept.arn, [tag])
            while (yield from self._send(call, _TAGS_TIMEOUT_S)) is Fate.NOT_DONE:
                pass
            facts = self._run.eyes.without(kept)

    def _settled(self, step: Step, before: Resource | None, fate: Fate | None) -> Ended:
        """Wait until all is at rest and the promise is visible; false: decide anew."""
        in_doubt, answer = fate is not None, {} if fate is not None else self._answer
        by_tags = step.call.operation in TAG_WRITES or (before is None and in_doubt)
        shown = by_tags or shows(self._kind, before, step.leaves, self._run.eyes.facts)
        quiet_since = None
        while True:
            yield Pause()
            live = yield from self._sight.see(by_tags=by_tags)
            if self._now - self._sight.since > step.settle_timeout_s:
                raise NotSettled(
                    f"{step.call.action} has not settled in {step.settle_timeout_s} s",
                    self._sight.events(),
                )
            if moving := self._sight.moving(live):
                quiet_since = None
                yield Waiting(self.address, *moving, self._now - self._sight.since)
                continue
            if by_tags and before is None:
                refuse_stranger(live)
            verdict = judge(self._kind, before, step.leaves, live, self._run.eyes.facts)
            if verdict is Verdict.REACHED and by_tags and not is_marked(live, step.leaves):
                verdict = Verdict.BEFORE
            if verdict is Verdict.REACHED and fate is Fate.UNKNOWN and not shown:
                verdict = Verdict.BEFORE
            if verdict is Verdict.REACHED:
                return True, live
            quiet_since = self._now if quiet_since is None else quiet_since
            if self._now - quiet_since >= self._run.pace.grace_s:
                if in_doubt and (verdict is not Verdict.FOREIGN or before is None):
                    self._doubt(step.call)
                    return False, None
                if not (yield from self._remembers_rewording(step.call, answer, live)):
                    raise self._broken(step, before, live, verdict)
                continue
            yield Waiting(
                self.address, self.address, "not visible yet", self._now - self._sight.since
            )

    def _remembers_rewording(
        self, call: Call, answer: Mapping[str, Any], live: Live[Any] | None
    ) -> Generator[Event | Pause, None, bool]:
        """Remember by our tags what the service made of the call, if its own answer shows it."""
        if live is None:
            return False
        found = self._kind.reworded(call, answer, live.resource, self._run.eyes.facts)
        if found is None or found.marks.items() <= live.resource.marks.items():
            return False
        yield Reworded(self.address, found.text)
        # What was just created has tags that no describe shows: ours would seem the only ones.
        yield from self._sight.see(by_tags=True)
        yield from self._mark(found.marks)
        return True

    def _send(self, call: Call, timeout_s: float) -> Generator[Event | Pause, None, Fate | None]:
        """Send once and give what became of it; None: accepted."""
        try:
            answer = self._run.send(self.address, call)
        except AwsError as refused:
            told = f"{refused.code}: {refused.message}"
            fate = classify(refused, self._kind)
            yield StepSent(self.address, call, told)
            if fate is Fate.FINAL:
                raise StepFailed(f"{call.action} was refused: {told}") from refused
            if fate is Fate.NOT_DONE:
                if self._now - self._sight.since > timeout_s:
                    raise NotSettled(
                        f"{call.action} was refused for {timeout_s} s: {told}"
                    ) from None
                yield Waiting(
                    self.address, self.address, refused.code, self._now - self._sight.since
                )
                yield Pause(self._now + self._run.pace.after_refusals(self._refusals))
                self._refusals += 1
            return fate
        if call.operation not in TAG_WRITES:
            self._answer = answer
        yield StepSent(self.address, call)
        return None

    def _mark(self, marks: Mapping[str, str]) -> Told:
        """Write our own tags where they differ; AddTags is idempotent, in doubt it is resent."""
        while True:
            live = yield from self._sight.at_rest()
            held = live.resource.marks if live is not None else marks
            missing = {name: text for name, text in marks.items() if held.get(name) != text}
            if live is None or not missing:
                return
            call = tag_call(self._kind, live.resource, {}, missing, self._run.eyes.facts)
            fate = yield from self._send(call, _TAGS_TIMEOUT_S)
            if fate is None:
                self._run.eyes.told(self.address, live.resource.but(marks={**held, **missing}))
            elif fate is Fate.UNKNOWN:
                self._doubt(call)
            yield Pause()

    def watched(self) -> list[Address]:
        """Give what this will look at next."""
        return [self.address, *self._sight.ripple()]

    def _refuse_foreign(self) -> Told:
        """Stop when it is not ours, or was moved since it was planned and not to where it shall be.

        Its tags are read again: the plan may have them from the tagging API, which trails, and what
        describe can't show (which token) stands in nothing else.
        """
        yield from self._sight.at_rest()
        if self._sight.ends:
            # Whatever it has become, it goes; whose it is is asked right before.
            return
        live = yield from self._sight.see(by_tags=True)
        if not isinstance(self.planned.change, Adopt):
            refuse_stranger(live, was_ours=self._expected is not None)
        if live is None and self._expected is not None:
            raise StepFailed(_GONE, self._sight.events())

    def _refuse_moved(self, live: Live[Any] | None) -> None:
        """Stop where it is not as it was left, and not as it shall be: somebody else is at it."""
        if live is None or self._expected is None or self._sight.ends:
            return
        if shown := moved(self._kind, self._expected, live, self._run.eyes.facts):
            raise StepFailed(
                f"somebody changed it since it was planned: {shown}", self._sight.events()
            )

    def _refuse_lost(self, live: Live[Any]) -> None:
        """Stop where what is made anew has changed but by our steps: nothing carries that over."""
        if not isinstance(self.planned.change, Replace):
            return
        if lost := self._trail.lost(self.planned.change.before, live.effective):
            raise StepFailed(
                f"somebody changed {', '.join(lost)} since it was planned; it was not deleted: "
                "plan again",
                self._sight.events(),
            )

    def _doubt(self, call: Call) -> None:
        self._doubts += 1
        if self._doubts >= self._run.pace.attempts:
            raise StepFailed(
                f"{call.action} was sent {self._doubts} times without a clear answer, and "
                "what it asks for does not show",
                self._sight.events(),
            )

    def _broken(
        self, step: Step, before: Resource | None, live: Live[Any] | None, verdict: Verdict
    ) -> StepFailed:
        told = broken(self._kind, before, step.leaves, live, verdict, self._run.eyes.facts)
        return StepFailed(f"{step.call.action} was accepted, {told}", self._sight.events())

    @property
    def _now(self) -> float:
        return self._run.clock.monotonic()
