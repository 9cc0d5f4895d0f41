"""Subnet groups."""

from __future__ import annotations

import pytest


@pytest.fixture
def mine(aws):
    aws.service.declare_subnets(aws.principal, ["subnet-1", "subnet-2", "subnet-3"])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="Mine",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1", "subnet-2"],
    )
    return aws


def show(aws, name):
    found = aws("DescribeCacheSubnetGroups", CacheSubnetGroupName=name)["CacheSubnetGroups"]
    return found[0]


def test_the_default_group_is_there_from_the_start(aws):
    shown = show(aws, "default")

    assert len(shown["Subnets"]) == 3
    assert shown["VpcId"].startswith("vpc-")


def test_a_group_shows_its_subnets_with_their_zones(mine):
    shown = show(mine, "MINE")

    assert shown["CacheSubnetGroupName"] == "mine"
    assert [each["SubnetIdentifier"] for each in shown["Subnets"]] == ["subnet-1", "subnet-2"]
    for each in shown["Subnets"]:
        assert each["SubnetAvailabilityZone"]["Name"].startswith("us-east-1")


def test_modifying_replaces_the_list(mine):
    mine(
        "ModifyCacheSubnetGroup",
        CacheSubnetGroupName="mine",
        CacheSubnetGroupDescription="new",
        SubnetIds=["subnet-3"],
    )

    shown = show(mine, "mine")
    assert shown["CacheSubnetGroupDescription"] == "new"
    assert [each["SubnetIdentifier"] for each in shown["Subnets"]] == ["subnet-3"]


def test_a_group_that_nobody_uses_goes(mine):
    assert mine("DeleteCacheSubnetGroup", CacheSubnetGroupName="mine") == {}

    fault = mine.refusal("DescribeCacheSubnetGroups", CacheSubnetGroupName="mine")
    assert (fault.code, fault.status) == ("CacheSubnetGroupNotFoundFault", 400)
