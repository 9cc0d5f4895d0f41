"""What the data plane is told: exactly what is needed, when it changes, hashes only."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading

from service_bench import PASSWORD

TLS = {"TransitEncryptionEnabled": True}


def test_a_group_is_told_with_nodes_roles_slots_and_version(aws):
    aws.clustered(EngineVersion="7.0")

    want = aws.want("wide")

    assert (want.engine, want.engine_version, want.cluster_mode) == ("redis", "7.0.7", "enabled")
    assert want.key == "123456789012/us-east-1/replication_group/wide"
    assert [(shard.id, shard.slots) for shard in want.shards] == [
        ("0001", "0-8191"),
        ("0002", "8192-16383"),
    ]
    assert [(node.id, node.role) for node in want.shards[0].nodes] == [
        ("wide-0001-001", "primary"),
        ("wide-0001-002", "replica"),
    ]


def test_users_are_told_by_hash(aws):
    aws.user_group(UserIds=[aws.user("d", UserName="default", Passwords=[PASSWORD])])
    aws.group(UserGroupIds=["people"], **TLS)

    [user] = aws.want().users

    assert user.password_hashes == (hashlib.sha256(PASSWORD.encode()).hexdigest(),)
    assert PASSWORD not in repr(aws.host.wants)
    assert json.dumps(dataclasses.asdict(aws.want()))


def test_without_user_group_and_token_anybody_may_come_in(aws):
    aws.group()

    assert (aws.want().users, aws.want().token_hashes, aws.want().open) == (None, (), True)


def test_nothing_is_told_twice(aws):
    aws.group()
    generation = aws.want().generation

    aws.modify(ReplicationGroupDescription="x", SnapshotRetentionLimit=3)
    aws("DescribeReplicationGroups")
    aws.settle()

    assert aws.want().generation == generation


def test_members_on_their_way_in_and_out_are_told_at_once(aws):
    aws.user_group()
    aws.user()
    aws.group(UserGroupIds=["people"], **TLS)

    aws("ModifyUserGroup", UserGroupId="people", UserIdsToAdd=["app"])
    assert [user.user_id for user in aws.want().users] == ["people-default", "app"]
    aws.settle()

    aws("ModifyUserGroup", UserGroupId="people", UserIdsToRemove=["app"])
    assert [user.user_id for user in aws.want().users] == ["people-default"]


def test_a_deferred_change_is_not_told_before_its_window(aws):
    aws.group()
    generation = aws.want().generation

    aws.modify(
        ApplyImmediately=False, TransitEncryptionEnabled=True, TransitEncryptionMode="preferred"
    )

    assert aws.want().generation == generation
    assert aws.want().tls == "off"


def test_names_are_shaped_as_the_services_are(aws):
    aws.group()
    aws.group("safe", **TLS)
    aws.clustered("wide", **TLS)
    aws("CreateCacheCluster", CacheClusterId="mem", Engine="memcached", NumCacheNodes=2)

    plain, safe = aws.want().names, aws.want("safe").names
    token = plain[0].split(".")[1]
    end = "use1.cache.amazonaws.com"
    assert plain == (
        f"orders.{token}.ng.0001.{end}",
        f"orders-ro.{token}.ng.0001.{end}",
        f"orders-001.{token}.0001.{end}",
        f"orders-002.{token}.0001.{end}",
    )
    assert safe == (
        f"master.safe.{token}.{end}",
        f"replica.safe.{token}.{end}",
        f"safe-001.safe.{token}.{end}",
        f"safe-002.safe.{token}.{end}",
    )
    assert aws.want("wide").names[0] == f"clustercfg.wide.{token}.{end}"
    assert aws.want("mem").names[0] == f"mem.{token}.cfg.{end}"
    names = aws.service.names(aws.principal)
    assert names["replication_group/safe"] == safe


def test_preferred_has_the_names_of_both(aws):
    aws.group()
    plain = aws.want().names

    aws.modify(TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")

    assert set(plain) < set(aws.want().names)
    assert any(name.startswith("master.") for name in aws.want().names)


def test_an_answer_to_an_older_want_ends_nothing(aws):
    aws.group()
    aws.host.silent = True
    old = aws.host.answer(aws.want())
    aws.modify(TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    aws.settle()

    aws.host._answered(old)
    assert aws.show()["Status"] == "modifying"

    aws.host.speak()
    assert aws.show()["Status"] == "available"


def test_a_problem_leaves_the_status_and_is_told_once(aws):
    aws.group()
    aws.host.trouble["orders"] = "the engine does not start"

    aws.modify(TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    aws.settle()
    assert aws.show()["Status"] == "modifying"
    assert aws.events("orders").count("the engine does not start") == 1

    aws.host.trouble.clear()
    aws.host.speak()
    assert aws.show()["Status"] == "available"


def test_answers_may_come_from_any_thread(aws):
    aws.host.silent = True
    for number in range(20):
        aws(
            "CreateReplicationGroup",
            ReplicationGroupId=f"g{number}",
            ReplicationGroupDescription="d",
        )
    wants = list(aws.host.wants.values())
    aws.pass_time(1)

    threads = [
        threading.Thread(target=lambda w=want: aws.host._answered(aws.host.answer(w)))
        for want in wants
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    shown = aws("DescribeReplicationGroups")["ReplicationGroups"]
    assert {group["Status"] for group in shown} == {"available"}


def test_when_something_is_due_next_is_known(aws):
    assert aws.service.next_due() is None
    aws("CreateServerlessCache", ServerlessCacheName="jobs", Engine="valkey")

    assert aws.service.next_due() == aws.clock.now() + aws.service.durations.serverless_create
    aws.settle()
    assert aws.service.next_due() is None
