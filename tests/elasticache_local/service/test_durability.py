"""Durability: what a group must be for it, stay for it, and when it may be turned."""

from __future__ import annotations

import pytest

COMBINATION = "InvalidParameterCombination"
DURABLE = {
    "Engine": "valkey",
    "EngineVersion": "9.0",
    "CacheNodeType": "cache.r7g.large",
    "MultiAZEnabled": True,
    "TransitEncryptionEnabled": True,
    "Durability": "sync",
}
CLUSTERED = {"NumNodeGroups": 2, "ReplicasPerNodeGroup": 1}
NEW = {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d"}


def test_a_group_that_has_all_of_it_is_durable(aws):
    aws.clustered("orders", **DURABLE)

    shown = aws.show()

    assert (shown["Durability"], shown["EffectiveDurability"]) == ("sync", "sync")


def test_a_valkey_group_says_what_it_has_where_nothing_was_asked_for(aws):
    aws.group(Engine="valkey")

    shown = aws.show()

    assert (shown["Durability"], shown["EffectiveDurability"]) == ("default", "disabled")


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ({"EngineVersion": "8.0"}, "Valkey 9.0"),
        ({"NumNodeGroups": 1, "ClusterMode": "disabled"}, "cluster mode enabled"),
        ({"MultiAZEnabled": False}, "Multi-AZ"),
        ({"MultiAZEnabled": False, "ReplicasPerNodeGroup": 0}, "Multi-AZ"),
        ({"TransitEncryptionEnabled": False}, "encryption in transit"),
        ({"CacheNodeType": "cache.m5.large"}, "node type"),
        ({"AtRestEncryptionEnabled": False}, "encryption at rest"),
    ],
)
def test_a_group_that_lacks_something_is_refused(aws, without, words):
    fault = aws.refusal("CreateReplicationGroup", **NEW | DURABLE | CLUSTERED | without)

    assert (fault.code, words in fault.message) == (COMBINATION, True)


@pytest.mark.parametrize(
    "given", [{"MultiAZEnabled": False}, {"CacheNodeType": "cache.m5.xlarge"}], ids=str
)
def test_what_it_needs_stays(aws, given):
    aws.clustered("orders", **DURABLE)

    fault = aws.refusal(
        "ModifyReplicationGroup", ReplicationGroupId="orders", ApplyImmediately=True, **given
    )

    assert fault.code == COMBINATION


def test_it_is_changed_alone(aws):
    aws.clustered("orders", **DURABLE)
    given = {"ReplicationGroupId": "orders", "Durability": "async"}

    fault = aws.refusal("ModifyReplicationGroup", ReplicationGroupDescription="e", **given)
    assert fault.code == COMBINATION

    aws("ModifyReplicationGroup", **given)
    aws.settle()
    assert aws.show()["Durability"] == "async"


@pytest.mark.parametrize("may", [True, False])
def test_whether_a_standing_group_may_be_made_durable_or_plain_is_a_switch(make_aws, may):
    aws = make_aws(durability_may_be_turned=may)
    aws.clustered("orders", **DURABLE)
    given = {"ReplicationGroupId": "orders", "Durability": "disabled"}

    if may:
        assert aws("ModifyReplicationGroup", **given)
    else:
        assert aws.refusal("ModifyReplicationGroup", **given).code == COMBINATION
