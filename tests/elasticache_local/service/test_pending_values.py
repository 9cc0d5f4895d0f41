"""What waits for the maintenance window, and what brings it forward."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from service_bench import Bench

from elasticache_local.clock import SteppedClock
from elasticache_local.service.rule.window import assigned_windows, next_opening

WINDOW = "wed:15:00-wed:16:00"
NOW = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)  # a Wednesday
HOURS = 3600.0


@pytest.fixture
def aws(scratch):
    made = Bench(scratch.normalise, clock=SteppedClock(NOW))
    made.group(PreferredMaintenanceWindow=WINDOW, CacheNodeType="cache.m5.large")
    return made


def later(aws, **given):
    return aws.modify(ApplyImmediately=False, **given)["ReplicationGroup"]


def test_a_deferred_change_leaves_the_group_available_and_shows_as_pending(aws):
    shown = later(aws, CacheNodeType="cache.m5.xlarge", AutomaticFailoverEnabled=True)

    assert shown["Status"] == "available"
    assert shown["PendingModifiedValues"] == {"AutomaticFailoverStatus": "enabled"}
    assert shown["AutomaticFailover"] == "disabled"
    pending = aws.show_cluster("orders-001")["PendingModifiedValues"]
    assert pending == {"CacheNodeType": "cache.m5.xlarge"}
    aws.pass_time(2 * HOURS)
    assert aws.show()["CacheNodeType"] == "cache.m5.large"


def test_the_window_applies_it(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")

    aws.pass_time(NOW.timestamp() + 3 * HOURS - aws.clock.now())
    assert aws.show()["Status"] == "modifying"

    aws.settle()
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"
    assert aws.show_cluster("orders-001")["PendingModifiedValues"] == {}


def test_deferred_is_what_apply_immediately_left_out_means(aws):
    aws("ModifyReplicationGroup", ReplicationGroupId="orders", CacheNodeType="cache.m5.xlarge")

    assert aws.show()["Status"] == "available"


def test_an_immediate_change_brings_everything_pending_forward(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")

    aws.modify(ReplicationGroupDescription="now")
    aws.settle()

    shown = aws.show()
    assert (shown["Description"], shown["CacheNodeType"]) == ("now", "cache.m5.xlarge")


def test_settings_apply_soon_whatever_is_asked(aws):
    later(aws, ReplicationGroupDescription="soon", SnapshotRetentionLimit=3)

    aws.settle()

    shown = aws.show()
    assert (shown["Description"], shown["SnapshotRetentionLimit"]) == ("soon", 3)


def test_a_later_wish_for_the_same_field_replaces_the_pending_one(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")
    later(aws, CacheNodeType="cache.m5.2xlarge")

    pending = aws.show_cluster("orders-001")["PendingModifiedValues"]
    assert pending == {"CacheNodeType": "cache.m5.2xlarge"}


def test_asking_for_the_live_value_takes_the_pending_one_back(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")

    later(aws, CacheNodeType="cache.m5.large")

    assert aws.show_cluster("orders-001")["PendingModifiedValues"] == {}
    aws.pass_time(4 * HOURS)
    assert aws.show()["CacheNodeType"] == "cache.m5.large"


def test_a_window_that_was_moved_counts(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")

    later(aws, PreferredMaintenanceWindow="wed:18:00-wed:19:00")
    aws.pass_time(4 * HOURS)
    assert aws.show()["CacheNodeType"] == "cache.m5.large"

    aws.pass_time(2 * HOURS)
    aws.settle()
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"


def test_a_busy_group_takes_its_pending_values_when_it_is_at_rest(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")
    aws.pass_time(NOW.timestamp() + 3 * HOURS - 0.2 - aws.clock.now())

    aws("CreateSnapshot", ReplicationGroupId="orders", SnapshotName="s")
    aws.pass_time(0.3)
    assert aws.show()["Status"] == "snapshotting"

    aws.settle()
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"


def steps_planned(aws, act):
    before = aws.service.snapshot()["jobs_made"]
    act()
    return aws.service.snapshot()["jobs_made"] - before


@pytest.mark.parametrize("days", [9, 400])
def test_a_clock_that_jumps_past_a_busy_cache_plans_nothing_for_the_time_between(aws, days):
    aws.group("busy", CacheNodeType="cache.m5.large", SnapshotRetentionLimit=1)
    aws("CreateCacheCluster", CacheClusterId="m", Engine="memcached", NumCacheNodes=1)
    aws.settle()
    aws.modify("busy", ApplyImmediately=False, CacheNodeType="cache.m5.xlarge")
    aws("ModifyCacheCluster", CacheClusterId="m", NumCacheNodes=2)
    aws.host.silent = True
    aws("CreateSnapshot", ReplicationGroupId="busy", SnapshotName="s")
    aws(
        "ModifyCacheCluster",
        CacheClusterId="m",
        ApplyImmediately=True,
        CacheNodeType="cache.t3.small",
    )

    assert steps_planned(aws, lambda: aws.pass_time(days * 86400)) < 5

    aws.host.speak()
    aws.settle()
    assert aws.show("busy")["CacheNodeType"] == "cache.m5.xlarge"
    assert aws.show_cluster("m")["NumCacheNodes"] == 2


def test_a_user_group_that_is_gone_when_the_window_opens_is_told(scratch):
    aws = Bench(scratch.normalise, clock=SteppedClock(NOW))
    aws.user_group()
    aws.group(PreferredMaintenanceWindow=WINDOW, TransitEncryptionEnabled=True)
    later(aws, UserGroupIdsToAdd=["people"], CacheNodeType="cache.m5.xlarge")
    aws("DeleteUserGroup", UserGroupId="people")

    aws.pass_time(3 * HOURS)
    aws.settle()

    assert aws.show()["UserGroupIds"] == []
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"
    assert "User group people no longer exists" in aws.events("orders")


def test_several_days_at_once_happen_in_order(aws):
    later(aws, CacheNodeType="cache.m5.xlarge")

    aws.pass_time(9 * 24 * HOURS)

    assert aws.show()["Status"] == "available"
    assert aws.show()["CacheNodeType"] == "cache.m5.xlarge"


@pytest.mark.parametrize("waits", [True, False])
def test_whether_a_parameter_group_waits_is_a_switch(scratch, waits):
    aws = Bench(scratch.normalise, parameter_group_waits_for_window=waits)
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="tuned",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )
    aws.group(PreferredMaintenanceWindow=WINDOW)

    later(aws, CacheParameterGroupName="tuned")
    aws.settle()

    group = aws.show_cluster("orders-001")["CacheParameterGroup"]["CacheParameterGroupName"]
    assert (group == "tuned") is not waits


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ("wed:15:00-wed:16:00", 3),
        ("wed:11:00-wed:12:00", 7 * 24 - 1),
        ("wed:12:00-wed:13:00", 0),
        ("tue:23:30-wed:00:30", 6 * 24 + 11.5),
        ("mon:00:00-mon:01:00", 4 * 24 + 12),
    ],
)
def test_when_a_window_opens_next(window, hours):
    opening = next_opening(window, NOW.timestamp())

    assert (opening - NOW.timestamp()) / HOURS == hours


@pytest.mark.parametrize("name", [f"cache-{number}" for number in range(60)])
def test_windows_that_the_service_picks_are_valid_and_apart(scratch, name):
    weekly, daily = assigned_windows(name)

    aws = Bench(scratch.normalise)
    aws.group(PreferredMaintenanceWindow=weekly, SnapshotWindow=daily)
    assert aws.show()["SnapshotWindow"] == daily
