"""What happens, on stderr while it happens: lines for people, or NDJSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from reconciler.cli.screen import Screen
from reconciler.model import Address
from reconciler.outcome import (
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
class Progress:
    """Tells events; on a terminal the waiting line is rewritten in place."""

    screen: Screen
    _told: dict[Address, float] = field(default_factory=dict)
    _waiting: dict[Address, str] = field(default_factory=dict)
    _drawn: bool = False

    def tell(self, event: Event) -> None:
        """Show one event."""
        if self.screen.log == "json":
            self._tell_json(event)
            return
        match event:
            case StepStarted(address=address, step=step, left=left):
                more = f" ({counted(left - 1, 'more step')} after it)" if left > 1 else ""
                creates = step.call.operation.startswith("create_")
                told = (step.call.action, *(() if creates else step.changes))
                self._line(f"{address}  {' '.join(told)}{more}")
            case StepSent(address=address, call=call, fate=fate):
                if fate:
                    self._line(f"{address}  {call.action}: {fate}")
            case Waiting():
                self._wait(event)
            case StepSettled(address=address, step=step, elapsed_s=elapsed):
                self._waiting.pop(address, None)
                done = "scheduled for its window" if event.scheduled else "settled"
                self._line(f"{address}  {step.call.action} {done} after {duration(elapsed)}")
            case StepFailed(address=address, reason=reason, events=events):
                self._waiting.pop(address, None)
                self._line(f"{address}  FAILED: {reason}")
                for said in events:
                    self._line(f"    the service says: {said}")
            case GateReached(address=address, gate=gate, text=text):
                self._line(f"{address}  GATE {gate}: {text}")
            case Left(address=address, why=why):
                self._line(f"{address}  left: {why}")
            case Finished() | Reworded():
                self._clear()  # the page tells it
            case _:
                assert_never(event)

    def _wait(self, event: Waiting) -> None:
        on = "" if event.on == event.address else f"{event.on} "
        self._waiting[event.address] = f"{on}{event.status} {duration(event.elapsed_s)}"
        if self.screen.live and not self.screen.quiet:
            self._draw()
        elif event.elapsed_s - self._told.get(event.address, 0.0) >= _EVERY_S:
            self._told[event.address] = event.elapsed_s
            self._line(f"{event.address}  waiting: {self._waiting[event.address]}")

    def _draw(self) -> None:
        told = "  ".join(f"{address.id}: {text}" for address, text in sorted(self._waiting.items()))
        text = f"waiting for {len(self._waiting)}: {told}"
        sys.stderr.write(f"\r\x1b[K{text[: WIDTH - 1]}")
        sys.stderr.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False

    def _line(self, text: str) -> None:
        self._clear()
        self.screen.say(text)

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
