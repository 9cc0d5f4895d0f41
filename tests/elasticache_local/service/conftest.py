"""A service for each test; one scratch engine for the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from scratch_engine import ScratchEngine, scratch_engine
from service_bench import Bench


@pytest.fixture(scope="session")
def scratch() -> Iterator[ScratchEngine]:
    with scratch_engine() as engine:
        yield engine


@pytest.fixture
def make_aws(scratch: ScratchEngine) -> Callable[..., Bench]:
    """Make a service with other switches."""

    def make(**given: object) -> Bench:
        return Bench(scratch.normalise, **given)

    return make


@pytest.fixture
def aws(make_aws: Callable[..., Bench]) -> Bench:
    return make_aws()
