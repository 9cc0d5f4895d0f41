"""Durability: a log in several zones, and what a group must be for it (user guide, limitations)."""

from __future__ import annotations

from elasticache_local.service.refusal import bad_combination

DURABLE = ("sync", "async")
_FAMILIES = ("r8g", "r7g", "r6g", "m8g", "m7g", "m6g", "c8gn", "c7gn")


def check_durable(
    durability: str,
    *,
    engine: str,
    version: tuple[int, ...],
    clustered: bool,
    multi_az: bool,
    replicas: int,
    tls: bool,
    node_type: str,
) -> None:
    """Refuse sync or async for a group that can't have it."""
    if durability not in DURABLE:
        return
    family = node_type.removeprefix("cache.").split(".")[0]
    for holds, needed in (
        (engine == "valkey" and version >= (9, 0), "Valkey 9.0 or later"),
        (clustered, "cluster mode enabled"),
        (multi_az, "Multi-AZ"),
        (replicas > 0, "at least one replica in each node group"),
        (tls, "encryption in transit"),
        (family in _FAMILIES, f"a node type that supports it, which {node_type} does not"),
    ):
        if not holds:
            raise bad_combination(f"Durability {durability} requires {needed}.")


def check_turn(before: str, after: str, *, may_turn: bool) -> None:
    """Refuse to make a group durable later, or plain again, where the service has no such move."""
    if not may_turn and (before in DURABLE) != (after in DURABLE):
        raise bad_combination(
            "Durability can be enabled or disabled only when the replication group is created."
        )
