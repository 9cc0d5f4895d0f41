"""Scaling and failover: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import check_cause, creating, new_group, nothing, quota

COUNT = {"ReplicationGroupId": "orders", "ApplyImmediately": True}

SCALING = [
    *(
        pytest.param(
            action,
            nothing,
            COUNT | more,
            "ReplicationGroupNotFoundFault",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("IncreaseReplicaCount", {"NewReplicaCount": 2}),
            ("DecreaseReplicaCount", {"NewReplicaCount": 2}),
            ("ModifyReplicationGroupShardConfiguration", {"NodeGroupCount": 2}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateReplicationGroup", **new_group(ReplicationGroupId="orders")),
            COUNT | more,
            "InvalidReplicationGroupState",
            id=f"{action}-busy",
        )
        for action, more in (
            ("IncreaseReplicaCount", {"NewReplicaCount": 2}),
            ("DecreaseReplicaCount", {"NewReplicaCount": 2}),
            ("ModifyReplicationGroupShardConfiguration", {"NodeGroupCount": 2}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a.group(),
            COUNT | {"NewReplicaCount": 1},
            "NoOperationFault",
            id=f"{action}-nothing",
        )
        for action in ("IncreaseReplicaCount", "DecreaseReplicaCount")
    ),
    pytest.param(
        "IncreaseReplicaCount",
        quota("nodes_per_group", 2, lambda a: a.group()),
        COUNT | {"NewReplicaCount": 2},
        "InvalidParameterValue",
        id="increase-cluster-quota",
    ),
    pytest.param(
        "IncreaseReplicaCount",
        quota("nodes", 2, lambda a: a.group()),
        COUNT | {"NewReplicaCount": 2},
        "NodeQuotaForCustomerExceeded",
        id="increase-region-quota",
    ),
    pytest.param(
        "IncreaseReplicaCount",
        lambda a: a.group(),
        COUNT | {"ReplicaConfiguration": [{"NodeGroupId": "0009", "NewReplicaCount": 2}]},
        "InvalidParameterValue",
        id="increase-no-shard",
    ),
    pytest.param(
        "DecreaseReplicaCount",
        lambda a: a.group(AutomaticFailoverEnabled=True),
        COUNT | {"NewReplicaCount": 0},
        "InvalidParameterValue",
        id="decrease-last",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        quota("shards", 2, lambda a: a.clustered("orders")),
        COUNT | {"NodeGroupCount": 3},
        "NodeGroupsPerReplicationGroupQuotaExceeded",
        id="shards-quota",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        quota("nodes", 4, lambda a: a.clustered("orders")),
        COUNT | {"NodeGroupCount": 3},
        "NodeQuotaForCustomerExceeded",
        id="shards-region-quota",
    ),
    pytest.param(
        "ModifyReplicationGroupShardConfiguration",
        lambda a: a.clustered("orders"),
        COUNT | {"NodeGroupCount": 1},
        "InvalidParameterCombination",
        id="shards-which",
    ),
    pytest.param(
        "TestFailover",
        nothing,
        {"ReplicationGroupId": "no", "NodeGroupId": "0001"},
        "ReplicationGroupNotFoundFault",
        id="failover-unknown",
    ),
    pytest.param(
        "TestFailover",
        creating,
        {"ReplicationGroupId": "new", "NodeGroupId": "0001"},
        "InvalidReplicationGroupState",
        id="failover-busy",
    ),
    pytest.param(
        "TestFailover",
        lambda a: a.clustered(),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0009"},
        "NodeGroupNotFoundFault",
        id="failover-no-shard",
    ),
    pytest.param(
        "TestFailover",
        lambda a: a.clustered(ReplicasPerNodeGroup=0),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0001"},
        "TestFailoverNotAvailableFault",
        id="failover-no-replica",
    ),
    pytest.param(
        "TestFailover",
        quota("failovers", 0, lambda a: a.clustered()),
        {"ReplicationGroupId": "wide", "NodeGroupId": "0001"},
        "APICallRateForCustomerExceeded",
        id="failover-too-often",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*SCALING])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
