"""Subnet groups."""

from __future__ import annotations

from collections.abc import Sequence

from elasticache_local.service.paging import page
from elasticache_local.service.record import NodeBased, SubnetGroup
from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.network import (
    DEFAULT_SUBNET_GROUP,
    find_subnet_group,
    place,
)
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

QUOTA, MOST_SUBNETS = 300, 20


def create_cache_subnet_group(turn: Turn, params: Params) -> Answer:
    """CreateCacheSubnetGroup."""
    name = stored_id(params["CacheSubnetGroupName"], "CacheSubnetGroupName", most=255)
    tags = read_tags(params.get("Tags"))
    if name in turn.region.subnet_groups:
        raise refusal("CacheSubnetGroupAlreadyExists", f"Cache subnet group {name} already exists.")
    if len(turn.region.subnet_groups) - 1 >= turn.quota("subnet_groups", QUOTA):
        raise refusal(
            "CacheSubnetGroupQuotaExceeded", "The quota of cache subnet groups has been exceeded."
        )
    vpc, subnets = _place(turn, params["SubnetIds"])
    group = SubnetGroup(
        id=name, description=params["CacheSubnetGroupDescription"], vpc=vpc, subnets=subnets
    )
    turn.region.subnet_groups[name] = group
    if tags:
        turn.region.tags[turn.arn("subnetgroup", name)] = tags
    turn.tell("cache-subnet-group", name, "Subnet group created", known=False)
    return {"CacheSubnetGroup": answer(turn, group)}


def modify_cache_subnet_group(turn: Turn, params: Params) -> Answer:
    """ModifyCacheSubnetGroup: the list of subnets is replaced."""
    group = find_subnet_group(turn.region, params["CacheSubnetGroupName"])
    if params.get("SubnetIds"):
        vpc, subnets = _place(turn, params["SubnetIds"])
        if group.subnets and vpc != group.vpc:
            raise refusal("InvalidSubnet", "Subnets must be in the VPC of the subnet group.")
        left = {zone for _, zone in group.subnets} - {zone for _, zone in subnets}
        for cache in _caches(turn, group.id):
            if left & _zones(cache):
                raise refusal("SubnetInUse", f"A subnet of {group.id} is in use by {cache.id}.")
        group.subnets = subnets
    if params.get("CacheSubnetGroupDescription") is not None:
        group.description = params["CacheSubnetGroupDescription"]
    return {"CacheSubnetGroup": answer(turn, group)}


def delete_cache_subnet_group(turn: Turn, params: Params) -> Answer:
    """DeleteCacheSubnetGroup: refused while a cache is in it, and for the default one."""
    group = find_subnet_group(turn.region, params["CacheSubnetGroupName"])
    if group.id == DEFAULT_SUBNET_GROUP:
        raise refusal("CacheSubnetGroupInUse", "The default cache subnet group can't be deleted.")
    if _caches(turn, group.id):
        raise refusal("CacheSubnetGroupInUse", f"Cache subnet group {group.id} is in use.")
    del turn.region.subnet_groups[group.id]
    turn.region.tags.pop(turn.arn("subnetgroup", group.id), None)
    turn.tell("cache-subnet-group", group.id, "Subnet group deleted", known=False)
    return {}


def describe_cache_subnet_groups(turn: Turn, params: Params) -> Answer:
    """DescribeCacheSubnetGroups."""
    groups = turn.region.subnet_groups
    if params.get("CacheSubnetGroupName"):
        group = find_subnet_group(turn.region, params["CacheSubnetGroupName"])
        groups = {group.id: group}
    return page(groups, params, "CacheSubnetGroups", lambda group: answer(turn, group))


def answer(turn: Turn, group: SubnetGroup) -> Answer:
    """Give a subnet group as the service shows it."""
    return {
        "CacheSubnetGroupName": group.id,
        "CacheSubnetGroupDescription": group.description,
        "VpcId": group.vpc,
        "Subnets": [
            {
                "SubnetIdentifier": subnet,
                "SubnetAvailabilityZone": {"Name": zone},
                "SupportedNetworkTypes": ["ipv4"],
            }
            for subnet, zone in group.subnets
        ],
        "ARN": turn.arn("subnetgroup", group.id),
        "SupportedNetworkTypes": ["ipv4"],
    }


def _place(turn: Turn, subnet_ids: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    if not subnet_ids:
        raise bad_value("SubnetIds can't be empty.")
    if len(set(subnet_ids)) > turn.quota("subnets", MOST_SUBNETS):
        raise refusal(
            "CacheSubnetQuotaExceededFault",
            f"A cache subnet group can have at most {MOST_SUBNETS} subnets.",
        )
    placed = place(turn.region, list(dict.fromkeys(subnet_ids)))
    if placed is None:
        raise refusal("InvalidSubnet", "The subnets must exist and be in one VPC.")
    return placed


def _caches(turn: Turn, name: str) -> list[NodeBased]:
    caches: list[NodeBased] = [
        *turn.region.replication_groups.values(),
        *turn.region.cache_clusters.values(),
    ]
    return [cache for cache in caches if cache.subnet_group == name]


def _zones(cache: NodeBased) -> set[str]:
    return {node.zone for node in getattr(cache, "nodes", ())}
