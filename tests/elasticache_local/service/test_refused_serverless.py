"""Serverless caches: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import check_cause, creating_user_group, nothing, quota, tags

SERVERLESS = [
    pytest.param(
        "CreateServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "JOBS", "Engine": "valkey"},
        "ServerlessCacheAlreadyExistsFault",
        id="exists",
    ),
    pytest.param(
        "CreateServerlessCache",
        quota("serverless_caches", 0),
        {"ServerlessCacheName": "jobs", "Engine": "valkey"},
        "ServerlessCacheQuotaForCustomerExceededFault",
        id="quota",
    ),
    pytest.param(
        "CreateServerlessCache",
        nothing,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "UserGroupId": "no"},
        "UserGroupNotFound",
        id="no-group",
    ),
    pytest.param(
        "CreateServerlessCache",
        creating_user_group,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "UserGroupId": "soon"},
        "InvalidUserGroupState",
        id="group-busy",
    ),
    pytest.param(
        "CreateServerlessCache",
        nothing,
        {"ServerlessCacheName": "jobs", "Engine": "valkey", "Tags": tags(51)},
        "TagQuotaPerResourceExceeded",
        id="tags",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"ServerlessCacheName": "no"} | more,
            "ServerlessCacheNotFoundFault",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyServerlessCache", {"Description": "x"}),
            ("DeleteServerlessCache", {}),
            ("DescribeServerlessCaches", {}),
            ("CreateServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "s"}),
        )
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateServerlessCache", ServerlessCacheName="jobs", Engine="valkey"),
            {"ServerlessCacheName": "jobs"} | more,
            "InvalidServerlessCacheStateFault",
            id=f"{action}-creating",
        )
        for action, more in (
            ("ModifyServerlessCache", {"Description": "x"}),
            ("DeleteServerlessCache", {}),
            ("CreateServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "s"}),
        )
    ),
    pytest.param(
        "ModifyServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "jobs", "UserGroupId": "no"},
        "UserGroupNotFound",
        id="modify-no-group",
    ),
    pytest.param(
        "ModifyServerlessCache",
        lambda a: a.serverless(),
        {"ServerlessCacheName": "jobs", "Description": "x", "SnapshotRetentionLimit": 3},
        "InvalidParameterCombination",
        id="two-fields",
    ),
    pytest.param(
        "DeleteServerlessCache",
        lambda a: (
            a.serverless(),
            a(
                "CreateServerlessCacheSnapshot",
                ServerlessCacheName="jobs",
                ServerlessCacheSnapshotName="s",
            ),
        ),
        {"ServerlessCacheName": "jobs", "FinalSnapshotName": "s"},
        "ServerlessCacheSnapshotAlreadyExistsFault",
        id="delete-snapshot-exists",
    ),
    pytest.param(
        "CreateServerlessCacheSnapshot",
        quota("serverless_snapshots", 0, lambda a: a.serverless()),
        {"ServerlessCacheName": "jobs", "ServerlessCacheSnapshotName": "s"},
        "ServerlessCacheSnapshotQuotaExceededFault",
        id="snapshot-quota",
    ),
    *(
        pytest.param(
            action,
            nothing,
            more,
            "ServerlessCacheSnapshotNotFoundFault",
            id=f"{action}-no-snapshot",
        )
        for action, more in (
            ("DeleteServerlessCacheSnapshot", {"ServerlessCacheSnapshotName": "no"}),
            ("DescribeServerlessCacheSnapshots", {"ServerlessCacheSnapshotName": "no"}),
            (
                "CopyServerlessCacheSnapshot",
                {
                    "SourceServerlessCacheSnapshotName": "no",
                    "TargetServerlessCacheSnapshotName": "t",
                },
            ),
        )
    ),
    pytest.param(
        "DeleteServerlessCacheSnapshot",
        lambda a: (
            a.serverless(),
            a(
                "CreateServerlessCacheSnapshot",
                ServerlessCacheName="jobs",
                ServerlessCacheSnapshotName="s",
            ),
        ),
        {"ServerlessCacheSnapshotName": "s"},
        "InvalidServerlessCacheSnapshotStateFault",
        id="snapshot-busy",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*SERVERLESS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
