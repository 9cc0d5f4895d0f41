"""How each resource stands: what it waits for, what is pending, its gate, its owner."""

from __future__ import annotations

from dataclasses import replace

import build
import pytest
from build import address, facts, live, replication_group, shown_group, shown_user, user, user_group

from reconciler.kind import Node, Ownership, Pending, Shard
from reconciler.kinds import KINDS
from reconciler.lease import Holder, Standing
from reconciler.plan import make_plan
from reconciler.ports import LeaseRecord
from reconciler.report.status_report import StatusReport, status_json, status_text
from reconciler.status import Status, statuses

EPOCH = build.facts().now


def seen(desired, observed, chosen=()):
    told = facts(desired, observed)
    return {one.address: one for one in statuses(told, make_plan(KINDS, told), chosen)}


def only(desired, observed) -> Status:
    (found,) = seen([desired], [observed]).values()
    return found


def page(*found: Status, **more) -> str:
    return status_text(StatusReport(build.ESTATE, build.ACCOUNT, build.REGION, found, **more))


def test_what_rests_waits_for_nothing():
    found = only(user_group(tags=None), live(user_group(tags=None)))

    assert (found.status, found.at_rest, found.waits_for) == ("active", True, ())
    assert found.owner is Ownership.OWNED
    assert "user_group/people  active        at rest  owned" in page(found)
    assert "all at rest" in page(found)


def test_what_is_not_there_is_absent_and_has_no_owner():
    (found,) = seen([user()], []).values()

    assert (found.status, found.owner, found.steps) == ("absent", None, 1)
    assert "user/app  absent\n    to do      1 step" in page(found)


def test_members_that_move_are_named():
    held = live(shown_group(), status="modifying")
    moving = replace(
        held,
        nodes=(
            Node("orders-001", "0001", "primary", "available", "8.1"),
            Node("orders-002", "0001", "replica", "creating", "8.1"),
        ),
        shards=(Shard("0001", "modifying", ""),),
    )

    found = only(replication_group(), moving)

    assert not found.at_rest
    assert found.waits_for == ("orders-002 (creating)", "shard 0001 (modifying)")
    assert "moving" in page(found)
    assert "waits for  orders-002 (creating)" in page(found)
    assert "1 resource not at rest" in page(found)


def test_without_a_moving_member_the_service_is_named():
    found = only(user(), live(shown_user(), status="modifying"))

    assert found.waits_for == ("the service (modifying)",)


def test_a_change_waits_for_what_would_feel_it_and_for_what_comes_first():
    told = seen(
        [
            user(access_string="on ~b:* -@all +@read"),
            user_group(user_ids=("app", "new")),
            user("new"),
        ],
        [
            live(shown_user(), reaches=(address("user_group/people"),)),
            live(user_group(), status="modifying"),
        ],
    )

    assert "user_group/people (modifying)" in told[address("user/app")].waits_for
    expected = "user/new, which is brought about first"
    assert expected in told[address("user_group/people")].waits_for


def test_pending_values_are_shown_with_their_time():
    when = "Sun 2026-11-22 03:00-04:00 UTC"
    pending = (Pending("cache_node_type", "cache.r7g.xlarge", when),)
    held = live(shown_group(), pending=pending)

    found = only(replication_group(cache_node_type="cache.r7g.xlarge"), held)

    edit = f"pending    cache_node_type cache.r7g.large -> cache.r7g.xlarge, {when}"
    assert edit in page(found)
    row = status_json(StatusReport("e", "a", "r", (found,)))["resources"][
        "replication_group/orders"
    ]
    assert row["pending"] == [
        {
            "field": "cache_node_type",
            "before": "cache.r7g.large",
            "pending": "cache.r7g.xlarge",
            "when": when,
        }
    ]


PREFERRED = {"transit_encryption_enabled": True, "transit_encryption_mode": "preferred"}


def test_a_closed_gate_before_the_next_step_is_shown_with_both_ways_through():
    found = only(replication_group(), live(shown_group(**PREFERRED)))

    assert found.gate is not None
    text = page(found)
    assert "GATE       tls-required: " in text
    assert "gates: {tls-required: open}" in text
    assert "apply --through-gate orders/tls-required" in text


def test_an_open_gate_is_none():
    wished = replication_group(gates={"tls-required": "open"})

    found = only(wished, live(shown_group(**PREFERRED)))

    assert found.gate is None
    assert found.steps == 1


def test_a_gate_behind_other_steps_is_not_stood_at_yet():
    plaintext = {"transit_encryption_enabled": False, "transit_encryption_mode": None}

    found = only(replication_group(), live(shown_group(**plaintext)))

    assert found.steps == 2
    assert found.gate is None


@pytest.mark.parametrize(
    ("ownership", "marks", "expected"),
    [
        (Ownership.UNKNOWN, {}, "unknown"),
        (Ownership.UNMANAGED, {}, "unmanaged"),
        (Ownership.UNMANAGED, {"estate": "other"}, "unmanaged (its tags name the estate other)"),
    ],
)
def test_whose_it_is(ownership, marks, expected):
    found = only(user(), live(shown_user(marks=marks), ownership=ownership))

    assert page(found).splitlines()[3].endswith(f"  {expected}")


def test_only_what_was_asked_for_is_shown():
    found = seen([user(), user("other")], [], [address("user/other")])

    assert list(found) == [address("user/other")]


def holder(standing):
    record = LeaseRecord("feed01", "role/ci", "build-7", "there", 7, EPOCH, EPOCH)
    return Holder(record, "/reconciler/shop/lease", standing)


@pytest.mark.parametrize("standing", Standing)
def test_nothing_rests_while_somebody_applies(standing):
    report = StatusReport("shop", "1", "r", (), holder(standing))

    working = standing in (Standing.ELSEWHERE, Standing.RUNS_HERE)
    assert report.at_rest is not working
    told = "run feed01 of role/ci on build-7" if working else "nobody applies"
    assert f"lease  {told}" in status_text(report)


def test_a_lease_that_can_not_be_read_is_said():
    assert "lease  may not look" in page(lease_unknown="may not look")


def test_a_page_fits_a_hundred_columns():
    found = only(replication_group(), live(shown_group(**PREFERRED)))

    assert max(map(len, page(found, holder=holder(Standing.ELSEWHERE)).splitlines())) <= 100
