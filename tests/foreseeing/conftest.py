"""An estate that stands, a wish that differs, and what is foreseen of the way between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from build import PASSWORD, TOKEN
from estate import Estate
from inprocess import InProcess

from reconciler.model import Resource
from reconciler.preflight import Foresight, foresee


@dataclass
class Ahead:
    """One bench; ``standing`` brings wishes about, ``of`` looks ahead of others."""

    bench: InProcess = field(default_factory=InProcess)

    def __post_init__(self) -> None:
        self.bench.secrets.put(PASSWORD, "p" * 20)
        self.bench.secrets.put(TOKEN, "t" * 20)

    def standing(self, *wishes: Resource) -> Ahead:
        summary = Estate(self.bench, wishes).apply()
        assert not summary.failed
        self.bench.settle()
        self.bench.reads.clear()
        return self

    def of(self, *wishes: Resource) -> Foresight:
        facts, plan = Estate(self.bench, wishes).looked()
        self.bench.reads.clear()
        return foresee(plan, facts, self.bench.reader())

    def applied(self, *wishes: Resource) -> Any:
        return Estate(self.bench, wishes).apply()

    def silent(self, operation: str, error: Exception) -> None:
        def raising(_service: str, asked: str, _params: object) -> None:
            if asked == operation:
                raise error

        self.bench.before_read = raising


@pytest.fixture
def ahead() -> Callable[..., Ahead]:
    def make(**switches: Any) -> Ahead:
        return Ahead(InProcess(**switches))

    return make
