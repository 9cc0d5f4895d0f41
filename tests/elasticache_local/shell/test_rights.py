"""IAM policies decide, once they are switched on."""

import json

import pytest
from botocore.exceptions import ClientError

from elasticache_local import ElastiCacheLocal
from elasticache_local.shell.rights import resources

START = "arn:aws:elasticache:eu-west-1:123456789012"


@pytest.mark.parametrize(
    ("action", "params", "arns"),
    [
        pytest.param("CreateUser", {"UserId": "App"}, ["user:app"], id="one"),
        pytest.param(
            "ModifyUserGroup",
            {"UserGroupId": "g", "UserIdsToAdd": ["a", "b"]},
            ["usergroup:g", "user:a", "user:b"],
            id="all that are named",
        ),
        pytest.param("DescribeUsers", {}, ["user:*"], id="all of a kind"),
        pytest.param("DescribeUsers", {"UserId": "a"}, ["user:a"], id="one of a kind"),
    ],
)
def test_a_call_is_about_what_it_names(action, params, arns):
    found = resources(action, params, "aws", "eu-west-1", "123456789012")

    assert sorted(found) == sorted(f"{START}:{arn}" for arn in arns)


def test_a_tag_call_is_about_its_arn_and_a_call_without_resources_about_all():
    arn = f"{START}:user:a"

    assert resources("AddTagsToResource", {"ResourceName": arn}, "aws", "x", "1") == [arn]
    assert resources("DescribeCacheEngineVersions", {}, "aws", "x", "1") == ["*"]


def denied(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return caught.value.response["Error"]["Code"]


def test_what_a_policy_does_not_allow_is_denied_and_root_may_all():
    with ElastiCacheLocal(engines=False, region="eu-west-1") as aws:
        iam = aws.client("iam")
        iam.create_user(UserName="reader")
        allow = {"Effect": "Allow", "Action": "elasticache:DescribeUsers", "Resource": "*"}
        alone = {
            "Effect": "Allow",
            "Action": "elasticache:DeleteUser",
            "Resource": f"{START}:user:app-*",
        }
        policy = {"Version": "2012-10-17", "Statement": [allow, alone]}
        iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="reader")["AccessKey"]

        def reader(secret=key["SecretAccessKey"]):
            return aws.signed_by(key["AccessKeyId"], secret).client("elasticache")

        reader().describe_user_groups()
        aws.control("iam", {"enforce": True})

        assert reader().describe_users()["Users"]
        assert denied(reader().describe_user_groups) == "AccessDenied"
        assert denied(reader().delete_user, UserId="orders") == "AccessDenied"
        with pytest.raises(ClientError, match="UserNotFound"):
            reader().delete_user(UserId="app-1")
        assert denied(reader("x" * 40).describe_users) == "SignatureDoesNotMatch"
        aws.client("elasticache").describe_user_groups()
