"""Durability: writes that a log in several zones keeps, turned on last and turned off first.

The user guide ("Changing durability on an existing cluster") asks for everything in NEEDS, and for
a call that changes nothing else. Its page on limits still says that a group that stands can't be
given or rid of it; where that holds the service refuses the call, and the step fails with what
it says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.kind import Next, Unreachable, Wait
from reconciler.kind.engine_version import at_least
from reconciler.kinds.replication_group.move import Move
from reconciler.model import ReplicationGroup

DURABLE = frozenset({"sync", "async"})
FAMILIES = ("r8g", "r7g", "r6g", "m8g", "m7g", "m6g", "c8gn", "c7gn")
"""Node types that can keep the log (user guide, limitations of durability)."""
_TEXT = {
    "sync": "nobody cut off; writes are answered milliseconds later, and none is lost",
    "async": "nobody cut off; a failure may lose the last ten seconds of writes",
}
_OFF = "nobody cut off; a failure may lose what a replica has not, as in any cache"


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold while a group is durable: what it is called, and how it is written."""

    name: str
    way: str
    fields: tuple[str, ...]
    holds: Callable[[ReplicationGroup], bool]


NEEDS: tuple[Need, ...] = (
    Need(
        "valkey 9.0 or later",
        'write engine: valkey and engine_version: "9.0"',
        ("engine", "engine_version"),
        lambda group: group.engine == "valkey" and at_least(group.engine_version or "0", "9.0"),
    ),
    Need(
        "cluster mode",
        "write cluster_mode: enabled",
        ("cluster_mode", "num_node_groups", "cache_parameter_group_name"),
        lambda group: group.cluster_mode == "enabled",
    ),
    Need(
        "multi-AZ",
        "write multi_az_enabled: true",
        ("multi_az_enabled",),
        lambda group: bool(group.multi_az_enabled),
    ),
    Need(
        "a replica of each shard",
        "write replicas_per_node_group: 1",
        ("replicas_per_node_group", "num_cache_clusters"),
        lambda group: bool(group.replicas_per_node_group),
    ),
    Need(
        "TLS",
        "write transit_encryption_enabled: true",
        ("transit_encryption_enabled",),
        lambda group: bool(group.transit_encryption_enabled),
    ),
    Need(
        f"a node type of {', '.join(FAMILIES)}",
        "write cache_node_type: cache.r7g.large, or another of these",
        ("cache_node_type",),
        lambda group: can_keep_a_log(group.cache_node_type),
    ),
    Need(
        "no global datastore",
        "take it out of its datastore first",
        ("global_datastore",),
        lambda group: not group.global_datastore,
    ),
)
"""All of them; each field is one of those that say it."""


def can_keep_a_log(node_type: str | None) -> bool:
    """Say whether a node of this type can be durable; left out, the service's own can't be told."""
    return node_type is None or node_type.removeprefix("cache.").split(".")[0] in FAMILIES


def durable_without(move: Move) -> Unreachable | None:
    """Refuse a wish for durability without what it needs."""
    if move.after.durability not in DURABLE:
        return None
    lacking = [need for need in NEEDS if not need.holds(move.after)]
    if not lacking:
        return None
    reason = f"durability {move.after.durability} needs {', '.join(need.name for need in lacking)}"
    fields = ("durability", *(name for need in lacking for name in need.fields))
    way = f"{'; '.join(need.way for need in lacking)}; or durability: disabled"
    return Unreachable(reason, way, fields=fields)


def off_first(move: Move) -> Next:
    """Take it away before anything that it needs."""
    if not move.differs("durability") or move.before.durability not in DURABLE:
        return None
    return None if move.after.durability in DURABLE else _step(move)


def on_last(move: Move) -> Next:
    """Give it once everything that it needs is there."""
    if not move.differs("durability"):
        return None
    if move.after.durability in DURABLE:
        if "engine_version" in move.before.scheduled:
            return Wait(f"engine_version {move.before.engine_version} runs ({move.window})")
        if not all(need.holds(move.before) for need in NEEDS):
            return None
    return _step(move)


def _step(move: Move) -> Next:
    wished = move.after.durability
    text = _TEXT.get(wished or "", _OFF)
    return move.modify(
        {"Durability": wished},
        {"durability": wished, "durability_in_effect": _in_effect(move)},
        text=text,
    )


def _in_effect(move: Move) -> str | None:
    """Give what will hold; what ``default`` means is the service's to say."""
    wished = move.after.durability
    return move.before.durability_in_effect if wished == "default" else wished
