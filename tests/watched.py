"""An estate under watch in this process: its service, its memory, its receiver, and kills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from estate import ESTATE, Estate, refs
from inprocess import InProcess, Killed

from reconciler.drifting.drift import drift_of
from reconciler.drifting.history import Event, Memory, Message, read_memory
from reconciler.drifting.remember import Place, Round
from reconciler.drifting.tell import Teller
from reconciler.drifting.watch import View, Watched
from reconciler.errors import CouldNotLook, NotTold
from reconciler.model import Resource, Watching
from reconciler.report.drift_message import message_text


@dataclass
class Fuse:
    """Kills at the n-th point that is passed from now on (0: never)."""

    left: int = 0
    passed: list[str] = field(default_factory=list)

    def passes(self, point: str) -> None:
        self.passed.append(point)
        if self.left:
            self.left -= 1
            if not self.left:
                raise Killed


@dataclass
class Store:
    """A ports.MemoryStore: replaced whole or not at all, like a renamed file."""

    fuse: Fuse
    text: str | None = None
    place: str = "a test's memory"

    def read(self) -> str | None:
        return self.text

    def update(self, change) -> None:
        after = change(self.text)
        self.fuse.passes("before the memory is replaced")
        self.text = after
        self.fuse.passes("after the memory was replaced")

    @property
    def memory(self) -> Memory:
        return read_memory(self.text)


@dataclass
class Receiver:
    """A ports.Notifier that drops what it has seen, as a webhook with idempotency keys does.

    ``denies``: it takes what it gets and answers as if it had not (a proxy that gave up first).
    """

    fuse: Fuse
    refuses: bool = False
    denies: bool = False
    seen: dict[str, str] = field(default_factory=dict)
    taken: int = 0

    def send(self, title: str, body: str, severity: str, key: str) -> None:
        self.fuse.passes("before the receiver takes it")
        if self.refuses:
            raise NotTold("the receiver is away")
        self.taken += 1
        self.seen.setdefault(key, f"{title}\n{body}")
        if self.denies:
            raise NotTold("the receiver answers 502")
        self.fuse.passes("after the receiver took it")


@dataclass
class Bench:
    """One estate, watched. ``acks`` are the acknowledgements beside the spec."""

    estate: Estate
    fuse: Fuse = field(default_factory=Fuse)
    acks: dict[str, date] = field(default_factory=dict)
    watching: Watching = field(default_factory=Watching)
    away: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    run: int = 0

    def __post_init__(self) -> None:
        self.store, self.receiver = Store(self.fuse), Receiver(self.fuse)

    @property
    def clock(self):
        return self.estate.bench.clock

    def view(self) -> View:
        if self.away:
            raise CouldNotLook("elasticache does not answer")
        facts, plan = self.estate.looked()
        return View(drift_of(plan), facts, self.watching, {}, self.acks)

    def watched(self, *, telling: bool = True) -> Watched:
        def worded(message: Message) -> tuple[str, str]:
            self.messages[message.key] = message
            return message_text(message)

        teller = Teller(self.receiver, worded, f"run {self.run}") if telling else None
        bench = self.estate.bench
        place = Place(bench.account_id, bench.region, ESTATE, "specs/prod.yaml")
        return Watched(place, self.view, self.store, self.clock, teller)

    def round(self, *, minutes: float = 15, telling: bool = True) -> Round:
        """Let time pass, look, keep, tell."""
        self.clock.advance(minutes * 60)
        watched = self.watched(telling=telling)
        one, _, _ = watched.round()
        watched.tell()
        return one

    def killed_round(self, point: int) -> bool:
        """Make a round that dies at the n-th point; says whether it came that far."""
        self.run += 1
        self.fuse.left = point
        try:
            self.round()
        except Killed:
            return True
        finally:
            self.fuse.left = 0
        return False

    def told(self) -> list[tuple[str, str, str]]:
        """Give (what, address, field) of all that the receiver kept, in order."""
        return [
            (event.what, event.finding.address, event.finding.field)
            if event.finding
            else (event.what, event.text, "")
            for event in self.events()
        ]

    def events(self) -> Iterable[Event]:
        for key in self.receiver.seen:
            yield from self.messages[key].events

    @property
    def open(self) -> Mapping[tuple[str, str], str]:
        """Give place -> id of what the memory holds open."""
        return {
            one.finding.place: one.finding.id
            for estate in self.store.memory.estates.values()
            for one in estate.open
        }

    def today(self) -> date:
        return self.clock.now().date()

    def later(self, days: int) -> date:
        return self.today() + timedelta(days=days)


def bench_of(wishes: Iterable[Resource]) -> Bench:
    """Give a bench over these wishes, applied and looked at once."""
    service = InProcess()
    wishes = list(wishes)
    estate = Estate(service, wishes)
    for ref in refs(wishes):
        service.secrets.put(ref, "p" * 20)
    estate.apply()
    bench = Bench(estate)
    bench.round()
    return bench
