"""Quotas: what the plan makes grow, counted and held against the account's own limits.

Codes as Service Quotas lists them for elasticache, defaults as the ElastiCache guide and endpoints
page give them (where the two differ, the higher). An account's own value decides; without it a
count above the default can't be judged, since quotas can be raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model import (
    Address,
    CacheCluster,
    CacheSubnetGroup,
    ReplicationGroup,
    Resource,
    UserGroup,
)
from reconciler.plan import Create
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict, changed


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit: its code, what is counted, and how many there may be unless it was raised."""

    code: str
    what: str
    default: int


PER_REGION: Mapping[str, Quota] = {
    "user": Quota("L-80E085C7", "users in the region", 2000),
    "user_group": Quota("L-AD484FC5", "user groups in the region", 200),
    "cache_parameter_group": Quota("L-3F15A733", "parameter groups in the region", 300),
    "cache_subnet_group": Quota("L-3E7F7726", "subnet groups in the region", 300),
    "serverless_cache": Quota("L-BBCDAECC", "serverless caches in the region", 40),
}
NODES_PER_REGION = Quota("L-DFE45DF3", "nodes in the region", 300)
NODES_PER_GROUP = Quota("L-AF354865", "nodes in one replication group", 90)
NODES_OF_MEMCACHED = Quota("L-8C334AD1", "nodes in one memcached cluster", 60)
USERS_PER_GROUP = Quota("L-943F0F1C", "users in one user group", 100)
SUBNETS_PER_GROUP = Quota("L-A87EE522", "subnets in one subnet group", 20)


@dataclass(frozen=True, slots=True)
class _Count:
    """How many there will be, and whose change makes it so."""

    address: Address
    quota: Quota
    count: int


def quotas(outlook: Outlook) -> Iterator[Finding]:
    """Count what grows, ask for the account's quotas once, and compare."""
    counts = [*_in_region(outlook), *_nodes(outlook), *_of_one(outlook)]
    if not counts:
        return
    told = outlook.ask.every(
        "service-quotas", "list_service_quotas", "Quotas", {"ServiceCode": "elasticache"}
    )
    known: dict[str, float] = {}
    why = "Service Quotas does not list it"
    if isinstance(told, Silence):
        why = told.why
    else:
        known = {str(one.get("QuotaCode")): one["Value"] for one in told if "Value" in one}
    for one in counts:
        if (found := _held(one, known.get(one.quota.code), why)) is not None:
            yield found


def nodes_of(resource: Resource) -> int:
    """Give how many nodes a resource has, or will have."""
    match resource:
        case ReplicationGroup(node_group_configuration=shards) if (
            shards and resource.num_node_groups is None
        ):
            return sum(1 + (one.replica_count or 0) for one in shards)
        case ReplicationGroup(num_node_groups=None):
            return resource.num_cache_clusters or 1 + (resource.replicas_per_node_group or 0)
        case ReplicationGroup():
            each = resource.replicas_per_node_group
            if each is None:
                return resource.num_cache_clusters or resource.num_node_groups or 1
            return (resource.num_node_groups or 1) * (1 + each)
        case CacheCluster():
            return resource.num_cache_nodes or 1
        case _:
            return 0


def _in_region(outlook: Outlook) -> Iterator[_Count]:
    for kind, quota in PER_REGION.items():
        made = [
            one.address
            for one in outlook.plan.changes
            if one.address.kind == kind and isinstance(one.change, Create) and one.steps
        ]
        if made:
            # The service's own parameter groups are no part of it: they are never observed.
            yield _Count(made[-1], quota, sum(1 for _ in outlook.all_of(kind)))


def _nodes(outlook: Outlook) -> Iterator[_Count]:
    grown = [
        planned.address
        for planned, before, after in outlook.changes("replication_group", "cache_cluster")
        if nodes_of(after) > (nodes_of(before) if before is not None else 0)
    ]
    if grown:
        kinds = ("replication_group", "cache_cluster")
        count = sum(nodes_of(one) for kind in kinds for one in outlook.all_of(kind))
        yield _Count(grown[-1], NODES_PER_REGION, count)


_OF_ONE: Mapping[str, tuple[tuple[str, ...], Callable[[Any], tuple[Quota, int] | None]]] = {
    UserGroup.kind: (
        ("user_ids",),
        lambda group: (USERS_PER_GROUP, len(group.user_ids or ())),
    ),
    CacheSubnetGroup.kind: (
        ("subnet_ids",),
        lambda group: (SUBNETS_PER_GROUP, len(group.subnet_ids or ())),
    ),
    ReplicationGroup.kind: (
        ("num_node_groups", "replicas_per_node_group", "num_cache_clusters"),
        lambda group: (NODES_PER_GROUP, nodes_of(group)),
    ),
    CacheCluster.kind: (
        ("num_cache_nodes",),
        lambda one: (NODES_OF_MEMCACHED, nodes_of(one)) if one.engine == "memcached" else None,
    ),
}


def _of_one(outlook: Outlook) -> Iterator[_Count]:
    for kind, (fields, counted) in _OF_ONE.items():
        for planned, before, after in outlook.changes(kind):
            if changed(before, after, *fields) and (found := counted(after)) is not None:
                yield _Count(planned.address, *found)


def _held(one: _Count, own: float | None, why: str) -> Finding | None:
    quota = one.quota
    if own is not None and one.count > own:
        text = (
            f"there would be {one.count} {quota.what}; the account's quota is {own:.0f} "
            f"({quota.code}): raise it in Service Quotas first"
        )
        return Finding(one.address, Verdict.REFUSED, text)
    if own is None and one.count > quota.default:
        text = (
            f"whether {one.count} {quota.what} are allowed: AWS's default is {quota.default}, and "
            f"the account's own quota ({quota.code}) could not be read ({why})"
        )
        return Finding(one.address, Verdict.UNKNOWN, text)
    return None
