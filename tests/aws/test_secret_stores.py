"""Secrets Manager and the parameter store: versions without values, refusals without words."""

from __future__ import annotations

import json

import pytest
from pydantic import SecretStr

from reconciler.aws.secret import ParameterStore, SecretsManager
from reconciler.errors import AwsError, SecretMissing, SecretUnavailable
from reconciler.model import SecretRef
from reconciler.ports import Versions

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


V1, V2, V3 = (f"{number}0000000-aaaa-bbbb-cccc-000000000000" for number in "123")
NEW = SecretStr("new-canary-5f0c9a1e-of-this-test")


def asked(wire, number=-1):
    return json.loads(wire.asked[number])


def test_the_versions_of_a_secret_are_told_by_their_stages(wire, reading):
    stages = {"v1": ["AWSPREVIOUS"], "v2": ["AWSCURRENT"], "v3": ["AWSPENDING"], "v0": ["mine"]}
    wire.answers = [told({"VersionIdsToStages": stages})]

    assert SecretsManager(reading).versions(KEPT) == Versions("v2", "v3", "v1")
    assert len(wire.asked) == 1


def test_what_is_current_by_now_is_pending_no_more(wire, reading):
    wire.answers = [told({"VersionIdsToStages": {"v2": ["AWSCURRENT", "AWSPENDING"]}})]

    assert SecretsManager(reading).versions(KEPT) == Versions("v2")


@pytest.mark.parametrize(
    ("more", "who"),
    [({"RotationEnabled": True}, "its rotation function"), ({"OwningService": "rds"}, "rds")],
)
def test_somebody_else_who_sets_a_secret_is_named(wire, reading, more, who):
    wire.answers = [told({**STAGES, **more})]

    assert SecretsManager(reading).versions(KEPT).rotates == who


def test_a_version_is_opened_by_its_id(wire, reading):
    wire.answers = [secret(json.dumps({"password": CANARY}))]

    assert SecretsManager(reading).open(KEPT.at(V1)).get_secret_value() == CANARY
    assert asked(wire) == {"SecretId": "prod/app", "VersionId": V1}
    assert SecretsManager(reading).version(KEPT.at(V1)) == V1


def test_a_new_version_is_pending_and_keeps_the_other_keys(wire, writing):
    wire.answers = [secret(json.dumps({"password": CANARY, "user": "app", "port": 1})), told({})]

    SecretsManager(writing).put(KEPT, NEW)

    sent = asked(wire)
    assert sent["VersionStages"] == ["AWSPENDING"]
    assert json.loads(sent["SecretString"]) == {
        "password": NEW.get_secret_value(),
        "user": "app",
        "port": 1,
    }


def test_it_is_handed_out_only_over_the_version_that_was_looked_at(wire, writing):
    wire.answers = [told({}), told({})]

    SecretsManager(writing).promote(KEPT, V3, V2)

    assert asked(wire, 0) == {
        "SecretId": "prod/app",
        "VersionStage": "AWSCURRENT",
        "MoveToVersionId": V3,
        "RemoveFromVersionId": V2,
    }
    assert asked(wire, 1)["VersionStage"] == "AWSPENDING"
    assert "MoveToVersionId" not in asked(wire, 1)


def test_a_secret_is_made_or_its_key_put_beside_the_others(wire, writing):
    wire.answers = [told({})]
    SecretsManager(writing).create(KEPT, NEW)
    assert json.loads(asked(wire)["SecretString"]) == {"password": NEW.get_secret_value()}

    there = told({"__type": "ResourceExistsException", "Message": "it is"}, 400)
    wire.answers = [there, secret(json.dumps({"user": "app"})), told({})]
    SecretsManager(writing).create(KEPT, NEW)
    assert asked(wire)["VersionStages"] == ["AWSCURRENT"]
    assert json.loads(asked(wire)["SecretString"])["user"] == "app"


def test_what_is_there_is_never_overwritten(wire, writing):
    there = told({"__type": "ResourceExistsException", "Message": "it is"}, 400)
    wire.answers = [there, secret(json.dumps({"password": CANARY}))]

    SecretsManager(writing).create(KEPT, NEW)

    assert len(wire.asked) == 2
    exists = told({"__type": "ParameterAlreadyExists", "Message": "it is"}, 400)
    wire.answers = [exists]
    ParameterStore(writing).create(PARAMETER, NEW)
    assert asked(wire)["Overwrite"] is False


def test_a_parameter_has_numbers_and_no_place_beside(wire, reading):
    wire.answers = [told({"Parameters": [{"Version": 7}]}), told({"Parameters": [{"Version": 1}]})]
    store = ParameterStore(reading)

    assert store.versions(PARAMETER) == Versions("7", previous="6", staged=False)
    assert store.versions(PARAMETER) == Versions("1", staged=False)


def test_a_parameter_is_opened_by_its_number(wire, reading):
    wire.answers = [told({"Parameter": {"Value": CANARY}})]

    ParameterStore(reading).open(PARAMETER.at("6"))

    assert asked(wire)["Name"] == "/prod/app:6"


def test_a_new_value_of_a_parameter_keeps_its_key_and_tier(wire, writing):
    held = {"Version": 7, "Type": "SecureString", "KeyId": "alias/shop", "Tier": "Advanced"}
    wire.answers = [told({"Parameters": [held]}), told({"Version": 8})]

    ParameterStore(writing).put(PARAMETER, NEW)

    sent = asked(wire)
    assert (sent["KeyId"], sent["Tier"], sent["Type"]) == ("alias/shop", "Advanced", "SecureString")
    assert sent["Overwrite"] is True


@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "ParameterVersionNotFound", "ParameterNotFound"]
)
def test_what_a_store_does_not_have_is_missing_and_not_merely_closed(wire, reading, code):
    wire.answers = [told({"__type": code, "Message": CANARY}, 400)]

    with pytest.raises(SecretMissing):
        SecretsManager(reading).open(KEPT)


def test_a_refused_write_shows_neither_the_value_nor_the_services_words(wire, writing):
    refused = {"__type": "AccessDeniedException", "Message": f"{NEW.get_secret_value()} is bad"}
    wire.answers = [secret(json.dumps({"password": CANARY})), told(refused, 400)]

    with pytest.raises(AwsError) as caught:
        SecretsManager(writing).put(KEPT, NEW)

    shown = f"{caught.value!r} {caught.value} {caught.value.__context__!r}"
    assert NEW.get_secret_value() not in shown
    assert CANARY not in shown
    assert "AccessDeniedException" in shown
    assert caught.value.answered


def test_a_write_is_sent_once_and_silence_is_not_an_answer(wire, writing):
    wire.answers = [secret(json.dumps({"password": CANARY})), None, told({})]

    with pytest.raises(AwsError) as caught:
        SecretsManager(writing).put(KEPT, NEW)

    assert not caught.value.answered
    assert len(wire.asked) == 2
