"""One account, one region, one place; roles apart; without credentials one clear sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from wire import ACCOUNT, aws, identity, refusal, users

from reconciler.aws.endpoint import configured_endpoints, is_loopback, refuse_a_mix
from reconciler.aws.gateway import AwsReader
from reconciler.aws.session import Session
from reconciler.errors import AwsError, NoCredentials, WrongAccount

ROLE = f"arn:aws:iam::{ACCOUNT}:role/reconcile-read"
ASSUMED_ROLE = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
    "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    f"<AssumedRoleUser><AssumedRoleId>A</AssumedRoleId><Arn>{ROLE}</Arn></AssumedRoleUser>"
    "</AssumeRoleResult></AssumeRoleResponse>"
)


@pytest.fixture
def keys(bare, wire):
    """Credentials in the environment, and every service on the loopback server."""
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "of-the-environment")
    bare.setenv("AWS_ENDPOINT_URL", wire.url)
    return bare


def test_the_specs_account_is_let_in(wire, reading):
    wire.answers = [identity()]

    assert reading.identity().account_id == ACCOUNT
    assert reading.identity().short == "role/reconcile-read"
    assert len(wire.asked) == 1


def test_another_account_is_refused_and_both_are_named(wire, reading):
    wire.answers = [identity("999999999999")]

    with pytest.raises(WrongAccount) as caught:
        reading.identity()

    assert "999999999999" in str(caught.value)
    assert ACCOUNT in str(caught.value)


@pytest.mark.parametrize(
    ("arn", "short"),
    [
        ("arn:aws:iam::1:user/ops/ann", "user/ops/ann"),
        ("arn:aws:iam::1:root", "root"),
        ("arn:aws:sts::1:assumed-role/deploy/session", "role/deploy"),
    ],
)
def test_who_reads_is_said_briefly(wire, reading, arn, short):
    wire.answers = [identity(arn=arn)]

    assert reading.identity().short == short


def test_without_credentials_both_ways_on_are_named(bare):
    with pytest.raises(NoCredentials) as caught:
        Session(aws()).identity()

    assert "aws configure" in str(caught.value)
    assert "--local" in str(caught.value)


def test_a_profile_that_does_not_exist_is_no_credentials(bare):
    bare.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(NoCredentials):
        Session(aws()).identity()


def test_the_environments_region_decides_nothing(keys, wire):
    keys.setenv("AWS_REGION", "us-east-1")
    keys.setenv("AWS_DEFAULT_REGION", "us-east-1")

    session = Session(aws())

    assert session.region == "eu-west-1"
    assert session.client("elasticache").meta.region_name == "eu-west-1"


@pytest.mark.parametrize(
    ("purpose", "role"), [("read", "reconcile-read"), ("write", "reconcile-write")]
)
def test_each_purpose_assumes_its_own_role(keys, wire, purpose, role):
    wire.answers = [(200, ASSUMED_ROLE)]
    wire.always = lambda _: users()
    arns = {one: f"arn:aws:iam::{ACCOUNT}:role/reconcile-{one}" for one in ("read", "write")}

    AwsReader(Session(aws(**arns), purpose)).read("elasticache", "describe_users")

    asked = parse_qs(wire.asked[0])
    assert asked["Action"] == ["AssumeRole"]
    assert asked["RoleArn"] == [f"arn:aws:iam::{ACCOUNT}:role/{role}"]


def test_a_role_that_is_about_to_expire_is_assumed_again(keys, wire):
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    short = ASSUMED_ROLE.replace("2099-01-01T00:00:00Z", soon)
    wire.always = lambda body: (200, short) if "AssumeRole" in body else users()
    reader = AwsReader(Session(aws(read=ROLE), "read"))

    reader.read("elasticache", "describe_users")
    reader.fresh().read("elasticache", "describe_users")

    asked = [parse_qs(body)["Action"][0] for body in wire.asked]
    assert asked.count("DescribeUsers") == 2
    assert asked.count("AssumeRole") >= 2


def test_a_role_that_may_not_be_assumed_is_said_in_the_services_words(keys, wire):
    wire.answers = [refusal("AccessDenied", "not authorized to assume", 403)]

    with pytest.raises(AwsError, match="not authorized to assume"):
        Session(aws(read=ROLE), "read").identity()


def test_on_the_local_service_no_role_is_assumed(bare, wire, local):
    wire.always = lambda _: users()

    AwsReader(Session(aws(read=ROLE), "read", local)).read("elasticache", "describe_users")

    assert [parse_qs(body)["Action"] for body in wire.asked] == [["DescribeUsers"]]


def test_the_local_service_gets_every_call_whatever_the_environment_says(keys, wire, local):
    keys.setenv("AWS_ENDPOINT_URL", "https://elasticache.eu-west-1.amazonaws.com")
    keys.setenv("AWS_ENDPOINT_URL_STS", "https://sts.amazonaws.com")
    session = Session(aws(), "read", local)

    for service in ("elasticache", "sts", "ssm", "secretsmanager", "resourcegroupstaggingapi"):
        assert session.client(service).meta.endpoint_url == wire.url


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_ENDPOINT_URL_ELASTICACHE": "http://127.0.0.1:1"},
        {"AWS_ENDPOINT_URL_SSM": "http://localhost:4566"},
        {"AWS_ENDPOINT_URL": "http://[::1]:1", "AWS_ENDPOINT_URL_STS": "https://sts.amazonaws.com"},
    ],
)
def test_a_local_and_a_real_service_in_one_run_are_refused(bare, environ):
    for name, value in environ.items():
        bare.setenv(name, value)

    with pytest.raises(WrongAccount, match="in one run"):
        Session(aws())


def test_a_mix_in_the_config_file_is_refused_too(bare, tmp_path):
    config = tmp_path / "config"
    config.write_text(
        "[default]\nservices = mine\n\n[services mine]\nelasticache =\n"
        "  endpoint_url = http://127.0.0.1:1\n"
    )
    bare.setenv("AWS_CONFIG_FILE", str(config))

    with pytest.raises(WrongAccount, match="elasticache would be asked on this machine"):
        Session(aws())


def test_our_reading_of_the_config_file_is_botocores(bare, tmp_path):
    config = tmp_path / "config"
    config.write_text(
        "[default]\nservices = mine\nendpoint_url = http://127.0.0.1:2\n\n[services mine]\n"
        "secrets_manager =\n  endpoint_url = http://127.0.0.1:3\n"
    )
    bare.setenv("AWS_CONFIG_FILE", str(config))
    bare.setenv("AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", "http://127.0.0.1:4")
    bare.setenv("AWS_ACCESS_KEY_ID", "a")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "b")
    import boto3  # noqa: PLC0415

    boto = boto3.session.Session(region_name="eu-west-1")
    ours = configured_endpoints(boto._session.full_config, boto._session.get_scoped_config())

    assert ours == {name: boto.client(name).meta.endpoint_url for name in ours}
    assert len(set(ours.values())) == 3


def test_configured_endpoints_can_be_switched_off(bare):
    environ = {"AWS_ENDPOINT_URL": "http://x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}

    assert set(configured_endpoints({}, {}, environ).values()) == {None}


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8080", True),
        ("http://LOCALHOST:1", True),
        ("http://a.localhost", True),
        ("https://127.0.0.1.example.com", False),
        ("https://elasticache.eu-west-1.amazonaws.com", False),
        ("http://10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_this_machine_is_told_from_others(url, here):
    assert is_loopback(url) is here


def test_all_here_or_all_there_is_no_mix():
    refuse_a_mix({"elasticache": "http://127.0.0.1:1", "sts": "http://localhost:2"})
    refuse_a_mix({"elasticache": None, "sts": "https://sts.amazonaws.com"})
