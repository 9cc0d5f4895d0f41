"""TLS on a running replication group: two steps with a gate between them, and new names."""

from __future__ import annotations

import build
from steps import PLAIN, modified, plan, told, wish

from reconciler.kind import Impact, Unreachable


def test_tls_comes_in_two_steps_with_a_gate_between_them():
    steps, stop = plan(wish(transit_encryption_enabled=True), build.shown_group(**PLAIN))

    assert stop is None
    assert modified(steps) == [
        {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
        {"TransitEncryptionMode": "required"},
    ]
    assert [step.gate for step in steps] == [None, "tls-required"]
    assert [step.impact for step in steps] == [Impact.NONE, Impact.INTERRUPTION]
    assert all(step.call.params["ApplyImmediately"] for step in steps)


def test_a_gate_holds_up_only_what_needs_what_is_behind_it():
    steps, stop = plan(
        wish(
            transit_encryption_enabled=True,
            num_cache_clusters=3,
            user_group_ids=("people",),
            cluster_mode="enabled",
        ),
        build.shown_group(**PLAIN),
        observed=[build.user_group()],
    )

    assert stop is None
    assert told(steps) == [
        (
            "modify_replication_group",
            {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
        ),
        ("increase_replica_count", {"NewReplicaCount": 2}),
        ("modify_replication_group", {"TransitEncryptionMode": "required"}),
        ("modify_replication_group", {"UserGroupIdsToAdd": ["people"]}),
        ("modify_replication_group", {"ClusterMode": "compatible"}),
        ("modify_replication_group", {"ClusterMode": "enabled"}),
    ]


def test_tls_says_which_names_come_and_which_go():
    hosts = [
        build.endpoint("orders.jzgy0l.ng.0001.euw1.cache.amazonaws.com"),
        build.endpoint("orders-ro.jzgy0l.ng.0001.euw1.cache.amazonaws.com", "reader"),
    ]

    steps, _ = plan(
        wish(transit_encryption_enabled=True), build.shown_group(**PLAIN), endpoints=hosts
    )

    assert "+ master.orders.jzgy0l.euw1.cache.amazonaws.com" in steps[0].lines
    assert "+ replica.orders.jzgy0l.euw1.cache.amazonaws.com" in steps[0].lines
    assert "- orders.jzgy0l.ng.0001.euw1.cache.amazonaws.com" in steps[1].lines
    assert "- orders-ro.jzgy0l.ng.0001.euw1.cache.amazonaws.com" in steps[1].lines


def test_after_preferred_the_names_that_go_are_told_from_those_that_came():
    hosts = [build.endpoint("clustercfg.orders.jzgy0l.euw1.cache.amazonaws.com", "configuration")]
    halfway = build.shown_group(transit_encryption_mode="preferred")

    [step], _ = plan(wish(transit_encryption_mode="required"), halfway, endpoints=hosts)

    assert "- orders.jzgy0l.clustercfg.euw1.cache.amazonaws.com" in step.lines


def test_tls_waits_for_a_version_that_has_it():
    old = build.shown_group(engine="redis", engine_version="6.2.6", **PLAIN)

    steps, stop = plan(wish(transit_encryption_enabled=True), old)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "7.0.5" in stop.reason


def test_tls_is_left_preferred_where_that_is_wished():
    steps, stop = plan(
        wish(transit_encryption_enabled=True, transit_encryption_mode="preferred"),
        build.shown_group(**PLAIN),
    )

    assert (len(steps), stop) == (1, None)


def test_without_a_mode_it_is_required_from_wherever_the_group_stands():
    """Left at preferred, a run that ended at the gate would have nothing left to do."""
    halfway = build.shown_group(transit_encryption_mode="preferred")

    [step], stop = plan(wish(transit_encryption_enabled=True), halfway)

    assert stop is None
    assert step.gate == "tls-required"
    assert plan(wish(), halfway) == ((), None)


def test_the_mode_is_not_raised_where_logins_stand_already():
    """No call gets there, whoever brought it about; who wrote the spec takes the logins off."""
    shown = build.shown_group(
        transit_encryption_mode="preferred", user_group_ids=("people",), engine_version="8.1.0"
    )

    steps, stop = plan(wish(transit_encryption_mode="required"), shown)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "take the user group or the token off first" in stop.way
