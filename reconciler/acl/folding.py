"""Sets of commands in few words: whole categories by name, the rest one by one."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from reconciler.acl.command import Table

EVERYWHERE: frozenset[str] = frozenset(
    {
        *("cluster|countkeysinslot", "cluster|flushslot", "cluster|flushslots"),
        *("cluster|getkeysinslot", "clusterscan", "dbsize", "flushall", "flushdb", "keys"),
        *("monitor", "randomkey", "scan", "swapdb"),
    }
)
"""Commands that act on, show or count every key: no key pattern holds them."""

SHOWN = 8
MISSING = 12
# How fast a command is says little to a reader; as he wrote it, it is said.
_OF_SPEED = ("fast", "slow")


@functools.lru_cache(maxsize=4096)
def folded(mask: int, table: Table, held: int = 0) -> str:
    """Say a set of commands in the categories that a person thinks in, then one by one.

    ``held`` are commands that are there already, so that a category may be ``the rest of``.
    """
    usual = table.executable & ~table.always
    mask, held = mask & usual, held & usual
    if mask == usual:
        return "every command"
    parts, left = _parts(mask, table, held)
    if left and mask | held == usual:
        return "; ".join(["every other command", *parts])
    if left and not held and (short := _all_but(mask, usual, table)):
        return short
    return "; ".join([*parts, commands_listed(table.named(left))] if left else parts)


def _parts(mask: int, table: Table, held: int) -> tuple[list[str], int]:
    """Give the categories in words, and the commands that are in none of them."""
    parts, left = [], mask
    for category, members in _fitting(mask, table, held):
        missing = members & ~mask & ~held
        how = "the rest of " if members & held & ~mask else "" if missing else "all of "
        parts.append(f"{how}@{category}{_but(missing, members, table)}")
        left &= ~members
    return parts, left


def _all_but(mask: int, usual: int, table: Table) -> str:
    """Say ``every command but @dangerous, and INFO``; nothing when what is missing is as long."""
    left = usual & ~mask
    but, all_the_same = [], 0
    for category, members in _fitting(left, table, 0):
        but.append(f"@{category}")
        all_the_same |= members & mask
        left &= ~members
    if left.bit_count() > SHOWN or all_the_same.bit_count() > SHOWN:
        return ""
    but += [commands_listed(table.named(left))] if left else []
    more = f", and {commands_listed(table.named(all_the_same))}" if all_the_same else ""
    return f"every command but {', '.join(but)}{more}"


def _but(missing: int, members: int, table: Table) -> str:
    """Say what of a category is not there: by the category that has exactly that, or in names."""
    if not missing:
        return ""
    if missing in {members & table.members["dangerous"], members & table.reach["dangerous"]}:
        return " but @dangerous"
    return f" but {commands_listed(table.named(missing))}"


def _fitting(mask: int, table: Table, held: int) -> Iterator[tuple[str, int]]:
    """Choose categories that lie inside but for a few commands, the largest first."""
    usual = table.executable & ~table.always
    dangerous = table.members["dangerous"] | table.reach["dangerous"]
    for category in _OF_SPEED:
        members = table.reach[category] & usual
        if mask in {members, members & ~dangerous}:
            yield category, members
            return
    left = mask
    order = [one for one in table.categories if one not in _OF_SPEED]
    while True:
        best, most, part = "", 2, 0
        for category in order:
            members = table.members[category] & usual
            gain = (members & left).bit_count()
            missing = members & ~mask & ~held
            few = 0 if missing == members & table.members["dangerous"] else missing.bit_count()
            if few <= min(MISSING, gain // 4) and gain - 2 * few > most:
                best, most, part = category, gain - 2 * few, members
        if not best:
            return
        left &= ~part
        yield best, part


def commands_listed(names: Iterable[str]) -> str:
    """Write commands as a person types them: ``CONFIG GET, FLUSHALL and 12 more``."""
    return listed(name.replace("|", " ").upper() for name in names)


def listed(names: Iterable[str], shown: int = SHOWN) -> str:
    """Write a list with commas, cut off with a count when it is long."""
    every = list(names)
    if len(every) <= shown + 1:
        return ", ".join(every)
    return f"{', '.join(every[:shown])} and {len(every) - shown} more"
