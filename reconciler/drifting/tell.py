"""The outbox -> people: each message until it was taken, one teller at a time.

Taking a message and noting that it was taken are two acts in two places, so a kill between them
leaves one message of which nobody knows. It is told again, under the same key and marked as such: a
receiver that drops a key which it has seen hears everything exactly once, any other at least once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.drifting.history import Claim, Memory, Message, read_memory, written
from reconciler.errors import NotTold
from reconciler.ports import Clock, MemoryStore, Notifier

CLAIM_S = 120
"""How long a message is left to one who began to tell it; longer than any receiver may take.

A claim that lasts for longer than twice that was made by a clock that was ahead: it is void."""

Worded = Callable[[Message], tuple[str, str]]
"""Message -> title and body."""


@dataclass(frozen=True)
class Teller:
    """Who tells: the receiver, the wording, and a name of this run's own."""

    notifier: Notifier
    worded: Worded
    run: str


@dataclass(frozen=True)
class Telling:
    """How many messages were taken, and why the rest was not."""

    told: int = 0
    error: str = ""


def tell(store: MemoryStore, teller: Teller, clock: Clock) -> Telling:
    """Tell what waits, oldest first, until all is told or the receiver refuses."""
    told = 0
    while True:
        message = _claimed(store, teller.run, clock)
        if message is None:
            return Telling(told)
        try:
            teller.notifier.send(*teller.worded(message), message.severity, message.key)
        except NotTold as refused:
            _given_back(store, message.key, str(refused))
            return Telling(told, str(refused))
        _settled(store, message, clock)
        told += 1


def changed(store: MemoryStore, change: Callable[[Memory], Memory]) -> Memory:
    """Read, change and replace the memory in one piece; gives it as it is then."""
    result = Memory()

    def again(text: str | None) -> str:
        nonlocal result
        result = change(read_memory(text, store.place))
        return written(result)

    store.update(again)
    return result


def _claimed(store: MemoryStore, run: str, clock: Clock) -> Message | None:
    """Take the oldest message that nobody is telling; noted before it is told."""
    taken: Message | None = None

    def take(memory: Memory) -> Memory:
        nonlocal taken
        now = clock.now()
        taken = next((one for one in memory.outbox if not _is_held(one.claim, now)), None)
        if taken is not None:
            taken.claim = Claim(by=run, until=now + timedelta(seconds=CLAIM_S))
            taken.tried += 1
        return memory

    if not read_memory(store.read(), store.place).outbox:
        return None
    changed(store, take)
    return taken


def _is_held(claim: Claim | None, now: datetime) -> bool:
    return claim is not None and now < claim.until <= now + timedelta(seconds=2 * CLAIM_S)


def _given_back(store: MemoryStore, key: str, error: str) -> None:
    def give(memory: Memory) -> Memory:
        for one in memory.outbox:
            if one.key == key:
                one.claim, one.error = None, error
        return memory

    changed(store, give)


def _settled(store: MemoryStore, message: Message, clock: Clock) -> None:
    """Note that it was taken: by the entries that it spoke of, and out of the outbox."""

    def settle(memory: Memory) -> Memory:
        now = clock.now()
        memory.outbox = [one for one in memory.outbox if one.key != message.key]
        estate = memory.estates.get(message.estate_key)
        for event in message.events if estate else ():
            for entry in (*estate.open, *estate.past) if estate else ():
                if event.finding is None or entry.finding.id != event.finding.id:
                    continue
                if event.what == "mended" and entry.resolved == event.at:
                    entry.mend_told = now
                elif event.what == "drifted" and entry.announced == event.at:
                    entry.told = now
        return memory

    changed(store, settle)
