"""Secrets Manager and the parameter store: versions without values, refusals without words."""

from __future__ import annotations

import json

import pytest

from reconciler.aws.secret import ParameterStore, SecretsManager
from reconciler.errors import SecretUnavailable
from reconciler.model import SecretRef

CANARY = "canary-5f0c9a1e-of-this-test"
KEPT = SecretRef(store="secretsmanager", id="prod/app", key="password")
WHOLE = SecretRef(store="secretsmanager", id="prod/app")
PREVIOUS = SecretRef(store="secretsmanager", id="prod/app", stage="AWSPREVIOUS")
PARAMETER = SecretRef(store="ssm", id="/prod/app")

STAGES = {"VersionIdsToStages": {"v-old": ["AWSPREVIOUS"], "v-new": ["AWSCURRENT", "mine"]}}


def told(body: object, status: int = 200) -> tuple[int, str]:
    return status, json.dumps(body)


def secret(text: str) -> tuple[int, str]:
    return told({"SecretString": text})


@pytest.mark.parametrize(
    ("ref", "version"), [(KEPT, "v-new"), (WHOLE, "v-new"), (PREVIOUS, "v-old")]
)
def test_a_secrets_version_is_the_one_that_carries_the_stage(wire, reading, ref, version):
    wire.answers = [told(STAGES)]

    assert SecretsManager(reading).version(ref) == version
    assert json.loads(wire.asked[0]) == {"SecretId": "prod/app"}


def test_a_stage_that_no_version_carries_is_named(wire, reading):
    wire.answers = [told({"VersionIdsToStages": {"v": ["AWSCURRENT"]}})]

    with pytest.raises(SecretUnavailable, match="AWSPREVIOUS"):
        SecretsManager(reading).version(PREVIOUS)


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        pytest.param(KEPT, json.dumps({"password": CANARY, "user": "app"}), id="a key"),
        pytest.param(WHOLE, CANARY, id="the whole"),
    ],
)
def test_a_secret_is_opened(wire, reading, ref, text):
    wire.answers = [secret(text)]

    assert SecretsManager(reading).open(ref).get_secret_value() == CANARY
    assert json.loads(wire.asked[0])["VersionStage"] == "AWSCURRENT"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CANARY, id="no JSON"),
        pytest.param(json.dumps([CANARY]), id="no object"),
        pytest.param(json.dumps({"other": CANARY}), id="no such key"),
        pytest.param(json.dumps({"password": {"nested": CANARY}}), id="no text"),
    ],
)
def test_a_secret_of_another_shape_is_refused_without_a_word_of_it(wire, reading, text):
    wire.answers = [secret(text)]

    with pytest.raises(SecretUnavailable) as caught:
        SecretsManager(reading).open(KEPT)

    assert CANARY not in str(caught.value)
    assert "password" in str(caught.value)
    assert caught.value.__context__ is None


def test_a_binary_secret_is_refused(wire, reading):
    wire.answers = [told({"SecretBinary": "AAEC"})]

    with pytest.raises(SecretUnavailable, match="binary"):
        SecretsManager(reading).open(WHOLE)


def test_a_parameters_version_is_asked_without_its_value(wire, reading):
    wire.answers = [told({"Parameters": [{"Name": "/prod/app", "Version": 7}]})]

    assert ParameterStore(reading).version(PARAMETER) == "7"
    assert "WithDecryption" not in wire.asked[0]


def test_a_parameter_that_is_not_there_is_named(wire, reading):
    wire.answers = [told({"Parameters": []})]

    with pytest.raises(SecretUnavailable, match=r"\{ssm: /prod/app\}"):
        ParameterStore(reading).version(PARAMETER)


def test_a_parameter_is_opened_decrypted(wire, reading):
    wire.answers = [told({"Parameter": {"Value": CANARY}})]

    assert ParameterStore(reading).open(PARAMETER).get_secret_value() == CANARY
    assert json.loads(wire.asked[0])["WithDecryption"] is True


def test_a_refusal_names_the_reference_and_the_code_and_nothing_else(wire, reading):
    wire.answers = [told({"__type": "AccessDeniedException", "Message": f"key {CANARY}"}, 400)]

    with pytest.raises(SecretUnavailable) as caught:
        SecretsManager(reading).open(KEPT)

    assert str(KEPT) in str(caught.value)
    assert "AccessDeniedException" in str(caught.value)
    assert CANARY not in str(caught.value)
