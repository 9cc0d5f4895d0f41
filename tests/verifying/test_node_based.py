"""Clusters without a replication group: redis of one node without a login, memcached's version."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from verifying.engines import engines, free_port
from verifying.front import Front
from verifying.shop import Given, WallClock, about, refuted

from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.kind import Endpoint, Live
from reconciler.model import Address, CacheCluster, Verify
from reconciler.verify import Wishes, verify

pytestmark = pytest.mark.engines

PAGES = Address("cache_cluster", "pages")


class Memcached:
    """Says its version, and nothing else."""

    def __init__(self, answer: bytes = b"VERSION 1.6.22\r\n") -> None:
        self.answer, self.asked = answer, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self.asked.append(client.recv(100))
                client.sendall(self.answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def nodes() -> Iterator[list[Memcached]]:
    some = [Memcached(), Memcached()]
    yield some
    for one in some:
        one.close()


def verified(cluster: CacheCluster, places, authority=None, **wishes):
    live = Live(cluster, "arn", "available", at_rest=True, endpoints=tuple(places))
    connector = RedisConnector(
        authority.ca_file if authority else None, connect_timeout_s=1, read_timeout_s=1
    )
    ports = Ports(Given(), None, connector, WallClock())
    return verify({PAGES: cluster}, {PAGES: live}, ports, wishes=Wishes(**wishes))


def memcached(**fields) -> CacheCluster:
    return CacheCluster(id="pages", engine="memcached", engine_version="1.6.22", **fields)


def places_of(*ports: int, tls: bool = False) -> list[Endpoint]:
    return [
        Endpoint("node", "127.0.0.1", port, tls, f"000{at}") for at, port in enumerate(ports, 1)
    ]


def test_every_node_is_asked_for_its_version_and_nothing_else(nodes):
    report = verified(memcached(), places_of(*(one.port for one in nodes)))

    assert {(one.check, one.subject, one.verdict) for one in report.findings} == {
        ("memcached", "node 0001", "proven"),
        ("memcached", "node 0002", "proven"),
    }
    assert [one.asked for one in nodes] == [[b"version\r\n"], [b"version\r\n"]]
    assert report.exit_code("100%") == 0


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"VERSION 1.6.12\r\n", "refuted"),
        (b"VERSION 1.6.40\r\n", "not proven"),
        (b"-ERR unknown command\r\n", "refuted"),
        (b"", "refuted"),
    ],
)
def test_a_node_that_answers_otherwise(nodes, answer, verdict):
    nodes[1].answer = answer

    report = verified(memcached(), places_of(*(one.port for one in nodes)))

    found = {one.subject: one.verdict for one in report.findings}
    assert found == {"node 0001": "proven", "node 0002": verdict}


def test_a_node_that_is_gone_is_refuted_where_others_answer(nodes):
    report = verified(memcached(), places_of(nodes[0].port, free_port()))

    assert refuted(report) == {("memcached", "node 0002")}


def test_where_no_node_answers_nothing_is_refuted():
    report = verified(memcached(), places_of(free_port(), free_port()))

    assert refuted(report) == set()
    assert {one.verdict for one in report.findings} == {"not proven"}
    assert "no node of it answers from here" in report.findings[0].got


def test_over_tls_the_certificate_must_verify(nodes, authority, request):
    good = Front(nodes[0].port, authority.context())
    bad = Front(nodes[1].port, authority.context(ip="127.0.0.9"))
    request.addfinalizer(good.close)
    request.addfinalizer(bad.close)
    cluster = memcached(transit_encryption_enabled=True)

    report = verified(cluster, places_of(good.port, bad.port, tls=True), authority)

    assert refuted(report) == {("memcached", "node 0002")}
    [wrong] = [one for one in about(report, "memcached") if one.verdict == "refuted"]
    assert "IP address mismatch" in wrong.got


def test_one_that_is_not_there_is_refuted_once():
    cluster = memcached()
    ports = Ports(Given(), None, RedisConnector(), WallClock())

    report = verify({PAGES: cluster}, {}, ports)

    assert [(one.check, one.verdict) for one in report.findings] == [("reach", "refuted")]


def test_redis_of_one_node_is_proven_without_a_login(tmp_path):
    with engines(tmp_path, 1) as [one]:
        cluster = CacheCluster(
            id="pages",
            engine=one.binary.family,
            engine_version=one.binary.version_text[:3],
            verify=Verify(writes=True),
        )

        report = verified(cluster, [Endpoint("primary", "127.0.0.1", one.port, False)])

    assert refuted(report) == set()
    assert {one.check for one in report.findings if one.verdict == "proven"} == {
        *("reach", "login", "engine", "topology", "connections"),
        *("data", "pub/sub", "streams", "many keys"),
    }
