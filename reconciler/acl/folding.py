"""Sets of commands in few words: whole categories by name, the rest one by one."""

from __future__ import annotations

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
# How fast a command is says little to a reader.
_LAST = ("fast", "slow")


def folded(mask: int, table: Table, held: int = 0) -> str:
    """Say a set of commands: ``all of @write``, ``@list but RPUSH``, ``GET, SET and 12 more``.

    ``held`` are commands that are there already, so that a category may be ``the rest of``.
    """
    usual = table.executable & ~table.always
    if usual & ~mask == 0:
        return "every command"
    parts, left = [], mask
    for category, members in _fitting(mask, table, held):
        missing = list(table.named(members & ~mask & ~held))
        how = "the rest of " if members & held & ~mask else "" if missing else "all of "
        parts.append(f"{how}@{category}{' but ' if missing else ''}{commands_listed(missing)}")
        left &= ~members
    if rest := list(table.named(left)):
        parts.append(commands_listed(rest))
    return ", ".join(parts)


def _fitting(mask: int, table: Table, held: int) -> Iterator[tuple[str, int]]:
    """Choose categories that lie inside but for a few commands, the largest first."""
    left = mask
    order = [one for one in table.categories if one not in _LAST] + list(_LAST)
    while True:
        best, most, part = "", 2, 0
        for category in order:
            members = table.members[category] & table.executable
            gain = (members & left).bit_count()
            missing = (members & ~mask & ~held).bit_count()
            if missing <= min(MISSING, gain // 4) and gain - 2 * missing > most:
                best, most, part = category, gain - 2 * missing, members
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
