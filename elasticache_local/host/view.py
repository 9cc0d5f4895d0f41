"""A cluster as one of its nodes sees it."""

from __future__ import annotations

from dataclasses import dataclass

from elasticache_local.host.engine import Engine
from elasticache_local.host.slots import read_slots


@dataclass(frozen=True)
class View:
    """A line of CLUSTER NODES: a node as another one sees it."""

    id: str
    flags: frozenset[str]
    primary: str
    bus_port: int
    slots: frozenset[int]


async def views(engine: Engine) -> dict[str, View]:
    """Give the cluster as this node sees it, by node id."""
    text = (await engine.admin.ask("CLUSTER", "NODES")).decode()
    seen = {}
    for line in text.splitlines():
        node, address, flags, primary, _, _, _, _, *slots = line.split()
        # A slot on the move stands in brackets, beside the range that it still belongs to.
        mine = read_slots(",".join(part for part in slots if not part.startswith("[")))
        bus_port = int(address.partition("@")[2].partition(",")[0])
        seen[node] = View(node, frozenset(flags.split(",")), primary, bus_port, frozenset(mine))
    return seen


async def view_of_self(engine: Engine) -> View:
    """Give the node's own line."""
    return next(view for view in (await views(engine)).values() if "myself" in view.flags)
