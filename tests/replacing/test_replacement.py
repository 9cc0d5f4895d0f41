"""A cache made anew under its own name: only if agreed to, never without what it held."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import build
import pytest
from build import address, live
from estate import Estate, sent
from inprocess import InProcess, Killed, kill
from transition import carts, orders

from reconciler.guard import refusals
from reconciler.kind import Impact, Unreachable, Wait
from reconciler.kind.asked import Asked
from reconciler.kind.kept import FRESH, Kept
from reconciler.kinds import KINDS
from reconciler.model import Max, Safety
from reconciler.plan import Create, Replace, make_plan

ORDERS = address("replication_group/orders")
ANEW = Asked(replace=frozenset({ORDERS}))
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
BEGUN = {"estate": build.ESTATE, "address": str(ORDERS), "replace": "begun"}
OLD = {"engine_version": "1.4.34", "cache_parameter_group_name": "default.memcached1.4"}
WISH = build.replication_group(at_rest_encryption_enabled=False, kms_key_id=build.KEY_ARN)


def kept(name="orders-replace-1", *, status="available", age=timedelta(minutes=5), marks=BEGUN):
    return Kept(name, f"arn:{name}", ORDERS.kind, ("orders",), status, NOW - age, marks)


def planned(wish=WISH, shown=None, asked=ANEW, snapshots=(), **fields):
    observed = [live(shown or build.shown_group(**fields))] if shown is not False else []
    facts = build.facts([wish], observed, now=NOW)
    facts = dataclasses.replace(facts, asked=asked, snapshots=tuple(snapshots))
    (one,) = make_plan(KINDS, facts).changes
    return one


def calls(one) -> list[str]:
    return [step.call.action for step in one.steps]


def test_it_is_kept_deleted_and_made_of_what_was_kept():
    one = planned()

    assert isinstance(one.change, Replace)
    assert calls(one) == ["CreateSnapshot", "DeleteReplicationGroup", "CreateReplicationGroup"]
    keep, end, make = one.steps
    assert keep.call.params["SnapshotName"] == "orders-replace-1"
    assert {"Key": "reconciler:replace", "Value": "begun"} in keep.call.params["Tags"]
    assert "FinalSnapshotIdentifier" not in end.call.params
    assert end.impact is Impact.REPLACEMENT
    assert make.call.params["SnapshotName"] == "orders-replace-1"
    assert make.call.params["AtRestEncryptionEnabled"] is False


def test_without_a_consent_nothing_is_planned_and_the_line_to_add_is_said():
    one = planned(asked=Asked())

    plan = make_plan(KINDS, build.facts([WISH], [live(build.shown_group())]))
    (refused,) = refusals(plan, Safety(), today=TODAY)[ORDERS]

    assert one.steps == ()
    assert "--allow replace:replication_group/orders" in one.stop.way
    assert "{action: replace, address: replication_group/orders" in refused


def test_a_limit_alone_replaces_nothing():
    plan = make_plan(KINDS, build.facts([WISH], [live(build.shown_group())]))

    (refused,) = refusals(plan, Safety(max=Max(replace=5)), today=TODAY)[ORDERS]

    assert "can't be changed in place" in refused


def test_who_agrees_to_it_agrees_to_the_interruption():
    facts = dataclasses.replace(
        build.facts([WISH], [live(build.shown_group())], now=NOW), asked=ANEW
    )
    agreed = frozenset({"replace:replication_group/orders"})

    plan = make_plan(KINDS, facts)

    assert not refusals(plan, Safety(max=Max(interrupt=0)), allow=agreed, today=TODAY)
    protected = refusals(plan, Safety(protect=(str(ORDERS),)), allow=agreed, today=TODAY)
    assert "safety.protect names it" in protected[ORDERS][0]


def test_what_the_spec_leaves_out_would_be_lost_so_it_has_to_be_written_first():
    one = planned(user_group_ids=("people",), snapshot_retention_limit=7)

    assert one.steps == ()
    assert isinstance(one.stop, Unreachable)
    assert "snapshot_retention_limit, user_group_ids" in one.stop.reason
    plan = make_plan(KINDS, build.facts([WISH], [live(build.shown_group(user_group_ids=("g",)))]))
    (refused,) = refusals(plan, Safety(), today=TODAY)[ORDERS]
    assert "--allow" not in refused


def test_a_snapshot_is_not_restored_into_an_older_engine():
    older = planned(WISH.but(engine_version="7.2"))
    redis = planned(WISH.but(engine="redis", engine_version="7.1"))

    for one in (older, redis):
        assert one.steps == ()
        assert isinstance(one.stop, Unreachable)
        assert "older engine" in one.stop.reason


@pytest.mark.parametrize(
    ("shown", "wished"),
    [
        ({}, {"port": 11311}),
        ({}, {"network_type": "dual_stack"}),
        (OLD, {"cache_node_type": "cache.t4g.medium"}),
    ],
    ids=["port", "network", "machine-before-1.5"],
)
def test_memcached_keeps_nothing_so_it_is_never_made_anew(shown, wished):
    wish = build.cluster(**shown, **wished)
    asked = Asked(replace=frozenset({wish.address}))
    observed = [live(build.shown_cluster(**shown))]
    facts = dataclasses.replace(build.facts([wish], observed, now=NOW), asked=asked)

    (one,) = make_plan(KINDS, facts).changes

    assert one.steps == ()
    assert isinstance(one.stop, Unreachable)
    assert "new id" in one.stop.way


def test_what_was_kept_an_hour_ago_is_not_what_it_holds_now():
    fresh = planned(snapshots=[kept()])
    stale = planned(snapshots=[kept(age=FRESH)])

    assert calls(fresh) == ["DeleteReplicationGroup", "CreateReplicationGroup"]
    assert calls(stale)[0] == "CreateSnapshot"
    assert stale.steps[0].call.params["SnapshotName"] == "orders-replace-2"
    assert stale.steps[-1].call.params["SnapshotName"] == "orders-replace-2"


def test_a_snapshot_that_is_being_taken_is_waited_for():
    one = planned(snapshots=[kept(status="creating", marks=None)])

    assert one.steps == ()
    assert isinstance(one.stop, Wait)


def test_nor_is_anything_made_of_it_where_the_cache_is_gone_already():
    one = planned(shown=False, snapshots=[kept(status="creating", marks=None)])

    assert (one.steps, one.stop) == ((), Wait("the snapshot orders-replace-1 is complete"))


@pytest.mark.parametrize(
    "other",
    [
        kept(marks={**BEGUN, "estate": "another"}),
        kept(marks={}),
        kept(marks={**BEGUN, "replace": "done"}),
        kept(status="failed"),
        kept("orders-nightly"),
    ],
    ids=["another estate's", "untagged", "ended", "failed", "of another name"],
)
def test_nothing_is_deleted_on_the_strength_of_another_snapshot(other):
    assert calls(planned(snapshots=[other]))[0] == "CreateSnapshot"


def test_a_cache_that_is_missing_is_made_of_what_was_kept_whenever_that_was():
    one = planned(shown=False, asked=Asked(), snapshots=[kept(age=timedelta(days=3))])

    (step,) = one.steps
    assert isinstance(one.change, Create)
    assert step.call.params["SnapshotName"] == "orders-replace-1"
    assert "orders-replace-1" in step.lines[-1]


def test_of_several_the_newest_counts():
    some = [
        kept(age=timedelta(hours=2)),
        kept("orders-replace-2"),
        kept("orders-replace-3", marks={}),
    ]

    (step,) = planned(shown=False, asked=Asked(), snapshots=some).steps

    assert step.call.params["SnapshotName"] == "orders-replace-2"


def replacing() -> Estate:
    estate = Estate(InProcess(), (orders(),))
    estate.apply()
    estate.bench.settle()
    estate.bench.writes.clear()
    estate.wishes, estate.asked = (orders(at_rest_encryption_enabled=False),), ANEW
    return estate


def test_a_snapshot_that_is_gone_makes_no_empty_cache():
    estate = replacing()

    def lose(number, call):
        if call.operation == "delete_replication_group":
            estate.bench.aws("delete_snapshot", SnapshotName="orders-replace-1")

    (failed,) = estate.apply(estate.bench.writer(after=lose)).failed

    assert "nothing was made" in failed.reason
    assert sent(estate.bench) == ["CreateSnapshot", "DeleteReplicationGroup"]


def test_killed_after_the_deletion_a_plain_apply_goes_on():
    estate = replacing()
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(2, after=True)))
    estate.asked = Asked()
    estate.bench.settle()

    summary = estate.apply()

    assert summary.exit_code == 0
    (made,) = [one for one in estate.bench.writes if one.operation == "create_replication_group"]
    assert made.params["SnapshotName"] == "orders-replace-1"


def test_after_it_was_destroyed_a_later_one_begins_empty():
    estate = replacing()
    estate.apply()
    estate.bench.settle()
    estate.asked = Asked(destroy=True, final_snapshot=False)
    estate.apply()
    estate.bench.settle()
    estate.asked = Asked()

    (one,) = estate.plan().changes

    assert "SnapshotName" not in one.steps[0].call.params
    assert any("begins empty" in note for note in estate.plan().notes)


def test_data_comes_back_from_what_was_kept():
    estate = Estate(InProcess(), (carts(),))
    estate.apply()
    estate.bench.settle()
    estate.wishes = (carts(network_type="dual_stack"),)
    estate.asked = Asked(replace=frozenset({address("serverless_cache/carts")}))
    estate.bench.writes.clear()

    estate.apply()

    (made,) = [one for one in estate.bench.writes if one.operation == "create_serverless_cache"]
    (arn,) = made.params["SnapshotArnsToRestore"]
    assert arn.endswith(":serverlesscachesnapshot:carts-replace-1")
