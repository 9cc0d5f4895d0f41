"""What ends: how a cache is deleted, and what else has to let go of a thing before it can be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reconciler.kind import Facts, Impact, Live, Ownership, Step, Unreachable, Wait
from reconciler.kind.kept import free_name
from reconciler.kind.reach import GROUP, NAMED_BY, USER, standing_in
from reconciler.model import Address, Cache, CacheCluster, User
from reconciler.ports import Call

_HOURS_S = 4 * 3600
"""A last snapshot of a large cache takes its time."""


def delete_cache(
    before: Cache | CacheCluster,
    facts: Facts,
    operation: str,
    params: Mapping[str, Any],
    final: str | None,
) -> Step:
    """Give the step that deletes a cache; ``final`` is the parameter of its last snapshot.

    One that is being replaced was kept by a step of its own, and a failed one holds nothing.
    """
    replaced = before.address in facts.asked.replace and before.snapshot_kept
    live = facts.observed.get(before.address)
    holds = live is None or "failed" not in live.status
    sent, lines = dict(params), tuple[str, ...]()
    if final and facts.asked.final_snapshot and holds and not replaced:
        sent[final] = free_name(before.address, "final", facts.snapshots)
        lines = (f"kept in the snapshot {sent[final]}, which is never deleted by this tool",)
    elif not replaced:
        why = "" if final else f": {before.engine} keeps no snapshots"
        lines = (f"what it holds is lost{why}",)
    return Step(
        Call("elasticache", operation, sent),
        leaves=None,
        impact=Impact.INTERRUPTION,
        impact_text="CUTS OFF all clients",
        lines=lines,
        settle_timeout_s=_HOURS_S,
    )


def holders(address: Address, facts: Facts) -> tuple[Address, ...]:
    """Give what has it now: a user's groups, a group's caches, the caches of a named group."""
    if address.kind in NAMED_BY:
        return standing_in(address, facts)
    live = facts.observed.get(address)
    return live.reaches if live is not None and address.kind in (USER, GROUP) else ()


def held(
    address: Address, facts: Facts, going: Collection[Address] = frozenset()
) -> Wait | Unreachable | None:
    """Say what keeps the service from deleting it; ``going`` let go of it before its turn."""
    for one in holders(address, facts):
        holder = facts.observed.get(one)
        if one in going or not _binds(address, holder, facts):
            continue
        if holder is not None and holder.status == "deleting":
            return Wait(f"{one} is gone; it is being deleted")
        return Unreachable(f"{one} has it", _way(address, one, holder, facts))
    return None


def _binds(address: Address, holder: Live[Any] | None, facts: Facts) -> bool:
    """Say whether the service refuses while this one has it; a user simply leaves its groups.

    All but one: a group of redis can't be without its user default.
    """
    if address.kind != USER:
        return True
    user = facts.observed[address].resource
    named = isinstance(user, User) and user.user_name == "default"
    return named and holder is not None and holder.resource.engine == "redis"


def _way(address: Address, one: Address, holder: Live[Any] | None, facts: Facts) -> str:
    if address.kind == USER:
        return f"give {one} another user of the name default first"
    if holder is None or holder.ownership is not Ownership.OWNED:
        return (
            f"{one} is not ours: take it off there first, or let go of this one "
            f"(reconcile forget {address})"
        )
    if facts.asked.destroy:
        return f"add --target {one}, or leave --target out"
    return f"take it off {one} in the spec first"
