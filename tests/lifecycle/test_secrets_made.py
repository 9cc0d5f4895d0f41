"""``create: true``: apply makes a secret that is not there, beside whatever is."""

from __future__ import annotations

import json

import pytest

SPEC = """\
version: 1
estate: shop
aws: {account_id: "{account}", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~a:* +get"
    authentication_mode:
      {type: password, passwords: [{secretsmanager: prod/app, key: password, create: true}]}
  ops:
    engine: valkey
    access_string: "on ~o:* +get"
    authentication_mode: {type: password, passwords: [{ssm: /prod/ops, create: true}]}
"""


@pytest.fixture
def shop(estate):
    return estate(SPEC)


@pytest.mark.slow
def test_it_is_announced_made_once_and_shown_nowhere(shop):
    planned = shop("plan")
    ended = shop("apply", "--yes")
    again = shop("apply", "--yes")

    assert "is not there yet: apply makes it, with a random value" in planned.out
    assert (ended.code, again.code) == (0, 0), ended.err
    kept = shop.aws("secretsmanager")
    told = json.loads(kept.get_secret_value(SecretId="prod/app")["SecretString"])
    other = shop.aws("ssm").get_parameter(Name="/prod/ops", WithDecryption=True)["Parameter"]
    assert (list(told), len(told["password"]), other["Version"]) == (["password"], 48, 1)
    assert other["Type"] == "SecureString"
    assert "No changes" in again.out
    journals = "".join(one.read_text() for one in shop.folder.path.rglob("*.jsonl"))
    assert "CreateSecret" in journals
    for value in (told["password"], other["Value"]):
        assert value not in planned.out + ended.out + ended.err + again.out + journals


@pytest.mark.slow
def test_a_key_is_put_beside_the_others_and_what_is_there_stays(shop):
    kept = shop.aws("secretsmanager")
    kept.create_secret(Name="prod/app", SecretString=json.dumps({"user": "app"}))
    shop.aws("ssm").put_parameter(
        Name="/prod/ops", Value="a-value-that-somebody-made", Type="SecureString"
    )

    assert shop("apply", "--yes").code == 0

    told = json.loads(kept.get_secret_value(SecretId="prod/app")["SecretString"])
    assert (told["user"], len(told["password"])) == ("app", 48)
    found = shop.aws("ssm").get_parameter(Name="/prod/ops", WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Version"]) == ("a-value-that-somebody-made", 1)


@pytest.mark.slow
def test_an_apply_of_something_else_makes_nothing(shop):
    assert shop("apply", "--target", "ops", "--yes").code == 0

    assert shop.aws("secretsmanager").list_secrets()["SecretList"] == []


def test_the_local_store_hands_its_stages_on_as_secrets_manager_does(shop):
    kept = shop.aws("secretsmanager")
    first = kept.create_secret(Name="prod/staged", SecretString="a" * 20)["VersionId"]
    put = {"SecretId": "prod/staged", "SecretString": "b" * 20}
    second = kept.put_secret_value(**put, VersionStages=["AWSPENDING"])["VersionId"]
    kept.update_secret_version_stage(
        SecretId="prod/staged",
        VersionStage="AWSCURRENT",
        MoveToVersionId=second,
        RemoveFromVersionId=first,
    )

    third = kept.put_secret_value(SecretId="prod/staged", SecretString="c" * 20)["VersionId"]

    staged = kept.describe_secret(SecretId="prod/staged")["VersionIdsToStages"]
    assert staged[third] == ["AWSCURRENT"]
    assert staged[second] == ["AWSPREVIOUS"]
