"""Requests are held to the service's own model, which clients hardly check."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from service_bench import check_answer

from elasticache_local.service.catalogue import OPERATIONS, STEPS
from elasticache_local.service.refusal import STATUS
from elasticache_local.service.validation import checker, service_model

USER = {"UserId": "u", "UserName": "u", "Engine": "redis", "AccessString": "on"}


@pytest.mark.parametrize("action", sorted(OPERATIONS))
def test_each_operation_is_one_of_the_services(action):
    assert action in service_model().operation_names
    assert checker(action)


@pytest.mark.parametrize("action", ["CreateGlobalReplicationGroup", "Nonsense", "createuser", ""])
def test_an_operation_that_is_not_there_is_an_invalid_action(aws, action):
    fault = aws.refusal(action)

    assert (fault.code, fault.status) == ("InvalidAction", 400)


DEMANDING = [
    (action, shape.required_members[0])
    for action in sorted(OPERATIONS)
    if (shape := service_model().operation_model(action).input_shape).required_members
]


@pytest.mark.parametrize(("action", "name"), DEMANDING)
def test_a_required_parameter_is_required(aws, action, name):
    fault = aws.refusal(action)

    assert (fault.code, fault.status) == ("MissingParameter", 400)
    assert fault.message == f"The request must contain the parameter {name}."


@pytest.mark.parametrize(
    ("action", "params"),
    [
        pytest.param("CreateUser", USER | {"UserId": ""}, id="min-length"),
        pytest.param("CreateUser", USER | {"UserId": "has space"}, id="pattern"),
        pytest.param("CreateUser", USER | {"AccessString": " \t "}, id="blank"),
        pytest.param("CreateUser", USER | {"Engine": "redis7"}, id="engine-pattern"),
        pytest.param("CreateUser", USER | {"Passwords": []}, id="empty-list"),
        pytest.param("CreateUser", USER | {"Passwords": "secret"}, id="list"),
        pytest.param("CreateUser", USER | {"NoPasswordRequired": "yes"}, id="boolean"),
        pytest.param("CreateUser", USER | {"AuthenticationMode": "iam"}, id="structure"),
        pytest.param("DescribeUsers", {"MaxRecords": "20"}, id="integer"),
        pytest.param("DescribeUsers", {"MaxRecords": True}, id="boolean-is-no-integer"),
        pytest.param("DescribeUsers", {"Filters": [{"Name": "x", "Values": []}]}, id="nested"),
        pytest.param("DescribeEvents", {"StartTime": 5}, id="timestamp"),
        pytest.param("DescribeEvents", {"SourceType": "x"}, id="enum"),
        pytest.param(
            "TestFailover", {"ReplicationGroupId": "g", "NodeGroupId": "00001"}, id="max-length"
        ),
    ],
)
def test_what_the_model_rules_out_is_refused(aws, action, params):
    assert aws.refusal(action, **params).code == "InvalidParameterValue"


def test_a_required_member_of_a_nested_structure_is_named_by_its_path(aws):
    aws.group()

    fault = aws.refusal(
        "IncreaseReplicaCount",
        ReplicationGroupId="orders",
        ApplyImmediately=True,
        ReplicaConfiguration=[{"NodeGroupId": "0001"}],
    )

    assert fault.code == "MissingParameter"
    assert "ReplicaConfiguration.member.1.NewReplicaCount" in fault.message


def test_parameters_of_newer_clients_are_ignored(aws):
    assert aws("DescribeUsers", SomethingNew="x")["Users"]


def test_each_status_is_the_one_that_the_model_gives():
    declared = {}
    for name in service_model().operation_names:
        for shape in service_model().operation_model(name).error_shapes:
            error = shape.metadata["error"]
            declared[error.get("code", shape.name)] = error["httpStatusCode"]

    ours = {code: STATUS.get(code, 400) for code in declared}
    # The model's own oddities for things that are not here.
    assert {code for code in declared if ours[code] != declared[code]} <= {
        "ReservedCacheNodeAlreadyExists",
        "ReservedCacheNodeNotFound",
        "ReservedCacheNodesOfferingNotFound",
        "CacheSecurityGroupAuthorizationNotFound",
        "AuthorizationNotFound",
        "ReservedCacheNodeQuotaExceeded",
    }


def test_the_steps_are_all_reachable_by_name():
    assert len(STEPS) == len(set(STEPS.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"Users": [{"UserID": "typo"}]},
        {"Users": [{"UserId": 5}]},
        {"Users": {}},
        {"Users": [{"Authentication": {"PasswordCount": True}}]},
    ],
)
def test_the_check_of_answers_sees_what_is_wrong(wrong):
    with pytest.raises(AssertionError):
        check_answer("DescribeUsers", wrong)


def test_times_in_answers_are_aware(aws):
    aws.group()

    assert aws.show()["ReplicationGroupCreateTime"] == datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
