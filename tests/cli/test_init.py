"""``init`` begins a folder that is valid, tidy and whole, and never overwrites anything."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from reconciler.spec import schema

HERE = ("--account", "123456789012", "--region", "eu-west-1")
FILES = {"specs/main.yaml", "specs/reconcile.schema.json", ".github/workflows/reconcile.yml"}


def test_what_it_writes_is_valid_tidy_and_whole(reconcile, tmp_path):
    ended = reconcile("init", *HERE)

    assert ended.code == 0
    assert set(ended.out.split()) == FILES
    assert reconcile("validate", "--strict").code == 0
    assert reconcile("fmt", "--check", "specs/main.yaml").out == ""
    assert json.loads((tmp_path / "specs/reconcile.schema.json").read_text()) == schema()
    first = (tmp_path / "specs/main.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=./reconcile.schema.json"


def test_the_example_in_it_is_valid_once_its_marks_are_taken_off(reconcile, tmp_path):
    reconcile("init", *HERE)
    spec = tmp_path / "specs/main.yaml"
    head, example = spec.read_text().split("#\n", 1)
    shown = [line[2:] for line in example.splitlines()]

    spec.write_text(head + "\n".join(shown) + "\n")

    assert "3 resources" in reconcile("validate").out
    assert reconcile("fmt", "--check").code == 0


def test_the_ci_file_is_yaml_whose_commands_exist(reconcile, tmp_path):
    reconcile("init", *HERE)

    found = YAML().load((tmp_path / ".github/workflows/reconcile.yml").read_text())

    steps = [one["run"] for one in found["jobs"]["plan"]["steps"] if "run" in one]
    for step in steps:
        if step.startswith("reconcile "):
            command, *rest = step.removeprefix("reconcile ").split()
            told = reconcile(command, "--help").out
            assert all(flag in told for flag in rest if flag.startswith("--"))
    assert not any(" apply" in step for step in steps)
    role = "${{ vars.RECONCILE_READ_ROLE }}"
    assert role in (tmp_path / ".github/workflows/reconcile.yml").read_text()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_there_stays_and_nothing_else_is_written(reconcile, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")

    ended = reconcile("init", *HERE)

    assert ended.code == 2
    assert name in ended.err
    assert path.read_text() == "mine"
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


def test_another_folder_is_made(reconcile, tmp_path):
    assert reconcile("init", "caches", *HERE, "--estate", "shop").code == 0

    assert (tmp_path / "caches/specs/shop.yaml").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--account and --region are needed"),
        (["--account", "12", "--region", "eu-west-1"], "--account: "),
        (["--account", "123456789012", "--region", "Ireland"], "--region: "),
        ([*HERE, "--estate", "../up"], "--estate: "),
    ],
    ids=["nothing", "account", "region", "estate"],
)
def test_where_and_what_must_be_said_rightly(reconcile, tmp_path, arguments, told):
    ended = reconcile("init", *arguments)

    assert ended.code == 2
    assert told in ended.err
    assert list(tmp_path.iterdir()) == []
