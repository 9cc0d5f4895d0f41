"""A light probe beside a change: for how long a cache was of no use to its clients.

A probe asks HELLO fifty times a second over one connection, as a client that was there before the
change; when it is cut off it tries every way in that the cache had or is to have. Every user may
ask HELLO, nothing is written, and it tells the role: behind a primary's name a replica, which takes
no writes, is of no use.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.hello import parsed
from reconciler.checks.line import Line
from reconciler.checks.target import Target, Tls
from reconciler.checks.visit import Ports, Visit
from reconciler.drill.pulse import Pulse
from reconciler.drill.record import Record
from reconciler.drill.timeline import Side, Span, side
from reconciler.kind import Impact, Step
from reconciler.model import Address
from reconciler.plan import Plan
from reconciler.ports import Login

EVERY_S = 0.02
_TIME_OUT_S = 0.5
_AT_MOST_S = 5.0
"""How long a change waits for its probes to be on."""
_UNUSABLE = frozenset({Sort.NO_AUTH, Sort.WRONG_PASS})


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: with TLS or without, as somebody or nobody."""

    tls: bool
    login: Login | None


@dataclass(frozen=True, slots=True)
class Soaked:
    """What one cache was to its clients. ``side`` None: not measured, and ``why`` says so.

    ``promised`` is the worst impact that the plan tells for it, in the plan's own words.
    """

    address: Address
    side: Side | None
    promised: str
    why: str = ""


class Probe(threading.Thread):
    """One cache's probe."""

    def __init__(
        self, target: Target, ways: list[Way], ports: Ports, stop: threading.Event
    ) -> None:
        super().__init__(name=f"probe-{target.address.id}", daemon=True)
        self.target, self.record = target, Record("read")
        self._ways = itertools.cycle(ways)
        self._connector = ports.connector.within(_TIME_OUT_S, _TIME_OUT_S)
        self._clock, self._stop_at = ports.clock, stop
        self._line: Line | None = None
        self._leads = target.main.role == "primary"
        self.began = self.ended = 0.0
        self.on = threading.Event()
        """Whether the first answer came, or did not in time: a change may begin."""

    def run(self) -> None:
        """Ask until told to stop."""
        self.began = self._clock.monotonic()
        while not self._stop_at.wait(EVERY_S):
            sent = self._clock.monotonic()
            answer = self._asked()
            well = answer.reached and answer.sort not in _UNUSABLE
            heard = self._clock.monotonic()
            if well and not self.on.is_set():
                # Until here a connection was opened: that is how long one takes, and no outage.
                self.began = heard
            self.record.note(sent, heard, "" if well else answer.text)
            self.on.set()
            if not well:
                self._hang_up()
        self.ended = self._clock.monotonic()
        self._hang_up()

    def _asked(self) -> Answer:
        if self._line is None:
            way = next(self._ways)
            client = self._connector.node(self.target.main, way.login, tls=way.tls)
            self._line = Line(client)
            if (answer := self._line.login()).sort is not Sort.VALUE:
                return answer
        answer = self._line.ask("HELLO", "2")
        if answer.sort is not Sort.VALUE or not self._leads or parsed(answer).role == "master":
            return answer
        return Answer(Sort.CLOSED, "the primary's name leads to a replica, which takes no writes")

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


@contextlib.contextmanager
def soaking(
    targets: Iterable[Target], tls_now: Mapping[Address, Tls], plan: Plan, ports: Ports
) -> Iterator[Callable[[], tuple[Soaked, ...]]]:
    """Probe these caches while the block runs; what it gives tells afterwards.

    ``tls_now`` is how each speaks before the change, which its clients do too.
    """
    stop = threading.Event()
    probes: list[Probe] = []
    silent: list[Soaked] = []
    for target in targets:
        promised = promise(plan, target.address)
        if target.absent:
            silent.append(Soaked(target.address, None, promised, target.absent))
            continue
        ways = _ways(target, tls_now.get(target.address, target.tls), ports)
        probes.append(Probe(target, ways, ports, stop))
    pulse = Pulse(ports.clock, stop)
    for one in (pulse, *probes):
        one.start()
    try:
        for one in probes:
            one.on.wait(_AT_MOST_S)
        yield lambda: (*(_told(one, plan, pulse.late) for one in probes), *silent)
    finally:
        stop.set()
        for one in (pulse, *probes):
            one.join()


def _ways(target: Target, now: Tls, ports: Ports) -> list[Way]:
    """Give every way in, those of before the change first."""
    visit = Visit(target, ports, "probe")
    logins = [visit.key(account) for account in target.accounts if account.enabled]
    found: list[Login | None] = [one.login for one in logins if not one.missing]
    modes = dict.fromkeys((now != "off", target.tls != "off"))
    return [Way(tls, login) for tls in modes for login in (*found, None)]


def _told(probe: Probe, plan: Plan, blind: Sequence[Span]) -> Soaked:
    whole = Span(probe.began, probe.ended)
    found = side([probe.record], whole, whole.began, blind)
    return Soaked(probe.target.address, found, promise(plan, probe.target.address))


def promise(plan: Plan, cache: Address) -> str:
    """Give the worst impact on this cache, in the plan's words."""
    steps = [
        step
        for planned in plan.changes
        if planned.address == cache or cache in planned.reaches
        for step in planned.steps
    ]
    worst = max(steps, key=_impact, default=None)
    if worst is None:
        return "the plan does not touch it"
    return worst.impact_text or worst.impact.name.lower()


def _impact(step: Step) -> Impact:
    return step.impact
