"""What waits for what -> an order; finds cycles."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconciler.model import Address


def order(
    needs: Mapping[Address, frozenset[Address]], rank: Mapping[str, int]
) -> tuple[Address, ...]:
    """Give an order in which each comes after what it needs; ties by ``rank`` of the kind, then id.

    Members of a cycle, and what waits for them, come last in that same tie order.
    """
    waiting = {one: {need for need in some if need in needs} for one, some in needs.items()}
    waiters = defaultdict[Address, list[Address]](list)
    for one, some in waiting.items():
        for need in some:
            waiters[need].append(one)
    ready = [_key(one, rank) for one, some in waiting.items() if not some]
    heapq.heapify(ready)
    placed: list[Address] = []
    while ready:
        done = heapq.heappop(ready)[-1]
        placed.append(done)
        for one in waiters[done]:
            waiting[one].remove(done)
            if not waiting[one]:
                heapq.heappush(ready, _key(one, rank))
    left = sorted(_key(one, rank) for one in needs.keys() - set(placed))
    return (*placed, *(key[-1] for key in left))


def cycle(needs: Mapping[Address, Iterable[Address]], start: Address) -> tuple[Address, ...]:
    """Give the way from ``start`` back to itself, both ends named; empty if there is none."""
    paths: list[tuple[Address, ...]] = [(start,)]
    seen = {start}
    while paths:
        path = paths.pop(0)
        for one in sorted(needs.get(path[-1], ())):
            if one == start:
                return (*path, start)
            if one not in seen and one in needs:
                seen.add(one)
                paths.append((*path, one))
    return ()


def _key(address: Address, rank: Mapping[str, int]) -> tuple[int, str, Address]:
    return rank.get(address.kind, len(rank)), address.id, address
