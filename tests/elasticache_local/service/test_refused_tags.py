"""Tags: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import busy_user, check_cause, creating, nothing, tags


def arn(kind, name):
    return f"arn:aws:elasticache:us-east-1:123456789012:{kind}:{name}"


KINDS = {
    "cluster": "CacheClusterNotFound",
    "replicationgroup": "ReplicationGroupNotFoundFault",
    "serverlesscache": "ServerlessCacheNotFoundFault",
    "serverlesscachesnapshot": "ServerlessCacheSnapshotNotFoundFault",
    "user": "UserNotFound",
    "usergroup": "UserGroupNotFound",
    "parametergroup": "CacheParameterGroupNotFound",
    "subnetgroup": "CacheSubnetGroupNotFoundFault",
    "snapshot": "SnapshotNotFoundFault",
}

NONE_HERE = {
    arn("securitygroup", "no"): "CacheSecurityGroupNotFound",
    arn("reserved-instance", "no"): "ReservedCacheNodeNotFound",
    "arn:aws:elasticache::123456789012:globalreplicationgroup:no": (
        "GlobalReplicationGroupNotFoundFault"
    ),
}

TAG_CALLS = {
    "ListTagsForResource": {},
    "AddTagsToResource": {"Tags": tags(1)},
    "RemoveTagsFromResource": {"TagKeys": ["k"]},
}

TAGS = [
    *(
        pytest.param(
            action, nothing, {"ResourceName": arn(kind, "no")} | more, code, id=f"{action}-{kind}"
        )
        for action, more in TAG_CALLS.items()
        for kind, code in KINDS.items()
    ),
    *(
        pytest.param(action, nothing, {"ResourceName": name} | more, code, id=f"{action}-{code}")
        for action, more in TAG_CALLS.items()
        for name, code in NONE_HERE.items()
    ),
    *(
        pytest.param(
            action, nothing, {"ResourceName": name} | more, "InvalidARN", id=f"{action}-{name}"
        )
        for action, more in TAG_CALLS.items()
        for name in (
            "nonsense",
            "arn:aws:elasticache:eu-west-1:123456789012:user:app",
            "arn:aws:elasticache:us-east-1:210987654321:user:app",
            "arn:aws:elasticache:us-east-1:123456789012:teapot:app",
            "arn:aws:elasticache:us-east-1:123456789012:globalreplicationgroup:no",
            "arn:aws:elasticache::123456789012:user:app",
        )
    ),
    *(
        pytest.param(
            action,
            creating,
            {"ResourceName": arn("replicationgroup", "new")} | more,
            "InvalidReplicationGroupState",
            id=f"{action}-busy-group",
        )
        for action, more in TAG_CALLS.items()
    ),
    *(
        pytest.param(
            action,
            busy_user,
            {"ResourceName": arn("user", "app")} | more,
            "UserNotFound",
            id=f"{action}-busy-user",
        )
        for action, more in TAG_CALLS.items()
    ),
    *(
        pytest.param(
            action,
            lambda a: a("CreateServerlessCache", ServerlessCacheName="jobs", Engine="valkey"),
            {"ResourceName": arn("serverlesscache", "jobs")} | more,
            "InvalidServerlessCacheStateFault",
            id=f"{action}-busy-serverless",
        )
        for action, more in TAG_CALLS.items()
    ),
    pytest.param(
        "AddTagsToResource",
        lambda a: a.user(Tags=tags(50)),
        {"ResourceName": arn("user", "app"), "Tags": [{"Key": "one-more", "Value": ""}]},
        "TagQuotaPerResourceExceeded",
        id="too-many",
    ),
    pytest.param(
        "RemoveTagsFromResource",
        lambda a: a.user(),
        {"ResourceName": arn("user", "app"), "TagKeys": ["no"]},
        "TagNotFound",
        id="no-tag",
    ),
]


@pytest.mark.parametrize(("action", "arrange", "params", "code"), [*TAGS])
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
