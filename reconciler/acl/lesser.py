"""A smaller access string that still gives what was meant: computed, and proven on every version.

What was meant is taken to be everything that ``after`` allows, less the dangerous commands that
it gains: those in @dangerous, and those that act on every key whatever the patterns say.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence

from reconciler.acl.command import TABLES, Table
from reconciler.acl.decision import Rights, read, rights
from reconciler.acl.difference import same_rights
from reconciler.acl.folding import EVERYWHERE
from reconciler.acl.grammar import AccessStringError, Rule, parse_either
from reconciler.acl.vocabulary import is_hidden

# A string with more tokens than this on top is not worth offering.
LONGEST = 10
_COMMAND_SORTS = frozenset({"command", "category", "module", "allcommands", "nocommands"})


def smaller(before: str | None, after: str, tables: Iterable[Table] = TABLES) -> str | None:
    """Give the string without the dangerous gains; None if there are none or no way is proven.

    None, too, where nothing but those commands is gained. Proven: the service would take it, and
    on each of these versions it allows in its root exactly what ``after`` does less those
    commands, with the same keys, channels and selectors.
    """
    tables = tuple(tables)
    try:
        wanted = [_wanted(before, after, table) for table in tables]
        rules = parse_either(after).rules
    except AccessStringError:
        return None
    if not any(left for left, _ in wanted):
        return None
    names = {
        name for table, (left, _) in zip(tables, wanted, strict=True) for name in table.named(left)
    }
    held = _rules_of(before)
    for text in _candidates(rules, held, sorted(names), tables):
        if _proven(text, after, tables, [mask for _, mask in wanted]):
            nothing_left = before is not None and same_rights(before, text, tables)
            return None if nothing_left else text
    return None


def _wanted(before: str | None, after: str, table: Table) -> tuple[int, int]:
    """Give the commands to leave out of the root, and the root's commands without them."""
    root, *others = read(after, table).selectors
    has = root.state.commands & table.executable
    had = 0
    if before is not None:
        old = read(before, table)
        for selector in old.selectors if old.on else ():
            had |= selector.state.commands
    dangerous = (table.members["dangerous"] | table.mask(EVERYWHERE)) & ~_harmless(table)
    for selector in others:
        had |= selector.state.commands  # only the root is made smaller
    left = has & ~had & dangerous & ~table.always
    return left, has & ~left


@functools.lru_cache(maxsize=64)
def _hidden(table: Table) -> int:
    return table.mask(filter(is_hidden, table.names))


@functools.lru_cache(maxsize=64)
def _harmless(table: Table) -> int:
    """Give what needs no leaving out: ElastiCache hides it, or it only counts the keys."""
    return table.mask(["dbsize"]) | _hidden(table)


def _rules_of(before: str | None) -> frozenset[str]:
    if before is None:
        return frozenset()
    try:
        found = parse_either(before).rules
    except AccessStringError:
        return frozenset()
    return frozenset(rule.text.lower() for rule in found if rule.sort in _COMMAND_SORTS)


def _candidates(
    rules: Sequence[Rule], held: frozenset[str], names: Sequence[str], tables: Sequence[Table]
) -> Iterator[str]:
    """Give strings to try, the most readable first.

    First what is new, less @dangerous, then what was there before; then @dangerous taken off at
    the end; last the single commands taken off, container by container where a whole one goes.
    """
    commands = [rule for rule in rules if rule.sort in _COMMAND_SORTS]
    rest = [rule.text for rule in rules if rule.sort not in _COMMAND_SORTS]
    frame, selectors = _split(rest)
    base = [rule.text for rule in commands[:1] if rule.sort in {"allcommands", "nocommands"}]
    later = commands[len(base) :]
    new = [rule.text for rule in later if rule.text.lower() not in held]
    old = [rule.text for rule in later if rule.text.lower() in held]
    start = base or ["-@all"]
    every = [rule.text for rule in later]
    singles = [f"-{name}" for name in _short(names, tables)]
    mild = [one for one in singles if not all(_is_dangerous(one[1:], table) for table in tables)]
    for middle in (
        [*start, *new, "-@dangerous", *old],
        [*start, *new, "-@dangerous", *mild, *old],
        [*start, *every, "-@dangerous"],
        [*start, *every, "-@dangerous", *mild],
        [*base, *every, *singles],
    ):
        if len(middle) > LONGEST + len(commands):
            continue
        yield " ".join((*frame, *middle, *selectors))


def _is_dangerous(name: str, table: Table) -> bool:
    return bool(table.members["dangerous"] >> table.index[name] & 1)


def _split(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    return (
        [one for one in texts if not one.startswith("(")],
        [one for one in texts if one.startswith("(")],
    )


def _short(names: Sequence[str], tables: Sequence[Table]) -> list[str]:
    """Leave out subcommands whose container is named, and names that some version has not."""
    known = [name for name in names if all(name in table.index for table in tables)]
    return [name for name in known if name.partition("|")[0] not in known or "|" not in name]


def _proven(text: str, after: str, tables: Sequence[Table], wanted: Sequence[int]) -> bool:
    """Say whether the text leaves exactly the wanted commands, and all else as it was."""
    try:
        for table, mask in zip(tables, wanted, strict=True):
            new = rights(text, table)  # as the service reads it: it must be accepted
            whole = read(after, table)
            if not _as_wanted(new, whole, mask):
                return False
    except AccessStringError:
        return False
    return True


def _as_wanted(new: Rights, whole: Rights, mask: int) -> bool:
    root, other = new.selectors[0], whole.selectors[0]
    same = (
        new.on == whole.on,
        root.state.keys == other.state.keys,
        root.state.all_keys == other.state.all_keys,
        root.channels == other.channels,
        root.state.all_channels == other.state.all_channels,
        root.first_args == other.first_args,
        root.state.future == other.state.future,
        root.state.module_rules == other.state.module_rules,
        len(new.selectors) == len(whole.selectors),
        (root.state.commands & root.table.executable ^ mask) & ~_hidden(root.table) == 0,
    )
    return all(same) and all(
        one.state.commands == two.state.commands and one.state.keys == two.state.keys
        for one, two in zip(new.selectors[1:], whole.selectors[1:], strict=True)
    )


def minimum_engine_version(text: str) -> str:
    """Give the lowest engine version that can know these rules: 6.0, 6.2 or 7.0.

    Channels come with 6.2; selectors, rights on key patterns and rules of a single subcommand
    taken away come with 7.0. AccessStringError when it can't be read at all.
    """
    version = "6.0"
    for rule in parse_either(text).rules:
        if rule.sort in {"selector", "clearselectors"} or rule.text.startswith("%"):
            return "7.0"
        if rule.sort == "command" and "|" in rule.name and not rule.allow:
            return "7.0"
        if rule.sort in {"channel", "allchannels", "resetchannels"}:
            version = "6.2"
    return version
