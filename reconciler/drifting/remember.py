"""A round -> what is remembered from then on, and what people are to be told. Pure.

State is compared with state: a round that was looked at and never kept is simply looked at again,
so a kill loses nothing. What is to be told is written down with the state that it follows from, in
one piece, before anybody is told.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reconciler.drifting.finding import NOBODY, Finding, still_live, still_named
from reconciler.drifting.history import (
    Blind,
    By,
    Ended,
    Entry,
    EstateMemory,
    Event,
    Mark,
    Memory,
    Message,
)
from reconciler.kind import Facts


@dataclass(frozen=True)
class Place:
    """Which estate, where, and by which spec."""

    account_id: str
    region: str
    estate: str
    spec: str

    @property
    def key(self) -> str:
        """Give the name under which it is remembered."""
        return f"{self.account_id}/{self.region}/{self.estate}"


@dataclass(frozen=True)
class Sight:
    """What was seen of an estate."""

    findings: tuple[Finding, ...]
    facts: Facts
    unmanaged: Mapping[str, str] = field(default_factory=dict)
    """Address of what is not ours -> its owner."""
    unknown: frozenset[str] = frozenset()
    """What was busy, so that nothing can be said of it this time."""
    ahead: int = 0
    pending: int = 0
    by: Mapping[str, By] = field(default_factory=dict)
    """Finding id -> who did it."""


@dataclass(frozen=True)
class Blindness:
    """Why an estate could not be looked at."""

    why: str
    exit_code: int


@dataclass(frozen=True)
class Round:
    """One look at one estate."""

    place: Place
    at: datetime
    seen: Sight | Blindness
    seconds: float = 0.0
    acknowledged: Mapping[str, date] = field(default_factory=dict)
    """Finding id -> the last day on which it is no alarm."""


def remember(memory: Memory, one: Round, *, telling: bool) -> Memory:
    """Give the memory after a round; with ``telling`` its outbox holds what people are to hear."""
    memory = memory.model_copy(deep=True)
    place = one.place
    estate = memory.estates.get(place.key) or EstateMemory(
        account_id=place.account_id, region=place.region, estate=place.estate, spec=place.spec
    )
    memory.estates[place.key] = estate
    estate.spec = place.spec
    estate.rounds += 1
    estate.first_round = estate.first_round or one.at
    estate.last_round, estate.last_seconds = one.at, round(one.seconds, 3)
    events = list(_told(estate, one, telling=telling))
    _course(estate, one)
    if telling:
        memory.outbox += _messages(place, one.at, events)
    return memory


def _told(estate: EstateMemory, one: Round, *, telling: bool) -> Iterator[tuple[str, Event]]:
    """Change the estate as the round says; gives (owner, event)."""
    if isinstance(one.seen, Blindness):
        yield from _blinded(estate, one.seen, one.at, telling=telling)
        return
    if estate.blind is not None:
        if estate.blind.announced:
            event = Event(what="looking again", at=one.at, since=estate.blind.since)
            yield NOBODY, event
        estate.blind = None
    estate.last_success = one.at
    seen = _without_accepted(estate, one.seen)
    yield from _ended(estate, seen, one.at)
    yield from _standing(estate, seen, one, telling=telling)
    yield from _newcomers(estate, one.seen, one.at)


def _blinded(
    estate: EstateMemory, seen: Blindness, at: datetime, *, telling: bool
) -> Iterator[tuple[str, Event]]:
    blind = estate.blind or Blind(since=at, why=seen.why, exit_code=seen.exit_code)
    blind.why, blind.exit_code = seen.why, seen.exit_code
    estate.blind = blind
    if telling and not blind.announced:
        blind.announced = True
        yield NOBODY, Event(what="could not look", at=at, text=seen.why)


def _ended(estate: EstateMemory, seen: Sight, at: datetime) -> Iterator[tuple[str, Event]]:
    """Close what is no longer found; what was too busy to be judged stays as it is."""
    there = {one.id for one in seen.findings}
    places = {one.place for one in seen.findings}
    gone = {one.address for one in seen.findings if one.sort == "missing"}
    kept: list[Entry] = []
    for entry in estate.open:
        finding = entry.finding
        if finding.id in there or finding.address in seen.unknown:
            kept.append(entry)
            continue
        again = finding.place in places or finding.address in gone
        entry.resolved = at
        entry.ended = "changed again" if again else _way(finding, seen)
        estate.past.append(entry)
        if entry.ended == "in the spec":
            estate.accepted[_place(finding)] = finding.id
        if entry.announced and not again:
            ended = {"finding": finding, "ended": entry.ended, "since": entry.first_seen}
            yield finding.owner, Event(what="mended", at=at, **ended)
    estate.open = kept


def _without_accepted(estate: EstateMemory, seen: Sight) -> Sight:
    """Leave out what only the spec moved away from: a live value that the spec had taken over."""
    live = {_place(one): one.id for one in seen.findings}
    estate.accepted = {
        place: ident for place, ident in estate.accepted.items() if live.get(place, ident) == ident
    }
    accepted = {one.id for one in seen.findings if one.both} & set(estate.accepted.values())
    kept = tuple(one for one in seen.findings if one.id not in accepted)
    return dataclasses.replace(seen, findings=kept)


def _place(finding: Finding) -> str:
    return f"{finding.address} {finding.field}"


def _way(finding: Finding, seen: Sight) -> Ended:
    if not still_named(finding, seen.facts.desired):
        return "out of the spec"
    return "in the spec" if still_live(finding, seen.facts) else "mended"


def _standing(
    estate: EstateMemory, seen: Sight, one: Round, *, telling: bool
) -> Iterator[tuple[str, Event]]:
    open_now = {entry.finding.id: entry for entry in estate.open}
    today = one.at.date()
    for finding in seen.findings:
        entry = open_now.get(finding.id)
        if entry is None:
            entry = Entry(finding=finding, first_seen=one.at, last_seen=one.at)
            estate.open.append(entry)
        entry.finding, entry.last_seen = finding, one.at
        entry.by = entry.by or seen.by.get(finding.id)
        until = one.acknowledged.get(finding.id)
        before, held = entry.acknowledged, until is not None and today <= until
        entry.acknowledged = until.isoformat() if until is not None and held else ""
        if held or not telling:
            continue
        if entry.announced is None:
            entry.announced = one.at
            yield finding.owner, Event(what="drifted", at=one.at, finding=finding, by=entry.by)
        elif before:
            since = {"since": entry.first_seen, "by": entry.by}
            event = Event(what="no longer acknowledged", at=one.at, finding=finding, **since)
            yield finding.owner, event


def _newcomers(estate: EstateMemory, seen: Sight, at: datetime) -> Iterator[tuple[str, Event]]:
    """Name what is there and was not before; what was there at the first look is no news."""
    known = estate.unmanaged
    estate.unmanaged = sorted(seen.unmanaged)
    if known is None:
        return
    for address in sorted(seen.unmanaged.keys() - set(known)):
        yield seen.unmanaged[address], Event(what="newcomer", at=at, text=address)


def _course(estate: EstateMemory, one: Round) -> None:
    """Note how it stands, when that is not as before."""
    seen = one.seen if isinstance(one.seen, Sight) else None
    acknowledged = sum(bool(entry.acknowledged) for entry in estate.open)
    mark = Mark(
        at=one.at,
        state=estate.state,
        drifted=len(estate.open) - acknowledged,
        acknowledged=acknowledged,
        ahead=seen.ahead if seen else 0,
        pending=seen.pending if seen else 0,
    )
    last = estate.course[-1] if estate.course else None
    if last is None or last.model_copy(update={"at": mark.at}) != mark:
        estate.course.append(mark)


def _messages(place: Place, at: datetime, events: list[tuple[str, Event]]) -> Iterator[Message]:
    """Put together what each owner is to hear of this round."""
    for owner in dict.fromkeys(owner for owner, _ in events):
        mine = [event for whose, event in events if whose == owner]
        about = [
            f"{one.what} {one.finding.id if one.finding else one.text} {one.since}" for one in mine
        ]
        text = "\n".join([place.key, owner, at.isoformat(), *about])
        yield Message(
            key=hashlib.sha256(text.encode()).hexdigest()[:16],
            estate_key=place.key,
            estate=place.estate,
            spec=place.spec,
            owner=owner,
            at=at,
            events=mine,
        )
