"""Cache clusters: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import check_cause, creating, nothing, quota, standalone

CLUSTERS = [
    pytest.param(
        "CreateCacheCluster",
        standalone,
        {"CacheClusterId": "Solo", "Engine": "redis"},
        "CacheClusterAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheCluster",
        lambda a: a.group(),
        {"CacheClusterId": "orders-001", "Engine": "redis"},
        "CacheClusterAlreadyExists",
        id="a-member-has-it",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "ReplicationGroupId": "no"},
        "ReplicationGroupNotFoundFault",
        id="no-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        creating,
        {"CacheClusterId": "c", "ReplicationGroupId": "new"},
        "InvalidReplicationGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "CacheParameterGroupName": "no"},
        "CacheParameterGroupNotFound",
        id="no-parameter-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "redis", "CacheSubnetGroupName": "no"},
        "CacheSubnetGroupNotFoundFault",
        id="no-subnet-group",
    ),
    pytest.param(
        "CreateCacheCluster",
        quota("clusters", 0),
        {"CacheClusterId": "c", "Engine": "redis"},
        "ClusterQuotaForCustomerExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "memcached", "NumCacheNodes": 41},
        "NodeQuotaForClusterExceeded",
        id="nodes",
    ),
    pytest.param(
        "CreateCacheCluster",
        quota("nodes", 0),
        {"CacheClusterId": "c", "Engine": "redis"},
        "NodeQuotaForCustomerExceeded",
        id="nodes-in-region",
    ),
    pytest.param(
        "CreateCacheCluster",
        nothing,
        {"CacheClusterId": "c", "Engine": "valkey"},
        "InvalidParameterValue",
        id="valkey",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheClusterId": "no"} | more,
            "CacheClusterNotFound",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyCacheCluster", {"SnapshotRetentionLimit": 1}),
            ("DeleteCacheCluster", {}),
            ("RebootCacheCluster", {"CacheNodeIdsToReboot": ["0001"]}),
            ("DescribeCacheClusters", {}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateCacheCluster", CacheClusterId="c", Engine="redis"),
            {"CacheClusterId": "c"} | more,
            "InvalidCacheClusterState",
            id=f"{action}-busy",
        )
        for action, more in (
            ("ModifyCacheCluster", {"SnapshotRetentionLimit": 1}),
            ("DeleteCacheCluster", {}),
            ("RebootCacheCluster", {"CacheNodeIdsToReboot": ["0001"]}),
        )
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: a.group(NumCacheClusters=1),
        {"CacheClusterId": "orders-001"},
        "InvalidCacheClusterState",
        id="only-member",
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: a.group(AutomaticFailoverEnabled=True),
        {"CacheClusterId": "orders-002"},
        "InvalidCacheClusterState",
        id="only-replica",
    ),
    pytest.param(
        "DeleteCacheCluster",
        lambda a: standalone(a, "memcached"),
        {"CacheClusterId": "solo", "FinalSnapshotIdentifier": "s"},
        "SnapshotFeatureNotSupportedFault",
        id="memcached-snapshot",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*CLUSTERS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
