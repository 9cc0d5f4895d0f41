"""Secrets Manager and Parameter Store as people's tests need them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from elasticache_local.session import LocalError


def test_of_many_that_create_a_parameter_one_wins(account):
    ssm = account.client("ssm")

    def put(value):
        try:
            ssm.put_parameter(Name="/lease/1", Value=value, Type="String", Overwrite=False)
        except ssm.exceptions.ParameterAlreadyExists:
            return None
        return value

    with ThreadPoolExecutor(8) as pool:
        winners = [value for value in pool.map(put, "abcdefgh") if value]

    assert len(winners) == 1
    assert ssm.get_parameter(Name="/lease/1")["Parameter"]["Value"] == winners[0]


def test_a_seed_adds_what_is_missing_and_overwrites_nothing(aws, account):
    store = account.client("secretsmanager")
    store.create_secret(Name="mine", SecretString='{"password": "kept"}')

    def seed(**secret):
        seeded = {"store": "secretsmanager", "id": "mine"} | secret
        return aws.account(account.account_id, secrets=[seeded]).made

    assert seed(keys=["password"]) == ()
    assert seed() == ()
    assert seed(keys=["password", "token"]) == ("secretsmanager/mine",)

    value = json.loads(store.get_secret_value(SecretId="mine")["SecretString"])
    assert value["password"] == "kept"
    assert len(value["token"]) >= 16


def test_a_secret_named_by_its_arn_is_found_by_it(aws, account):
    arn = f"arn:aws:secretsmanager:eu-west-1:{account.account_id}:secret:prod/app-AbC123"

    aws.account(account.account_id, secrets=[{"store": "secretsmanager", "id": arn}])

    store = account.client("secretsmanager")
    found = store.get_secret_value(SecretId=arn)
    assert (found["ARN"], found["Name"]) == (arn, "prod/app")
    assert store.get_secret_value(SecretId="prod/app")["VersionId"] == found["VersionId"]


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        pytest.param({"account_id": "12"}, "twelve digits", id="account"),
        pytest.param({"region": "Ireland"}, "is no region", id="region"),
        pytest.param({"buckets": []}, "a seed has no buckets", id="unknown key"),
        pytest.param({"subnet_ids": "subnet-1"}, "list of strings", id="no list"),
        pytest.param({"secrets": [{"store": "vault", "id": "x"}]}, "secretsmanager", id="store"),
        pytest.param({"secrets": [{"store": "ssm"}]}, "needs an id", id="no id"),
    ],
)
def test_a_seed_that_can_not_be_read_is_a_sentence(aws, seed, sentence):
    with pytest.raises(LocalError, match=sentence):
        aws.control("seed", {"account_id": "111122223333", "region": "eu-west-1"} | seed)
