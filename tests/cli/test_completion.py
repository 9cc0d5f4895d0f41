"""Shells complete commands and flags by a script that is printed, never installed."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_asks_by_our_own_variable(reconcile, shell):
    ended = reconcile("completion", shell)

    assert ended.code == 0
    assert f"_RECONCILE_COMPLETE=complete_{shell}" in ended.out


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("reconcile stat", ["status"]), ("reconcile plan --unm", ["--unmanaged"])],
)
def test_a_shell_is_answered(reconcile, monkeypatch, typed, offered):
    monkeypatch.setenv("_RECONCILE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))

    ended = reconcile()

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_takes_the_script_and_completes_with_it(reconcile, tmp_path):
    ours = tmp_path / "reconcile"
    ours.write_text(f'#!/bin/sh\nexec {sys.executable} -m reconciler "$@"\n')
    ours.chmod(0o755)
    (tmp_path / "script").write_text(reconcile("completion", "bash").out)
    asked = """
. ./script
COMP_WORDS=(reconcile unl)
COMP_CWORD=1
_reconcile_completion ./reconcile
echo "${COMPREPLY[@]}"
"""

    ended = subprocess.run(
        ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )

    assert ended.stdout.strip() == "unlock", ended.stderr


def test_another_shell_is_refused(reconcile):
    ended = reconcile("completion", "tcsh")

    assert (ended.code, ended.out) == (2, "")
    assert "bash, zsh, fish" in ended.err


def test_nothing_offers_to_edit_an_rc_file(reconcile):
    assert "install-completion" not in reconcile("--help").out
