"""Rights -> text: the canonical form, and the two forms in which engines give a string back.

Up to 7.0 an engine works the command rules out anew from the set of allowed commands; from 7.2 on
it keeps the rules as they were given, less those that a later one makes moot.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from reconciler.acl.command import Table
from reconciler.acl.cover import extra
from reconciler.acl.decision import Granted, Rights, rights
from reconciler.acl.glob import covers, simplified
from reconciler.acl.grammar import READ, WRITE
from reconciler.acl.replay import ChannelDefault, Selector, replayed

Normaliser = Literal[7, 8]
_DEFAULTS: tuple[ChannelDefault, ...] = ("allchannels", "resetchannels")
_PREFIX = {READ: "%R~", WRITE: "%W~", READ | WRITE: "~", 0: "~"}


def stored(text: str, table: Table, normaliser: Normaliser, *, service: bool = True) -> str:
    """Give the text as the service keeps it, by the engines' own normaliser 7 (re-derived) or 8.

    On or off first, then keys, channels, commands, selectors; nothing is said of channels where
    nothing was, and no password or payload flag. Where 7 writes single commands, engines give them
    in the order of a hash table, a new one with every start; here they are sorted.
    """
    state = replayed(text, table, service=service)
    root, *others = (_kept(one, normaliser) for one in state.selectors)
    return " ".join(("on" if state.on else "off", root, *(f"({one})" for one in others)))


def _kept(selector: Selector, normaliser: Normaliser) -> str:
    base = "+@all" if selector.future else "-@all"
    rules = selector.history if normaliser == 8 else list(_derived(selector))
    keys = ["~*"] if selector.all_keys else [_PREFIX[b] + k for k, b in selector.keys.items()]
    return " ".join((*keys, *_said_channels(selector), base, *rules))


def _said_channels(selector: Selector) -> tuple[str, ...]:
    if selector.all_channels:
        return ("&*",)
    if selector.all_channels is False and not selector.channels:
        return ("resetchannels",)
    return tuple(f"&{name}" for name in selector.channels)


def _derived(selector: Selector) -> Iterator[str]:
    """Work the rules out as 7.0 does: the best-fitting categories, then single commands."""
    table = selector.table
    yield from _commands_derived(selector.commands, table, additive=not selector.future)
    allowed, index = selector.commands, table.index
    for name, arguments in sorted(selector.first_args.items()):
        if not allowed >> index[name] & 1:
            yield from (f"+{name}|{argument}" for argument in arguments)
    yield from _module_rules(selector)


@functools.lru_cache(maxsize=1024)
def _commands_derived(wanted: int, table: Table, *, additive: bool) -> tuple[str, ...]:
    """Give the rules on commands alone; a thousand users of an estate share a few sets of them."""
    rules, mask = _categories(wanted, table, additive=additive, whole=table.every)
    return (*rules, *_fixes(wanted, table, mask))


def _module_rules(selector: Selector) -> Iterator[str]:
    """Give the rules on commands that no table knows, in their order."""
    for name, allow in selector.modules.items():
        yield ("+" if allow else "-") + name


def _categories(wanted: int, table: Table, *, additive: bool, whole: int) -> tuple[list[str], int]:
    """Choose categories greedily by fewest differences, and give them with the commands they leave.

    A category is counted by its members and applied by its reach; both as 7.0 does.
    """
    made = 0 if additive else whole
    left = wanted
    rules: list[str] = []
    open_ = list(table.categories)
    while True:
        best, fewest, most = "", 1 << 30, 0
        for category in open_:
            same, differ = _fit(left, table.members[category] & whole, additive=additive)
            if same > differ and (differ < fewest or (differ == fewest and same > most)):
                best, fewest, most = category, differ, same
        if not best:
            return rules, made
        open_.remove(best)
        reach = table.reach[best] & whole
        made = made | reach if additive else made & ~reach
        left = left & ~reach if additive else left | reach
        rules.append(f"{'+' if additive else '-'}@{best}")


def _fit(left: int, members: int, *, additive: bool) -> tuple[int, int]:
    """Count the members that a category would set right, and those that it would set wrong."""
    on = (left & members).bit_count()
    off = members.bit_count() - on
    return (on, off) if additive else (off, on)


def _fixes(wanted: int, table: Table, made: int) -> Iterator[str]:
    """Give single commands still amiss; a container is set with all its subcommands."""
    for at, name in enumerate(table.names):  # a container comes before its own
        allow = wanted >> at & 1
        if allow == made >> at & 1:
            continue
        family = table.families.get(name, 1 << at)
        made = made | family if allow else made & ~family
        yield ("+" if allow else "-") + name


def canonical(text: str, table: Table, *, service: bool = True) -> str:
    """Give the one text of these rights on this engine version.

    Equal texts mean equal rights, and equal rights give equal texts but where only a union of
    several patterns, or of several selectors, says the same in another way, or where commands of
    modules are named and the command rules stay in their order: there same_rights decides.
    Channels stay unsaid where nothing was said of them.
    """
    found = rights(text, table, service=service)
    kept = _not_held_by_others(found)
    written = sorted({_canonical(one) for one in kept} or {("-@all",)}, key=" ".join)
    root, *others = written
    flags = ("skip-sanitize-payload",) if found.skips_sanitizing else ()
    selectors = (f"({' '.join(map(_inside, one))})" for one in others)
    return " ".join(("on" if found.on else "off", *flags, *root, *selectors))


def _inside(rule: str) -> str:
    """Write a rule as it must stand in a selector, where quotes mean something and ) ends it."""
    if not rule.endswith(")") and '"' not in rule and "'" not in rule:
        return rule
    escaped = rule.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _not_held_by_others(found: Rights) -> Sequence[Granted]:
    """Leave out every selector that the others hold, largest text first so the choice is one."""
    kept = sorted(found.selectors, key=lambda one: " ".join(_canonical(one)), reverse=True)
    for one in tuple(kept):
        others = [other for other in kept if other is not one]
        if others and not any(extra(*pair).any for pair in _under_both_defaults([one], others)):
            kept = others
    return kept


def _under_both_defaults(
    ones: Sequence[Granted], others: Sequence[Granted]
) -> Iterator[tuple[list[Granted], list[Granted]]]:
    """Where nothing is said of channels, either default may hold."""
    for default in _DEFAULTS:
        yield (
            [Granted(one.state, default) for one in ones],
            [Granted(one.state, default) for one in others],
        )


def _canonical(one: Granted) -> tuple[str, ...]:
    state = one.state
    channels = _said_channels(state)
    if state.channels:
        # An engine whose default is allchannels takes no pattern without it.
        channels = ("resetchannels", *sorted(channels))
    return (*_key_rules(state), *channels, *_command_rules(one))


def _key_rules(state: Selector) -> list[str]:
    """Give key rules in order, each pattern simplified and those left out that others hold."""
    if state.all_keys or _holds_all(state.keys):
        return ["~*"]
    kept = _not_within_others(state.keys.items())
    # Engines join rights of one pattern by its letters, so two spellings must not become one here.
    short = {name: simplified(name) for name, _ in kept}
    spelled = list(short.values())
    written = [(short[one] if spelled.count(short[one]) == 1 else one, bits) for one, bits in kept]
    return sorted(_PREFIX[bits] + name for name, bits in _not_within_others(written))


def _not_within_others(rules: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Leave out every pattern that the others hold, with the same rights or more."""
    kept = set(rules)
    for one in sorted(kept):
        rest = kept - {one}
        wider = frozenset(name for name, bits in rest if bits & one[1] == one[1])
        if wider and covers(frozenset({one[0]}), wider):
            kept = rest
    return kept


def _holds_all(keys: dict[str, int]) -> bool:
    return any(bits == READ | WRITE and simplified(name) == "*" for name, bits in keys.items())


def _command_rules(one: Granted) -> Iterator[str]:
    table, future = one.table, one.state.future
    wanted = one.state.commands & table.executable
    yield "+@all" if future else "-@all"
    if one.state.modules:
        yield from one.state.history  # what a module's command bears is unknown: order may decide
        return
    yield from _shortest_rules(wanted, table, additive=not future)
    for name, arguments in one.first_args.items():
        yield from (f"+{name}|{argument}" for argument in arguments)


@functools.lru_cache(maxsize=1024)
def _shortest_rules(wanted: int, table: Table, *, additive: bool) -> tuple[str, ...]:
    rules, made = _shortest(wanted, table, additive=additive)
    return (*rules, *sorted(_singles(wanted, made, table)))


def _shortest(wanted: int, table: Table, *, additive: bool) -> tuple[list[str], int]:
    """Choose categories, added or taken away, by how many single commands each saves."""
    whole = table.executable
    made = 0 if additive else whole
    rules: list[str] = []
    while True:
        amiss = (wanted ^ made).bit_count()
        best, most, left = "", 1, made
        for sign, category in _signed(table):
            reach = table.reach[category] & whole
            now = made | reach if sign == "+" else made & ~reach
            saved = amiss - (wanted ^ now).bit_count()
            if saved > most:
                best, most, left = f"{sign}@{category}", saved, now
        if not best:
            return rules, made
        made = left
        rules.append(best)


def _signed(table: Table) -> Iterator[tuple[str, str]]:
    for sign in "+-":
        for category in table.categories:
            yield sign, category


def _singles(wanted: int, made: int, table: Table) -> Iterator[str]:
    """Give single commands; a whole family that goes one way by its container's name."""
    for sign, mask in (("+", wanted & ~made), ("-", made & ~wanted)):
        for parent, family in table.families.items():
            subcommands = family & table.executable
            if mask & subcommands == subcommands:
                mask &= ~subcommands  # noqa: PLW2901 - what is left for single names
                yield sign + parent
        yield from (sign + name for name in table.named(mask))
