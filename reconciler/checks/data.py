"""Strings, counters and hashes keep what was written and their time to live."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from reconciler.checks.contract import Check
from reconciler.checks.courier import Courier
from reconciler.checks.finding import Finding
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.checks.writer import TTL_S, Commands, at_work, with_ttl, writer
from reconciler.ports import Clock

_FALL_WITHIN_S = 1.0
_LOOK_EVERY_S = 0.02

Trouble = str


class Data(Check):
    """Writes, reads back, watches the time to live fall, and removes what it wrote."""

    name = "data"
    proves = "a string, a counter and a hash are read back as written and expire"

    def applies(self, target: Target) -> bool:
        """Say yes wherever there is a cache: whether it may write is a wish of the spec."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try the three sorts."""
        for subject, expected, needed, work in _SORTS:
            chosen = writer(visit, subject, needed)
            if isinstance(chosen, str):
                yield self.say(visit, subject, "not proven", expected, chosen)
                continue
            with at_work(visit, chosen) as asked:
                trouble = work(asked, chosen.name, visit.ports.clock)
                at = asked.at
            subject_by = f"{subject} as {chosen.key.account.label}"
            yield self.outcome(visit, subject_by, expected, trouble, at=at)


def _string(asked: Courier, name: str, clock: Clock) -> Trouble:
    value = secrets.token_hex(8)
    written = asked.ask("SET", name, value, "EX", str(TTL_S))
    if written.value != "OK":
        return f"SET answered {written.text}"
    read = asked.ask("GET", name)
    if read.value != value:
        return f"GET answered {read.text}, not what was set"
    return _falls(asked, name, clock)


def _counter(asked: Courier, name: str, clock: Clock) -> Trouble:
    asked.ask("SET", name, "40", "EX", str(TTL_S))
    counted = asked.ask("INCRBY", name, "2")
    if counted.value != 42:
        return f"40 and INCRBY 2 answered {counted.text}"
    return _falls(asked, name, clock)


def _hash(asked: Courier, name: str, clock: Clock) -> Trouble:
    fields = {"one": secrets.token_hex(4), "two": secrets.token_hex(4), "three": ""}
    flat = [text for pair in fields.items() for text in pair]
    with_ttl(asked, name, ("HSET", name, *flat))
    read = asked.ask("HGETALL", name)
    listed = read.value if isinstance(read.value, list) else []
    if dict(zip(listed[::2], listed[1::2], strict=False)) != fields:
        return f"HGETALL answered {read.text}, not what was set"
    return _falls(asked, name, clock)


def _falls(asked: Courier, name: str, clock: Clock) -> Trouble:
    """Watch the time to live fall."""
    first = asked.ask("PTTL", name)
    if not isinstance(first.value, int) or not 0 < first.value <= TTL_S * 1000:
        return f"PTTL answered {first.text}, expected at most {TTL_S} s"
    until = clock.monotonic() + _FALL_WITHIN_S
    while clock.monotonic() < until:
        clock.wait(_LOOK_EVERY_S)
        later = asked.ask("PTTL", name)
        if not isinstance(later.value, int):
            return f"PTTL answered {later.text}"
        if 0 < later.value < first.value:
            return ""
    return f"the time to live stays at {first.value} ms"


def _string_needs(name: str) -> tuple[tuple[str, ...], ...]:
    return ("SET", name, "x", "EX", "60"), ("GET", name), ("PTTL", name)


def _counter_needs(name: str) -> tuple[tuple[str, ...], ...]:
    return ("SET", name, "x", "EX", "60"), ("INCRBY", name, "2"), ("PTTL", name)


def _hash_needs(name: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("HSET", name, "x", "x"),
        ("HGETALL", name),
        ("EXPIRE", name, "60"),
        ("PTTL", name),
    )


_SORTS: tuple[tuple[str, str, Commands, Callable[[Courier, str, Clock], Trouble]], ...] = (
    ("string", "read back, with a time to live that falls", _string_needs, _string),
    ("counter", "incremented, its time to live kept", _counter_needs, _counter),
    ("hash", "every field read back, with a time to live that falls", _hash_needs, _hash),
)
