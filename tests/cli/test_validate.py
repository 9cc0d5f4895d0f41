"""validate: every problem at once, in the form that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys

BROKEN = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app: {engine: valkey, acess_string: "on +get", authentication_mode: {type: iam}}
user_groups:
  people: {engine: valkey, user_ids: [ap]}
"""


def test_problems_stand_one_a_line_with_their_place(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text(BROKEN)

    ended = reconcile("validate", "spec.yaml")

    lines = ended.err.splitlines()
    assert ended.code == 2
    assert lines[0].startswith("spec.yaml:5:")
    assert any(line.startswith("spec.yaml:7:") for line in lines)
    assert lines[-1].endswith("problems")


def test_json_carries_every_problem(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text(BROKEN)

    ended = reconcile("validate", "--format", "json", "spec.yaml")

    told = json.loads(ended.out)
    assert ended.code == 2
    assert told["format_version"] == 1
    assert {"file", "line", "column", "address", "field", "message"} == set(told["problems"][0])
    assert {one["line"] for one in told["problems"]} == {5, 7}


def test_github_annotations_carry_file_line_and_column(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text(BROKEN)

    ended = reconcile("validate", "--format", "github", "spec.yaml")

    assert ended.code == 2
    assert ended.out.startswith("::error file=spec.yaml,line=5,col=")


def test_an_annotation_of_advice_bears_the_id_that_silences_it(reconcile, tmp_path):
    text = "version: 1\nestate: shop\naws: {account_id: '123456789012', region: eu-west-1}\n"
    text += "users:\n  app: {engine: valkey, access_string: 'on ~a +get', "
    text += "authentication_mode: {type: iam}}\n"
    (tmp_path / "spec.yaml").write_text(text)

    ended = reconcile("validate", "--format", "github", "spec.yaml")

    assert ended.code == 0
    assert ",title=user-in-no-group::user/app: " in ended.out


def test_problems_of_several_specs_come_together(reconcile, tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(BROKEN)

    ended = reconcile("validate", "a.yaml", "b.yaml")

    assert "a.yaml:5:" in ended.err
    assert "b.yaml:5:" in ended.err


def test_help_lists_no_command_that_is_not_built(reconcile):
    listed = reconcile("--help").out

    for name in ("plan", "apply", "verify", "drift", "output", "validate", "schema", "explain"):
        assert f"  {name}" in listed
        assert reconcile(name, "--help").code == 0


def test_the_version_is_said(reconcile):
    assert reconcile("--version").out.startswith("reconcile 0.")


def loaded_by(*arguments):
    """Give the exit code and which of the heavy libraries a command loads, in a fresh process."""
    script = (
        "import sys; from reconciler.cli import run; code = run(sys.argv[1:]);"
        "names = {name.split('.')[0] for name in sys.modules};"
        "heavy = {'pydantic', 'ruamel', 'boto3', 'botocore', 'redis', 'moto', 'deepdiff', 'rich',"
        " 'cryptography'};"
        "print(code, *sorted(names & heavy))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return ended.stdout.splitlines()[-1]


def test_validate_loads_nothing_that_it_does_not_need(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        BROKEN.replace("acess_string", "access_string").replace("[ap]", "[app]"), encoding="utf-8"
    )

    assert loaded_by("validate", str(path)) == "0 pydantic ruamel"


def test_help_loads_the_command_line_and_nothing_else():
    assert loaded_by("--help") == "0"
