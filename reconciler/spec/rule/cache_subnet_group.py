"""Subnet groups (API reference, CreateCacheSubnetGroup)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import CacheSubnetGroup
from reconciler.spec.draft import Draft, Wish

_SUBNETS_AT_MOST = 20


def cache_subnet_groups(draft: Draft) -> Iterator[Problem]:
    """Judge each subnet group by itself."""
    for wish, group in draft.of(CacheSubnetGroup):
        if group.subnet_ids is None:
            continue
        yield from subnets(wish, group.subnet_ids)
        if not group.subnet_ids:
            yield wish.problem("a subnet group has at least one subnet", "subnet_ids")
        elif len(group.subnet_ids) > _SUBNETS_AT_MOST:
            message = f"{len(group.subnet_ids)} subnets; at most {_SUBNETS_AT_MOST} in a group"
            yield wish.problem(message, "subnet_ids")


def subnets(wish: Wish, idents: tuple[str, ...]) -> Iterator[Problem]:
    """Judge the form of each subnet's id in ``subnet_ids``."""
    for ident in idents:
        if not re.fullmatch(r"subnet-[0-9a-f]{8,17}", ident):
            message = f'"{ident}" is no id of a subnet; one looks like subnet-0a1b2c3d'
            yield wish.problem(message, *wish.entry.item("subnet_ids", ident))
