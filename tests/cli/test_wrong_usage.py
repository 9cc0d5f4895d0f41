"""Bad usage is said in a sentence, with exit 2 and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from reconciler.cli import command
from reconciler.nouns.estate import Action

SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app: {engine: valkey, access_string: "on ~a:* +get", authentication_mode: {type: iam}}
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["nosuch"], "No such command 'nosuch'", id="unknown command"),
        pytest.param(["plan", "--nosuch"], "No such option", id="unknown option"),
        pytest.param(["plan", "--format", "xml"], "'xml' is not one of text", id="unknown form"),
        pytest.param(["plan", "--log", "xml"], "'xml' is not one of text, json", id="unknown log"),
        pytest.param(["plan", "-C", "nowhere"], "nowhere: No such file", id="no such folder"),
        pytest.param(["plan"], "specs/", id="no spec anywhere"),
        pytest.param(["plan", "no.yaml"], "no.yaml", id="no such spec"),
        pytest.param(["apply", "spec.yaml"], "there is no terminal to ask on", id="nobody to ask"),
        pytest.param(
            ["apply", "--yes", "--timeout", "soon", "spec.yaml"], "no duration", id="no duration"
        ),
        pytest.param(
            ["verify", "--require", "most", "spec.yaml"], "critical, 100%", id="unknown requirement"
        ),
        pytest.param(["verify", "--only", "x", "spec.yaml"], "no check is called x", id="no check"),
        pytest.param(["explain", "user.acess_string"], "access_string", id="misspelt field"),
        pytest.param(["show", "spec.yaml"], "no plan file", id="no plan file"),
        pytest.param(["local", "env"], "start one", id="nothing runs"),
        pytest.param(
            ["plan", "--allow", "widen:app", "spec.yaml"], "the whole address", id="bare consent"
        ),
        pytest.param(
            ["plan", "--allow", "wide:user/app", "spec.yaml"], "write one of", id="no such consent"
        ),
        pytest.param(
            ["plan", "spec.yaml", "other.yaml", "--out", "x"], "one by one", id="two into one file"
        ),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_2(reconcile, tmp_path, arguments, said):
    for name in ("spec.yaml", "other.yaml"):
        (tmp_path / name).write_text(SPEC)

    ended = reconcile(*arguments)

    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert not ended.out


def test_what_can_be_consented_to_is_what_a_spec_may_allow():
    assert get_args(Action) == command.CONSENTS


def test_several_specs_are_listed_when_none_is_named(reconcile, tmp_path):
    (tmp_path / "specs").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "specs" / name).write_text(SPEC)

    ended = reconcile("validate")

    assert ended.code == 2
    assert "a.yaml" in ended.err
    assert "b.yaml" in ended.err


def test_without_credentials_one_sentence_names_both_ways_on(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)

    ended = reconcile("plan", "spec.yaml")

    assert ended.code == 1
    assert "--local" in ended.err
    assert "credentials" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_a_spec_that_only_watches_is_never_applied(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("estate: shop", "estate: shop\nmode: observe"))

    ended = reconcile("apply", "--yes", "spec.yaml")

    assert ended.code == 4
    assert "observe" in ended.err


def test_a_defect_of_ours_is_no_traceback(reconcile, monkeypatch):
    def broken(*_):
        secret = "hunter2-hunter2-hunter2"  # noqa: F841 - must not show
        raise RuntimeError("hunter2-hunter2-hunter2")

    monkeypatch.setattr("reconciler.spec.find", broken)

    ended = reconcile("validate")

    assert ended.code == 1
    assert "unexpected RuntimeError" in ended.err
    assert "hunter2" not in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_result_that_could_not_be_written_is_no_success(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", "validate", "spec.yaml"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert ended.returncode == 1
    assert "could not be written to standard output (No space left" in ended.stderr
    assert "Traceback" not in ended.stderr
