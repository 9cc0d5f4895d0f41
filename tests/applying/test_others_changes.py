"""What somebody else changes before, during and after our calls is never overwritten unseen."""

from __future__ import annotations

import pytest
from estate import Estate, sent
from staged import EVERY as TRANSITIONS
from transition import orders, people, user, wished

from elasticache_local.service import Durations
from reconciler.applying.outcome import (
    StepFailed,
    StepSent,
    StepSettled,
)
from reconciler.errors import AwsError, StalePlan
from reconciler.ports import Call


def kinds_of(events) -> list[str]:
    return [type(event).__name__ for event in events]


def test_an_estate_that_moved_since_the_plan_is_a_stale_plan():
    estate = TRANSITIONS["rights are changed"].prepared()
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="app", AccessString="on ~else:* +@read")
    estate.bench.settle()

    with pytest.raises(StalePlan):
        list(applying)

    assert estate.bench.writes == []


def test_an_estate_that_got_there_meanwhile_needs_nothing():
    estate = TRANSITIONS["rights are changed"].prepared()
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="app", AccessString="on ~app:* -@all +@write")
    estate.bench.settle()

    events = list(applying)

    assert kinds_of(events) == ["Finished"]
    assert estate.bench.writes == []


def test_only_what_was_agreed_to_is_done_whatever_else_has_come_up():
    estate = wished(user(), user("other"))
    estate.apply()
    estate.wishes = (user(access_string="on ~app:* -@all +@write"), user("other"))
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="other", AccessString="on ~moved:* +@read")
    estate.bench.settle()
    estate.bench.writes.clear()

    events = list(applying)

    assert events[-1].summary.exit_code == 0
    assert {str(event.address) for event in events[:-1]} == {"user/app"}


def test_what_somebody_changes_in_the_middle_is_not_overwritten():
    estate = TRANSITIONS["serverless, several fields"].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSettled) and len(estate.bench.writes) == 1:
            estate.bench.aws(
                "modify_serverless_cache", ServerlessCacheName="carts", Description="theirs"
            )
            estate.bench.clock.advance(5)

    summary = events[-1].summary
    cache = estate.bench.aws("describe_serverless_caches")["ServerlessCaches"][0]
    assert cache["Description"] == "theirs"
    assert summary.exit_code == 1
    assert "theirs" in summary.failed[0].reason


def test_what_somebody_changes_right_after_our_call_is_shown_with_all_three_sides():
    estate = TRANSITIONS["rights are changed"].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.call.operation == "modify_user":
            estate.bench.clock.advance(5)
            estate.bench.aws("modify_user", UserId="app", AccessString="on ~theirs:* +@read")

    reason = events[-1].summary.failed[0].reason
    assert "somebody else changed it" in reason
    assert "~app:* -@all +@read" in reason
    assert "~app:* -@all +@write" in reason
    assert "~theirs:* +@read" in reason
    assert "~theirs" in estate.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"]


def test_what_somebody_sets_while_a_call_of_ours_is_in_doubt_is_not_overwritten():
    estate = TRANSITIONS["rights are changed"].prepared()

    def never_arrive(number: int, call: Call) -> None:
        estate.bench.aws("modify_user", UserId="app", AccessString="on ~theirs:* -@all +@read")
        raise AwsError(call.service, call.action, "InternalFailure", "oh no", status=500)

    [failed] = estate.apply(estate.bench.writer(before=never_arrive)).failed

    assert "then somebody else changed it" in failed.reason
    assert sent(estate.bench) == ["ModifyUser"]
    assert "~theirs" in estate.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"]


def test_a_stranger_of_the_same_name_is_not_taken_for_ours():
    estate = wished(user())
    applying = estate.applying()
    estate.bench.aws(
        "create_user",
        UserId="app",
        UserName="app",
        Engine="valkey",
        AccessString="on ~theirs:* +@read",
        Passwords=["somebodys-own-password"],
    )

    with pytest.raises(StalePlan):
        list(applying)

    assert "~theirs" in estate.bench.aws("describe_users", UserId="app")["Users"][0]["AccessString"]


def test_a_stranger_created_between_the_look_and_the_call_is_left_alone():
    estate = wished(user())

    def be_quicker(number: int, call: object) -> None:
        estate.bench.aws(
            "create_user",
            UserId="app",
            UserName="app",
            Engine="valkey",
            AccessString="on ~theirs:* +@read",
            Passwords=["somebodys-own-password"],
        )

    events = list(estate.applying(estate.bench.writer(before=be_quicker)))

    assert events[-1].summary.exit_code == 1
    assert "is not ours" in events[-1].summary.failed[0].reason
    assert any(isinstance(event, StepFailed) for event in events)
    assert sent(estate.bench) == ["CreateUser"]


def late(tamper) -> tuple[Estate, list[object]]:
    """A group of nodes that waits for its user group; something happens to it meanwhile."""
    estate = wished(user(), people("app"), durations=Durations(group_modify=100))
    estate.apply()
    estate.bench.settle()
    cache = orders(user_group_ids=("people",))
    estate.wishes = (user(), people("app"), cache)
    estate.apply()
    estate.bench.settle()
    estate.bench.writes.clear()
    ours = {"replication_group_description": "ours"}
    estate.wishes = (
        user(),
        user("late"),
        people("app", "late"),
        orders(user_group_ids=("people",), **ours),
    )
    events: list[object] = []
    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.call.operation == "create_user":
            tamper(estate.bench)
            estate.bench.clock.advance(5)
    return estate, events


def test_what_moved_while_its_turn_had_not_come_is_not_overwritten():
    estate, events = late(
        lambda bench: bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ReplicationGroupDescription="theirs",
            ApplyImmediately=True,
        )
    )

    group = estate.bench.aws("describe_replication_groups")["ReplicationGroups"][0]
    assert group["Description"] == "theirs"
    reason = events[-1].summary.failed[0].reason
    assert "somebody changed it since it was planned" in reason
    assert "before orders of the shop, wanted ours, now theirs" in reason


def test_what_got_there_while_its_turn_had_not_come_is_left_as_it_is():
    estate, events = late(
        lambda bench: bench.aws(
            "modify_replication_group",
            ReplicationGroupId="orders",
            ReplicationGroupDescription="ours",
            ApplyImmediately=True,
        )
    )

    assert events[-1].summary.exit_code == 0
    assert "ModifyReplicationGroup" not in sent(estate.bench)
    assert estate.apply().writes == 0, "it is recorded as applied"


def test_what_went_away_while_its_turn_had_not_come_is_not_made_anew():
    estate, events = late(
        lambda bench: bench.aws("delete_replication_group", ReplicationGroupId="orders")
    )

    assert "it was there when this was planned, and is gone" in events[-1].summary.failed[0].reason
    assert "CreateReplicationGroup" not in sent(estate.bench)


@pytest.mark.parametrize(
    ("name", "takes_away", "remade"),
    [
        (
            "serverless, several fields",
            lambda bench: bench.aws("delete_serverless_cache", ServerlessCacheName="carts"),
            "CreateServerlessCache",
        ),
        (
            "nodes of memcached are taken away",
            lambda bench: bench.aws("delete_cache_cluster", CacheClusterId="pages"),
            "CreateCacheCluster",
        ),
        (
            "TLS, then users",
            lambda bench: bench.aws("delete_replication_group", ReplicationGroupId="orders"),
            "CreateReplicationGroup",
        ),
    ],
    ids=["serverless", "cluster", "group"],
)
def test_what_is_deleted_between_two_steps_is_not_made_anew_and_empty(name, takes_away, remade):
    estate = TRANSITIONS[name].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSettled) and not isinstance(events[-2], StepSettled):
            try:
                takes_away(estate.bench)
            except AwsError:
                # It is on its way out already.
                continue

    summary = events[-1].summary
    assert summary.exit_code == 1
    assert "is gone" in summary.failed[0].reason
    assert any("deleted" in event for event in summary.failed[0].events)
    assert remade not in sent(estate.bench)


def tagged_in_the_middle(**call: object) -> tuple[Estate, list[object]]:
    """Give a cache a tag; the service is busy first, and meanwhile somebody acts on its tags."""
    estate = wished(orders())
    estate.apply()
    estate.wishes = (orders(tags={"team": "shop"}),)
    estate.bench.service.faults.add(
        {"sort": "throttle", "actions": ["AddTagsToResource"], "count": 1}
    )
    cache = estate.bench.aws("describe_replication_groups")["ReplicationGroups"][0]["ARN"]
    events: list[object] = []
    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSent) and event.fate:
            operation = "remove_tags_from_resource" if "TagKeys" in call else "add_tags_to_resource"
            estate.bench.aws(operation, ResourceName=cache, **call)
    return estate, events


def test_a_tag_that_somebody_gave_meanwhile_is_not_overwritten():
    theirs = [{"Key": "team", "Value": "theirs"}]
    estate, events = tagged_in_the_middle(Tags=theirs)

    [failed] = events[-1].summary.failed
    cache = estate.bench.aws("describe_replication_groups")["ReplicationGroups"][0]["ARN"]
    held = estate.bench.aws("list_tags_for_resource", ResourceName=cache)["TagList"]
    assert "somebody changed it since it was planned" in failed.reason
    assert "tags: before nothing, wanted team=shop, now team=theirs" in failed.reason
    assert theirs[0] in held


def test_tags_are_not_written_to_what_is_no_longer_ours():
    estate, events = tagged_in_the_middle(TagKeys=["reconciler:estate"])

    [failed] = events[-1].summary.failed
    cache = estate.bench.aws("describe_replication_groups")["ReplicationGroups"][0]["ARN"]
    held = estate.bench.aws("list_tags_for_resource", ResourceName=cache)["TagList"]
    assert "its tags no longer say that it is ours" in failed.reason
    assert not {"team", "reconciler:estate"} & {one["Key"] for one in held}


def test_what_is_set_while_a_cache_is_kept_to_be_made_anew_stops_its_deletion():
    estate = TRANSITIONS["a cache is made anew"].prepared()
    events = []

    for event in estate.applying():
        events.append(event)
        if isinstance(event, StepSettled) and sent(estate.bench, tags=False) == ["CreateSnapshot"]:
            # Not in the spec: nothing would carry it over.
            estate.bench.aws(
                "modify_replication_group",
                ReplicationGroupId="orders",
                SnapshotRetentionLimit=9,
                ApplyImmediately=True,
            )
            estate.bench.settle()

    reason = events[-1].summary.failed[0].reason
    assert "somebody changed snapshot_retention_limit since it was planned" in reason
    assert sent(estate.bench, tags=False) == ["CreateSnapshot"]


def test_what_was_reached_and_then_shows_as_before_is_not_sent_a_second_time():
    estate = TRANSITIONS["rights are changed"].prepared()
    old = estate.bench.aws("describe_users")
    answer = estate.bench.answer

    def forgetful(service: str, operation: str, params: object) -> object:
        if operation == "describe_users" and "AddTagsToResource" in sent(estate.bench):
            return old
        return answer(service, operation, params)

    estate.bench.answer = forgetful

    summary = estate.apply()

    assert "had settled and is wanted again" in summary.failed[0].reason
    assert sent(estate.bench, tags=False) == ["ModifyUser"]
