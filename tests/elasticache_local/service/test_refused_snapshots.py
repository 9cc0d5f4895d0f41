"""Snapshots and offers: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import check_cause, creating, nothing, quota, standalone

SNAPSHOTS = [
    pytest.param(
        "CreateSnapshot",
        nothing,
        {"SnapshotName": "s", "ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="no-group",
    ),
    pytest.param(
        "CreateSnapshot",
        nothing,
        {"SnapshotName": "s", "CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="no-cluster",
    ),
    pytest.param(
        "CreateSnapshot",
        creating,
        {"SnapshotName": "s", "ReplicationGroupId": "new"},
        "InvalidReplicationGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: a("CreateCacheCluster", CacheClusterId="c", Engine="redis"),
        {"SnapshotName": "s", "CacheClusterId": "c"},
        "InvalidCacheClusterState",
        id="cluster-busy",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: standalone(a, "memcached"),
        {"SnapshotName": "s", "CacheClusterId": "solo"},
        "SnapshotFeatureNotSupportedFault",
        id="memcached",
    ),
    pytest.param(
        "CreateSnapshot",
        lambda a: (
            a.group(),
            a("CreateSnapshot", SnapshotName="S", ReplicationGroupId="orders"),
            a.settle(),
        ),
        {"SnapshotName": "s", "ReplicationGroupId": "orders"},
        "SnapshotAlreadyExistsFault",
        id="exists",
    ),
    pytest.param(
        "CreateSnapshot",
        quota("snapshots", 0, lambda a: a.group()),
        {"SnapshotName": "s", "ReplicationGroupId": "orders"},
        "SnapshotQuotaExceededFault",
        id="quota",
    ),
    *(
        pytest.param(action, nothing, params, "SnapshotNotFoundFault", id=f"{action}-unknown")
        for action, params in (
            ("DeleteSnapshot", {"SnapshotName": "no"}),
            ("DescribeSnapshots", {"SnapshotName": "no"}),
            ("CopySnapshot", {"SourceSnapshotName": "no", "TargetSnapshotName": "t"}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: (
                a.group(),
                a("CreateSnapshot", SnapshotName="s", ReplicationGroupId="orders"),
            ),
            params,
            "InvalidSnapshotState",
            id=f"{action}-busy",
        )
        for action, params in (
            ("DeleteSnapshot", {"SnapshotName": "s"}),
            ("CopySnapshot", {"SourceSnapshotName": "s", "TargetSnapshotName": "t"}),
        )
    ),
    pytest.param(
        "DescribeSnapshots",
        nothing,
        {"CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="describe-no-cluster",
    ),
    pytest.param(
        "ListAllowedNodeTypeModifications",
        nothing,
        {"CacheClusterId": "no"},
        "CacheClusterNotFound",
        id="moves-no-cluster",
    ),
    pytest.param(
        "ListAllowedNodeTypeModifications",
        nothing,
        {"ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="moves-no-group",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*SNAPSHOTS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
