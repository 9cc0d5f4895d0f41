"""The command line of a drill: it always asks, and says what is wrong before anything is sent."""

from __future__ import annotations

import io

import pytest

from reconciler.checks.target import targets_of
from reconciler.cli import drill_command, run
from reconciler.cli.screen import Screen
from reconciler.drill import Aim, Terms
from reconciler.errors import Refused
from reconciler.kind import Shard
from reconciler.model import Address, ReplicationGroup

GROUP = ReplicationGroup(id="orders", engine="valkey", num_cache_clusters=2)


def asked(*, failover: bool = True, yes: bool = False) -> None:
    [target] = targets_of({Address("replication_group", "orders"): GROUP}, {}, {})
    aimed = Aim(target, Shard("0001", "available", ""), frozenset(), failover)
    drill_command._ask(Screen(), aimed, Terms(workers=6), yes=yes)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["failover", "orders"], "a drill is an outage", id="nobody to ask"),
        pytest.param(["watch", "orders"], "puts load on a cache", id="nobody to ask, watching"),
        pytest.param(
            ["failover", "orders", "--reads", "both", "--yes"], "one mode a drill", id="both modes"
        ),
        pytest.param(
            ["failover", "orders", "--yes", "--plot", "no/where.svg"], "no folder", id="no folder"
        ),
        pytest.param(["failover", "orders", "--seconds", "601", "--yes"], "600", id="too long"),
        pytest.param(["failover", "orders", "--yes"], "specs/", id="no spec"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_done(
    tmp_path, monkeypatch, capsys, arguments, said
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert run(["drill", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["", "yes", "y", "replication_group/orders", "Orders"])
def test_only_the_caches_own_name_is_a_yes(monkeypatch, typed):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))

    with pytest.raises(Refused, match="not confirmed; nothing was sent"):
        asked()


def test_its_name_is_and_what_will_happen_was_said(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("orders\n"))

    asked()

    said = capsys.readouterr().err
    assert "fails replication_group/orders shard 0001 over: an outage" in said.replace("\n", " ")
    assert "6,000 operations a second" in said.replace("\n", " ")
    assert max(map(len, said.splitlines())) <= 100


def test_whoever_only_watches_is_told_of_no_outage(capsys):
    asked(failover=False, yes=True)

    said = capsys.readouterr().err
    assert "outage" not in said
    assert "half of them writes" in said.replace("\n", " ")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sessions", "serverless_cache/sessions can't be drilled: it has no shard to promote"),
        ("external/lab", "external/lab can't be drilled: only replication groups"),
        ("nosuch", "nothing that is known here"),
    ],
)
def test_what_is_no_replication_group_says_why_it_has_no_drill(
    tmp_path, monkeypatch, capsys, address, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(
        "version: 1\nestate: e\naws: {account_id: '123456789012', region: eu-west-1}\n"
        "serverless_caches:\n  sessions: {engine: valkey}\n"
        "external:\n  lab: {addresses: ['127.0.0.1:1']}\n"
    )

    assert run(["drill", "failover", address, "-f", "s.yaml", "--yes"]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
