"""The account's default network, and where nodes are placed in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from elasticache_local.service.record import SubnetGroup
from elasticache_local.service.refusal import bad_value, refusal
from elasticache_local.service.state import Region

DEFAULT_SUBNET_GROUP = "default"


def network_id(region: Region, prefix: str, name: str) -> str:
    """Give an id such as ``subnet-0a1b...`` that this region always has."""
    text = f"{region.account_id}/{region.name}/{prefix}/{name}"
    return f"{prefix}-0{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def default_vpc(region: Region) -> str:
    """Give the default VPC's id."""
    return network_id(region, "vpc", "default")


def default_security_group(region: Region) -> str:
    """Give the default VPC's security group."""
    return network_id(region, "sg", "default")


def zones(region: Region) -> list[str]:
    """Give the region's availability zones."""
    return [f"{region.name}{letter}" for letter in "abc"]


def default_subnets(region: Region) -> dict[str, str]:
    """Give the default VPC's subnets, one a zone: id -> zone."""
    return {network_id(region, "subnet", zone): zone for zone in zones(region)}


def default_subnet_group(region: Region) -> SubnetGroup:
    """Give the group that the default VPC has."""
    return SubnetGroup(
        id=DEFAULT_SUBNET_GROUP,
        description="Default subnet group",
        vpc=default_vpc(region),
        subnets=list(default_subnets(region).items()),
    )


def place(region: Region, subnet_ids: Sequence[str]) -> tuple[str, list[tuple[str, str]]] | None:
    """Give the VPC and the (subnet, zone) pairs, None when one is unknown or they differ in VPC."""
    own, vpcs = default_subnets(region), set()
    placed = []
    for subnet in subnet_ids:
        vpc = default_vpc(region) if subnet in own else region.known_subnets.get(subnet)
        if vpc is None:
            return None
        vpcs.add(vpc)
        placed.append((subnet, own.get(subnet) or _zone(region, subnet)))
    return (vpcs.pop(), placed) if len(vpcs) == 1 else None


def find_subnet_group(region: Region, name: str) -> SubnetGroup:
    """Give the group, or refuse with CacheSubnetGroupNotFoundFault (status 400)."""
    group = region.subnet_groups.get(name.lower())
    if group is None:
        raise refusal("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.")
    return group


def check_security_groups(region: Region, given: Sequence[str]) -> list[str]:
    """Give the security groups, or refuse one whose id is none, or that is not there.

    Which there are is known where somebody has declared some; else each is taken as it is named.
    """
    known = {*region.known_security_groups, default_security_group(region)}
    for group in given:
        if not group.startswith("sg-"):
            raise bad_value(f"Invalid security group id: {group}.")
        if region.known_security_groups and group not in known:
            raise bad_value(f"The security group {group} does not exist.")
    return list(dict.fromkeys(given))


def check_key(region: Region, given: str | None) -> str:
    """Give the KMS key, empty for none; refuse one that is not there where keys are declared.

    An id and the ARN that ends in it name the same key.
    """
    known = {_key_name(each) for each in region.known_keys}
    if given and known and _key_name(given) not in known:
        raise bad_value(f"The KMS key {given} does not exist.")
    return given or ""


def _key_name(key: str) -> str:
    name = key.partition(":key/")[2]
    return name or key.rpartition(":")[2]


def check_zone(region: Region, zone: str) -> str:
    """Give the zone, or refuse one of another region."""
    if zone not in zones(region):
        raise bad_value(f"{zone} is not a valid availability zone.")
    return zone


def _zone(region: Region, subnet: str) -> str:
    everywhere = zones(region)
    return everywhere[hashlib.sha256(subnet.encode()).digest()[0] % len(everywhere)]
