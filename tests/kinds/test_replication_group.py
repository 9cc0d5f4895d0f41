"""Staged transitions of a replication group: which calls, in which order, behind which gate."""

from __future__ import annotations

import build
import pytest

from reconciler.complete import complete
from reconciler.kind import Impact, Pending, Unreachable, Wait
from reconciler.unfold import unfold

KIND = build.KIND["replication_group"]


def plan(desired, shown, *others, pending=(), endpoints=(), observed=()):
    """The steps that a plan would show, and why they end."""
    live = build.live(shown, pending=tuple(pending), endpoints=tuple(endpoints))
    facts = build.facts([desired, *others], [live, *observed])
    before = facts.observed[shown.address].effective
    after = complete(KIND, desired, before, facts)
    return unfold(KIND, before, after, facts)


def told(steps):
    """Each step as its operation and parameters, without what every call has."""
    return [
        (
            step.call.operation,
            {
                key: value
                for key, value in step.call.params.items()
                if key not in {"ReplicationGroupId", "ApplyImmediately"}
            },
        )
        for step in steps
    ]


def modified(steps):
    return [params for _, params in told(steps)]


def wish(**fields):
    return build.ReplicationGroup(id="orders", **fields)


PLAIN = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
HELD = {"auth_token": build.HELD, "auth_token_held": "2026-01-01T00:00:00+00:00"}


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


def test_login_comes_after_tls_is_required():
    steps, stop = plan(
        wish(transit_encryption_enabled=True, user_group_ids=("people",)),
        build.shown_group(**PLAIN),
        observed=[build.user_group()],
    )

    assert stop is None
    assert modified(steps)[-1] == {"UserGroupIdsToAdd": ["people"]}
    assert len(steps) == 3


def test_a_login_without_tls_is_refused_with_the_way():
    steps, stop = plan(
        wish(user_group_ids=("people",)), build.shown_group(**PLAIN), observed=[build.user_group()]
    )

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "transit_encryption_enabled: true" in stop.way


def test_a_first_token_is_rotated_in_and_then_made_the_only_one():
    steps, stop = plan(wish(auth_token=build.TOKEN), build.shown_group())

    assert stop is None
    assert modified(steps) == [
        {"AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "ROTATE"},
        {"AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "SET"},
    ]
    assert [step.gate for step in steps] == [None, "auth-finish"]
    assert steps[0].intent == {"auth": "t1//"}
    assert steps[1].record["auth"] == "t1"


def test_a_token_is_rotated_with_the_intent_written_before_the_call():
    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks={"auth": "t0"}))

    assert steps[0].intent == {"auth": "t1/t0/2026-01-01T00:00:00+00:00"}
    assert steps[0].call.params["AuthTokenUpdateStrategy"] == "ROTATE"


def test_a_rotation_that_died_before_its_call_is_made_again():
    intent = {"auth": "t1/t0/2026-01-01T00:00:00+00:00"}

    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks=intent))

    assert [step.call.params["AuthTokenUpdateStrategy"] for step in steps] == ["ROTATE", "SET"]


def test_a_rotation_that_died_after_its_call_is_not_made_again():
    intent = {"auth": "t1/t0/2025-12-31T00:00:00+00:00"}

    steps, _ = plan(wish(auth_token=build.TOKEN), build.shown_group(**HELD, marks=intent))

    assert [step.call.params["AuthTokenUpdateStrategy"] for step in steps] == ["SET"]


def test_from_a_token_to_a_group_is_one_call():
    steps, stop = plan(
        wish(user_group_ids=("people",)),
        build.shown_group(**HELD, marks={"auth": "t1"}),
        observed=[build.user_group()],
    )

    assert stop is None
    assert modified(steps) == [
        {"AuthTokenUpdateStrategy": "DELETE", "UserGroupIdsToAdd": ["people"]}
    ]
    assert steps[0].impact is Impact.DROPPED_USERS


def test_from_a_group_to_a_token_is_one_call():
    steps, stop = plan(
        wish(auth_token=build.TOKEN),
        build.shown_group(user_group_ids=("people",)),
        observed=[build.user_group(user_ids=("app", "report"))],
    )

    assert stop is None
    assert modified(steps) == [
        {"RemoveUserGroups": True, "AuthToken": build.TOKEN, "AuthTokenUpdateStrategy": "SET"}
    ]
    assert "app, report" in steps[0].impact_text


def test_a_token_can_not_be_taken_off_directly():
    steps, stop = plan(wish(auth_token=None), build.shown_group(**HELD, marks={"auth": "t1"}))

    assert steps == ()
    assert isinstance(stop, Unreachable)
    assert "user group" in stop.way
    assert not stop.replace


def test_groups_are_swapped_in_one_call_and_the_users_who_lose_are_named():
    steps, stop = plan(
        wish(user_group_ids=("new",)),
        build.shown_group(user_group_ids=("people",)),
        observed=[
            build.user_group(user_ids=("app", "report")),
            build.user_group("new", user_ids=("app",)),
        ],
    )

    assert stop is None
    assert modified(steps) == [{"UserGroupIdsToAdd": ["new"], "UserGroupIdsToRemove": ["people"]}]
    assert steps[0].impact_text == "CUTS OFF report"


def test_a_group_is_taken_off_in_the_documented_way():
    steps, _ = plan(wish(user_group_ids=()), build.shown_group(user_group_ids=("people",)))

    assert modified(steps) == [{"RemoveUserGroups": True}]


def test_a_group_of_valkey_needs_a_cache_of_valkey():
    redis = build.shown_group(engine="redis", engine_version="7.1.0")

    _, stop = plan(wish(user_group_ids=("people",)), redis, observed=[build.user_group()])

    assert isinstance(stop, Unreachable)
    assert "valkey" in stop.reason


def test_cluster_mode_is_a_ladder_with_a_gate_at_its_last_rung():
    steps, stop = plan(
        wish(cluster_mode="enabled", num_node_groups=3),
        build.shown_group(),
    )

    assert stop is None
    assert told(steps) == [
        ("modify_replication_group", {"ClusterMode": "compatible"}),
        ("modify_replication_group", {"ClusterMode": "enabled"}),
        ("modify_replication_group_shard_configuration", {"NodeGroupCount": 3}),
    ]
    assert [step.gate for step in steps] == [None, "cluster-mode-enabled", None]


def test_cluster_mode_takes_a_replica_and_failover_only_for_the_way():
    alone = build.shown_group(replicas_per_node_group=0, automatic_failover_enabled=False)

    steps, stop = plan(
        wish(cluster_mode="enabled", num_node_groups=1, replicas_per_node_group=0), alone
    )

    assert stop is None
    assert told(steps) == [
        ("increase_replica_count", {"NewReplicaCount": 1}),
        ("modify_replication_group", {"AutomaticFailoverEnabled": True}),
        ("modify_replication_group", {"ClusterMode": "compatible"}),
        ("modify_replication_group", {"ClusterMode": "enabled"}),
        ("decrease_replica_count", {"NewReplicaCount": 0}),
    ]


def test_compatible_takes_nothing_but_the_mode():
    halfway = build.shown_group(cluster_mode="compatible")

    back, _ = plan(wish(cluster_mode="disabled"), halfway)
    stuck, stop = plan(wish(cluster_mode="compatible", num_cache_clusters=3), halfway)

    assert modified(back) == [{"ClusterMode": "disabled"}]
    assert stuck == ()
    assert isinstance(stop, Unreachable)


def test_compatible_as_an_end_is_reached_last():
    steps, stop = plan(
        wish(cluster_mode="compatible", num_cache_clusters=3, multi_az_enabled=True),
        build.shown_group(),
    )

    assert stop is None
    assert modified(steps)[-1] == {"ClusterMode": "compatible"}
    assert len(steps) == 3


def test_there_is_no_way_back_from_cluster_mode():
    clustered = build.shown_group(cluster_mode="enabled")

    _, stop = plan(wish(cluster_mode="disabled"), clustered)

    assert isinstance(stop, Unreachable)
    assert stop.replace


def test_a_parameter_group_of_ones_own_must_be_named_for_cluster_mode():
    own = build.shown_group(cache_parameter_group_name="orders-valkey8")

    _, stop = plan(wish(cluster_mode="enabled"), own)
    steps, _ = plan(
        wish(cluster_mode="enabled", cache_parameter_group_name="orders-valkey8-on"), own
    )

    assert isinstance(stop, Unreachable)
    assert modified(steps)[0] == {
        "ClusterMode": "compatible",
        "CacheParameterGroupName": "orders-valkey8-on",
    }


def test_engine_version_and_family_go_together_and_alone():
    redis = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="orders-redis7"
    )

    steps, stop = plan(
        wish(
            engine="valkey",
            engine_version="8.1",
            cache_parameter_group_name="orders-valkey8",
            replication_group_description="another",
            apply_immediately=True,
        ),
        redis,
    )

    assert stop is None
    assert modified(steps) == [
        {"Engine": "valkey", "EngineVersion": "8.1", "CacheParameterGroupName": "orders-valkey8"},
        {"ReplicationGroupDescription": "another"},
    ]


def test_the_services_own_parameter_group_follows_by_itself():
    redis = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="default.redis7"
    )

    [step], stop = plan(wish(engine="valkey", engine_version="8.1", apply_immediately=True), redis)

    assert stop is None
    assert modified([step]) == [{"Engine": "valkey", "EngineVersion": "8.1"}]
    assert step.leaves.cache_parameter_group_name == "default.valkey8"


def test_a_parameter_group_of_the_wrong_family_is_refused_with_the_family():
    own = build.shown_group(
        engine="redis", engine_version="7.1.0", cache_parameter_group_name="orders-redis7"
    )

    _, stop = plan(wish(engine="valkey", engine_version="8.1", apply_immediately=True), own)

    assert isinstance(stop, Unreachable)
    assert "valkey8" in stop.reason


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"engine_version": "8.0"}, id="an older version"),
        pytest.param({"engine": "redis", "engine_version": "7.1"}, id="back to redis"),
    ],
)
def test_there_is_no_downgrade(fields):
    _, stop = plan(wish(**fields), build.shown_group(auto_minor_version_upgrade=False))

    assert isinstance(stop, Unreachable)
    assert stop.replace


def test_what_waits_for_the_window_goes_last_and_says_so():
    steps, stop = plan(
        wish(engine_version="8.2", cache_node_type="cache.r7g.xlarge", num_cache_clusters=3),
        build.shown_group(auto_minor_version_upgrade=False),
    )

    assert stop is None
    assert [step.call.params["ApplyImmediately"] for step in steps] == [True, False, False]
    assert "sun:03:00-sun:04:00" in steps[1].when
    assert steps[2].leaves.scheduled == ("cache_node_type", "engine_version")


def test_what_is_pending_is_never_sent_again():
    steps, stop = plan(
        wish(cache_node_type="cache.r7g.xlarge"),
        build.shown_group(),
        pending=[Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")],
    )

    assert (steps, stop) == ((), None)


def test_a_step_at_once_says_what_it_brings_forward():
    steps, _ = plan(
        wish(cache_node_type="cache.r7g.xlarge", num_cache_clusters=3),
        build.shown_group(),
        pending=[Pending("cache_node_type", "cache.r7g.xlarge", "sun:03:00-sun:04:00")],
    )

    [step] = steps
    assert "brings forward: cache_node_type cache.r7g.xlarge" in step.lines
    assert step.impact is Impact.FAILOVER
    assert step.leaves.scheduled == ()


def test_what_needs_a_version_that_waits_for_the_window_waits_with_it():
    old = build.shown_group(engine="redis", engine_version="6.2.6", **PLAIN)

    steps, stop = plan(
        wish(engine_version="7.1", transit_encryption_enabled=True, num_cache_clusters=3), old
    )

    assert [step.call.operation for step in steps] == [
        "increase_replica_count",
        "modify_replication_group",
    ]
    assert isinstance(stop, Wait)
    assert "7.1" in stop.until


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        pytest.param("cache.r7g.large", "cache.r7g.2xlarge", "up", id="larger"),
        pytest.param("cache.r7g.2xlarge", "cache.r7g.xlarge", "down", id="smaller"),
        pytest.param("cache.m7g.large", "cache.r7g.large", "up", id="more memory"),
        pytest.param("cache.t4g.medium", "cache.r7g.large", "up", id="out of burstable"),
    ],
)
def test_shards_go_away_only_after_a_larger_node_type_and_before_a_smaller(before, after, first):
    clustered = build.shown_group(cluster_mode="enabled", num_node_groups=3, cache_node_type=before)

    steps, _ = plan(
        wish(num_node_groups=2, cache_node_type=after, apply_immediately=True), clustered
    )

    node = "modify_replication_group"
    shards = "modify_replication_group_shard_configuration"
    expected = [node, shards] if first == "up" else [shards, node]
    assert [step.call.operation for step in steps] == expected


def test_shards_that_go_are_named_from_what_was_described():
    clustered = build.shown_group(cluster_mode="enabled", num_node_groups=4)

    [step], _ = plan(wish(num_node_groups=2), clustered)

    assert step.call.params["NodeGroupsToRemove"] == ["0003", "0004"]
    assert step.call.params["NodeGroupCount"] == 2


def test_failover_and_multi_az_go_off_before_the_last_replica():
    pair = build.shown_group(multi_az_enabled=True)

    steps, stop = plan(
        wish(num_cache_clusters=1, automatic_failover_enabled=False, multi_az_enabled=False), pair
    )

    assert stop is None
    assert told(steps) == [
        (
            "modify_replication_group",
            {"AutomaticFailoverEnabled": False, "MultiAZEnabled": False},
        ),
        ("decrease_replica_count", {"NewReplicaCount": 0}),
    ]


def test_failover_comes_on_after_there_is_a_replica():
    alone = build.shown_group(replicas_per_node_group=0, automatic_failover_enabled=False)

    steps, _ = plan(wish(num_cache_clusters=2, multi_az_enabled=True), alone)

    assert [step.call.operation for step in steps] == [
        "increase_replica_count",
        "modify_replication_group",
    ]
    assert steps[1].call.params["AutomaticFailoverEnabled"] is True


def test_failover_without_a_replica_is_refused():
    _, stop = plan(wish(num_cache_clusters=1), build.shown_group())

    assert isinstance(stop, Unreachable)
    assert "replica" in stop.reason


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
    facts = build.facts([desired])

    [step], _ = unfold(KIND, None, complete(KIND, desired, None, facts), facts)

    assert step.call.params["AutomaticFailoverEnabled"] is False


def test_a_token_rides_in_the_creation_by_reference_only():
    desired = build.replication_group(auth_token=build.TOKEN)
    facts = build.facts([desired])

    [step], _ = unfold(KIND, None, complete(KIND, desired, None, facts), facts)

    assert step.call.params["AuthToken"] == build.TOKEN
    assert step.leaves.auth_token == build.HELD
    assert {"Key": "reconciler:auth", "Value": "t1"} in step.call.params["Tags"]
