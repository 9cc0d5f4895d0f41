"""Each file in broken/ has one defect, is named by it, and says in its first lines what is told."""

import datetime as dt
import re
from pathlib import Path

import pytest

from reconciler.errors import SpecError
from reconciler.spec import load

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
TODAY = dt.date(2026, 11, 20)


def problems_of(path):
    with pytest.raises(SpecError) as caught:
        load(path, TODAY)
    return caught.value.problems


def expected(path):
    lines = path.read_text().splitlines()
    said = [line[2:] for line in lines if re.match(r"# \d+:\d+: ", line)]
    assert said, f"{path} says nothing"
    return said


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_each_defect_is_told_once_where_it_stands(path):
    told = [str(problem).removeprefix(f"{path}:") for problem in problems_of(path)]

    assert told == expected(path)


def test_every_defect_of_a_spec_is_told_at_once_and_in_file_order(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "version: 1\n"
        "estate: e\n"
        "aws: {account_id: 123456789012, region: eu-west-1}\n"
        "users:\n"
        "  app:\n"
        "    engin: valkey\n"
        "    access_string: on +@raed\n"
        "    authentication_mode: {type: password, passwords: [abc]}\n"
        "user_groups:\n"
        "  g: {engine: valkey, user_ids: [ap]}\n"
        "serverless_caches:\n"
        "  c--d: {engine: valkey, user_group_id: h, snapshot_retention_limit: 99}\n"
    )

    places = [(problem.line, problem.column) for problem in problems_of(spec)]

    assert places == [(3, 19), (6, 5), (7, 23), (8, 55), (10, 34), (12, 3), (12, 41), (12, 70)]


def test_a_problem_of_a_fragment_names_the_fragment(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "users.yaml").write_text("users:\n  app: {engine: valky}\nestate: x\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        "include: [parts/users.yaml]\n"
    )

    told = {(Path(one.file).name, one.line, one.field) for one in problems_of(spec)}

    assert ("users.yaml", 2, "engine") in told
    assert ("users.yaml", 3, "") in told


def test_fragments_that_include_each_other_are_a_circle(tmp_path):
    (tmp_path / "a.yaml").write_text("include: b.yaml\n")
    (tmp_path / "b.yaml").write_text("include: a.yaml\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        "include: a.yaml\n"
    )

    [problem] = problems_of(spec)

    assert Path(problem.file).name == "b.yaml"
    assert "a.yaml -> b.yaml -> a.yaml" in problem.message


def test_an_id_in_two_files_is_told_with_both_places(tmp_path):
    user = "{engine: valkey, access_string: on ~a, authentication_mode: {type: iam}}"
    (tmp_path / "more.yaml").write_text(f"users:\n  app: {user}\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        f"include: more.yaml\nusers:\n  app: {user}\n"
    )

    [problem] = problems_of(spec)

    assert (Path(problem.file).name, problem.line) == ("more.yaml", 2)
    assert "spec.yaml:6" in problem.message


def test_a_fragment_is_included_once_and_holds_sections_only(tmp_path):
    (tmp_path / "a.yaml").write_text("userz: {}\nunmanaged: [user/x]\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        "include: [a.yaml, a.yaml]\n"
    )

    told = [(Path(one.file).name, one.line, one.message) for one in problems_of(spec)]

    assert told == [
        ("a.yaml", 1, "unknown key; did you mean users?"),
        ("spec.yaml", 4, "this file is included already; once is enough"),
    ]


def test_fragments_complete_what_the_spec_began(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "unmanaged: [user/there]\ndefaults:\n  user: {engine: valkey}\n"
        "users:\n  app: {authentication_mode: {type: iam}}\n"
    )
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        "include: a.yaml\nunmanaged: [user/here]\nusers:\n"
        "defaults:\n  user: {access_string: on ~a}\n"
    )

    loaded = load(spec)

    [user] = loaded.resources.values()
    assert (user.engine, user.access_string) == ("valkey", "on ~a")
    assert {str(one) for one in loaded.unmanaged} == {"user/here", "user/there"}


def test_what_is_wrong_in_a_fragment_is_told_with_what_is_wrong_elsewhere(tmp_path):
    (tmp_path / "a.yaml").write_text("users:\n  app: {engine: valkey, engine: redis\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: europe}\n'
        "include: a.yaml\n"
    )

    told = {Path(one.file).name for one in problems_of(spec)}

    assert told == {"a.yaml", "spec.yaml"}


@pytest.mark.parametrize("name", ['"a\\0b"', '"\\ud800"', "a" * 300, "broken", "~", "[[a]]"])
def test_an_include_that_can_not_be_a_file_is_told_at_its_line(tmp_path, name):
    (tmp_path / "broken").mkdir()
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        f"include: {name}\n"
    )

    [problem] = problems_of(spec)

    assert (problem.file, problem.line) == (str(spec), 4)


def test_a_consent_holds_until_the_end_of_its_last_day(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        'version: 1\nestate: e\naws: {account_id: "123456789012", region: eu-west-1}\n'
        "safety:\n  allow:\n"
        "    - {action: delete, address: user/old, until: 2026-11-20, why: left the team}\n"
    )

    load(spec, dt.date(2026, 11, 20))
    with pytest.raises(SpecError, match="expired on 2026-11-20"):
        load(spec, dt.date(2026, 11, 21))


def test_one_node_has_failover_where_its_parameter_group_brings_cluster_mode(tmp_path):
    spec = tmp_path / "spec.yaml"
    broken = BROKEN[0].parent / "failover-off-with-a-group-for-cluster-mode.yaml"
    right = broken.read_text().replace("    replicas_per_node_group: 1\n", "")
    spec.write_text(right.replace("failover_enabled: false", "failover_enabled: true"))

    assert load(spec, TODAY).resources
