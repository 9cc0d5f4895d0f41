"""A cache that is deleted is kept in a last snapshot, found again by its name; never deleted."""

from __future__ import annotations

import dataclasses

import build
import pytest
from build import address, live
from estate import Estate
from inprocess import InProcess
from transition import carts, orders

from reconciler.kind.asked import Asked
from reconciler.kind.kept import Kept, free_name, ours
from reconciler.kinds import KINDS
from reconciler.plan import make_plan

ORDERS = address("replication_group/orders")


def kept(name, *sources, kind="replication_group", **fields):
    return Kept(name, f"arn:{name}", kind, sources, "available", **fields)


def deletion(shown, snapshots=(), **asked):
    found = build.facts((), [live(shown)])
    found = dataclasses.replace(
        found, asked=Asked(destroy=True, **asked), snapshots=tuple(snapshots)
    )
    plan = make_plan(KINDS, found)
    (step,) = plan.changes[0].steps
    return plan, step


@pytest.mark.parametrize(
    ("shown", "parameter", "name"),
    [
        (build.shown_group(), "FinalSnapshotIdentifier", "orders-final-1"),
        (build.shown_serverless(), "FinalSnapshotName", "carts-final-1"),
        (build.shown_cluster(engine="redis"), "FinalSnapshotIdentifier", "pages-final-1"),
    ],
)
def test_every_sort_of_cache_is_kept_under_a_name_that_says_whose_it_is(shown, parameter, name):
    _, step = deletion(shown)

    assert step.call.params[parameter] == name
    assert name in step.lines[0]


def test_a_name_that_is_taken_is_not_asked_for():
    plan, step = deletion(build.shown_group(), [kept("orders-final-1", "orders")])

    assert step.call.params["FinalSnapshotIdentifier"] == "orders-final-2"
    assert plan.kept == ("orders-final-1",)


def test_where_nothing_is_kept_that_is_said():
    _, refused = deletion(build.shown_group(), final_snapshot=False)
    _, memcached = deletion(build.shown_cluster())

    assert "FinalSnapshotIdentifier" not in refused.call.params
    assert refused.lines == ("what it holds is lost",)
    assert memcached.lines == ("what it holds is lost: memcached keeps no snapshots",)


def test_a_long_id_still_gives_a_name_that_the_service_takes():
    long = address("replication_group/" + "a-very-long-name-of-a-cache-of-40-chars-x"[:40])

    name = free_name(long, "replace", ())

    assert len(name) <= 40
    assert "--" not in name
    assert kept(name, long.id).is_named(long, "replace")


def test_snapshots_of_others_and_by_others_are_not_ours():
    several = [
        kept("orders-final-1", "orders"),
        kept("orders-replace-1", "orders-002"),
        kept("orders-final-2", "orders-eu"),
        kept("orders-nightly-1", "orders"),
        kept("orders-final-x", "orders"),
        kept("orders-final-3", "orders", kind="cache_cluster"),
    ]

    assert {one.name for one in ours(ORDERS, several)} == {"orders-final-1", "orders-replace-1"}


def test_they_are_there_afterwards_and_a_cache_of_that_name_says_so():
    estate = Estate(InProcess(), (orders(), carts()))
    estate.apply()
    estate.bench.settle()
    estate.asked = Asked(destroy=True)
    estate.apply()
    estate.bench.settle()
    estate.asked = Asked()

    names = {one["SnapshotName"] for one in estate.bench.aws("describe_snapshots")["Snapshots"]}
    notes = estate.plan().notes

    assert names == {"orders-final-1"}
    assert any("orders begins empty; orders-final-1 is a snapshot" in note for note in notes)
    assert any("snapshot_arns_to_restore" in note for note in notes)
