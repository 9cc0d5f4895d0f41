"""What follows from what is written: a parameter for ``publish``, a group for ``parameters``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.kind.engine_version import family, parts
from reconciler.model import Address, CacheCluster, CacheParameterGroup, ReplicationGroup, Resource
from reconciler.nouns.ssm_parameter import published

OWN = "parameters"
NAMED = "cache_parameter_group_name"

Writers = Mapping[Address, tuple[Address, str]]
"""What stands in no entry of its own -> the entry and the field that it follows from."""


def with_derived(
    written: Mapping[Address, Resource], *, publishes: bool
) -> tuple[dict[Address, Resource], Writers]:
    """Give what is written and what follows from it, and from where.

    A cache with parameters of its own names the group that holds them.
    """
    resources, writers = dict(written), dict[Address, tuple[Address, str]]()
    for address, cache in written.items():
        if (group := own_group(cache)) is not None:
            resources[address] = cache.but(**{NAMED: group.id})
            resources[group.address] = group
            writers[group.address] = address, OWN
        elif _no_longer(cache):
            resources[address] = cache.but(**{NAMED: None})
        if publishes and (parameter := published(cache)) is not None:
            resources[parameter.address] = parameter
            writers[parameter.address] = address, "publish"
    return resources, writers


def own_group(cache: Resource) -> CacheParameterGroup | None:
    """Give the parameter group that ``parameters`` of a cache asks for.

    Its name carries family and mode: a group can't change either, so with another version or mode
    it is another group, which can stand beside the old one until the cache has it.
    """
    if not isinstance(cache, ReplicationGroup | CacheCluster) or cache.parameters is None:
        return None
    if not cache.engine or not parts(cache.engine_version or ""):
        return None
    its = family(cache.engine, cache.engine_version or "")
    clustered = in_cluster_mode(cache)
    mode = "-cluster-on" if clustered else ""
    fields: dict[str, Any] = {"tags": cache.tags} if cache.tags is not None else {}
    return CacheParameterGroup(
        # A family has dots (redis6.x), the name of a group has none.
        id=f"{cache.id}-{its.replace('.', '-')}{mode}",
        cache_parameter_group_family=its,
        description=f"parameters of {cache.address}",
        parameters={**cache.parameters, **({"cluster-enabled": "yes"} if clustered else {})},
        **fields,
    )


def in_cluster_mode(cache: ReplicationGroup | CacheCluster) -> bool:
    """Say whether what is written asks for shards."""
    if isinstance(cache, CacheCluster):
        return False
    shards = cache.num_node_groups or len(cache.node_group_configuration or ()) or 1
    return shards > 1 or cache.cluster_mode in {"enabled", "compatible"}


def _no_longer(cache: Resource) -> bool:
    """Say whether null is written: back to the family's own group, as null means anywhere."""
    given = cache.model_fields_set
    names_one = NAMED in type(cache).model_fields
    return names_one and OWN in given and NAMED not in given and getattr(cache, OWN) is None
