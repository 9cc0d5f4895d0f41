"""Everything that is simply set, and what is taken off in a way of its own."""

from __future__ import annotations

import build
from steps import created, modified, plan, wish

from reconciler.kind import Impact, Unreachable


def test_snapshots_that_start_are_taken_from_a_replica():
    [step], _ = plan(wish(snapshot_retention_limit=7), build.shown_group())

    assert step.call.params["SnapshottingClusterId"] == "orders-0001-002"


def test_snapshots_in_cluster_mode_name_no_node():
    clustered = build.shown_group(cluster_mode="enabled", num_node_groups=2)

    [step], _ = plan(wish(snapshot_retention_limit=7), clustered)

    assert "SnapshottingClusterId" not in step.call.params


def test_a_topic_goes_by_being_switched_off():
    [step], _ = plan(
        wish(notification_topic_arn=None), build.shown_group(notification_topic_arn="arn:topic")
    )

    assert modified([step]) == [
        {"NotificationTopicArn": "arn:topic", "NotificationTopicStatus": "inactive"}
    ]


def test_a_log_goes_by_being_switched_off():
    [step], _ = plan(
        wish(log_delivery_configurations=()),
        build.shown_group(log_delivery_configurations=build.LOGS),
    )

    assert modified([step]) == [
        {"LogDeliveryConfigurations": [{"LogType": "slow-log", "Enabled": False}]}
    ]


def test_security_groups_can_not_be_emptied():
    _, stop = plan(wish(security_group_ids=()), build.shown_group())

    assert isinstance(stop, Unreachable)


def test_plain_settings_go_in_one_call_and_cut_nobody_off():
    [step], _ = plan(
        wish(
            replication_group_description="x",
            snapshot_window="05:00-06:00",
            auto_minor_version_upgrade=False,
        ),
        build.shown_group(),
    )

    assert step.impact is Impact.NONE
    assert set(modified([step])[0]) == {
        "ReplicationGroupDescription",
        "SnapshotWindow",
        "AutoMinorVersionUpgrade",
    }


def test_a_valkey_group_of_one_node_is_created_without_the_failover_it_would_refuse():
    desired = build.replication_group(num_cache_clusters=1).but(automatic_failover_enabled=None)

    step = created(desired)

    assert step.call.params["AutomaticFailoverEnabled"] is False


def test_a_token_rides_in_the_creation_by_reference_only():
    desired = build.replication_group(auth_token=build.TOKEN)

    step = created(desired)

    assert step.call.params["AuthToken"] == build.TOKEN
    assert step.leaves.auth_token == build.HELD
    assert {"Key": "reconciler:auth", "Value": "t1"} in step.call.params["Tags"]


def test_windows_that_would_meet_are_refused_before_anything_is_sent():
    """The one that is not written stays, so only the plan can see it."""
    shown = build.shown_group(preferred_maintenance_window="sun:03:00-sun:04:00")

    steps, stop = plan(wish(snapshot_window="03:30-04:30"), shown)

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "apart" in stop.way


def test_both_windows_change_places_in_one_call():
    wished = {
        "snapshot_window": "03:00-04:00",
        "preferred_maintenance_window": "sun:01:00-sun:02:00",
    }

    [step], stop = plan(wish(**wished), build.shown_group())

    assert stop is None
    assert step.changes == tuple(wished)
