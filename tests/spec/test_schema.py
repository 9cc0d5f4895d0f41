"""The schema says what the loader says, as far as a schema can."""

import copy
from pathlib import Path

import jsonschema
import pytest

from reconciler.errors import SpecError
from reconciler.spec import load, schema
from reconciler.spec.compose import compose
from reconciler.spec.source import read_source

ROOT = Path(__file__).parents[2]
SPECS = [ROOT / "specs" / "prod.yaml", *(ROOT / "specs" / "examples").glob("*.yaml")]
BROKEN = Path(__file__).parent / "broken"
SCHEMA = schema()


def tree(path):
    return compose(read_source(str(path)), []).plain()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_good_spec_fits(path):
    jsonschema.validate(tree(path), SCHEMA)


@pytest.mark.parametrize(
    "name",
    [
        "account-is-a-number",
        "authentication-misspelt",
        "defaults-by-section",
        "engine-misspelt",
        "field-misspelt",
        "field-that-describe-shows",
        "gate-misspelt",
        "id-ends-with-a-hyphen",
        "id-too-long",
        "id-with-two-hyphens",
        "ignored-field-unknown",
        "limit-below-zero",
        "null-where-it-must-be-given",
        "number-too-large",
        "password-in-plain-text",
        "password-reference-as-the-model-has-it",
        "publish-of-another-form",
        "region-missing",
        "section-misspelt",
        "token-in-plain-text",
        "version-is-a-number",
        "version-unknown",
    ],
)
def test_an_editor_sees_what_a_schema_can_say(name):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tree(BROKEN / f"{name}.yaml"), SCHEMA)


def test_nobody_writes_what_only_the_service_knows():
    definitions = SCHEMA["$defs"]

    assert "password_count" not in definitions["AuthenticationMode"]["properties"]
    assert not {"id", "marks", "scheduled"} & set(definitions["ReplicationGroup"]["properties"])


def test_every_field_has_a_meaning():
    assert not [
        (name, field)
        for name, noun in SCHEMA["$defs"].items()
        for field, found in noun.get("properties", {}).items()
        if not found.get("description") and name != "Fragment"
    ]


def test_null_is_for_fields_that_have_a_default():
    group = SCHEMA["$defs"]["ReplicationGroup"]["properties"]

    assert {"type": "null"} in group["snapshot_window"]["anyOf"]
    assert "anyOf" not in group["cache_node_type"]


def test_the_schema_is_made_anew_each_time(tmp_path):
    before = copy.deepcopy(schema())
    with pytest.raises(SpecError):
        load(tmp_path)

    assert schema() == before
