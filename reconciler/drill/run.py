"""Load on, promote, watch until the service is at rest, load off, count: one drill."""

from __future__ import annotations

import contextlib
import gc
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.checks.announced import Announced, parsed, slot_of
from reconciler.checks.line import Line
from reconciler.checks.visit import Ports, Visit
from reconciler.checks.writer import Writer, at_work
from reconciler.drill import service
from reconciler.drill.aim import Aim, crew
from reconciler.drill.pulse import Pulse
from reconciler.drill.record import Record, Sort
from reconciler.drill.route import ByName, ByShard, Reads, Route
from reconciler.drill.service import ServiceSide
from reconciler.drill.tally import Tally, tally, together
from reconciler.drill.timeline import Side, Span, side
from reconciler.drill.worker import Connection, Load, Reading, Writing
from reconciler.errors import CouldNotLook
from reconciler.kind import Endpoint
from reconciler.ports import FailoverStarter, Reader

PATIENT_S, BRISK_S = 5.0, 0.5
"""Half of the connections wait as long as redis-py does by itself, and see how long a node that
hangs was gone; half give up soon, and see how soon another address answers."""
_PAGE = 5000

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Doors:
    """What a drill is handed. ``starter`` None: watch only."""

    ports: Ports
    reader: Reader | None
    starter: FailoverStarter | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How long and how hard.

    ``usual_s``: load before the promotion, which shows how the path usually is. ``tail_s``: load
    after the service is at rest again. ``seconds``: the longest that the whole may take.
    """

    reads: Reads = "replica"
    workers: int = 6
    seconds: float = 120.0
    usual_s: float = 2.0
    tail_s: float = 3.0
    look_every_s: float = 1.0


@dataclass(frozen=True)
class Drill:
    """What was seen. ``began`` is the moment when the load did; all seconds count from there.

    ``called_s``: when TestFailover was accepted, None where nothing was promoted. ``blind_s``: how
    long this process itself did not run, at most and in all.
    """

    aim: Aim
    terms: Terms
    user: str
    began: datetime
    seconds: float
    called_s: float | None
    reads: Side
    writes: Side
    tally: Tally
    service: ServiceSide
    blind_s: tuple[float, float] = (0.0, 0.0)
    unread: str = ""
    """Why what was written could not be counted; then ``tally`` says only what was acknowledged."""

    @property
    def exit_code(self) -> int:
        """Give 1 when a promotion was asked for and not seen to end, else 0."""
        missing = self.called_s is not None and self.service.promoted_s is None
        return 1 if missing else 0


@dataclass
class _Crew:
    """The connections of one drill, and the stop that ends them."""

    load: Load
    pulse: Pulse
    reading: list[Reading] = field(default_factory=list)
    writing: list[Writing] = field(default_factory=list)

    @property
    def everybody(self) -> list[threading.Thread]:
        return [self.pulse, *self.reading, *self.writing]

    def records(self, sort: Sort) -> list[Record]:
        some: list[Connection] = [*(self.reading if sort == "read" else self.writing)]
        return [one.record for one in some]


def drill(aimed: Aim, doors: Doors, terms: Terms, tell: Told = lambda _: None) -> Drill:
    """Hold the drill. CouldNotLook when nobody may do its reads and writes; AwsError when the
    service does not accept the promotion (the load is taken off first, in any case).
    """  # noqa: D205 - one sentence on two lines
    visit = Visit(aimed.target, doors.ports, secrets.token_hex(4), patience_s=5.0)
    chosen, names = crew(visit, aimed, terms.workers)
    with at_work(visit, chosen, *names) as asked:
        route = _route(visit, aimed, chosen, names[0], terms.reads)
        hands = _crew(visit, chosen, route, names)
        began_at, began = doors.ports.clock.now(), doors.ports.clock.monotonic()
        called: list[float] = []
        with _working(hands):
            side_of_service = _watched(aimed, doors, terms, called, tell)
        ended = doors.ports.clock.monotonic()
        tell("the load is off; counting what was written")
        counted, unread = _counted(hands, asked.ask)
    whole = Span(began, ended)
    usual_until = called[0] if called else began + min(terms.usual_s, whole.seconds / 4)
    sides = {
        sort: side(hands.records(sort), whole, usual_until, hands.pulse.late)
        for sort in ("read", "write")
    }
    late = [one.seconds for one in hands.pulse.late]
    return Drill(
        aimed,
        terms,
        chosen.key.account.label,
        began_at,
        whole.seconds,
        called[0] - began if called else None,
        sides["read"],
        sides["write"],
        counted,
        side_of_service,
        (max(late, default=0.0), sum(late)),
        unread,
    )


def _route(visit: Visit, aimed: Aim, chosen: Writer, name: str, reads: Reads) -> Route:
    target, ports = aimed.target, visit.ports
    if not target.clustered:
        primary = target.main
        readers = target.of_role("reader") or (primary,)
        return ByName(primary, readers[0] if reads == "replica" else primary)
    brisk = ports.connector.within(BRISK_S, BRISK_S)

    def look() -> Announced | str:
        line = Line(brisk.node(target.main, chosen.key.login, tls=target.tls != "off"))
        answer = line.ask("CLUSTER", "SLOTS")
        line.close()
        if not isinstance(answer.value, list):
            return answer.text
        return parsed(answer.value, target.main.host)

    route = ByShard(slot_of(name), reads, look, ports.clock)
    if not route.known:
        raise CouldNotLook(f"{target.address} does not tell who serves shard {aimed.shard.id}")
    return route


def _crew(visit: Visit, chosen: Writer, route: Route, names: list[str]) -> _Crew:
    target, ports = visit.target, visit.ports
    connectors = [ports.connector.within(2.0, PATIENT_S), ports.connector.within(BRISK_S, BRISK_S)]

    def dial(place: Endpoint, number: int, sort: Sort) -> Line:
        client = connectors[number % 2].node(place, chosen.key.login, tls=target.tls != "off")
        # A replica of a cluster sends readers away unless they say that they know where they are.
        return Line(client, ("READONLY",) if sort == "read" and target.clustered else ())

    load = Load(route, dial, ports.clock, threading.Event())
    hands = _Crew(load, Pulse(ports.clock, load.stop))
    for number, name in enumerate(names):
        hands.reading.append(Reading(number, name, load))
        hands.writing.append(Writing(number, name, load))
    return hands


@contextlib.contextmanager
def _working(hands: _Crew) -> Iterator[None]:
    """Let the crew work for the length of the block, without pauses for collecting garbage."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for one in hands.everybody:
            one.start()
        yield
    finally:
        hands.load.stop.set()
        for one in hands.everybody:
            one.join()
        if was_on:
            gc.enable()
    for hand in (*hands.reading, *hands.writing):
        if hand.defect is not None:
            raise hand.defect


def _watched(
    aimed: Aim, doors: Doors, terms: Terms, called: list[float], tell: Told
) -> ServiceSide:
    """Wait, promote, and wait until the service is at rest again."""
    clock = doors.ports.clock
    began = clock.monotonic()
    if not aimed.failover or doors.starter is None or doors.reader is None:
        tell(f"load is on for {terms.seconds:g} s; nothing is promoted")
        clock.wait(terms.seconds)
        return ServiceSide()
    group, shard = aimed.target.address.id, aimed.shard.id
    before = service.look(doors.reader, group, shard)
    tell(f"load is on; the promotion comes in {terms.usual_s:g} s")
    clock.wait(terms.usual_s)
    since = clock.now()
    sources = frozenset({group, *aimed.nodes})
    # A service whose clock is ahead of ours gives events of before, another drill's among them.
    earlier = frozenset(service.told_since(doors.reader, sources, since))
    # Noted before the call: what it breaks may break before it is answered.
    called.append(clock.monotonic())
    doors.starter.test_failover(group, shard)
    tell("TestFailover was accepted")
    seen = ServiceSide(old=before.primary)
    while clock.monotonic() - began < terms.seconds - terms.tail_s and not _is_over(seen):
        clock.wait(terms.look_every_s)
        now = service.look(doors.reader, group, shard)
        found = service.told_since(doors.reader, sources, since)
        events = tuple(one for one in found if one not in earlier)
        told = len(seen.events)
        seen = service.read_as(
            events, shard, old=before.primary, new=now.primary, at_rest=now.at_rest
        )
        for event in events[told:]:
            tell(f"{event.source}: {event.words}")
    clock.wait(terms.tail_s)
    return seen


def _is_over(seen: ServiceSide) -> bool:
    return seen.at_rest and seen.promoted_s is not None


def _counted(hands: _Crew, ask: Callable[..., object]) -> tuple[Tally, str]:
    tallies, unread = [], ""
    for one in hands.writing:
        found = _numbers(one.key, ask)
        if isinstance(found, str):
            unread = found
            tallies.append(Tally(one.acknowledged, 0, 0, one.unanswered))
        else:
            tallies.append(tally(one.acknowledged, found, one.unanswered))
    return together(tallies), unread


def _numbers(key: str, ask: Callable[..., object]) -> list[int] | str:
    found: list[int] = []
    while True:
        answer = ask("LRANGE", key, len(found), len(found) + _PAGE - 1)
        page = getattr(answer, "value", None)
        if not isinstance(page, list):
            return str(getattr(answer, "text", ""))
        found.extend(map(int, page))
        if len(page) < _PAGE:
            return found
