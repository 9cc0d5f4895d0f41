"""A small cache with TLS whose primary a test can hold for as long as it likes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from verifying.engines import engines
from verifying.front import Authority, Front
from verifying.shop import Shop

from reconciler.checks.target import targets_of
from reconciler.drill import Aim, Doors, Drill, Terms, drill
from reconciler.kind import Shard


class Service:
    """A Reader and a FailoverStarter in one: what a drill is handed of the control plane.

    ``on_failover`` is told of the call; the group is at rest again as soon as it has returned.
    """

    def __init__(self, on_failover=lambda: None) -> None:
        self.on_failover = on_failover
        self.called: list[tuple[str, str]] = []
        self.events: list[dict] = []
        self.calls = 0

    def test_failover(self, group: str, shard: str) -> None:
        self.called.append((group, shard))
        self.on_failover()

    def fresh(self):
        return self

    def read(self, service, operation, params=None):
        assert operation == "describe_replication_groups"
        shard = {"NodeGroupId": "0001", "Status": "available", "NodeGroupMembers": []}
        return {"ReplicationGroups": [{"Status": "available", "NodeGroups": [shard]}]}

    def pages(self, service, operation, key, params=None):
        return iter(self.events)


class Drilling:
    """The shop of the verifying tests, two nodes of it, and drills on it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def hold(self, seconds: float) -> None:
        """Stop the primary's process for so long; it answers everything afterwards."""
        pid = self.shop.primary.process.pid
        os.kill(pid, signal.SIGSTOP)
        timer = threading.Timer(seconds, os.kill, (pid, signal.SIGCONT))
        timer.start()

    def aim(self, *, failover: bool = True) -> Aim:
        shop = self.shop
        [target] = targets_of(shop.desired, shop.observed(), {})
        return Aim(target, Shard("0001", "available", ""), frozenset({"orders-001"}), failover)

    def drill(self, service: Service, **terms) -> Drill:
        short = {"workers": 1, "seconds": 1.8, "usual_s": 0.4, "tail_s": 0.1, "look_every_s": 0.1}
        doors = Doors(self.shop.ports(), service, service)
        return drill(self.aim(), doors, Terms(**{**short, **terms}))


@pytest.fixture(scope="session")
def _drilling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilling]:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    context = authority.context()
    with engines(tmp_path_factory.mktemp("drilled"), 2) as nodes:
        targets = {"primary": 0, "reader": 1, "orders-001": 0, "orders-002": 1}
        fronts = {name: Front(nodes[at].port, context) for name, at in targets.items()}
        yield Drilling(Shop(nodes, {**fronts, "orders-003": fronts["orders-002"]}, authority))
        for front in fronts.values():
            front.close()


@pytest.fixture
def drilling(_drilling: Drilling) -> Drilling:
    _drilling.shop.heal()
    return _drilling
