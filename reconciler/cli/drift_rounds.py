"""Rounds of drift detection: one of everything, or again and again until told to stop."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.drift_estates import Estates, Sighted, opened_url
from reconciler.cli.looking import where
from reconciler.cli.memory import store_of
from reconciler.cli.screen import Screen, worst
from reconciler.cli.specs import paths_of
from reconciler.clock import SystemClock
from reconciler.drifting.drift import Drift
from reconciler.drifting.finding import Finding, findings_of
from reconciler.drifting.history import Entry, EstateMemory, read_memory
from reconciler.drifting.remember import Blindness, Round, Sight
from reconciler.drifting.tell import Teller
from reconciler.drifting.watch import View, Watched
from reconciler.errors import UsageError
from reconciler.report import drift_forms, drift_report
from reconciler.report.drift_message import message_text
from reconciler.report.lines import wrapped

if TYPE_CHECKING:
    from reconciler.cli.drift_pages import Pages
    from reconciler.metrics import Metrics

AT_ONCE = 8
"""So many estates are looked at side by side; a look mostly waits for answers."""


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    screen: Screen
    spec: Sequence[str] | None = None
    file: str | None = None
    local: bool = False
    memory: str | None = None
    notify: str | None = None
    metrics: str | None = None
    who: bool = False
    html: Path | None = None
    reports: tuple[Path, ...] = ()

    def paths(self) -> list[Path]:
        """Give the specs that are meant now."""
        return paths_of(self.spec, self.file)

    def estates(self) -> Estates:
        """Wire what every round needs."""
        return Estates(
            self.screen,
            self.local,
            store_of(self.memory, local=self.local),
            SystemClock(),
            self._teller(),
            self.who,
        )

    def pages(self) -> Pages | None:
        """Open the folder of pages, when one is asked for."""
        if self.html is None:
            return None
        from reconciler.cli.drift_pages import Pages  # noqa: PLC0415 - jinja2 comes with it

        pages = Pages(self.html, self.reports)
        pages.ready()
        return pages

    def _teller(self) -> Teller | None:
        if not self.notify:
            return None
        from reconciler.notify import AppriseNotifier  # noqa: PLC0415 - an extra

        run = f"{os.uname().nodename}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        return Teller(AppriseNotifier(opened_url(self.notify)), message_text, run)


@dataclass(frozen=True)
class _Done:
    """One estate's round, with what its page needs."""

    watched: Watched
    sighted: Sighted
    round: Round
    before: EstateMemory | None
    estate: EstateMemory
    view: View | None


def look_once(asked: Asked, *, exit_zero: bool = False) -> int:
    """Look at every estate, at the same time; print each; give the worst exit."""
    estates, paths = asked.estates(), asked.paths()
    # What can't be written or read is told before anybody is asked.
    gauges, pages = metrics_of(asked), asked.pages()
    made = [(estates.watched(path, kept := Sighted()), kept) for path in paths]
    if asked.local and paths:
        _start_local(estates, made)
    with ThreadPoolExecutor(min(AT_ONCE, len(made))) as pool:
        done = list(pool.map(lambda one: _round(*one), made))
    problem = made[0][0].tell().error if made else ""
    several = len(paths) > 1 or any(not Path(one).is_file() for one in asked.spec or ())
    _print(asked, done, several=several)
    for one in done:
        if gauges is not None:
            gauges.note(*figures(one.watched, one.round, one.estate))
    if pages is not None and made:
        for one in done:
            note_pages(pages, one.watched, one.round, one.view)
        pages.write(made[0][0].store, estates.clock.now())
        asked.screen.say(f"pages: {pages.folder / 'index.html'}")
    if problem:
        asked.screen.say(f"people were not told: {problem}; the next round tries again")
    # Nobody reads the page of a job at night: that people could not be told is a failure.
    codes = [*map(_code, done), *([1] if problem else [])]
    return worst([0 if exit_zero and code == 3 else code for code in codes])


def finding_of(asked: Asked, ident: str) -> tuple[str, Finding]:
    """Give the spec and the finding with an id: from memory, or by a look."""
    if asked.memory is not None:
        store = store_of(asked.memory, local=asked.local)
        found = read_memory(store.read(), store.place).find(ident)
        if found is not None:
            return found[0].spec, found[1].finding
        raise UsageError(f"{store.place} has no open finding {ident}; reconcile drift shows them")
    estates = asked.estates()
    for path in asked.paths():
        one, _, view = estates.watched(path).round()
        if isinstance(one.seen, Blindness):
            asked.screen.say(f"{path}: {one.seen.why}")
        elif view is not None:
            for finding in findings_of(view.drift, view.facts, view.watching):
                if finding.id == ident:
                    return str(path), finding
    raise UsageError(f"no open finding {ident} in what was looked at; reconcile drift shows them")


def _start_local(estates: Estates, made: Sequence[tuple[Watched, Sighted]]) -> None:
    """Start the local service once, before many ask for it at the same time."""
    for _, sighted in made:
        if sighted.spec is not None:
            _ = estates.wired(sighted.spec).running
            return


def _round(watched: Watched, sighted: Sighted) -> _Done:
    before = read_memory(watched.store.read(), watched.store.place).estates.get(watched.place.key)
    one, estate, view = watched.round()
    return _Done(watched, sighted, one, before, estate, view)


def _code(done: _Done) -> int:
    if isinstance(done.round.seen, Blindness):
        return done.round.seen.exit_code
    return 3 if done.estate.state == "drifted" else 0


def _print(asked: Asked, done: Sequence[_Done], *, several: bool) -> None:
    screen = asked.screen
    if screen.format == "json":
        told = [_json(one) for one in done]
        whole = {"format_version": 1, "estates": told, "exit_code": worst([*map(_code, done)])}
        screen.json(whole if several else told[0])
        return
    for one in done:
        report = _report(asked, one, several=len(done) > 1)
        if report is None:
            assert isinstance(one.round.seen, Blindness)
            screen.result(_blind(one, one.round.seen, screen.format))
        elif screen.format == "markdown":
            screen.result(drift_forms.drift_markdown(report))
        else:
            screen.result(drift_report.drift_text(report, screen.paint))
        if len(done) > 1:
            screen.result("\n")
    if len(done) > 1 and screen.format == "text":
        screen.result(_overall(done))


def _blind(one: _Done, seen: Blindness, form: str) -> str:
    name = f"{one.watched.place.estate}  {one.watched.place.spec}"
    if form == "markdown":
        return f"### reconcile drift: {name}\n\ncould not look: {seen.why}\n"
    why = [line for part in seen.why.splitlines() for line in wrapped(part, "  ")]
    return "\n".join([f"{name}: could not look", *why]) + "\n"


def _overall(done: Sequence[_Done]) -> str:
    states = [one.estate.state for one in done]
    parts = [f"{states.count(word)} {word}" for word in ("drifted", "could not look", "in step")]
    shown = ", ".join(part for part in parts if not part.startswith("0 "))
    return f"{len(done)} estates: {shown}.   exit {worst([*map(_code, done)])}\n"


def _json(one: _Done) -> dict[str, object]:
    if isinstance(one.round.seen, Blindness):
        seen = one.round.seen
        return drift_forms.blind_json(one.watched.place.spec, seen.why, seen.exit_code)
    report = _report(None, one, several=False)
    assert report is not None
    return drift_forms.drift_json(report)


def _report(asked: Asked | None, one: _Done, *, several: bool) -> drift_report.DriftReport | None:
    kept, seen = one.sighted, one.round.seen
    if not isinstance(seen, Sight) or kept.spec is None or one.view is None or not kept.looked:
        return None
    known = set(one.before.unmanaged or ()) if one.before else set()
    first = one.before is None or one.before.unmanaged is None
    entries = _in_order(seen, {entry.finding.id: entry for entry in one.estate.open})
    return drift_report.DriftReport(
        without(one.view.drift, {entry.finding.address for entry in entries.values()}),
        kept.spec.path,
        entries,
        seen=kept.looked.seen,
        where=partial(where, spec=kept.spec),
        newcomers=() if first else tuple(sorted(seen.unmanaged.keys() - known)),
        notes=(*_acks(kept, one), *kept.notes),
        remembered=asked is not None and asked.memory is not None,
        ends=not several,
    )


def without(drift: Drift, found: set[str]) -> Drift:
    """Count what no finding is about as ahead: memory knows that only the spec moved."""
    ahead = tuple(one.planned for one in drift.drifted if str(one.address) not in found)
    drifted = tuple(one for one in drift.drifted if str(one.address) in found)
    return dataclasses.replace(drift, drifted=drifted, ahead=(*drift.ahead, *ahead))


def _in_order(seen: Sight, entries: dict[str, Entry]) -> dict[str, Entry]:
    return {one.id: entries[one.id] for one in seen.findings if one.id in entries}


def _acks(kept: Sighted, one: _Done) -> tuple[str, ...]:
    if kept.acks is None:
        return ()
    known = [entry.finding.id for entry in one.estate.open]
    return kept.acks.over(datetime.now(UTC).date(), known)


def figures(
    watched: Watched, one: Round, estate: EstateMemory
) -> tuple[dict[str, str], dict[str, float]]:
    """Give the labels and figures of one estate's round, as reconciler.metrics names them."""
    place = watched.place
    alarming = [entry for entry in estate.open if not entry.acknowledged]
    seen = one.seen if isinstance(one.seen, Sight) else None
    memory = read_memory(watched.store.read(), watched.store.place)
    values: dict[str, float] = {
        "drifted": len(alarming),
        "acknowledged": len(estate.open) - len(alarming),
        "high": sum(entry.finding.severity == "high" for entry in alarming),
        "could_look": 1 if seen else 0,
        "last_round_timestamp_seconds": one.at.timestamp(),
        "round_duration_seconds": one.seconds,
        "untold_messages": sum(message.estate_key == place.key for message in memory.outbox),
    }
    if seen is not None:
        values |= {"ahead": seen.ahead, "pending": seen.pending}
    if estate.last_success is not None:
        values["last_success_timestamp_seconds"] = estate.last_success.timestamp()
    labels = {"estate": place.estate, "account_id": place.account_id, "region": place.region}
    return labels, values


def note_pages(pages: Pages, watched: Watched, one: Round, view: View | None) -> None:
    """Keep for the pages what a round saw, if it saw anything."""
    if view is not None and isinstance(one.seen, Sight):
        pages.note(watched.place.key, view.facts, one.seen.findings)


def metrics_of(asked: Asked) -> Metrics | None:
    """Open what figures are kept in, when they are asked for."""
    if asked.metrics is None:
        return None
    from reconciler.metrics import Metrics  # noqa: PLC0415 - an extra

    return Metrics(asked.metrics)
