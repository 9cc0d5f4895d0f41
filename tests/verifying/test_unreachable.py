"""Who does not answer: refuted when others do, not proven when nobody does."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from verifying.engines import free_port
from verifying.front import Front
from verifying.shop import about, refuted

from reconciler.checks.answer import Sort
from reconciler.checks.line import Line
from reconciler.connect import RedisConnector
from reconciler.kind import Endpoint

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


@pytest.mark.slow
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


def test_a_line_that_got_no_answer_asks_nothing_more(mute):
    connector = RedisConnector(connect_timeout_s=5, read_timeout_s=0.2)
    place = Endpoint("node", "127.0.0.1", mute.port, tls=False)
    with contextlib.closing(Line(connector.node(place, None, tls=False))) as line:
        answers = {line.ask("PING") for _ in range(3)}

    assert [answer.sort for answer in answers] == [Sort.SILENT]
    assert len(mute.taken) == 1


class Counting(RedisConnector):
    """Counts the clients that were opened to each port."""

    def __init__(self) -> None:
        super().__init__(connect_timeout_s=2, read_timeout_s=2)
        self.nodes, self.clusters = Counter(), 0

    def node(self, endpoint, login, *, tls):
        self.nodes[endpoint.port] += 1
        return super().node(endpoint, login, tls=tls)

    def cluster(self, endpoint, login, *, tls, reads="primary"):
        self.clusters += 1
        return super().cluster(endpoint, login, tls=tls, reads=reads)


@contextlib.contextmanager
def hanging(node) -> Iterator[None]:
    """Take connections and never say a word, as an engine does whose machine is stuck."""
    os.kill(node.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(node.process.pid, signal.SIGCONT)


@pytest.fixture
def counting(catalog) -> Counting:
    one, plain = Counting(), catalog.ports
    catalog.ports = lambda: dataclasses.replace(plain(), connector=one)
    return one


@pytest.mark.parametrize(
    "at",
    [pytest.param(1, id="a primary"), pytest.param(2, id="a replica", marks=pytest.mark.slow)],
)
def test_a_clusters_node_that_hangs_is_one_fault_and_is_waited_for_once(catalog, counting, at):
    node = catalog.nodes[at]
    with hanging(node):
        report = catalog.verified()

    assert refuted(report) == {("shards", f"announced addresses at node 127.0.0.1:{node.port}")}
    # A cluster client would wait for it again and again, so none is opened that would ask it.
    assert counting.nodes[node.port] == 1
    assert counting.clusters == (0 if at == 1 else 1)
    lost = {one.check for one in report.findings if one.verdict == "not proven"}
    assert lost >= {"login", "auth token", "engine", "read routing", "connections"}


@pytest.mark.slow
def test_an_external_node_that_hangs_is_one_fault(catalog, counting):
    node = catalog.nodes[1]
    with hanging(node):
        report = catalog.verified_as_external()

    assert refuted(report) == {("reach", f"endpoints at node 127.0.0.1:{node.port}")}
    assert counting.nodes[node.port] == 1


@pytest.mark.slow
def test_many_keys_alone_find_out_who_hangs_before_they_ask(catalog, counting):
    with hanging(catalog.nodes[1]):
        report = catalog.verified(only={"many keys"})

    [found] = report.findings
    assert (found.verdict, found.where) == ("not proven", "")
    assert f"127.0.0.1:{catalog.nodes[1].port} does not answer" in found.got
    assert (counting.nodes[catalog.nodes[1].port], counting.clusters) == (1, 0)


def test_a_configuration_endpoint_that_hangs_leaves_nothing_proven(catalog, counting, mute):
    observed = catalog.observed()
    live = observed[catalog.address]
    [place] = live.endpoints
    elsewhere = dataclasses.replace(place, port=mute.port)
    observed[catalog.address] = dataclasses.replace(live, endpoints=(elsewhere,))
    catalog.observed = lambda: observed

    report = catalog.verified()

    assert (refuted(report), report.counts["proven"], report.exit_code()) == (set(), 0, 6)
    assert {one.check for one in about(report, "data")} == {"data"}
    assert all("does not answer" in one.got for one in about(report, "data"))
    assert len(mute.taken) == counting.nodes[mute.port] == 1
