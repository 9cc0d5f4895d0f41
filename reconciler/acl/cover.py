"""Whether one user's rights hold everything of another's, on one engine version.

A command line may name several keys, and one selector must grant all of it. So a right is *held*
when some one selector of the other side holds it; only for commands with a single key may
several selectors hold it together. What can't be decided counts as not held.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.acl.command import Command, Table
from reconciler.acl.decision import Granted, Rights
from reconciler.acl.glob import covers, simplified
from reconciler.acl.grammar import READ, WRITE
from reconciler.acl.keys import CHANNEL_COMMANDS

_WRITES = frozenset({"insert", "update", "delete"})


class Demand(NamedTuple):
    """What a command may ask of key patterns (sets of bits) and of channels."""

    keys: frozenset[int]
    single: bool
    channel: str = ""


class Reach(NamedTuple):
    """Key patterns that become readable, writable, that are named at all; and channels."""

    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


class Extra(NamedTuple):
    """What one side may do and the other may not, on one engine version; commands as bits."""

    commands: int = 0
    """Commands of which no part is held."""
    wider: int = 0
    """Commands that are held for other keys or channels only."""
    reach: Reach = Reach()
    first_args: tuple[str, ...] = ()
    """``select|0``: a command with this first argument."""
    modules: tuple[str, ...] = ()
    """Rules on commands of modules, which no table knows: ``+json.get``."""
    future: bool = False
    """Commands that later versions and modules bring."""
    unsure: bool = False
    """Some of it could not be decided, and so counts."""

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.commands or self.wider or self.first_args or self.modules or self.future)


NOTHING = Extra()


@functools.lru_cache(maxsize=64)
def demands(table: Table) -> tuple[tuple[Demand, int], ...]:
    """Sort a table's commands by what they ask of patterns."""
    found: dict[Demand, int] = {}
    for at, name in enumerate(table.names):
        if table.executable >> at & 1:
            demand = _demand(table.command(name), table)
            found[demand] = found.get(demand, 0) | 1 << at
    return tuple(found.items())


def _demand(command: Command, table: Table) -> Demand:
    channel = command.name if command.name in CHANNEL_COMMANDS else ""
    if not table.has_selectors:
        touches = command.positions is not None or command.movable
        single = command.positions is not None and command.positions[0] == command.positions[1]
        asks = frozenset({READ | WRITE} if touches else ())
        return Demand(asks, single and not command.movable, channel)
    asked: set[int] = set()
    specs = [spec for spec in command.keys if "not_key" not in spec["flags"]]
    for spec in specs:
        flags = set(spec["flags"])
        bits = (READ if "access" in flags else 0) | (WRITE if flags & _WRITES else 0)
        asked.add(bits)
        if "variable_flags" in flags:
            asked.update({READ, WRITE} if command.name == "bitfield" else {bits, WRITE})
        if spec["find"][0] == "keynum":
            asked.add(0)  # a count that engines read in their second, looser way asks for no right
    single = len(specs) == 1 and specs[0]["find"][0] == "range" and specs[0]["find"][1] == 0
    return Demand(frozenset(asked), single, channel)


def extra(ours: Sequence[Granted], theirs: Sequence[Granted]) -> Extra:
    """Give what our selectors allow and theirs do not; both on the same engine version."""
    total = NOTHING
    for selector in ours:
        total = _joined(total, _beyond(selector, theirs, selector.table))
    return total


def _joined(one: Extra, other: Extra) -> Extra:
    if not other.any:
        return one
    return Extra(
        one.commands | other.commands,
        one.wider | other.wider,
        Reach(*(a | b for a, b in zip(one.reach, other.reach, strict=True))),
        tuple(sorted({*one.first_args, *other.first_args})),
        tuple(sorted({*one.modules, *other.modules})),
        one.future or other.future,
        one.unsure or other.unsure,
    )


def _beyond(selector: Granted, others: Sequence[Granted], table: Table) -> Extra:
    held = known = 0
    unsure = False
    for other in others:
        known |= other.commands
    mine = selector.commands
    for demand, members in demands(table):
        if not mine & members:
            continue
        for other in others:
            common = mine & members & other.commands & ~held
            if common:
                answer = _holds(demand, selector, [other])
                held |= common if answer else 0
                unsure |= answer is None
        left = mine & members & known & ~held
        if left and demand.single and len(others) > 1:
            held |= _together(left, demand, selector, others)
    left = mine & ~held
    state = selector.state
    asked = (
        state.first_args or state.future or any(one.state.modules for one in (selector, *others))
    )
    if not (left or asked):
        return NOTHING
    first = tuple(_first_args(selector, others))
    future = selector.state.future and not any(other.state.future for other in others)
    return Extra(
        left & ~known,
        left & known,
        _new_patterns(selector, others, left),
        first,
        _modules(selector, others),
        future,
        unsure,
    )


def _together(left: int, demand: Demand, selector: Granted, others: Sequence[Granted]) -> int:
    """Give those single-key commands that several selectors hold between them."""
    groups: dict[int, list[Granted]] = {}
    held = 0
    while left:
        low = left & -left
        left ^= low
        holders = [at for at, other in enumerate(others) if other.commands & low]
        key = sum(1 << at for at in holders)
        groups.setdefault(key, [others[at] for at in holders])
        if _holds(demand, selector, groups[key]):
            held |= low
    return held


def _holds(demand: Demand, selector: Granted, others: Sequence[Granted]) -> bool | None:
    """Say whether these others hold every key and channel that such a command may name."""
    answers = [
        covers(selector.patterns(bits), frozenset().union(*(one.patterns(bits) for one in others)))
        for bits in sorted(demand.keys)
    ]
    if demand.channel == "psubscribe":
        answers.append(_patterns_listed(selector, others))
    elif demand.channel:
        wider = frozenset[str]().union(*(one.channels for one in others))
        answers.append(covers(selector.channels, wider))
    if False in answers:
        return False
    return None if None in answers else True


def _patterns_listed(selector: Granted, others: Sequence[Granted]) -> bool:
    """PSUBSCRIBE is granted pattern by pattern, letter by letter."""
    if any(one.all_channels for one in others):
        return True
    if selector.all_channels:
        return False
    return set(selector.state.channels) <= {name for one in others for name in one.state.channels}


def _first_args(selector: Granted, others: Sequence[Granted]) -> list[str]:
    """Give ``command|argument`` that no other selector grants with the same keys."""
    table = selector.table
    found: list[str] = []
    by_name = _demand_of(table)
    for name, arguments in selector.first_args.items():
        holders = [other for other in others if _holds(by_name[name], selector, [other])]
        full = any(other.commands >> table.index[name] & 1 for other in holders)
        found.extend(
            f"{name}|{argument}"
            for argument in arguments
            if not full and not any(argument in one.first_args.get(name, ()) for one in holders)
        )
    return found


def _modules(selector: Granted, others: Sequence[Granted]) -> tuple[str, ...]:
    """Give what may allow commands of modules that none of the others is sure to allow."""
    state = selector.state
    if not (state.modules or any(other.state.modules for other in others)):
        return ()
    categories = tuple(one for one in state.history if one.startswith("+@"))
    grants = tuple(one for one, *_ in state.module_rules if one[0] == "+")
    given = grants or (("+@all",) if state.future else categories)
    everything = Demand(frozenset({0, READ, WRITE, READ | WRITE}), single=False)
    for other in others:
        if _holds_modules(other, selector) and _holds(everything, selector, [other]):
            return ()
    return given


def _holds_modules(other: Granted, selector: Granted) -> bool:
    """Say whether the other is sure to hold them: the same rules, no more of them, or +@all."""
    theirs, ours = other.state.module_rules, selector.state.module_rules
    if theirs == ours and other.state.future == selector.state.future:
        return True
    if any(rule.startswith("-") for rules in theirs for rule in rules):
        return False
    if other.state.future and not any(one.startswith("-@") for one in other.state.history):
        return True
    return {one for one in ours if one[0][0] == "+"} <= {*theirs}


@functools.lru_cache(maxsize=64)
def _demand_of(table: Table) -> Mapping[str, Demand]:
    return {name: demand for demand, mask in demands(table) for name in table.named(mask)}


def _new_patterns(selector: Granted, others: Sequence[Granted], left: int) -> Reach:
    """Give what becomes readable and writable with what is extra, and which patterns it names."""
    asked = [demand for demand, members in demands(selector.table) if left & members]
    read: set[str] = set()
    write: set[str] = set()
    named: set[str] = set()
    for bits in {bits for demand in asked for bits in demand.keys}:
        names = selector.patterns(bits)
        named |= names
        if bits & READ:
            read |= _uncovered(names, _reachable(others, READ))
        if bits & WRITE:
            write |= _uncovered(names, _reachable(others, WRITE))
    channels = frozenset[str]()
    if any(demand.channel for demand in asked):
        heard = [one.channels for one in others if one.commands & touching_channels(one.table)]
        channels = _uncovered(selector.channels, heard) or selector.channels
    return Reach(frozenset(read), frozenset(write), frozenset(named), channels)


def _reachable(others: Sequence[Granted], bits: int) -> list[frozenset[str]]:
    return [other.patterns(bits) for other in others if other.commands & _asking(other.table, bits)]


@functools.lru_cache(maxsize=64)
def _asking(table: Table, bits: int) -> int:
    """Give the commands that ask for this right on a key."""
    return sum(mask for demand, mask in demands(table) if any(one & bits for one in demand.keys))


@functools.lru_cache(maxsize=64)
def touching_channels(table: Table) -> int:
    """Give the commands whose channels are checked: PUBLISH, SUBSCRIBE and their like."""
    return table.mask(CHANNEL_COMMANDS)


@functools.lru_cache(maxsize=64)
def touching_keys(table: Table) -> int:
    """Give the commands that name keys."""
    return sum(mask for demand, mask in demands(table) if demand.keys)


def _uncovered(names: frozenset[str], held: Sequence[frozenset[str]]) -> frozenset[str]:
    every = frozenset[str]().union(*held)
    return frozenset(one for one in names if covers(frozenset({one}), every) is not True)


def equal(one: Rights, other: Rights) -> bool:
    """Say whether both allow the same; false when that can't be decided."""
    if one.on != other.on or one.skips_sanitizing != other.skips_sanitizing:
        return False
    if shape(one) == shape(other):
        return True
    ours, theirs = one.selectors, other.selectors
    return not extra(ours, theirs).any and not extra(theirs, ours).any


def shape(found: Rights) -> frozenset[object]:
    """Give a value that is equal only for equal rights."""
    return frozenset(_shape(one) for one in found.selectors)


def _shape(one: Granted) -> object:
    keys = one.state.keys.items()
    patterns = "*" if one.state.all_keys else frozenset((simplified(k), bits) for k, bits in keys)
    channels = "*" if one.all_channels else frozenset(one.state.channels)
    first = tuple(one.first_args.items())
    modules = one.state.module_rules
    return one.commands, one.state.future, first, modules, patterns, channels
