"""Subnet groups: placed by caches, replaced by nobody."""

from __future__ import annotations

import build
from estate import Estate, sent
from inprocess import InProcess

from reconciler.kind import Unreachable
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["cache_subnet_group"]
SUBNETS = ["subnet-1", "subnet-2", "subnet-3"]


def plan(desired, shown):
    facts = build.facts([desired], [shown])
    before = facts.observed[shown.address].effective
    return unfold(KIND, before, complete(KIND, desired, before, facts), facts)


def account(*wishes):
    bench = InProcess()
    bench.service.declare_subnets(bench.principal, dict.fromkeys(SUBNETS, "vpc-own"))
    return Estate(bench, wishes)


def test_what_changes_goes_in_one_call_and_nothing_else():
    desired = build.subnet_group(
        subnet_ids=("subnet-2", "subnet-3"), cache_subnet_group_description="other"
    )

    [step], stop = plan(desired, build.subnet_group())

    assert stop is None
    assert step.call.params == {
        "CacheSubnetGroupName": "own",
        "CacheSubnetGroupDescription": "other",
        "SubnetIds": ["subnet-2", "subnet-3"],
    }


def test_the_order_of_subnets_means_nothing():
    steps, _ = plan(
        build.subnet_group(subnet_ids=["subnet-2", "subnet-1", "subnet-2"]), build.subnet_group()
    )

    assert steps == ()


def test_the_subnets_can_not_be_emptied():
    steps, stop = plan(build.subnet_group(subnet_ids=()), build.subnet_group())

    assert steps == ()
    assert isinstance(stop, Unreachable)


def test_it_stands_before_a_cache_is_placed_in_it():
    estate = account(
        build.replication_group(cache_subnet_group_name="own"),
        build.subnet_group(),
    )

    assert estate.apply().failed == ()

    assert sent(estate.bench)[:2] == ["CreateCacheSubnetGroup", "CreateReplicationGroup"]
    assert estate.plan().empty


def test_the_accounts_own_group_is_nobodys():
    estate = account(build.subnet_group())
    estate.apply()

    seen = estate.plan()

    assert (seen.unmanaged, seen.unknown, seen.orphans) == ((), (), ())


def test_a_change_names_the_caches_that_stand_in_it():
    estate = account(
        build.subnet_group(), build.replication_group("orders", cache_subnet_group_name="own")
    )
    estate.apply()
    estate.bench.settle()

    [planned] = Estate(estate.bench, [build.subnet_group(subnet_ids=SUBNETS)]).plan().changes

    assert [str(one) for one in planned.reaches] == ["replication_group/orders"]
