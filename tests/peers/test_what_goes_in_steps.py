"""Issues of peers about changes that need several calls, in an order, or exactly one call."""

from __future__ import annotations

import build
from estate import Estate, sent
from inprocess import InProcess
from transition import ONE, OPEN, TOKEN, carts, orders, people, plain, user

from reconciler.applying.outcome import StepSent
from reconciler.kind import Unreachable

PEOPLE = (user(), people("app"))


def standing(*wishes, **bench):
    made = Estate(InProcess(**bench), wishes)
    made.bench.secrets.put(ONE, "a-secret-of-this-test")
    made.bench.secrets.put(TOKEN, "a-token-of-this-test")
    assert made.apply().exit_code == 0
    made.bench.settle()
    made.bench.writes.clear()
    return made


def applied(made, *wishes):
    """Apply and give each call's parameters, without what every call has; none may be refused."""
    made.wishes = wishes
    events = list(made.applying())
    assert events[-1].summary.exit_code == 0
    assert [event.fate for event in events if isinstance(event, StepSent) and event.fate] == []
    assert made.plan().empty
    spared = ("ReplicationGroupId", "ServerlessCacheName", "ApplyImmediately")
    return [
        {key: value for key, value in call.params.items() if key not in spared}
        for call in made.bench.writes
        if "tags" not in call.operation
    ]


def refused(made, *wishes):
    made.wishes = wishes
    [planned] = made.plan().changes
    assert planned.steps == ()
    assert isinstance(planned.stop, Unreachable)
    assert made.apply().exit_code == 1
    assert made.bench.writes == []
    return planned.stop


def test_terraform_42966_tls_goes_up_its_ladder_before_users_are_let_in():
    valkey = {"engine": "valkey", "engine_version": "8.1"}
    made = standing(*PEOPLE, plain(**valkey))

    calls = applied(
        made,
        *PEOPLE,
        plain(
            **valkey,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=("people",),
            gates=OPEN,
        ),
    )

    assert calls == [
        {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"},
        {"TransitEncryptionMode": "required"},
        {"UserGroupIdsToAdd": ["people"]},
    ]


def test_cloudposse_239_preferred_beside_users_is_refused_before_any_call():
    made = standing(*PEOPLE, orders(user_group_ids=("people",)))

    stop = refused(
        made, *PEOPLE, orders(user_group_ids=("people",), transit_encryption_mode="preferred")
    )

    assert "required" in stop.reason


def test_terraform_39546_a_token_gives_way_to_users_in_one_call():
    made = standing(*PEOPLE, orders(auth_token=TOKEN))

    calls = applied(made, *PEOPLE, orders(user_group_ids=("people",), gates=OPEN))

    assert calls == [{"AuthTokenUpdateStrategy": "DELETE", "UserGroupIdsToAdd": ["people"]}]


def test_upjet_1370_no_word_of_a_token_where_there_is_none():
    made = standing(*PEOPLE, orders(user_group_ids=("people",)))

    calls = applied(
        made, *PEOPLE, orders(user_group_ids=("people",), replication_group_description="other")
    )

    assert calls == [{"ReplicationGroupDescription": "other"}]


def test_ack_2536_a_node_type_changes_without_a_word_of_tls():
    made = standing(*PEOPLE, orders(user_group_ids=("people",)))

    calls = applied(
        made,
        *PEOPLE,
        orders(
            user_group_ids=("people",), cache_node_type="cache.r7g.xlarge", apply_immediately=True
        ),
    )

    assert calls == [{"CacheNodeType": "cache.r7g.xlarge"}]


def test_terraform_35636_cluster_mode_goes_over_compatible_and_stops_there_until_the_gate_opens():
    made = standing(orders())
    clustered = {"num_node_groups": 1, "replicas_per_node_group": 1, "cluster_mode": "enabled"}
    made.wishes = (orders(**clustered),)

    assert made.apply().exit_code == 7
    [group] = made.bench.aws("describe_replication_groups")["ReplicationGroups"]
    assert group["ClusterMode"] == "compatible"

    made.bench.writes.clear()
    assert applied(made, orders(**clustered, gates=OPEN)) == [{"ClusterMode": "enabled"}]


def test_terraform_41181_redis_becomes_valkey_with_version_and_family_in_one_call():
    own = build.parameter_group(
        "own-redis7", cache_parameter_group_family="redis7", parameters={"timeout": "60"}
    )
    new = build.parameter_group("own-valkey8", parameters={"timeout": "60"})
    made = standing(own, new, plain(cache_parameter_group_name="own-redis7"))
    there = {"engine": "valkey", "engine_version": "8.1", "apply_immediately": True}

    calls = applied(made, own, new, plain(**there, cache_parameter_group_name="own-valkey8"))

    assert calls == [
        {"Engine": "valkey", "EngineVersion": "8.1", "CacheParameterGroupName": "own-valkey8"}
    ]


def test_terraform_41181_a_cluster_that_can_not_become_valkey_is_refused_and_stays():
    redis = {"engine": "redis", "engine_version": "7.1", "num_cache_nodes": 1}
    made = standing(build.cluster(**redis))

    stop = refused(made, build.cluster(**{**redis, "engine": "valkey", "engine_version": "8.1"}))

    assert "engine" in stop.reason


def test_terraform_45229_valkey_back_to_redis_replaces_nothing():
    made = standing(orders())

    stop = refused(made, orders(engine="redis", engine_version="7.1"))

    assert "new id" in stop.way


def test_terraform_41644_a_serverless_cache_goes_to_a_newer_major_in_place():
    made = standing(carts(major_engine_version="7"))

    assert applied(made, carts(major_engine_version="8")) == [
        {"Engine": "valkey", "MajorEngineVersion": "8"}
    ]


def test_terraform_50096_the_next_step_waits_for_members_and_not_for_the_group_alone():
    made = standing(orders())
    bench, answer, moving = made.bench, made.bench.answer, []

    def ahead_of_its_members(service, operation, params):
        if operation == "increase_replica_count":
            members = answer("elasticache", "describe_cache_clusters", {})["CacheClusters"]
            moving.extend(one["CacheClusterStatus"] != "available" for one in members)
        found = answer(service, operation, params)
        for group in found.get("ReplicationGroups", ()):
            for one in (group, *group["NodeGroups"]):
                one["Status"] = "available"
        return found

    bench.answer = ahead_of_its_members
    calls = applied(
        made,
        orders(num_cache_clusters=4, cache_node_type="cache.r7g.xlarge", apply_immediately=True),
    )

    assert calls == [{"CacheNodeType": "cache.r7g.xlarge"}, {"NewReplicaCount": 3}]
    assert moving == [False, False]


def test_terraform_24244_down_to_one_node_zones_and_failover_go_first():
    made = standing(orders(multi_az_enabled=True))

    calls = applied(
        made,
        orders(num_cache_clusters=1, automatic_failover_enabled=False, multi_az_enabled=False),
    )

    assert calls == [
        {"AutomaticFailoverEnabled": False, "MultiAZEnabled": False},
        {"NewReplicaCount": 0},
    ]


def test_terraform_43884_shards_that_go_are_named_as_describe_names_them():
    sharded = {"replicas_per_node_group": 1}
    made = standing(orders(num_node_groups=3, **sharded))
    made.bench.aws(
        "modify_replication_group_shard_configuration",
        ReplicationGroupId="orders",
        NodeGroupCount=2,
        NodeGroupsToRemove=["0001"],
        ApplyImmediately=True,
    )
    made.bench.settle()

    calls = applied(made, orders(num_node_groups=1, **sharded))

    assert calls == [{"NodeGroupCount": 1, "NodeGroupsToRemove": ["0003"]}]


def test_terraform_41567_snapshots_are_taken_from_a_node_that_is_there():
    made = standing(orders(num_cache_clusters=3))
    made.bench.aws("test_failover", ReplicationGroupId="orders", NodeGroupId="0001")
    made.bench.settle()
    made.bench.aws(
        "decrease_replica_count",
        ReplicationGroupId="orders",
        ReplicasToRemove=["orders-001"],
        ApplyImmediately=True,
    )
    made.bench.settle()

    [call] = applied(made, orders(num_cache_clusters=2, snapshot_retention_limit=5))

    named = call.pop("SnapshottingClusterId")
    [group] = made.bench.aws("describe_replication_groups")["ReplicationGroups"]
    assert call == {"SnapshotRetentionLimit": 5}
    assert "orders-001" not in group["MemberClusters"]
    assert named in group["MemberClusters"]


def test_terraform_41567_in_cluster_mode_no_node_is_named():
    size = {"num_node_groups": 2, "replicas_per_node_group": 1}
    made = standing(orders(**size))

    assert applied(made, orders(**size, snapshot_retention_limit=5)) == [
        {"SnapshotRetentionLimit": 5}
    ]


def test_terraform_46443_the_engine_goes_first_and_the_log_after_it():
    made = standing(plain(engine_version="5.0.6"))
    slow = (build.LOGS[0],)

    calls = applied(
        made,
        plain(engine_version="6.2", log_delivery_configurations=slow, apply_immediately=True),
    )

    assert [sorted(call) for call in calls] == [
        ["Engine", "EngineVersion"],
        ["LogDeliveryConfigurations"],
    ]


def test_terraform_35897_a_serverless_cache_takes_one_field_a_call_and_loses_its_limits():
    made = standing(carts(cache_usage_limits=build.LIMITS))

    calls = applied(
        made, carts(cache_usage_limits=None, description="other", snapshot_retention_limit=3)
    )

    assert [[*call] for call in calls] == [
        ["Description"],
        ["SnapshotRetentionLimit"],
        ["CacheUsageLimits"],
    ]


def test_terraform_49945_who_left_already_is_not_removed_again_and_who_is_added_joins():
    late, more = user("late"), user("more")
    made = standing(user(), late, more, people("app", "late"))
    made.bench.aws("modify_user_group", UserGroupId="people", UserIdsToRemove=["late"])
    made.bench.settle()

    calls = applied(made, user(), late, more, people("app", "more"))

    assert calls == [{"UserGroupId": "people", "UserIdsToAdd": ["more"]}]
    [group] = made.bench.aws("describe_user_groups")["UserGroups"]
    assert group["UserIds"] == ["app", "more"]


def test_terraform_37911_many_users_join_and_change_and_none_is_in_anothers_way():
    many = [user(f"user-{number}") for number in range(8)]
    made = standing(*many, people("user-0"), orders(user_group_ids=("people",)))

    calls = applied(
        made,
        *(one.but(access_string="on ~app:* -@all +@write") for one in many),
        people(*(one.id for one in many)),
        orders(user_group_ids=("people",)),
    )

    assert sum("UserIdsToAdd" in call for call in calls) == 1


def test_cloudformation_2273_a_smaller_node_that_is_rolled_back_fails_in_the_services_words():
    made = standing(orders(cache_node_type="cache.r7g.xlarge"))
    made.wishes = (orders(apply_immediately=True),)
    made.bench.service.faults.add(
        {"sort": "roll-back", "actions": ["ModifyReplicationGroup"], "message": "no memory left"}
    )

    summary = made.apply()

    assert summary.exit_code == 1
    assert "rolled back" in summary.failed[0].reason
    assert any("no memory left" in event for event in summary.failed[0].events)
    assert sent(made.bench) == ["ModifyReplicationGroup"]
