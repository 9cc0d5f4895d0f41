"""Any sequence of calls leaves engines as they are described: roles, slots, users, TLS."""

from __future__ import annotations

import os
from typing import Any

import pytest
from any_sequence import LONG, OTHER_SIDE, Machine, run
from engine_bench import EngineBench, check_engines

from elasticache_local.host.link import ProcessHost
from elasticache_local.host.orders import Orders

pytestmark = pytest.mark.engines
EXAMPLES = int(os.environ.get("SEQUENCES", "500"))
"""How many; they spend their time waiting for engines, so workers share them.

Measured: 2.8 s of a processor each. The other side gets a quarter: most of what it turns never
reaches an engine, and all of it has as many sequences without engines.
"""
PARTS = 20
STEPS = 12


class EngineMachine(Machine):
    """The same calls; when all is over, clients look at every node."""

    inner: Any = None
    inner_checks: list[int] = []  # noqa: RUF012 - replaced as a whole

    def bench(self) -> EngineBench:
        return EngineBench(self.inner, **self.switches)

    def teardown(self) -> None:
        if not hasattr(self, "aws"):
            return
        try:
            super().teardown()
            self.aws.pass_time(LONG)
            check_engines(self.aws, str(self.inner.ca_file))
            type(self).inner_checks.append(self.aws.checks)
        finally:
            self.aws.close()


@pytest.fixture(scope="module")
def inner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sequences")
    host = ProcessHost(Orders(str(folder), keep_data=False), lambda *_: False)
    host.engines()
    yield host
    host.stop()


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("switches", "total"),
    [
        pytest.param({}, EXAMPLES, id="as-stated"),
        pytest.param(OTHER_SIDE, EXAMPLES // 4, id="the-other-side"),
    ],
)
def test_sequences_leave_engines_as_they_are_described(inner, switches, total, part):
    checks: list[int] = []
    examples = len(range(part, total, PARTS)) or 1

    given = {"switches": switches, "inner": inner, "inner_checks": checks}
    # A smaller failure is not worth minutes of engines: the sequence is printed as it was.
    run(EngineMachine, examples, STEPS, shrink=False, part=part, **given)

    assert len(checks) >= examples
    assert sum(checks) > 5 * examples
