"""Commands as they are typed, in one folder with a local ElastiCache; engines are not needed."""

from __future__ import annotations

import contextlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from elasticache_local import ElastiCacheLocal
from elasticache_local.session import Account
from reconciler.cli import run


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Folder:
    """Runs ``reconcile`` there, in this process."""

    path: Path

    def __call__(self, *arguments: str) -> Ended:
        out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
        os.chdir(self.path)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(arguments)
        finally:
            os.chdir(here)
        return Ended(code, out.getvalue(), err.getvalue())

    def write(self, name: str, text: str) -> str:
        (self.path / name).write_text(text, encoding="utf-8")
        return name


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    """A local ElastiCache that ends with this process; its folder is where --local finds it."""
    here = tmp_path_factory.mktemp("lifecycle")
    data = here / ".reconcile" / "local"
    data.mkdir(parents=True)
    with ElastiCacheLocal(engines=False, speed=100, region="eu-west-1", data_dir=data) as running:
        yield Served(running, Folder(here))


@dataclass(frozen=True)
class Served:
    """The instance, and the folder in which commands find it."""

    running: ElastiCacheLocal
    folder: Folder


@dataclass(frozen=True)
class Estate:
    """One spec in an account of its own."""

    account: Account
    folder: Folder
    spec: str
    control: Any

    def __call__(self, verb: str, *arguments: str) -> Ended:
        return self.folder(verb, *arguments, "-f", self.spec, "--local")

    def rewrite(self, text: str) -> None:
        """Put another text in the spec's place."""
        self.folder.write(self.spec, text.replace("{account}", self.account.account_id))

    def aws(self, service: str = "elasticache") -> Any:
        """Give a client past the product."""
        return self.account.client(service)


@pytest.fixture
def estate(local):
    """Write a spec (``{account}`` stands in it) and give its commands, in a fresh account."""

    def make(text: str) -> Estate:
        account = local.running.account()
        spec = local.folder.write(
            f"{account.account_id}.yaml", text.replace("{account}", account.account_id)
        )
        return Estate(account, local.folder, spec, local.running.control)

    return make
