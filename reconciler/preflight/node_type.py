"""Node types: which ones the service lets a running cache move to (ListAllowedNodeType...)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Address
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict, changed

_NAMES = {"replication_group": "ReplicationGroupId", "cache_cluster": "CacheClusterId"}
_SHOWN = 5


def node_types(outlook: Outlook) -> Iterator[Finding]:
    """Ask for each cache that moves to another machine whether it may."""
    for planned, before, after in outlook.changes(*_NAMES):
        if before is None or not changed(before, after, "cache_node_type"):
            continue
        address, wished = planned.address, after.cache_node_type
        name = _NAMES[address.kind]
        told = outlook.ask.one(
            "elasticache", "list_allowed_node_type_modifications", {name: address.id}
        )
        if isinstance(told, Silence):
            text = f"whether {before.cache_node_type} may become {wished}: {told.why}"
            yield Finding(address, Verdict.UNKNOWN, text)
            continue
        allowed = [
            *told.get("ScaleUpModifications", ()),
            *told.get("ScaleDownModifications", ()),
        ]
        if wished in allowed:
            continue
        if changed(before, after, "engine", "engine_version"):
            text = (
                f"whether it may become {wished} once its version has changed: the service tells "
                "what is allowed now, and that is not among it"
            )
            yield Finding(address, Verdict.UNKNOWN, text)
        else:
            yield _refused(address, before.cache_node_type, wished, allowed)


def _refused(address: Address, held: str, wished: str, allowed: list[str]) -> Finding:
    newest_first = sorted(allowed, reverse=True)
    alike = sorted(newest_first, key=lambda one: _distance(one, wished))[:_SHOWN]
    more = f" and {len(allowed) - len(alike)} more" if len(allowed) > len(alike) else ""
    there = f"{', '.join(alike)}{more}" if alike else "none at all"
    text = f"{held} can't become {wished}; the service allows {there}"
    return Finding(address, Verdict.REFUSED, text)


def _distance(one: str, wished: str) -> int:
    """Give how unlike two node types are: another size, another letter, another family."""
    mine, its = one.split("."), wished.split(".")
    return (mine[-1] != its[-1]) + 2 * (mine[1][:1] != its[1][:1]) + (mine[1] != its[1])
