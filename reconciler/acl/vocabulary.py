"""Every name that some engine knows, what ElastiCache hides, and the nearest name to a slip."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

# Removed or renamed for every user, whatever the access string says. ElastiCache user guide,
# "Supported and restricted commands"; the subcommands are those it lists for acl and cluster.
HIDDEN: frozenset[str] = frozenset(
    {
        *("acl|deluser", "acl|load", "acl|save", "acl|setuser"),
        *("bgrewriteaof", "bgsave", "config", "debug", "migrate", "psync", "replicaof"),
        *("save", "shutdown", "slaveof", "sync"),
        *("cluster|addslots", "cluster|addslotsrange", "cluster|bumpepoch"),
        *("cluster|delslots", "cluster|delslotsrange", "cluster|failover"),
        *("cluster|flushslots", "cluster|forget", "cluster|links", "cluster|meet"),
        "cluster|setslot",
    }
)


def is_hidden(name: str) -> bool:
    """Say whether ElastiCache keeps this command from everybody."""
    return name in HIDDEN or name.partition("|")[0] in HIDDEN


MODULE_CATEGORIES = frozenset({"bloom", "json", "search"})
_MODULE = re.compile(r"(json|_?ft|bf)\.[a-z._]+", re.IGNORECASE)


def is_module(name: str) -> bool:
    """Say whether a command belongs to a module that ElastiCache has: JSON, search, Bloom.

    No table knows them: the engines that tables are made from come without modules.
    """
    return _MODULE.fullmatch(name) is not None


@functools.cache
def names() -> tuple[frozenset[str], frozenset[str]]:
    """Give every command (subcommands as ``parent|sub``) and every category of every table."""
    from reconciler.acl.command import TABLES  # noqa: PLC0415 - read when asked for

    commands = frozenset[str]().union(*(one.index for one in TABLES))
    return commands, frozenset[str]().union(*(one.categories for one in TABLES))


def known_command(name: str) -> bool:
    """Say whether some engine has this command; in lower case."""
    return name in names()[0]


def known_category(name: str) -> bool:
    """Say whether some engine has this category; in lower case, without the @."""
    return name in names()[1]


def near(word: str, among: Iterable[str] = (), kind: str = "") -> str:
    """Say what may have been meant, as a question, or nothing."""
    import difflib  # noqa: PLC0415 - only when something is wrong

    commands, categories = names()
    if kind == "@":
        among, mark = categories, "@"
    elif kind:
        among, mark = commands, kind
    else:
        mark = ""
    found = difflib.get_close_matches(word, sorted(among), n=1, cutoff=0.6)
    if not found and kind and kind != "@" and word in categories:
        found, mark = [word], kind + "@"
    return f"did you mean {mark}{found[0]}?" if found else ""
