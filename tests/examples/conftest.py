"""The specs of this repository, in a folder with a local ElastiCache and real engines."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from elasticache_local import ElastiCacheLocal
from reconciler.cli import run

SPECS = Path(__file__).parents[2] / "specs"


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Folder:
    """``reconcile`` as it is typed there, in this process."""

    path: Path
    aws: ElastiCacheLocal

    def __call__(self, *arguments: str) -> Ended:
        out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.path)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(arguments)
        finally:
            os.chdir(here)
        return Ended(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def reconcile(tmp_path_factory):
    here = tmp_path_factory.mktemp("examples")
    shutil.copytree(SPECS, here / "specs")
    data = here / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(speed=20, region="eu-west-1", data_dir=data) as aws:
        yield Folder(here, aws)
