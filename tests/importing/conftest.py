"""What import does without a terminal: look, write, load, plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import build
import pytest
from inprocess import InProcess

from reconciler.kind import Live
from reconciler.kinds import KINDS
from reconciler.model import Address, Aws, Estate, Resource
from reconciler.observe import Observation, observe
from reconciler.plan import Plan, make_plan
from reconciler.spec import load
from reconciler.spec.loaded import Spec
from reconciler.spec.write import Written, write

TODAY = dt.date(2026, 11, 20)
HEAD = Estate(version=1, estate="imported", aws=Aws(account_id=build.ACCOUNT, region=build.REGION))


@dataclass(frozen=True)
class Imported:
    """A text that was written, and the spec that it is."""

    written: Written
    spec: Spec
    path: Path

    @property
    def text(self) -> str:
        return self.written.text

    def entry(self, address: str) -> Resource:
        return self.spec.resources[Address.parse(address)]

    def plan(self, observed: Mapping[Address, Live[Any]], **more: Any) -> Plan:
        facts = build.facts(
            self.spec.resources.values(), observed.values(), estate="imported", **more
        )
        return make_plan(KINDS, facts, mode=self.spec.estate.mode)


def look(bench: InProcess) -> Mapping[Address, Live[Any]]:
    def seen(named: Iterable[Address]) -> Observation:
        return observe(
            KINDS,
            bench.reader(),
            {},
            estate="imported",
            account_id=bench.account_id,
            region=bench.region,
            mode="observe",
            named=frozenset(named),
        )

    found = seen(seen(()).live)
    return {address: live for address, live in found.live.items() if not live.built_in}


@pytest.fixture
def imported(tmp_path):
    """Write what was observed and load the text again."""

    def call(lives: Iterable[Live[Any]], head: Estate = HEAD) -> Imported:
        written = write(head, KINDS, lives, TODAY)
        path = tmp_path / "imported.yaml"
        path.write_text(written.text, encoding="utf-8")
        return Imported(written, load(path, TODAY), path)

    return call


@pytest.fixture
def looked():
    return look
