"""A command line -> the keys and channels it touches, and whether it reads or writes each.

From 7.0 on by the key specifications of the command table, as engines do; by hand only where
those say that they are incomplete or that flags vary, and for 6.2, which has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.acl.command import Command, Table
from reconciler.acl.grammar import READ, WRITE

BOTH = READ | WRITE
_WRITES = frozenset({"insert", "update", "delete"})
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_LEADING_INTEGER = re.compile(r"\s*([+-]?[0-9]+)")


class Key(NamedTuple):
    """The key at this place of the command line; ``bits`` are the rights it needs, if any."""

    at: int
    bits: int


class Channel(NamedTuple):
    """The channel at this place; a ``pattern`` must be granted letter by letter."""

    at: int
    pattern: bool


_CHANNELS = {
    "publish": (False, True),
    "spublish": (False, True),
    "subscribe": (False, False),
    "ssubscribe": (False, False),
    "psubscribe": (True, False),
}
"""Command -> whether it takes patterns, whether only its first argument is a channel."""

CHANNEL_COMMANDS = frozenset(_CHANNELS)


def channels_of(name: str, argv: Sequence[str]) -> tuple[Channel, ...]:
    """Give the channels that a command line names; UNSUBSCRIBE is never checked."""
    if name not in _CHANNELS:
        return ()
    pattern, one = _CHANNELS[name]
    return tuple(Channel(at, pattern) for at in range(1, 2 if one else len(argv)))


def keys_of(command: Command, argv: Sequence[str], table: Table) -> tuple[Key, ...]:
    """Give the keys that a command line names; none when the engine can't make them out."""
    if not table.has_selectors:
        by_hand = _OLD.get(command.name)
        return tuple(by_hand(argv) if by_hand else _positions(command, argv))
    specs = [spec for spec in command.keys if "not_key" not in spec["flags"]]
    if not specs:
        return ()
    if not any("variable_flags" in spec["flags"] for spec in specs):
        found = _by_specs(specs, argv)
        if found is not None:
            return tuple(found)
    by_hand = _BY_HAND.get(command.name) or _by_count(specs)
    return tuple(by_hand(argv)) if by_hand else ()


def _bits(flags: Sequence[str]) -> int:
    return (READ if "access" in flags else 0) | (WRITE if _WRITES & set(flags) else 0)


def _by_specs(specs: Sequence[Mapping[str, Any]], argv: Sequence[str]) -> list[Key] | None:
    """Follow the specifications; None when one is unknown, incomplete or runs past the end."""
    found: list[Key] = []
    for spec in specs:
        first = _begin(spec["begin"], argv)
        if first == 0:
            continue
        place = _range(spec["find"], first, argv) if first else None
        if place is None:
            return None
        first, last, step = place
        if not first <= last < len(argv):
            return None
        bits = _bits(spec["flags"])
        found.extend(Key(at, bits) for at in range(first, last + 1, step))
        if "incomplete" in spec["flags"]:
            return None
    return found


def _begin(begin: Sequence[Any], argv: Sequence[str]) -> int | None:
    """Give where keys may begin: 0 when the keyword is not there, None when it can't be known."""
    if begin[0] == "index":
        return int(begin[1])
    if begin[0] != "keyword":
        return None
    keyword, start = begin[1].lower(), begin[2]
    places = range(start, len(argv) - 1) if start > 0 else range(len(argv) + start, 1, -1)
    return next((at + 1 for at in places if argv[at].lower() == keyword), 0)


def _range(find: Sequence[Any], first: int, argv: Sequence[str]) -> tuple[int, int, int] | None:
    match find:
        case ["range", last, step, limit]:
            if last >= 0:
                return first, first + last, step
            if not limit:
                return first, len(argv) + last, step
            return first, first + (len(argv) - first) // limit + last, step
        case ["keynum", at, offset, step]:
            if first + at >= len(argv) or not _INTEGER.fullmatch(argv[first + at]):
                return None
            count = int(argv[first + at])
            first += offset
            return (first, first + (count - 1) * step, step) if count >= 0 else None
        case _:
            return None


def _set(argv: Sequence[str]) -> Iterator[Key]:
    yield Key(1, BOTH if any(one.lower() == "get" for one in argv[3:]) else WRITE)


def _bitfield(argv: Sequence[str]) -> Iterator[Key]:
    at, writes = 2, False
    while at < len(argv) and not writes:
        left, word = len(argv) - at - 1, argv[at].lower()
        if word == "get" and left >= 2:
            at += 3
        elif word == "overflow" and left >= 1:
            at += 2
        else:
            writes = True
    yield Key(1, BOTH if writes else READ)


def _sort(argv: Sequence[str]) -> Iterator[Key]:
    yield Key(1, READ)
    skips = {"limit": 2, "get": 1, "by": 1}
    at, store = 2, 0
    while at < len(argv):
        word = argv[at].lower()
        if word == "store" and at + 1 < len(argv):
            store = at + 1
        at += 1 + skips.get(word, 0)
    if store:
        yield Key(store, WRITE)


def _migrate(argv: Sequence[str]) -> Iterator[Key]:
    skips = {"auth": 1, "auth2": 2}
    at = 6
    while at < len(argv):
        word = argv[at].lower()
        if word == "keys":
            # With a key before it, too, KEYS is a slip: 7.0 and later see no key then.
            if not argv[3]:
                yield from (Key(key, BOTH) for key in range(at + 1, len(argv)))
            return
        at += 1 + skips.get(word, 0)
    yield Key(3, BOTH)


def _georadius(argv: Sequence[str]) -> Iterator[Key]:
    yield Key(1, READ)
    at, store = 5, 0
    while at < len(argv):
        if argv[at].lower() in {"store", "storedist"} and at + 1 < len(argv):
            at += 1
            store = at
        at += 1
    if store:
        yield Key(store, WRITE)


_BY_HAND: Mapping[str, Callable[[Sequence[str]], Iterator[Key]]] = {
    "set": _set,
    "bitfield": _bitfield,
    "sort": _sort,
    "sort_ro": lambda _: iter((Key(1, READ),)),
    "migrate": _migrate,
    "georadius": _georadius,
    "georadiusbymember": _georadius,
}


def _by_count(
    specs: Sequence[Mapping[str, Any]],
) -> Callable[[Sequence[str]], Iterator[Key]] | None:
    """Make the reader that engines fall back to for ``numkeys``: it takes 01 as a number."""
    count_at = 0
    store = 0
    for spec in specs:
        if spec["find"][0] == "keynum":
            if spec["find"][3] != 1:
                return None  # MSETEX of valkey 9.1, which has no second reader
            count_at = spec["begin"][1] + spec["find"][1]
        else:
            store = spec["begin"][1]
    return _counted(count_at, count_at + 1, store, bits=0) if count_at else None


def _positions(command: Command, argv: Sequence[str]) -> Iterator[Key]:
    """Give keys by first, last and step, as 6.2 does: none at all when they run past the end."""
    if command.positions is None:
        return
    first, last, step = command.positions
    last = len(argv) + last if last < 0 else last
    if last < len(argv):
        yield from (Key(at, BOTH) for at in range(first, last + 1, step))


def _counted(
    count_at: int, first: int, store: int = 0, bits: int = BOTH
) -> Callable[[Sequence[str]], Iterator[Key]]:
    """Make a reader of ``numkeys key [key ...]``; a count that does not fit means no keys."""

    def read(argv: Sequence[str]) -> Iterator[Key]:
        number = _LEADING_INTEGER.match(argv[count_at]) if count_at < len(argv) else None
        count = int(number[1]) if number else 0
        if 1 <= count <= len(argv) - first:
            yield from (Key(at, bits) for at in range(first, first + count))
            if store:
                yield Key(store, bits)

    return read


def _xread(argv: Sequence[str]) -> Iterator[Key]:
    skips = {"block": 1, "count": 1, "group": 2, "noack": 0}
    at = 1
    while at < len(argv) and argv[at].lower() in skips:
        at += 1 + skips[argv[at].lower()]
    rest = len(argv) - at - 1
    if at < len(argv) and argv[at].lower() == "streams" and rest and rest % 2 == 0:
        yield from (Key(key, BOTH) for key in range(at + 1, at + 1 + rest // 2))


def _memory(argv: Sequence[str]) -> Iterator[Key]:
    if len(argv) >= 3 and argv[1].lower() == "usage":
        yield Key(2, BOTH)


def _stralgo(argv: Sequence[str]) -> Iterator[Key]:
    at, pair = 1, 0
    while at < len(argv) and argv[at].lower() != "strings":
        if argv[at].lower() == "keys" and at + 2 < len(argv):
            pair = at + 1
            at += 2
        at += 1
    if pair:
        yield Key(pair, BOTH)
        yield Key(pair + 1, BOTH)


def _migrate_before_7(argv: Sequence[str]) -> Iterator[Key]:
    if argv[3]:
        yield Key(3, BOTH)  # measured on redis 6.2.14: KEYS after a key is not looked at
    else:
        yield from _migrate(argv)


def _whole(
    read: Callable[[Sequence[str]], Iterator[Key]],
) -> Callable[[Sequence[str]], Iterator[Key]]:
    """Ask for both rights: 6.2 has no rights on key patterns."""
    return lambda argv: (Key(at, BOTH) for at, _ in read(argv))


_OLD: Mapping[str, Callable[[Sequence[str]], Iterator[Key]]] = {
    "eval": _counted(2, 3),
    "evalsha": _counted(2, 3),
    "zunionstore": _counted(2, 3, store=1),
    "zinterstore": _counted(2, 3, store=1),
    "zdiffstore": _counted(2, 3, store=1),
    "zunion": _counted(1, 2),
    "zinter": _counted(1, 2),
    "zdiff": _counted(1, 2),
    "sort": _whole(_sort),
    "georadius": _whole(_georadius),
    "georadiusbymember": _whole(_georadius),
    "migrate": _migrate_before_7,
    "memory": _memory,
    "stralgo": _stralgo,
    "xread": _xread,
    "xreadgroup": _xread,
}
