"""Who does not answer: refuted when others do, not proven when nobody does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from verifying.engines import free_port
from verifying.front import Front
from verifying.shop import about, refuted

pytestmark = pytest.mark.engines


class Mute:
    """Takes connections and never says a word."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self._listener.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for one in self.taken:
            one.close()


@pytest.fixture
def mute() -> Iterator[Mute]:
    one = Mute()
    yield one
    one.close()


class Nobody:
    """An address where nothing listens."""

    def __init__(self) -> None:
        self.port = free_port()


def test_a_node_that_is_gone_is_refuted(shop):
    shop.fronts["orders-003"] = Nobody()

    report = shop.verified()

    assert refuted(report) == {("reach", "endpoints at node orders-003")}
    assert report.exit_code() == 5
    lost = {one.check for one in report.findings if one.subject.endswith("orders-003")}
    assert lost >= {"reach", "plaintext", "login", "default user", "rights"}


def test_an_engine_that_is_killed_behind_its_front_is_refuted(shop, authority, request):
    orphan = Front(free_port(), authority.context())
    request.addfinalizer(orphan.close)
    shop.fronts["orders-003"] = orphan

    report = shop.verified()

    assert refuted(report) == {("reach", "endpoints at node orders-003")}
    assert report.exit_code() == 5


def test_where_nobody_answers_nothing_is_refuted(shop):
    shop.fronts = dict.fromkeys(shop.fronts, Nobody())

    report = shop.verified()

    assert refuted(report) == set()
    assert report.counts["proven"] == 0
    assert report.exit_code() == 6
    assert "nothing at all answered from here" in about(report, "reach")[0].got


def test_silence_is_paid_for_once(shop, mute):
    shop.fronts["orders-003"] = mute
    shop.silence_s = 2

    report = shop.verified()

    assert refuted(report) == {("reach", "endpoints at node orders-003")}
    # Once over TLS, and once to see whether it speaks plaintext instead.
    assert len(mute.taken) == 2


def test_a_cache_that_is_not_there_is_refuted(shop):
    observed = shop.observed()
    del observed[shop.address]
    shop.observed = lambda: observed

    report = shop.verified()

    [finding] = report.findings
    assert (finding.verdict, finding.check) == ("refuted", "reach")
    assert "it is not there" in finding.got
    assert report.exit_code() == 5


def test_a_refused_login_is_tried_again_while_patience_lasts(shop):
    for node in shop.nodes:
        node.tell("ACL", "DELUSER", "orders-report")

    def arrive(seconds: float) -> None:
        for node in shop.nodes:
            shop.let_in(node, shop.users[1])

    ports = shop.ports()
    ports.clock.wait = arrive
    shop.ports = lambda: ports

    assert refuted(shop.verified(only={"login"}, patience_s=5)) == set()
