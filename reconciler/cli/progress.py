"""What happens, on stderr while it happens: lines for people, or NDJSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from reconciler.applying.outcome import (
    Event,
    Finished,
    GateReached,
    Left,
    Reworded,
    StepFailed,
    StepSent,
    StepSettled,
    StepStarted,
    Waiting,
)
from reconciler.cli.block import Block
from reconciler.cli.screen import Screen
from reconciler.kind import Step
from reconciler.model import Address
from reconciler.report.lines import WIDTH, counted, duration

if TYPE_CHECKING:
    from reconciler.verify import Finding

_EVERY_S = 15.0


@dataclass
class Checked:
    """Counts findings as they come, in one line of a terminal; the page tells them all."""

    screen: Screen
    _counts: dict[str, int] = field(default_factory=dict)

    def tell(self, finding: Finding) -> None:
        """Count one."""
        self._counts[finding.verdict] = self._counts.get(finding.verdict, 0) + 1
        if self.screen.live and not self.screen.quiet:
            told = ", ".join(f"{number} {word}" for word, number in sorted(self._counts.items()))
            sys.stderr.write(f"\r\x1b[K{finding.address}: {told}"[: WIDTH - 1])
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        if self._counts and self.screen.live and not self.screen.quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@dataclass
class _Under:
    """What is known of a change under way: its step, its state, and since when."""

    step: str = ""
    state: str = "sent"
    elapsed_s: float = 0.0

    def columns(self, address: Address) -> tuple[str, ...]:
        """Give how long, what, which step, which state: no narrow screen cuts the first."""
        return duration(self.elapsed_s), str(address), self.step, self.state


@dataclass
class Progress:
    """Tells events; on a terminal what is under way stands below them, rewritten in place.

    ``total`` is how many changes there are, where that is known.
    """

    screen: Screen
    total: int = 0
    _told: dict[Address, float] = field(default_factory=dict)
    _under: dict[Address, _Under] = field(default_factory=dict)
    _block: Block = field(default_factory=lambda: Block(sys.stderr))

    def tell(self, event: Event) -> None:
        """Show one event."""
        if self.screen.log == "json":
            self._tell_json(event)
            return
        match event:
            case StepStarted(address=address, step=step, left=left):
                self._start(address, step, left)
            case StepSent(address=address, call=call, fate=fate):
                if fate:
                    self._line(f"{address}  {call.action}: {fate}")
            case Waiting():
                self._wait(event)
            case StepSettled(address=address, step=step, elapsed_s=elapsed):
                self._under.pop(address, None)
                done = "scheduled for its window" if event.scheduled else "settled"
                self._line(f"{address}  {step.call.action} {done} after {duration(elapsed)}")
            case StepFailed(address=address, reason=reason, events=events):
                self._under.pop(address, None)
                self._line(f"{address}  FAILED: {reason}")
                for said in events:
                    self._line(f"    the service says: {said}")
            case GateReached(address=address, gate=gate, text=text):
                self._under.pop(address, None)
                self._line(f"{address}  GATE {gate}: {text}")
            case Left(address=address, why=why):
                self._under.pop(address, None)
                self._line(f"{address}  left: {why}")
            case Finished() | Reworded():
                self._block.clear()  # the page tells it
            case _:
                assert_never(event)

    def close(self) -> None:
        """Leave nothing below what was told, however the run ended."""
        self._block.clear()

    def _start(self, address: Address, step: Step, left: int) -> None:
        more = f" ({counted(left - 1, 'more step')} after it)" if left > 1 else ""
        creates = step.call.operation.startswith("create_")
        told = " ".join((step.call.action, *(() if creates else step.changes)))
        self._under[address] = _Under(step.call.action)
        self._line(f"{address}  {told}{more}")

    def _wait(self, event: Waiting) -> None:
        on = "" if event.on == event.address else f"{event.on} "
        under = self._under.setdefault(event.address, _Under())
        under.state, under.elapsed_s = f"{on}{event.status}", event.elapsed_s
        if self._is_live:
            self._draw()
        elif event.elapsed_s - self._told.get(event.address, 0.0) >= _EVERY_S:
            self._told[event.address] = event.elapsed_s
            text = f"waiting: {under.state} {duration(event.elapsed_s)}"
            self._line(f"{event.address}  {text}")

    @property
    def _is_live(self) -> bool:
        return self.screen.live and not self.screen.quiet

    def _draw(self) -> None:
        rows = [one.columns(address) for address, one in self._under.items()]
        since, what, step, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
        of = f" of {self.total}" if self.total else ""
        lines = [f"  {one[0]:>{since}}  {one[1]:{what}}  {one[2]:{step}}  {one[3]}" for one in rows]
        self._block.draw([f"{len(rows)} under way{of}", *lines])

    def _line(self, text: str) -> None:
        self._block.clear()
        self.screen.say(text)
        if self._is_live and self._under:
            self._draw()

    def _tell_json(self, event: Event) -> None:
        name = type(event).__name__
        match event:
            case Finished(summary=summary):
                self.screen.event(
                    name,
                    settled=[str(one) for one in summary.settled],
                    failed=[str(one.address) for one in summary.failed],
                    gated=[str(one.address) for one in summary.gated],
                    left=[str(one.address) for one in summary.left],
                    steps=summary.steps,
                    writes=summary.writes,
                    seconds=round(summary.elapsed_s, 3),
                )
            case StepStarted(address=address, step=step, left=left):
                self.screen.event(name, address=str(address), action=step.call.action, left=left)
            case StepSent(address=address, call=call, fate=fate):
                self.screen.event(name, address=str(address), action=call.action, fate=fate)
            case StepSettled(address=address, step=step, elapsed_s=elapsed):
                self.screen.event(
                    name, address=str(address), action=step.call.action, seconds=round(elapsed, 3)
                )
            case Waiting():
                self.screen.event(
                    name,
                    address=str(event.address),
                    on=str(event.on),
                    status=event.status,
                    seconds=round(event.elapsed_s, 3),
                )
            case Reworded(address=address, text=text):
                self.screen.event(name, address=str(address), text=text)
            case StepFailed(address=address, reason=reason, events=events):
                self.screen.event(name, address=str(address), reason=reason, events=list(events))
            case GateReached(address=address, gate=gate):
                self.screen.event(name, address=str(address), gate=gate)
            case Left(address=address, why=why):
                self.screen.event(name, address=str(address), why=why)
            case _:
                assert_never(event)
