"""Parameter and subnet groups: each code that an operation declares is caused, not planned."""

from __future__ import annotations

import pytest
from service_causes import check_cause, nothing, quota


def own_parameter_group(aws):
    aws(
        "CreateCacheParameterGroup",
        CacheParameterGroupName="tuned",
        CacheParameterGroupFamily="redis7",
        Description="d",
    )


VALUE = {"ParameterNameValues": [{"ParameterName": "timeout", "ParameterValue": "30"}]}

PARAMETER_GROUPS = [
    pytest.param(
        "CreateCacheParameterGroup",
        own_parameter_group,
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis7",
            "Description": "d",
        },
        "CacheParameterGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheParameterGroup",
        quota("parameter_groups", 0),
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis7",
            "Description": "d",
        },
        "CacheParameterGroupQuotaExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheParameterGroup",
        nothing,
        {
            "CacheParameterGroupName": "tuned",
            "CacheParameterGroupFamily": "redis77",
            "Description": "d",
        },
        "InvalidParameterValue",
        id="family",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheParameterGroupName": "no"} | more,
            "CacheParameterGroupNotFound",
            id=f"{action}-unknown",
        )
        for action, more in (
            ("ModifyCacheParameterGroup", VALUE),
            ("ResetCacheParameterGroup", {"ResetAllParameters": True}),
            ("DeleteCacheParameterGroup", {}),
            ("DescribeCacheParameterGroups", {}),
            ("DescribeCacheParameters", {}),
        )
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheParameterGroupName": "default.redis7"} | more,
            "InvalidCacheParameterGroupState",
            id=f"{action}-default",
        )
        for action, more in (
            ("ModifyCacheParameterGroup", VALUE),
            ("ResetCacheParameterGroup", {"ResetAllParameters": True}),
            ("DeleteCacheParameterGroup", {}),
        )
    ),
    pytest.param(
        "DeleteCacheParameterGroup",
        lambda a: (own_parameter_group(a), a.group(CacheParameterGroupName="tuned")),
        {"CacheParameterGroupName": "tuned"},
        "InvalidCacheParameterGroupState",
        id="in-use",
    ),
]


def subnets_in_two_networks(aws):
    aws.service.declare_subnets(aws.principal, {"subnet-1": "vpc-1", "subnet-2": "vpc-2"})


def own_subnet_group(aws):
    aws.service.declare_subnets(aws.principal, ["subnet-1", "subnet-2", "subnet-9"])
    aws(
        "CreateCacheSubnetGroup",
        CacheSubnetGroupName="mine",
        CacheSubnetGroupDescription="d",
        SubnetIds=["subnet-1", "subnet-2"],
    )


SUBNETS = {"CacheSubnetGroupName": "mine", "CacheSubnetGroupDescription": "d"}

SUBNET_GROUPS = [
    pytest.param(
        "CreateCacheSubnetGroup",
        own_subnet_group,
        SUBNETS | {"SubnetIds": ["subnet-1"]},
        "CacheSubnetGroupAlreadyExists",
        id="exists",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        quota("subnet_groups", 0, lambda a: a.service.declare_subnets(a.principal, ["subnet-1"])),
        SUBNETS | {"SubnetIds": ["subnet-1"]},
        "CacheSubnetGroupQuotaExceeded",
        id="quota",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        nothing,
        SUBNETS | {"SubnetIds": [f"subnet-{n}" for n in range(21)]},
        "CacheSubnetQuotaExceededFault",
        id="subnets",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        nothing,
        SUBNETS | {"SubnetIds": ["subnet-nowhere"]},
        "InvalidSubnet",
        id="unknown-subnet",
    ),
    pytest.param(
        "CreateCacheSubnetGroup",
        subnets_in_two_networks,
        SUBNETS | {"SubnetIds": ["subnet-1", "subnet-2"]},
        "InvalidSubnet",
        id="two-networks",
    ),
    pytest.param(
        "ModifyCacheSubnetGroup",
        lambda a: (
            own_subnet_group(a),
            a.group(NumCacheClusters=3, CacheSubnetGroupName="mine"),
        ),
        SUBNETS | {"SubnetIds": ["subnet-9"]},
        "SubnetInUse",
        id="in-use",
    ),
    *(
        pytest.param(
            action,
            nothing,
            {"CacheSubnetGroupName": "no"},
            "CacheSubnetGroupNotFoundFault",
            id=f"{action}-unknown",
        )
        for action in (
            "ModifyCacheSubnetGroup",
            "DeleteCacheSubnetGroup",
            "DescribeCacheSubnetGroups",
        )
    ),
    pytest.param(
        "DeleteCacheSubnetGroup",
        lambda a: (own_subnet_group(a), a.group(CacheSubnetGroupName="mine")),
        {"CacheSubnetGroupName": "mine"},
        "CacheSubnetGroupInUse",
        id="delete-in-use",
    ),
    pytest.param(
        "DeleteCacheSubnetGroup",
        nothing,
        {"CacheSubnetGroupName": "default"},
        "CacheSubnetGroupInUse",
        id="delete-default",
    ),
]


@pytest.mark.parametrize(
    ("action", "arrange", "params", "code"), [*PARAMETER_GROUPS, *SUBNET_GROUPS]
)
def test_a_declared_code_occurs_by_its_cause(aws, action, arrange, params, code):
    check_cause(aws, action, arrange, params, code)
