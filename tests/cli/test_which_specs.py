"""Commands take files, folders and patterns, and whatever a shell makes of ``specs/*.yaml``."""

from __future__ import annotations

import pytest

SPEC = """\
version: 1
estate: {name}
aws: {{account_id: "123456789012", region: eu-west-1}}
"""


@pytest.fixture
def specs(tmp_path):
    """Two estates, a fragment that one of them includes, and what was acknowledged beside it."""
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "prod.yaml").write_text(SPEC.format(name="prod") + "include: [shared.yaml]\n")
    (folder / "test.yaml").write_text(SPEC.format(name="test"))
    (folder / "shared.yaml").write_text("defaults: {}\n")
    (folder / "prod.acks.yaml").write_text("version: 1\nacknowledged: []\n")
    return folder


@pytest.mark.parametrize("word", ["specs", "specs/", "specs/*.yaml", "spec?/[pt]*"])
def test_a_folder_or_a_pattern_means_the_estates_there(reconcile, specs, word):
    told = reconcile("validate", word)

    assert told.code == 0
    assert told.out.splitlines() == [
        "specs/prod.yaml: valid, 0 resources",
        "specs/test.yaml: valid, 0 resources",
    ]


def test_acknowledgements_that_a_shell_lists_beside_specs_are_passed_over(reconcile, specs):
    told = reconcile("validate", "specs/prod.acks.yaml", "specs/prod.yaml", "specs/test.yaml")

    assert (told.code, len(told.out.splitlines())) == (0, 2)


def test_a_file_that_is_named_alone_is_never_passed_over(reconcile, specs):
    told = reconcile("validate", "specs/prod.acks.yaml")

    assert told.code == 2
    assert "estate: this is missing" in told.err


def test_a_folder_without_a_spec_is_said(reconcile, tmp_path):
    (tmp_path / "empty").mkdir()

    told = reconcile("validate", "empty")

    assert told.code == 2
    assert "empty: no spec there" in told.err


def test_what_takes_one_spec_names_those_that_it_found(reconcile, specs):
    told = reconcile("apply", "--yes", "specs")

    assert told.code == 2
    assert "specs/prod.yaml, specs/test.yaml; this takes one" in told.err
