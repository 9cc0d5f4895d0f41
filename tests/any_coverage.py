"""What random pairs covered: kind by field by what happened to it, and how often."""

from __future__ import annotations

from collections import Counter

import build
from any_wish import SORTS

from reconciler.model import Immutable, mark

Covered = Counter[tuple[str, str, str]]
FLOOR = 20
COLUMNS = ("create", "change", "reset", "same", "left alone", "refused")
NOT_SEEN = {("replication_group", "port"), ("cache_cluster", "port")}
"""Behind loopback the port that describe shows is not the cache's own."""
NO_WAY_BACK = {("replication_group", "transit_encryption_enabled")}
"""What no call puts back to its default."""


def applies(kind: str, name: str, column: str) -> bool:
    """Whether a field can have this transition at all."""
    sort, noun = SORTS[kind], build.KIND[kind].model
    fixed = mark(noun, name, Immutable) is not None
    match column:
        case "change":
            return not fixed
        case "refused":
            return fixed and (kind, name) not in NOT_SEEN
        case "reset":
            return name in sort.resets and (kind, name) not in NO_WAY_BACK
        case _:
            return True


def table(covered: Covered) -> str:
    """Give what was covered, a line for each field; ``-`` where there is no such transition."""
    lines = [f"{'':44}" + "".join(f"{column:>12}" for column in COLUMNS)]
    for kind in SORTS:
        for name in build.KIND[kind].fields:
            cells = [
                str(covered[kind, name, column]) if applies(kind, name, column) else "-"
                for column in COLUMNS
            ]
            lines.append(f"{kind + '.' + name:44}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


def thin(covered: Covered) -> dict[tuple[str, str, str], int]:
    """Give what was covered less often than the floor."""
    return {
        (kind, name, column): covered[kind, name, column]
        for kind in SORTS
        for name in build.KIND[kind].fields
        for column in COLUMNS
        if applies(kind, name, column) and covered[kind, name, column] < FLOOR
    }
