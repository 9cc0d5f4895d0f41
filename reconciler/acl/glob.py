"""Glob patterns as engines match them, and whether one set of patterns covers another.

Patterns are matched byte by byte, so ``?`` is one byte of a longer character.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_ANY = frozenset(range(256))
# Past this many combined states the question is given up; ordinary patterns need a dozen.
STATE_LIMIT = 4000


class Part(NamedTuple):
    """One step of a pattern: a set of bytes, taken once, or any number of times (``*``)."""

    bytes: frozenset[int]
    many: bool = False


@functools.lru_cache(maxsize=8192)
def parts(pattern: str) -> tuple[Part, ...]:
    """Read a pattern as the engines' own matcher does, slips included.

    A ``[`` that is never closed runs to the end, a range may be backwards, and a last backslash
    stands for itself.
    """
    raw = pattern.encode("utf-8", "surrogateescape")
    found: list[Part] = []
    at = 0
    while at < len(raw):
        byte = raw[at : at + 1]
        if byte == b"*":
            if not (found and found[-1].many):
                found.append(Part(_ANY, many=True))
            at += 1
        elif byte == b"?":
            found.append(Part(_ANY))
            at += 1
        elif byte == b"[":
            members, at = _set(raw, at + 1)
            found.append(Part(members))
        else:
            at += byte == b"\\" and at + 1 < len(raw)
            found.append(Part(frozenset(raw[at : at + 1])))
            at += 1
    return tuple(found)


def _set(raw: bytes, at: int) -> tuple[frozenset[int], int]:
    """Read the inside of ``[ ]`` and give its members and where it ends."""
    negated = raw[at : at + 1] == b"^"
    at += negated
    members: set[int] = set()
    while at < len(raw) and raw[at] != ord("]"):
        if raw[at] == ord("\\") and at + 1 < len(raw):
            members.add(raw[at + 1])
            at += 2
        elif at + 2 < len(raw) and raw[at + 1] == ord("-"):
            low, high = sorted((raw[at], raw[at + 2]))
            members.update(range(low, high + 1))
            at += 3
        else:
            members.add(raw[at])
            at += 1
    return frozenset(_ANY - members if negated else members), at + 1


def matches(pattern: str, text: str) -> bool:
    """Say whether the pattern matches the whole text."""
    raw = text.encode("utf-8", "surrogateescape")
    if not raw:
        return not pattern  # measured on redis 7.0 to valkey 9.1: "*" does not match the empty key
    prefix, rest = _prefix(pattern)
    if rest is None:
        return raw == prefix
    return raw.startswith(prefix) and (not rest or _match(rest, raw[len(prefix) :]))


@functools.lru_cache(maxsize=8192)
def _prefix(pattern: str) -> tuple[bytes, tuple[Part, ...] | None]:
    """Split off the literal beginning; the rest is None when there is none, () when it is ``*``."""
    steps = parts(pattern)
    literal = bytearray()
    for at, step in enumerate(steps):
        if step.many or len(step.bytes) != 1:
            rest = steps[at:]
            return bytes(literal), () if len(rest) == 1 and step.many else rest
        literal.extend(step.bytes)
    return bytes(literal), None


def _match(steps: tuple[Part, ...], raw: bytes) -> bool:
    at = step = 0
    star, mark = -1, 0
    while at < len(raw):
        if step < len(steps) and steps[step].many:
            star, mark = step, at
            step += 1
        elif step < len(steps) and raw[at] in steps[step].bytes:
            step, at = step + 1, at + 1
        elif star >= 0:
            mark += 1
            step, at = star + 1, mark
        else:
            return False
    return all(one.many for one in steps[step:])


@functools.lru_cache(maxsize=8192)
def covers(patterns: frozenset[str], wider: frozenset[str]) -> bool | None:
    """Say whether every text that one of ``patterns`` matches is matched by one of ``wider``.

    Exact: a search over the combined automaton. None (can't tell) past STATE_LIMIT states. Here
    ``*`` covers the empty text as well, as ``~*`` does and engines' matching of ``*`` does not; and
    so does ``**``, which is written as ``*``.
    """
    if patterns <= wider or any(one and not one.strip("*") for one in wider):
        return True
    if "" in patterns and "" not in wider:
        return False
    rest = sorted(patterns - wider)
    if any(not any(matches(one, text) for one in wider) for text in _samples(rest)):
        return False
    rest = [one for one in rest if not any(_begins(one, other) for other in wider)]
    answers = [_covered(parts(one), wider) for one in rest]
    if False in answers:
        return False
    return None if None in answers else True


def _samples(patterns: Iterable[str]) -> Iterator[str]:
    """Give a few texts that these patterns match: one that is not held settles the question."""
    for pattern in patterns:
        steps = parts(pattern)
        for filling in (b"", b"\x01", b"~z"):
            text = b"".join(filling if one.many else _letter(one.bytes) for one in steps)
            if text:
                yield text.decode("utf-8", "surrogateescape")


def _letter(members: frozenset[int]) -> bytes:
    return bytes([1 if len(members) == len(_ANY) else max(members)]) if members else b""


def _begins(pattern: str, wider: str) -> bool:
    """Say whether the wider one is a plain beginning and ``*``, and the pattern begins so."""
    beginning, rest = _prefix(wider)
    return rest == () and _prefix(pattern)[0].startswith(beginning)


def _covered(inner: tuple[Part, ...], wider: Iterable[str]) -> bool | None:
    outer = tuple(parts(one) for one in sorted(wider))
    letters = _letters((inner, *outer))
    todo = [(_reach(inner, {0}), tuple(_reach(one, {0}) for one in outer))]
    seen: set[tuple[frozenset[int], tuple[frozenset[int], ...]]] = set()
    while todo:
        here, there = todo.pop()
        for letter in letters:
            ahead = _step(inner, here, letter)
            others = tuple(_step(one, at, letter) for one, at in zip(outer, there, strict=True))
            if not ahead or (ahead, others) in seen:
                continue
            if len(inner) in ahead and not any(map(_accepts, outer, others)):
                return False
            if len(seen) >= STATE_LIMIT:
                return None
            seen.add((ahead, others))
            todo.append((ahead, others))
    return True


def _accepts(steps: tuple[Part, ...], states: frozenset[int]) -> bool:
    return len(steps) in states


def _letters(patterns: Iterable[tuple[Part, ...]]) -> list[int]:
    """Give one byte of each class that these patterns can tell apart."""
    sets = {step.bytes for one in patterns for step in one if step.bytes != _ANY}
    classes: dict[tuple[bool, ...], int] = {}
    ordered = sorted(sets, key=sorted)
    for byte in range(256):
        classes.setdefault(tuple(byte in members for members in ordered), byte)
    return sorted(classes.values())


def _reach(steps: tuple[Part, ...], states: Iterable[int]) -> frozenset[int]:
    """Close a set of states over ``*`` taken no times."""
    found = set()
    for state in states:
        at = state
        found.add(at)
        while at < len(steps) and steps[at].many:
            at += 1
            found.add(at)
    return frozenset(found)


def _step(steps: tuple[Part, ...], states: frozenset[int], letter: int) -> frozenset[int]:
    ahead = {
        at if steps[at].many else at + 1
        for at in states
        if at < len(steps) and letter in steps[at].bytes
    }
    return _reach(steps, ahead)


def simplified(pattern: str) -> str:
    """Write a pattern in one way: runs of ``*`` as one, ``[a]`` as a, sets in order."""
    return _written(parts(pattern))


def _written(steps: tuple[Part, ...]) -> str:
    """Write steps back; text that can't be (not UTF-8) keeps its bytes by surrogate escapes."""
    raw = bytearray()
    for step in steps:
        if step.bytes == _ANY:
            raw += b"*" if step.many else b"?"
        elif len(step.bytes) == 1:
            [byte] = step.bytes
            raw += (b"\\" if byte in b"*?[\\" else b"") + bytes([byte])
        else:
            raw += _written_set(step.bytes)
    return raw.decode("utf-8", "surrogateescape")


def _written_set(members: frozenset[int]) -> bytes:
    negated = len(members) > 128
    listed = sorted(_ANY - members if negated else members)
    inside = bytearray(b"^" if negated else b"")
    at = 0
    while at < len(listed):
        end = at
        while end + 1 < len(listed) and listed[end + 1] == listed[end] + 1:
            end += 1
        if end - at >= 2 and not {listed[at], listed[end]} & set(b"\\]^-"):
            inside += bytes([listed[at], ord("-"), listed[end]])
        else:
            for byte in listed[at : end + 1]:
                inside += (b"\\" if byte in b"\\]^-" else b"") + bytes([byte])
        at = end + 1
    return b"[" + bytes(inside) + b"]"
