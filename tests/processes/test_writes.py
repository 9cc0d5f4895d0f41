"""How many calls that change anything an apply makes, counted between the tool and the service."""

from __future__ import annotations

from functools import partial

import pytest
from commandline import CREATES, WHOLE


def test_what_is_not_there_is_created_once_and_then_nothing_is_written(estate):
    before = estate.run("plan")
    first = estate.run("apply", "--yes")
    made = sorted(estate.proxy.writes)
    plan = estate.run("plan")
    again = estate.run("apply", "--yes")

    assert before.code == 3
    assert before.out.count("will be created") == len(CREATES)
    assert (first.code, made) == (0, CREATES), first.err
    assert estate.there() == WHOLE
    assert plan.code == 0
    assert plan.out.splitlines()[-1].startswith("No changes. 5 resources match ")
    assert (again.code, estate.proxy.writes) == (0, [])
    assert ("ssm", "PutParameter") not in estate.proxy.calls


def behind_the_back(estate):
    """Give a change by boto3 for each of these fields."""
    client, cache = estate.client(), {"ReplicationGroupId": "orders", "ApplyImmediately": True}
    arn = f"arn:aws:elasticache:eu-west-1:{estate.account}:replicationgroup:orders"
    modify = partial(client.modify_replication_group, **cache)
    serverless = partial(client.modify_serverless_cache, ServerlessCacheName="sessions")
    return {
        "access_string": partial(client.modify_user, UserId="watcher", AccessString="on ~* +@all"),
        "user_ids": partial(
            client.modify_user_group, UserGroupId="people", UserIdsToRemove=["watcher"]
        ),
        "replication_group_description": partial(modify, ReplicationGroupDescription="another"),
        "num_cache_clusters": partial(client.increase_replica_count, **cache, NewReplicaCount=2),
        "tags": partial(
            client.add_tags_to_resource,
            ResourceName=arn,
            Tags=[{"Key": "team", "Value": "other"}],
        ),
        "description": partial(serverless, Description="another"),
        "user_group_id": partial(serverless, RemoveUserGroup=True),
    }


QUICK = ("access_string",)
REST = (
    "num_cache_clusters",
    "user_ids",
    "replication_group_description",
    "tags",
    "description",
    "user_group_id",
)


@pytest.mark.parametrize("fields", [QUICK, pytest.param(REST, marks=pytest.mark.slow)])
def test_one_field_changed_behind_the_tool_takes_exactly_one_write(estate, fields):
    assert estate.run("apply", "--yes").code == 0

    for field in fields:
        behind_the_back(estate)[field]()
        estate.rest()
        drift = estate.run("drift")
        # Whoever came in without a login meanwhile is cut off by the group, so a gate stands there.
        through = ("--through-gate", "sessions/auth-finish") if field == "user_group_id" else ()
        mended = estate.run("apply", "--yes", *through)

        assert drift.code == 3
        assert [line.split()[1] for line in drift.out.splitlines() if "  ~ " in line] == [field]
        assert mended.code == 0, mended.err
        assert len(estate.proxy.writes) == 1, (field, estate.proxy.writes)
    assert estate.run("plan").code == 0
