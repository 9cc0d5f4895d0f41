"""drift --every: rounds until told to stop."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.cli.drift_estates import Estates
from reconciler.cli.drift_pages import Pages
from reconciler.cli.drift_rounds import Asked, figures, metrics_of, note_pages
from reconciler.clock import SystemClock
from reconciler.drifting.history import EstateMemory, Mark
from reconciler.drifting.remember import Round
from reconciler.drifting.watch import Watched
from reconciler.errors import Interrupted, ReconcilerError, UsageError
from reconciler.metrics import Metrics
from reconciler.report.drift_report import day
from reconciler.schedule import Schedule

logger = logging.getLogger(__name__)

JITTER = 0.1
"""Of the interval, either way: many watchers do not ask all at once."""
SPECS_S = 60.0
"""How often it is looked whether specs came or went."""
LEAVE_S = 20.0
"""How long rounds under way may take to end; what they know is safe at any moment."""


def watch(asked: Asked, every_s: float) -> int:
    """Look again and again; ends at SIGINT or SIGTERM."""
    if asked.screen.log == "json":
        logging.getLogger("reconciler.drifting.watch").setLevel(logging.INFO)
    rounds = _Rounds(asked, asked.estates(), metrics_of(asked), asked.pages())
    known = asked.paths()
    clock, schedule = SystemClock(), Schedule(every_s, every_s * JITTER, rounds.held)
    with clock.listening():
        if asked.local:
            rounds.start_local(known)
        schedule.start()
        try:
            while True:
                known = rounds.paths(known)
                schedule.keep({str(path): rounds.of(path) for path in known})
                clock.wait(min(every_s, SPECS_S))
                rounds.write_pages()
        except Interrupted as stopped:
            asked.screen.say("stopping")
            return 128 + stopped.signal
        finally:
            schedule.stop()
            rounds.leave()
            rounds.write_pages()


@dataclass
class _Rounds:
    """What the rounds share: figures, what was said already, and how many are under way."""

    asked: Asked
    estates: Estates
    gauges: Metrics | None
    pages: Pages | None = None
    _said: dict[str, str] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _idle: threading.Condition = field(default_factory=threading.Condition)
    _under_way: int = 0

    def paths(self, known: list[Path]) -> list[Path]:
        """Give the specs that there are now; where that can't be told, those that were."""
        try:
            found = self.asked.paths()
        except (UsageError, OSError) as error:
            self._once("specs", str(error))
            return known
        self._once("specs", "")
        self.estates.forget(set(known) - set(found))
        return found

    def start_local(self, paths: list[Path]) -> None:
        """Start the local service before many ask for it."""
        from reconciler.cli.specs import load_all  # noqa: PLC0415

        _ = self.estates.wired(load_all(paths[:1])[0]).running

    def of(self, path: Path) -> Callable[[], None]:
        """Give the job of one spec."""

        def job() -> None:
            with self._idle:
                self._under_way += 1
                self._held.discard(str(path))
            try:
                self._round(path)
            finally:
                with self._idle:
                    self._under_way -= 1
                    in_time = str(path) not in self._held
                    self._idle.notify_all()
                if in_time:
                    self._once(f"{path} (how long)", "")

        return job

    def held(self, spec: str) -> None:
        """Say that a round takes longer than its interval; the next begins when it has ended."""
        with self._idle:
            self._held.add(spec)
        self._once(f"{spec} (how long)", "a round takes longer than the time between two")

    def leave(self) -> None:
        """Let the rounds under way end, within bounds; then stop listening."""
        with self._idle:
            self._idle.wait_for(lambda: self._under_way == 0, timeout=LEAVE_S)
        if self.gauges is not None:
            self.gauges.close()

    def write_pages(self) -> None:
        """Write the pages anew where something was looked at since."""
        if self.pages is None:
            return
        try:
            self.pages.write(self.estates.store, self.estates.clock.now())
        except ReconcilerError as error:
            self._once("pages", str(error))
        else:
            self._once("pages", "")

    def _round(self, path: Path) -> None:
        try:
            watched = self.estates.watched(path)
            one, estate, view = watched.round()
            if self.pages is not None:
                note_pages(self.pages, watched, one, view)
            self._say(one, estate)
            # Whatever becomes of figures and pages, people are told.
            self._once("receiver", watched.tell().error)
            self._measure(watched, one, estate)
        except ReconcilerError as error:
            # The memory or the receiver; what was seen is seen again next time.
            self._once(str(path), str(error))
        except Exception as error:  # a defect of ours in one round; the others go on
            logger.exception("drift.round.failed", extra={"spec": str(path)})
            self._once(str(path), f"unexpected {type(error).__name__}; please report this")
        else:
            self._once(str(path), "")

    def _measure(self, watched: Watched, one: Round, estate: EstateMemory) -> None:
        if self.gauges is None:
            return
        try:
            self.gauges.note(*figures(watched, one, estate))
        except UsageError as error:
            self._once("figures", str(error))
        else:
            self._once("figures", "")

    def _say(self, one: Round, estate: EstateMemory) -> None:
        """Tell on stdout how an estate stands, when that is news."""
        mark = estate.course[-1]
        if mark.at != one.at:
            return
        if self.asked.screen.format == "json":
            told = {"estate": estate.estate, "account_id": estate.account_id}
            told |= {"region": estate.region, **mark.model_dump(mode="json")}
            self.asked.screen.result(json.dumps(told))
        else:
            self.asked.screen.result(_sentence(estate, mark))

    def _once(self, about: str, text: str) -> None:
        """Say a trouble when it begins or changes, not every time."""
        with self._idle:
            before, self._said[about] = self._said.get(about, ""), text
        if text and text != before:
            self.asked.screen.say(f"{about}: {text}")
        elif before and not text:
            self.asked.screen.say(f"{about}: well again")


def _sentence(estate: EstateMemory, mark: Mark) -> str:
    counts = {
        "drifted": mark.drifted,
        "acknowledged": mark.acknowledged,
        "ahead": mark.ahead,
        "scheduled": mark.pending,
    }
    shown = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    where = f"  {estate.account_id} {estate.region}" if estate.account_id else ""
    lines = [
        f"{day(mark.at)}  {estate.estate}{where}  {mark.state}{f' ({shown})' if shown else ''}"
    ]
    if estate.blind is not None:
        lines += [f"  {line}" for line in estate.blind.why.splitlines()]
    else:
        for entry in estate.open:
            if entry.first_seen == mark.at:
                found = entry.finding
                what = f"{found.address} {found.field or found.sort}"
                lines.append(f"  {found.severity}: {what} ({found.id})")
    return "\n".join(lines)
