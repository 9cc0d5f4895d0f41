"""--now sends again, at once, what waits for the maintenance window there; nowhere else."""

from __future__ import annotations

import dataclasses
from datetime import date

import build
import pytest
from build import address, live
from estate import Estate, sent
from inprocess import InProcess
from transition import orders

from reconciler.applying.settle import Verdict, judge
from reconciler.cli.meaning import refuse_idle
from reconciler.errors import UsageError
from reconciler.guard import refusals
from reconciler.kind import Impact, Node, Pending
from reconciler.kind.asked import Asked
from reconciler.kinds import KINDS
from reconciler.model import Max, Safety
from reconciler.plan import Update, make_plan

ORDERS, PAGES = address("replication_group/orders"), address("cache_cluster/pages")
WINDOW = "sun:03:00-sun:04:00"
TODAY = date(2026, 11, 20)


def planned(wish, shown, *pending, now=None, **seen):
    observed = live(shown, pending=tuple(Pending(*one, WINDOW) for one in pending), **seen)
    asked = Asked(now=frozenset({now or shown.address}))
    facts = dataclasses.replace(build.facts([wish], [observed]), asked=asked)
    return make_plan(KINDS, facts)


def step_of(plan):
    (one,) = plan.changes
    assert isinstance(one.change, Update)
    (step,) = one.steps
    return step


def test_the_same_value_is_sent_at_once_and_what_that_does_is_said():
    wish = build.ReplicationGroup(id="orders", cache_node_type="cache.r7g.xlarge")

    plan = planned(wish, build.shown_group(), ("cache_node_type", "cache.r7g.xlarge"))

    step = step_of(plan)
    assert step.call.params == {
        "ReplicationGroupId": "orders",
        "CacheNodeType": "cache.r7g.xlarge",
        "ApplyImmediately": True,
    }
    assert step.impact is Impact.FAILOVER
    assert step.lines == ("brings forward: cache_node_type cache.r7g.xlarge",)
    assert plan.pending == ()
    (field,) = plan.changes[0].change.fields
    assert (field.before, field.after) == ("cache.r7g.large", "cache.r7g.xlarge")


def test_it_counts_as_an_interruption():
    wish = build.ReplicationGroup(id="orders", cache_node_type="cache.r7g.xlarge")
    plan = planned(wish, build.shown_group(), ("cache_node_type", "cache.r7g.xlarge"))

    found = refusals(plan, Safety(max=Max(interrupt=0)), today=TODAY)

    assert found[ORDERS][0].startswith("interrupts clients (a failover of each shard")


def test_a_version_takes_its_own_parameter_group_along():
    wish = build.ReplicationGroup(
        id="orders", engine_version="9.0", cache_parameter_group_name="orders-valkey9"
    )

    step = step_of(planned(wish, build.shown_group(), ("engine_version", "9.0")))

    assert step.call.params["Engine"] == "valkey"
    assert step.call.params["EngineVersion"] == "9.0"
    assert step.call.params["CacheParameterGroupName"] == "orders-valkey9"


def test_memcached_nodes_that_go_are_named():
    wish = build.CacheCluster(id="pages", num_cache_nodes=1)
    nodes = tuple(Node(f"000{n}", "", "", "available", "1.6.22") for n in (1, 2, 3))
    shown = build.shown_cluster(num_cache_nodes=3)

    step = step_of(planned(wish, shown, ("num_cache_nodes", 1), nodes=nodes))

    assert step.call.params["CacheNodeIdsToRemove"] == ["0002", "0003"]
    assert step.call.params["ApplyImmediately"] is True
    assert step.impact is Impact.INTERRUPTION


def test_what_waits_elsewhere_goes_on_waiting():
    wish = build.ReplicationGroup(id="orders", cache_node_type="cache.r7g.xlarge")

    plan = planned(wish, build.shown_group(), ("cache_node_type", "cache.r7g.xlarge"), now=PAGES)

    assert plan.empty
    assert [one.pending.field for one in plan.pending] == ["cache_node_type"]


@pytest.mark.parametrize("when", ["", WINDOW])
def test_only_what_has_a_time_is_sent_again(when):
    wish = build.ReplicationGroup(id="orders", cache_node_type="cache.r7g.xlarge")
    pending = (Pending("cache_node_type", "cache.r7g.xlarge", when),)
    facts = build.facts([wish], [live(build.shown_group(), pending=pending)])
    facts = dataclasses.replace(facts, asked=Asked(now=frozenset({ORDERS})))

    assert make_plan(KINDS, facts).empty is not bool(when)


def test_where_nothing_waits_it_says_what_does():
    waiting = live(
        build.shown_group(), pending=(Pending("cache_node_type", "cache.r7g.xlarge", WINDOW),)
    )
    facts = build.facts(
        [build.ReplicationGroup(id="orders"), build.cluster()],
        [waiting, live(build.shown_cluster())],
    )

    with pytest.raises(UsageError, match="what waits: replication_group/orders"):
        refuse_idle([PAGES], facts)
    refuse_idle([ORDERS], facts)


def test_what_still_waits_has_not_been_brought_forward():
    wish = build.ReplicationGroup(id="orders", cache_node_type="cache.r7g.xlarge")
    waits = (Pending("cache_node_type", "cache.r7g.xlarge", WINDOW),)
    waiting, moving = (
        live(build.shown_group(), pending=some)
        for some in (waits, (dataclasses.replace(waits[0], when=""),))
    )
    facts = build.facts([wish], [waiting])
    kind, before = build.KIND["replication_group"], waiting.effective
    leaves = before.but(scheduled=())

    assert judge(kind, before, leaves, waiting, facts) is Verdict.BEFORE
    assert judge(kind, before, leaves, moving, facts) is Verdict.REACHED


def test_a_window_that_opens_meanwhile_is_no_failure():
    bench = InProcess()
    Estate(bench, (orders(cache_node_type="cache.r7g.large"),)).apply()
    bench.settle()
    wish = (orders(cache_node_type="cache.r7g.xlarge"),)
    Estate(bench, wish).apply()
    bench.writes.clear()
    estate = Estate(bench, wish, asked=Asked(now=frozenset({ORDERS})))
    assert not estate.plan().empty

    bench.settle(8 * 86400)
    summary = estate.apply()

    assert summary.exit_code == 0
    assert sent(bench) == []
