"""Whatever was called, a service that is written down and read back describes everything alike."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from any_sequence import ENGINES, OTHER_SIDE, Machine, run
from hypothesis import strategies as st
from hypothesis.stateful import rule
from service_bench import Bench

from elasticache_local.service import State
from elasticache_local.service.null_host import NullHost

EXAMPLES = int(os.environ.get("SEQUENCES", "500"))
LISTED = {
    "DescribeUsers": {},
    "DescribeUserGroups": {},
    "DescribeReplicationGroups": {},
    "DescribeCacheClusters": {"ShowCacheNodeInfo": True},
    "DescribeServerlessCaches": {},
    "DescribeSnapshots": {"ShowNodeGroupConfig": True},
    "DescribeServerlessCacheSnapshots": {},
    "DescribeCacheParameterGroups": {},
    "DescribeCacheSubnetGroups": {},
    "DescribeEvents": {"Duration": 20160},
}


def described(aws: Bench) -> dict[str, Any]:
    found: dict[str, Any] = {action: aws(action, **more) for action, more in LISTED.items()}
    found["tags"] = aws.service.tagged_resources(aws.principal)
    found["wants"] = {key: shape(want) for key, want in aws.host.wants.items()}
    for group in found["DescribeCacheParameterGroups"]["CacheParameterGroups"]:
        name = group["CacheParameterGroupName"]
        if not name.startswith("default."):
            found[name] = aws("DescribeCacheParameters", CacheParameterGroupName=name)
    return found


def shape(want: Any) -> dict[str, Any]:
    """Give what is wanted without its number: it is wanted anew."""
    return vars(want) | {"generation": 0}


class Restarted(Machine):
    """The same calls, and at any moment another service goes on with what was written down."""

    seen: list[int] = []  # noqa: RUF012 - replaced as a whole

    @rule(engine=ENGINES, value=st.sampled_from(["allkeys-lru", "noeviction"]))
    def parameters(self, engine, value):
        family = {"redis": "redis7", "valkey": "valkey7"}[engine]
        group = {"CacheParameterGroupName": f"own-{engine}"}
        self.attempt(
            "CreateCacheParameterGroup",
            False,
            CacheParameterGroupFamily=family,
            Description="d",
            **group,
        )
        values = [{"ParameterName": "maxmemory-policy", "ParameterValue": value}]
        self.attempt("ModifyCacheParameterGroup", False, ParameterNameValues=values, **group)

    @rule()
    def restart(self):
        before = described(self.aws)
        kept = json.loads(json.dumps(self.aws.service.snapshot()))
        host = NullHost(type(self).normalise)
        # What a data plane keeps: endpoints stay where they were, and what was saved is there.
        host._known, host._ports = self.aws.host._known, self.aws.host._ports
        host.saved = self.aws.host.saved
        self.aws = Bench(
            type(self).normalise,
            state=State.from_json(kept),
            clock=self.aws.clock,
            host=host,
            **self.switches,
        )
        assert described(self.aws) == before
        type(self).seen.append(len(before["wants"]))


def restart_often(scratch, examples: int, **switches: Any) -> None:
    seen: list[int] = []
    given = {"switches": switches, "normalise": staticmethod(scratch.normalise), "seen": seen}
    run(Restarted, examples, 25, **given)
    assert max(seen) >= 3


def test_any_ten_sequences_are_described_alike_after_a_restart(scratch):
    restart_often(scratch, 10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "switches", [pytest.param({}, id="as-stated"), pytest.param(OTHER_SIDE, id="the-other-side")]
)
def test_any_five_hundred_sequences_are_described_alike_after_a_restart(scratch, switches):
    restart_often(scratch, EXAMPLES, **switches)
