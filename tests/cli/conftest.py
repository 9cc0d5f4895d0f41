"""The command line in this process: arguments in; exit code, stdout and stderr out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconciler.cli import run


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def reconcile(capsys, tmp_path, monkeypatch):
    """Run ``reconcile`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ended:
        code = run(arguments)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return call
