"""``reconcile import`` as it is typed: what it asks for, and the whole way over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from reconciler.cli import run
from reconciler.spec import load

HERE = ("--account", "123456789012", "--region", "eu-west-1")
SPEC = """\
version: 1
estate: shop
aws: {account_id: "123456789012", region: eu-west-1}
users:
  app:
    engine: valkey
    access_string: "on ~app:* -@all +@read"
    authentication_mode: {type: iam}
    tags: {team: shop}
  ops:
    engine: valkey
    access_string: "on ~* +@all"
    authentication_mode: {type: password, passwords: [{secretsmanager: shop/ops}]}
user_groups:
  people: {engine: valkey, user_ids: [app, ops]}
"""


@pytest.fixture
def reconcile(capfd, tmp_path, monkeypatch):
    """Run in an empty folder; give exit, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str):
        code = run(arguments)
        told = capfd.readouterr()
        return code, told.out, told.err

    return call


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([*HERE], "addresses, --tag KEY=VALUE, or --all"),
        (["--all", "--account", "123456789012"], "--region is needed"),
        (["--all", "--local", "--region", "eu-west-1"], "say which with --account"),
        (["--all", "--region", "Ireland", "--account", "123456789012"], "--region: "),
        (["--all", "--region", "eu-west-1", "--account", "12"], "--account: "),
        (["--all", *HERE, "--estate", "no spaces"], "--estate: "),
        (["--tag", "team", *HERE], "KEY=VALUE"),
        (["--all", "-f", "spec.yaml", *HERE], "-f says which account"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_said_before_anything_is_asked(reconcile, arguments, told):
    code, out, err = reconcile("import", *arguments)

    assert (code, out) == (2, "")
    assert told in err


def test_an_existing_file_stays(reconcile, tmp_path):
    (tmp_path / "spec.yaml").write_text("mine")

    code, _, err = reconcile("import", "--all", *HERE, "--out", "spec.yaml")

    assert code == 2
    assert "is there already" in err
    assert (tmp_path / "spec.yaml").read_text() == "mine"


def test_help_says_how_it_differs_from_terraform(reconcile):
    code, out, _ = reconcile("import", "--help")

    assert code == 0
    assert "Unlike terraform import this writes YAML and nothing else" in out
    assert "adopt:ADDRESS" in out


class Typed:
    """Commands as processes of their own, in one folder with a local ElastiCache."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *arguments: str, **environ: str):
        ended = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """An account with SPEC applied; stopped at the end."""
    made = Typed(tmp_path_factory.mktemp("importing"))
    (made.folder / "spec.yaml").write_text(SPEC)
    try:
        assert made("local", "up", "--no-engines", "--speed", "100")[0] == 0
        assert made("apply", "spec.yaml", "--local", "--yes")[0] == 0
        yield made
    finally:
        made("local", "down")


@pytest.mark.slow
def test_the_whole_way_over_http(typed):
    code, _, err = typed("import", "--all", "--local", *HERE, "--out", "all.yaml")

    assert code == 0, err
    assert "3 resources written; nothing was changed" in err
    assert "1 secret stands" in err
    assert typed("validate", "all.yaml")[0] == 0
    code, out, _ = typed("plan", "all.yaml", "--local")
    assert code == 0
    assert "No changes" in out
    assert typed("apply", "all.yaml", "--local", "--yes")[0] == 4


def test_a_tag_chooses_and_a_spec_says_where(typed):
    code, out, _ = typed("import", "--tag", "team=shop", "--local", "-f", "spec.yaml")

    assert code == 0
    assert "  app:" in out
    assert "  ops:" not in out


def test_an_address_chooses(typed, tmp_path):
    code, out, _ = typed("import", "people", "--local", *HERE, "--estate", "watched")

    assert code == 0
    (tmp_path / "one.yaml").write_text(out)
    spec = load(tmp_path / "one.yaml")
    assert spec.estate.estate == "watched"
    assert {str(address) for address in spec.unmanaged} == {"user/app", "user/ops"}


def test_an_address_that_is_not_there_is_said_with_the_nearest(typed):
    code, out, err = typed("import", "peple", "--local", *HERE)

    assert (code, out) == (2, "")
    assert "did you mean people?" in err


def test_without_an_account_it_is_the_one_that_the_credentials_belong_to(typed):
    _, out, _ = typed("local", "env", "--format", "json")

    code, out, err = typed("import", "--all", "--region", "eu-west-1", **json.loads(out))

    assert code == 0, err
    assert 'account_id: "123456789012"' in out
