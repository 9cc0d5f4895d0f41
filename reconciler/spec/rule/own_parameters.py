"""Parameters of one cache alone: what their group is called follows from what else is written."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, CacheCluster, ReplicationGroup
from reconciler.spec.derived import NAMED, OWN, own_group
from reconciler.spec.draft import Draft, Wish

_MODE = "cluster-enabled"


def own_parameters(draft: Draft) -> Iterator[Problem]:
    """Judge ``parameters`` of each cache, and that the group that they become is nobody else's."""
    first: dict[Address, Address] = {}
    for wish, cache in (*draft.of(ReplicationGroup), *draft.of(CacheCluster)):
        if cache.parameters is None:
            continue
        yield from _alone(wish, cache)
        if (group := own_group(cache)) is None:
            yield from _no_family(wish, cache)
            continue
        if draft.has(group.address):
            message = f"they become {group.address}, which is written too; give that one another id"
            yield wish.problem(message, OWN, key=True)
        elif group.address in first:
            message = f"{first[group.address]} has {group.address} already; give one another id"
            yield wish.problem(message, OWN, key=True)
        first.setdefault(group.address, cache.address)


def _alone(wish: Wish, cache: ReplicationGroup | CacheCluster) -> Iterator[Problem]:
    if cache.cache_parameter_group_name is not None:
        message = f"write {NAMED} or {OWN}; both can't hold"
        yield wish.problem(message, OWN, key=True)
    if _MODE in (cache.parameters or {}):
        message = f"{_MODE} follows from cluster_mode and num_node_groups; leave it out"
        yield wish.problem(message, OWN, _MODE, key=True)


def _no_family(wish: Wish, cache: ReplicationGroup | CacheCluster) -> Iterator[Problem]:
    for name in ("engine", "engine_version"):
        if wish.at_default(name) or (wish.observed and getattr(cache, name) is None):
            message = f"{OWN} need {name} beside them: it says which family they are for"
            yield wish.problem(message, OWN, key=True)
            return
