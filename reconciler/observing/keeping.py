"""The snapshots that there are, with our tags on those of a replacement that was begun."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from typing import Any

from reconciler.errors import AwsError, Fate
from reconciler.fate import classify
from reconciler.kind import Facts, Kind
from reconciler.kind.kept import Kept
from reconciler.model import Address, Cache, CacheCluster
from reconciler.observe import Whose
from reconciler.ports import Reader

_MEMCACHED = "memcached"


def keeps(facts: Facts, address: Address) -> bool:
    """Say whether there can be a snapshot of it."""
    live = facts.observed.get(address)
    cache = live.resource if live is not None else facts.desired.get(address)
    return isinstance(cache, Cache | CacheCluster) and cache.engine != _MEMCACHED


def with_snapshots(
    kinds: Iterable[Kind[Any]], reader: Reader, facts: Facts, addresses: Collection[Address]
) -> Facts:
    """Read the snapshots of these caches' kinds: a paged call each, and the tags of a few."""
    whose = Whose(facts.estate, facts.tag_prefix)
    found = [one for one in facts.snapshots if one.kind not in {each.kind for each in addresses}]
    for kind in kinds:
        mine = [one for one in addresses if one.kind == kind.name]
        if mine:
            found += [_marked(one, mine, reader, whose) for one in kind.snapshots(reader)]
    return dataclasses.replace(facts, snapshots=tuple(found))


def _marked(kept: Kept, addresses: Iterable[Address], reader: Reader, whose: Whose) -> Kept:
    if not any(kept.is_of(one) and kept.is_named(one, "replace") for one in addresses):
        return kept
    try:
        told = reader.read("elasticache", "list_tags_for_resource", {"ResourceName": kept.arn})
    except AwsError as refused:
        if classify(refused) is Fate.FINAL:
            raise
        return kept
    tags = {one["Key"]: one.get("Value", "") for one in told.get("TagList", ())}
    return dataclasses.replace(kept, marks=whose.split(tags)[1])
