"""Subnets that are taken out of a group although nodes stand in them (SubnetInUse)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict

_LISTED = (
    ("describe_cache_subnet_groups", "CacheSubnetGroups"),
    ("describe_cache_clusters", "CacheClusters"),
)


def subnets(outlook: Outlook) -> Iterator[Finding]:
    """Refuse to take the last subnet of a zone in which a node of the group stands.

    Which subnet a node stands in is shown nowhere, its zone is: with every subnet of that zone the
    node's goes too. The zone of a subnet that is in no group yet can't be known.
    """
    for planned, before, after in outlook.changes("cache_subnet_group"):
        if before is None or set(before.subnet_ids) <= set(after.subnet_ids):
            continue
        groups, clusters = (outlook.ask.every("elasticache", *one) for one in _LISTED)
        if isinstance(groups, Silence) or isinstance(clusters, Silence):
            continue
        zones = _zones(groups)
        left = {zones[one] for one in after.subnet_ids if one in zones}
        unknown = [one for one in after.subnet_ids if one not in zones]
        moving = {one.address.id for one in outlook.plan.changes if one.steps}
        for cache, zone in sorted(_standing(clusters, before.id)):
            if zone in left:
                continue
            if cache in moving:
                text = f"whether a node of {cache} still stands in {zone} by then"
                yield Finding(planned.address, Verdict.UNKNOWN, f"{text}: else it is refused")
            elif unknown:
                text = f"whether {', '.join(unknown)} stands in {zone}, where a node of {cache} is"
                yield Finding(planned.address, Verdict.UNKNOWN, f"{text}: else it is refused")
            else:
                text = f"a node of {cache} stands in {zone}, and no subnet there would be left"
                yield Finding(planned.address, Verdict.REFUSED, f"{text}: keep it in subnet_ids")


def _zones(groups: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
    return {
        one["SubnetIdentifier"]: one.get("SubnetAvailabilityZone", {}).get("Name", "")
        for group in groups
        for one in group.get("Subnets", ())
    }


def _standing(clusters: Iterable[Mapping[str, Any]], name: str) -> set[tuple[str, str]]:
    """Give each cache of a subnet group with a zone it stands in; memcached may say Multiple."""
    return {
        (one.get("ReplicationGroupId") or one["CacheClusterId"], zone)
        for one in clusters
        if one.get("CacheSubnetGroupName") == name
        and (zone := one.get("PreferredAvailabilityZone", "Multiple")) != "Multiple"
    }
