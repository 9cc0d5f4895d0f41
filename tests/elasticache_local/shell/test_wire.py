"""What any client of the service sees, over HTTP."""

import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError

ONCE = Config(retries={"total_max_attempts": 1})


def user(name="app", **changes):
    return {
        "UserId": name,
        "UserName": name,
        "Engine": "valkey",
        "AccessString": "on ~* +@all",
        "Passwords": ["a-long-enough-password"],
    } | changes


def post(account, body):
    """Send a signed request by hand, and give status and text."""
    request = AWSRequest(
        "POST",
        account.endpoint_url,
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    keys = Credentials(account.access_key_id, account.secret_access_key)
    SigV4Auth(keys, "elasticache", account.region).add_auth(request)
    sent = urllib.request.Request(
        account.endpoint_url, data=body.encode(), headers=dict(request.headers)
    )
    try:
        with urllib.request.urlopen(sent, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def signed_by(aws, made):
    """Give an STS client that uses temporary credentials."""
    keys = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return aws.signed_by(*keys).client("sts")


def test_an_answer_has_everything_and_empty_lists_are_lists(account):
    made = account.client("elasticache").create_user(**user())

    assert made["UserId"] == "app"
    assert made["UserGroupIds"] == []
    assert made["ARN"] == f"arn:aws:elasticache:eu-west-1:{account.account_id}:user:app"
    assert made["Authentication"] == {"Type": "password", "PasswordCount": 1}


def test_a_refusal_carries_the_wire_code_and_its_own_status(account):
    with pytest.raises(ClientError) as caught:
        account.client("elasticache").describe_users(UserId="nobody")

    assert type(caught.value).__name__ == "UserNotFoundFault"
    assert caught.value.response["Error"]["Code"] == "UserNotFound"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param("Action=MakeCoffee&Version=2015-02-02", "InvalidAction", id="unknown"),
        pytest.param("Version=2015-02-02", "MissingAction", id="missing"),
        pytest.param(
            "Action=DescribeUsers&MaxRecords=ten", "InvalidParameterValue", id="unreadable"
        ),
    ],
)
def test_what_is_no_request_is_refused_as_a_query_error(account, body, code):
    status, text = post(account, body)

    assert status == 400
    assert f"<Type>Sender</Type><Code>{code}</Code>" in text
    assert 'xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"' in text


def test_a_lost_response_did_its_work(aws, account):
    client = account.client("elasticache", config=ONCE)
    aws.control("fault", {"sort": "lose-response", "actions": ["CreateUser"], "count": 1})

    with pytest.raises(ConnectionClosedError):
        client.create_user(**user("lost"))

    assert client.describe_users(UserId="lost")["Users"][0]["UserName"] == "lost"


def test_accounts_and_regions_do_not_see_each_other(aws, account):
    account.client("elasticache").create_user(**user())
    elsewhere = aws.account(account.account_id, region="us-east-1")

    for other in (aws.account(), elsewhere):
        seen = other.client("elasticache").describe_users()["Users"]
        assert [each["UserId"] for each in seen] == ["default"]


def test_a_role_of_another_account_answers_as_that_account(aws):
    sts = aws.client("sts")
    role = "arn:aws:iam::210987654321:role/reader"

    made = sts.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]

    assert signed_by(aws, made).get_caller_identity()["Account"] == "210987654321"


def test_each_root_key_pair_answers_as_its_own_account(aws, account):
    for whose, account_id in ((aws, "123456789012"), (account, account.account_id)):
        identity = whose.client("sts").get_caller_identity()

        assert identity["Account"] == account_id
        assert identity["Arn"] == f"arn:aws:iam::{account_id}:root"


def test_a_session_of_a_root_key_answers_as_that_root(aws, account):
    made = account.client("sts").get_session_token()["Credentials"]

    identity = signed_by(aws, made).get_caller_identity()

    assert identity["Arn"] == f"arn:aws:iam::{account.account_id}:root"


def test_the_tagging_api_knows_our_resources_by_the_kinds_of_their_arns(account):
    client = account.client("elasticache")
    client.create_user(**user("tagged", Tags=[{"Key": "team", "Value": "shop"}]))
    client.create_user(**user("plain"))
    tagging = account.client("resourcegroupstaggingapi")

    found = tagging.get_resources(ResourceTypeFilters=["elasticache:user"])

    [row] = found["ResourceTagMappingList"]
    assert row["ResourceARN"].endswith(":user:tagged")
    assert row["Tags"] == [{"Key": "team", "Value": "shop"}]
    assert found["PaginationToken"] == ""


def test_the_tagging_api_still_knows_other_services(account):
    store = account.client("secretsmanager")
    made = store.create_secret(Name="s", SecretString="x", Tags=[{"Key": "a", "Value": "b"}])
    store.create_secret(Name="untagged", SecretString="x")

    found = account.client("resourcegroupstaggingapi").get_resources()

    rows = found["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in rows] == [made["ARN"]]


def test_the_tagging_api_writes_through_the_service(account):
    account.client("elasticache").create_user(**user())
    arn = f"arn:aws:elasticache:eu-west-1:{account.account_id}:user:app"
    nobody = arn.replace(":app", ":nobody")
    tagging = account.client("resourcegroupstaggingapi")

    tagged = tagging.tag_resources(ResourceARNList=[arn, nobody], Tags={"team": "shop"})

    assert tagged["FailedResourcesMap"][nobody]["ErrorCode"] == "UserNotFound"
    assert list(tagged["FailedResourcesMap"]) == [nobody]
    assert tagging.get_tag_values(Key="team")["TagValues"] == ["shop"]


def test_moto_is_not_to_be_reached_through_the_endpoint(account):
    request = urllib.request.Request(f"{account.endpoint_url}/moto-api/reset", method="POST")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)

    assert refused.value.code == 403
    refused.value.close()


def test_a_delayed_call_holds_up_nobody_else(aws, account):
    client = account.client("elasticache")
    aws.control("fault", {"sort": "delay", "actions": ["CreateUser"], "seconds": 1, "count": 1})

    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        slow = pool.submit(client.create_user, **user())
        answered = 0
        while not slow.done():
            client.describe_user_groups()
            answered += 1

    assert slow.result()["UserId"] == "app"
    assert time.monotonic() - began >= 1
    # Behind one lock it would be those that came before it, and one more.
    assert answered >= 5


def test_the_tagging_api_takes_tags_off_through_the_service(account):
    made = account.client("elasticache").create_user(**user(Tags=[{"Key": "a", "Value": "b"}]))
    tagging = account.client("resourcegroupstaggingapi")

    failed = tagging.untag_resources(ResourceARNList=[made["ARN"]], TagKeys=["a"])

    assert failed["FailedResourcesMap"] == {}
    [row] = tagging.get_resources()["ResourceTagMappingList"]
    assert row == {"ResourceARN": made["ARN"], "Tags": []}
