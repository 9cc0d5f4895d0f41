"""explain answers for every field, from the models."""

import pytest

from reconciler.errors import UsageError
from reconciler.model import SECTIONS, Estate, SecretRef
from reconciler.spec import explain
from reconciler.spec.explainer import SECTION_MEANINGS, contents
from reconciler.spec.shape import noun_in, written_fields


def paths():
    for noun in SECTIONS.values():
        for name in written_fields(noun):
            yield f"{noun.kind}.{name}"
            inner = noun_in(noun.model_fields[name].annotation)
            for below in written_fields(inner) if inner not in {None, SecretRef} else ():
                yield f"{noun.kind}.{name}.{below}"


@pytest.mark.parametrize("path", list(paths()))
def test_every_field_is_explained(path):
    title, meaning, *facts = explain(path).splitlines()

    assert title == path
    assert meaning.strip()
    assert any(line.startswith("  type") for line in facts)
    assert any(line.startswith("  default") for line in facts)


def test_a_field_says_what_it_does_and_whether_it_can_change():
    text = explain("replication_group.transit_encryption_mode")

    assert "preferred | required" in text
    assert "required when TLS is on" in text
    assert "in place" in text
    assert "cuts off open plaintext connections" in text
    assert "never in place" in explain("replication_group.kms_key_id")
    assert "1 to 6" in explain("replication_group.num_cache_clusters")
    assert "none: it must be given" in explain("user.access_string")
    assert "a word of this tool" in explain("user.expect")


@pytest.mark.parametrize("path", ["users.access_string", "user.access_string"])
def test_a_section_and_its_kind_mean_the_same(path):
    assert explain(path).splitlines()[1:] == explain("user.access_string").splitlines()[1:]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("safety.max.widen", "gain rights"),
        ("aws.region", "region"),
        ("mode", "observe"),
        ("defaults", "every entry"),
        ("unmanaged", "read for existence"),
        ("external", "verified only"),
        ("user_group", "user_ids"),
    ],
)
def test_the_top_of_a_spec_is_explained(path, line):
    assert line in explain(path)


@pytest.mark.parametrize(
    ("path", "mend"),
    [
        ("usr", "user"),
        ("user.acces_string", "access_string"),
        ("replication_group.verify.write", "writes"),
        ("safety.maximum", "max"),
    ],
)
def test_what_is_misspelt_is_mended(path, mend):
    with pytest.raises(UsageError, match=f"did you mean {mend}\\?"):
        explain(path)


@pytest.mark.parametrize(
    "path",
    ["user.engine.x", "replication_group.auth_token.store", "", "user.id", "user.marks", "user."],
)
def test_what_is_no_field_is_refused(path):
    with pytest.raises(UsageError):
        explain(path)


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("access_string", ["user.access_string"]),
        ("verify.via", ["replication_group.verify.via", "serverless_cache.verify.via"]),
    ],
)
def test_a_field_without_its_kind_is_found_where_it_stands(path, kinds):
    with pytest.raises(UsageError) as refused:
        explain(path)

    assert ", ".join(kinds) in str(refused.value)


def test_bare_it_names_every_word_that_stands_at_the_top_of_a_spec():
    named = {line.split()[0] for line in contents().splitlines() if line.startswith("  ")}

    assert named >= {*SECTIONS, *SECTION_MEANINGS, *written_fields(Estate)}
