"""Probes of rights: a command as one would type it, what is expected of it, and how it is asked.

Every probe is harmless even if the user turns out to hold every right: it is asked in a form that
dies in the command's own parsing, or inside MULTI, where rights are asked and nothing runs before
an EXEC that is never sent. Where neither is possible nothing is asked.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.acl.decision import Rights
from reconciler.checks.answer import Answer, Sort
from reconciler.checks.finding import Verdict
from reconciler.checks.guest import PREFIX, outside_name, own_names
from reconciler.checks.harmless import MISCOUNTED, command_of, harmless_form, queueable
from reconciler.checks.line import Dead, Line
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.target import Account, Target

_READ, _WRITE = 1, 2

_INSIDE, _OUTSIDE, _CHANNEL, _OTHER_CHANNEL = "<key>", "<other key>", "<channel>", "<other channel>"
CATALOGUE: tuple[tuple[str, ...], ...] = (
    ("PING",),
    ("GET", _INSIDE),
    ("SET", _INSIDE, "x"),
    ("EXPIRE", _INSIDE, "60"),
    ("HGET", _INSIDE, "x"),
    ("LPOP", _INSIDE),
    ("ZADD", _INSIDE, "1", "x"),
    ("XADD", _INSIDE, "*", "x", "x"),
    ("PUBLISH", _CHANNEL, "x"),
    ("SCAN", "0"),
    ("GET", _OUTSIDE),
    ("SET", _OUTSIDE, "x"),
    ("PUBLISH", _OTHER_CHANNEL, "x"),
    ("FLUSHALL",),
    ("SWAPDB", "0", "1"),
    ("SCRIPT", "FLUSH"),
    ("CLIENT", "KILL", "ID", "1"),
    ("CONFIG", "GET", "*"),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One command, whether it is to be allowed, who says so; ``reason``: why it can't be asked."""

    words: tuple[str, ...]
    allowed: bool
    source: str
    reason: str = ""
    run: str = ""
    """Part of our own names, which no two runs have in common: not shown."""

    def __str__(self) -> str:
        """Give the command as one would type it."""
        text = " ".join(self.words)
        return text.replace(f"{PREFIX}:{self.run}:", "<own>:") if self.run else text

    @property
    def expected(self) -> str:
        """Give what is expected, and by whom."""
        return f"{'allowed' if self.allowed else 'refused'} ({self.source})"


def meant(account: Account) -> Iterator[Probe]:
    """Give the probes that a person wrote: ``expect: can, cannot``."""
    for lines, can in ((account.expect.can, True), (account.expect.cannot, False)):
        for line in lines:
            words, reason = _split(line)
            yield Probe(words, can, f"expect.{'can' if can else 'cannot'}", reason)


def _split(line: str) -> tuple[tuple[str, ...], str]:
    try:
        words = tuple(shlex.split(line))
    except ValueError:
        return (line,), "its quotes do not close"
    return words or (line,), "" if words else "there is no command in it"


def derived(target: Target, account: Account, run: str) -> Iterator[Probe]:
    """Give probes from the access string's meaning, on keys and channels that are ours alone.

    What can't be asked harmlessly is left out. The catalogue holds only commands that every engine
    version judges alike, so an answer proves something also where another version answers.
    """
    found = rights_of(target, account)
    if found is None:
        unread = f"this access string can't be read for {target.engine} {target.engine_version}"
        yield Probe(("PING",), allowed=True, source="access string", reason=unread)
        return
    multi = bool(allowed(target, found, ("MULTI",)))
    for pattern in CATALOGUE:
        for line in _filled(pattern, found, run):
            promised = allowed(target, found, harmless_form(line) or line)
            if promised is not None and not unaskable(line, multi=multi):
                yield Probe(line, promised, "access string", "", run)


def _filled(pattern: tuple[str, ...], found: Rights, run: str) -> Iterator[tuple[str, ...]]:
    """Give the command with a name of ours in it: inside by the first pattern that allows it."""
    keys = [name for bits in (_READ | _WRITE, _WRITE, _READ) for name in inside(found, run, bits)]
    names = {
        _INSIDE: keys,
        _OUTSIDE: [outside_name(run, "probe")],
        _CHANNEL: channels(found, run),
        _OTHER_CHANNEL: [outside_name(run, "channel")],
    }
    place = next((word for word in pattern if word in names), None)
    if place is None:
        yield pattern
        return
    lines = [tuple(name if word == place else word for word in pattern) for name in names[place]]
    best = next((line for line in lines if _allows(found, line)), lines[0] if lines else None)
    if best is not None:
        yield best


def _allows(found: Rights, line: tuple[str, ...]) -> bool:
    try:
        return found.allows(line)
    except ValueError:
        return False


def inside(found: Rights, run: str, bits: int, name: str = "probe") -> list[str]:
    """Give names of ours inside the key patterns that grant these rights (1 read, 2 write)."""
    patterns = (one for selector in found.selectors for one in sorted(selector.patterns(bits)))
    return list(dict.fromkeys(own_names(patterns, run, name)))


def channels(found: Rights, run: str, name: str = "channel") -> list[str]:
    """Give names of ours inside the channel patterns."""
    patterns = (one for selector in found.selectors for one in sorted(selector.channels))
    return list(dict.fromkeys(own_names(patterns, run, name)))


def unaskable(command: tuple[str, ...], *, multi: bool) -> str:
    """Say why there is no harmless way to ask; nothing when there is one.

    ``multi``: whether this user is meant to be allowed MULTI.
    """
    if harmless_form(command) is not None:
        return ""
    if not queueable(command):
        return "no form of it is harmless"
    return "" if multi else "no form of it is harmless, and this user may not use MULTI"


def asked_harmlessly(line: Line | Dead, command: tuple[str, ...]) -> Answer | str:
    """Ask in a harmless form, else inside MULTI; a text says why that was not possible."""
    if (form := harmless_form(command)) is not None:
        answer = line.ask(*form)
        if answer.sort is Sort.ARITY and command_of(command) in MISCOUNTED:
            # Here the command itself has counted, so it was allowed.
            return Answer(Sort.ERROR, answer.text)
        return answer
    begun = line.ask("MULTI")
    if begun.value != "OK":
        return f"no form of it is harmless outside MULTI, which answered: {begun.text}"
    answer = line.ask(*command)
    # Hanging up forgets the transaction; DISCARD may be refused to this user.
    line.hang_up()
    if answer.sort is Sort.VALUE and answer.value != "QUEUED":
        return f"inside MULTI it was not queued but answered: {answer.text}"
    return answer


def judged(probe: Probe, answer: Answer) -> tuple[Verdict, str]:
    """Compare what came with what is expected."""
    if answer.allowed is None:
        return "not proven", f"{answer.text} ({answer.sort.value})"
    got = f"{'allowed' if answer.allowed else 'refused'}: {answer.text}"
    return ("proven" if answer.allowed == probe.allowed else "refuted"), got
