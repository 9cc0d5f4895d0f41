"""A command without a spec takes the one that is meant."""

from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.spec import find


def test_what_is_named_is_taken(tmp_path):
    assert find("a.yaml", tmp_path, {"RECONCILE_SPEC": "b.yaml"}) == tmp_path / "a.yaml"
    assert find("/etc/a.yaml", tmp_path, {}) == Path("/etc/a.yaml")


def test_a_name_stays_as_a_person_wrote_it():
    assert str(find("specs/prod.yaml", Path(), {})) == "specs/prod.yaml"


def test_the_environment_is_next(tmp_path):
    assert find(None, tmp_path, {"RECONCILE_SPEC": "b.yaml"}) == tmp_path / "b.yaml"


def test_the_one_file_in_specs_is_last(tmp_path):
    (tmp_path / "specs" / "examples").mkdir(parents=True)
    (tmp_path / "specs" / "prod.yaml").touch()
    (tmp_path / "specs" / "reconcile.schema.json").touch()
    (tmp_path / "specs" / "examples" / "other.yaml").touch()

    assert find(None, tmp_path, {}) == tmp_path / "specs" / "prod.yaml"


def test_several_are_listed(tmp_path):
    (tmp_path / "specs").mkdir()
    for name in ("prod.yaml", "test.yml"):
        (tmp_path / "specs" / name).touch()

    with pytest.raises(UsageError, match=r"prod\.yaml.*test\.yml"):
        find(None, tmp_path, {})


def test_none_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="RECONCILE_SPEC"):
        find(None, tmp_path, {})


def test_acknowledgements_beside_a_spec_are_no_second_one(tmp_path):
    (tmp_path / "specs").mkdir()
    for name in ("prod.yaml", "prod.acks.yaml"):
        (tmp_path / "specs" / name).touch()

    assert find(None, tmp_path, {}) == tmp_path / "specs" / "prod.yaml"
