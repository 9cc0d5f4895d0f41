"""Security groups and KMS keys are looked up where it is known which there are."""

import pytest

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234-abcd"
ATTEMPTS = [
    pytest.param(
        "CreateReplicationGroup",
        {"ReplicationGroupId": "new", "ReplicationGroupDescription": "d"},
        id="group",
    ),
    pytest.param("CreateServerlessCache", {"ServerlessCacheName": "n", "Engine": "valkey"}, id="s"),
]
BAD = [{"SecurityGroupIds": ["sg-typo"]}, {"KmsKeyId": "0000-dcba"}]
GOOD = [{"SecurityGroupIds": ["sg-known"]}, {"KmsKeyId": "1234-abcd"}, {"KmsKeyId": KEY}]


@pytest.mark.parametrize(("action", "params"), ATTEMPTS)
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_what_is_not_there_is_refused_once_some_are_declared(aws, action, params, bad):
    aws.service.declare(aws.principal, ["sg-known"], [KEY])

    assert aws.refusal(action, **params, **bad).code == "InvalidParameterValue"


@pytest.mark.parametrize(("action", "params"), ATTEMPTS)
@pytest.mark.parametrize("good", GOOD, ids=str)
def test_what_is_declared_is_there(aws, action, params, good):
    aws.service.declare(aws.principal, ["sg-known"], [KEY])

    assert aws(action, **params, **good)


@pytest.mark.parametrize("given", [*BAD, *GOOD], ids=str)
def test_where_none_are_declared_each_is_taken_as_it_is_named(aws, given):
    assert aws.group(**given)


def test_a_change_looks_too_and_the_default_group_is_always_there(aws):
    aws.group()
    [default] = aws.show_cluster("orders-001")["SecurityGroups"]
    aws.service.declare(aws.principal, ["sg-known"], [])
    orders = {"ReplicationGroupId": "orders"}

    fault = aws.refusal("ModifyReplicationGroup", SecurityGroupIds=["sg-typo"], **orders)

    assert fault.code == "InvalidParameterValue"
    both = ["sg-known", default["SecurityGroupId"]]
    assert aws("ModifyReplicationGroup", SecurityGroupIds=both, **orders)
