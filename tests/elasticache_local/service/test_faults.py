"""Faults on demand: targeted, counted, seeded, and gone when cleared."""

from __future__ import annotations

import pytest
from service_bench import PASSWORD

from elasticache_local.fault import Fault, LostResponse

USER = {
    "UserId": "u",
    "UserName": "u",
    "Engine": "redis",
    "AccessString": "on ~* +@all",
    "Passwords": [PASSWORD],
}


def plan(aws, **fault):
    return aws.service.faults.add(fault)


def code_of(aws, action, **params):
    try:
        aws(action, **params)
    except Fault as fault:
        return fault.code
    return "done"


def test_a_share_of_calls_is_throttled_and_the_same_seed_throttles_the_same(make_aws):
    def run(seed):
        aws = make_aws(seed=seed)
        plan(aws, sort="throttle", actions=["Describe*"], share=0.3)
        return [code_of(aws, "DescribeUsers") for _ in range(200)]

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert 30 < first.count("Throttling") < 90


def test_a_throttled_call_says_what_the_service_says(aws):
    plan(aws, sort="throttle")

    fault = aws.refusal("DescribeUsers")

    assert (fault.code, fault.message, fault.status) == ("Throttling", "Rate exceeded", 400)


def test_a_fault_is_for_its_actions_and_its_count_only(aws):
    plan(aws, sort="throttle", actions="CreateUser", count=2)

    assert code_of(aws, "DescribeUsers") == "done"
    assert [code_of(aws, "CreateUser", **USER) for _ in range(3)] == [
        "Throttling",
        "Throttling",
        "done",
    ]


def test_a_fault_may_let_some_calls_through_first(aws):
    plan(aws, sort="throttle", actions="DescribeUsers", after=1, count=1)

    assert [code_of(aws, "DescribeUsers") for _ in range(3)] == ["done", "Throttling", "done"]


def test_a_state_is_refused(aws):
    plan(aws, sort="refuse", actions="CreateUser", code="UserQuotaExceeded", message="not now")

    fault = aws.refusal("CreateUser", **USER)

    assert (fault.code, fault.message, fault.status) == ("UserQuotaExceeded", "not now", 400)


def test_a_lost_response_is_lost_after_the_work(aws):
    plan(aws, sort="lose-response", actions="CreateUser", count=1)

    with pytest.raises(LostResponse):
        aws("CreateUser", **USER)

    assert aws.show_user("u")["Status"] == "active"


def test_a_delay_is_told_to_the_shell_and_never_slept_here(aws):
    plan(aws, sort="delay", actions="CreateUser", seconds=2.5, count=1)

    delays = [aws.service.faults.delay_s("CreateUser") for _ in range(2)]

    assert delays == [2.5, 0.0]
    assert aws.service.faults.delay_s("DescribeUsers") == 0.0


def test_describes_are_as_old_as_planned(aws):
    aws.user("before")
    plan(aws, sort="stale", actions="Describe*", seconds=5)
    aws.user("after")

    def listed():
        return {user["UserId"] for user in aws("DescribeUsers")["Users"]}

    assert listed() == {"default", "before"}
    aws.pass_time(4.9)
    assert listed() == {"default", "before"}
    aws.pass_time(0.2)
    assert listed() == {"default", "before", "after"}


def test_a_stale_describe_shows_the_state_before_a_change(aws):
    aws.group()
    plan(aws, sort="stale", actions="DescribeReplicationGroups", seconds=3)

    aws.modify(ReplicationGroupDescription="new")
    assert aws.show()["Description"] == "d"
    assert aws.show()["Status"] == "available"

    aws.pass_time(3.1)
    assert aws.show()["Description"] == "new"


def test_the_tagging_api_lags_while_list_tags_does_not(aws):
    aws.user()
    plan(aws, sort="tagging-lag", seconds=10)
    arn = aws.arn("user", "app")

    aws("AddTagsToResource", ResourceName=arn, Tags=[{"Key": "k", "Value": "v"}])
    aws.pass_time(1)

    assert aws("ListTagsForResource", ResourceName=arn)["TagList"]
    assert aws.service.tagged_resources(aws.principal) == []
    aws.pass_time(10)
    assert aws.service.tagged_resources(aws.principal) == [(arn, {"k": "v"})]


def test_how_far_the_tagging_api_trails_anyway_is_a_switch(make_aws):
    aws = make_aws(tagging_lag_s=3.0)
    aws.user(Tags=[{"Key": "k", "Value": "v"}])

    assert aws.service.tagged_resources(aws.principal) == []
    aws.pass_time(3.1)
    assert len(aws.service.tagged_resources(aws.principal)) == 1


def test_a_quota_is_lowered(aws):
    plan(aws, sort="quota", quota="users", limit=1)

    assert code_of(aws, "CreateUser", **USER) == "UserQuotaExceeded"


@pytest.mark.parametrize("kind", ["group", "serverless"])
def test_a_creation_is_made_to_fail(aws, kind):
    plan(aws, sort="fail-create", actions="Create*", message="no capacity")

    name = getattr(aws, kind)()

    show = aws.show if kind == "group" else aws.show_serverless
    assert show()["Status"] == "create-failed"
    assert "Creation failed: no capacity" in aws.events(name)


def test_a_modification_is_accepted_and_then_rolled_back(aws):
    aws.group()
    plan(aws, sort="roll-back", actions="ModifyReplicationGroup", message="rolled back", count=1)

    aws.modify(CacheNodeType="cache.m5.large")
    assert aws.show()["Status"] == "modifying"
    aws.settle()

    assert aws.show()["CacheNodeType"] == "cache.t4g.micro"
    assert aws.show()["Status"] == "available"
    assert "rolled back" in aws.events("orders")


def test_a_rolled_back_user_is_what_it_was_for_the_data_plane_too(aws):
    aws.user_group()
    aws.group(UserGroupIds=["people"], TransitEncryptionEnabled=True)
    before = aws.want().users
    plan(aws, sort="roll-back", actions="ModifyUser")

    aws("ModifyUser", UserId="people-default", AccessString="off")
    assert aws.want().users != before
    aws.settle()

    assert aws.show_user("people-default")["AccessString"] == "on ~* +@all"
    assert aws.want().users == before


@pytest.mark.parametrize(
    ("arrange", "action", "params", "look"),
    [
        pytest.param(
            lambda a: (a.user_group(), a.user()),
            "ModifyUserGroup",
            {"UserGroupId": "people", "UserIdsToAdd": ["app"]},
            lambda a: a.show_user_group()["UserIds"],
            id="user-group",
        ),
        pytest.param(
            lambda a: a.group(),
            "IncreaseReplicaCount",
            {"ReplicationGroupId": "orders", "NewReplicaCount": 3, "ApplyImmediately": True},
            lambda a: a.show()["MemberClusters"],
            id="replicas-up",
        ),
        pytest.param(
            lambda a: a.group(),
            "DecreaseReplicaCount",
            {"ReplicationGroupId": "orders", "NewReplicaCount": 0, "ApplyImmediately": True},
            lambda a: a.show()["MemberClusters"],
            id="replicas-down",
        ),
        pytest.param(
            lambda a: a.clustered("orders"),
            "ModifyReplicationGroupShardConfiguration",
            {"ReplicationGroupId": "orders", "NodeGroupCount": 3, "ApplyImmediately": True},
            lambda a: a.show()["NodeGroups"],
            id="shards-up",
        ),
        pytest.param(
            lambda a: a.clustered("orders"),
            "ModifyReplicationGroupShardConfiguration",
            {
                "ReplicationGroupId": "orders",
                "NodeGroupCount": 1,
                "NodeGroupsToRemove": ["0002"],
                "ApplyImmediately": True,
            },
            lambda a: a.show()["NodeGroups"],
            id="shards-down",
        ),
        pytest.param(
            lambda a: a.serverless(),
            "ModifyServerlessCache",
            {"ServerlessCacheName": "jobs", "Description": "new"},
            lambda a: a.show_serverless(),
            id="serverless",
        ),
        pytest.param(
            lambda a: a.group(),
            "ModifyReplicationGroup",
            {
                "ReplicationGroupId": "orders",
                "SnapshotRetentionLimit": 5,
                "ReplicationGroupDescription": "new",
                "PreferredMaintenanceWindow": "sun:01:00-sun:02:00",
            },
            lambda a: (a.show(), a.show_cluster("orders-001")),
            id="settings",
        ),
        pytest.param(
            lambda a: (a("CreateCacheCluster", CacheClusterId="c", Engine="redis"), a.settle()),
            "ModifyCacheCluster",
            {"CacheClusterId": "c", "SnapshotRetentionLimit": 5},
            lambda a: a.show_cluster("c"),
            id="cluster-settings",
        ),
        pytest.param(
            lambda a: (
                a("CreateCacheCluster", CacheClusterId="c", Engine="memcached"),
                a.settle(),
            ),
            "ModifyCacheCluster",
            {"CacheClusterId": "c", "NumCacheNodes": 2, "ApplyImmediately": True},
            lambda a: a.show_cluster("c"),
            id="cluster",
        ),
    ],
)
def test_what_is_rolled_back_is_as_before(aws, arrange, action, params, look):
    arrange(aws)
    before = look(aws)
    plan(aws, sort="roll-back", actions=action)

    aws(action, **params)
    aws.settle()

    assert look(aws) == before


def test_an_action_is_denied(aws):
    plan(aws, sort="deny", actions="Delete*")

    fault = aws.refusal("DeleteUser", UserId="any")

    assert (fault.code, fault.status) == ("AccessDenied", 403)


def test_cleared_faults_do_not_happen(aws):
    plan(aws, sort="throttle")

    aws.service.faults.clear()

    assert code_of(aws, "DescribeUsers") == "done"


def test_what_is_left_to_chance_happens_again_after_the_same_seed(aws):
    def lived():
        aws.service.faults.clear(seed=7)
        plan(aws, sort="throttle", actions="DescribeUsers", share=0.5)
        return [code_of(aws, "DescribeUsers") for _ in range(30)]

    first, second = lived(), lived()

    assert first == second
    assert len(set(first)) == 2


@pytest.mark.parametrize(
    "bad", [{"sort": "earthquake"}, {"sort": "throttle", "shar": 0.5}, {"actions": "*"}]
)
def test_a_plan_that_is_none_is_refused(aws, bad):
    with pytest.raises(ValueError, match=r"sort is|unknown"):
        plan(aws, **bad)
