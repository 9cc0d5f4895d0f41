"""Connections per node against the formula: one for each operation in flight, kept for the next."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
from verifying.shop import about, refuted

from reconciler.checks.connections import Connections, trouble_of
from reconciler.kind import Endpoint
from reconciler.model import Address
from reconciler.pool import PoolFigures

pytestmark = pytest.mark.engines


def test_each_node_holds_as_many_as_are_in_flight(shop):
    report = shop.verified(only={"connections"})

    findings = about(report, "connections")
    assert [one.verdict for one in findings] == ["proven"] * 3
    assert {one.subject for one in findings} == {"node orders-001", "node orders-002",
                                                 "node orders-003"}  # fmt: skip
    for one in findings:
        assert dict(one.table[1:]) == {
            "hits": "3",
            "misses": "3",
            "timeouts": "0",
            "total": "3",
            "idle": "3",
            "stale": "0",
        }


def test_a_node_that_takes_fewer_clients_is_found(shop):
    node = shop.nodes[2]
    before = node.admin.config_get("maxclients")["maxclients"]
    node.tell("CONFIG", "SET", "maxclients", len(node.admin.client_list()) + 2)

    found = refuted(shop.verified(only={"connections"}))

    node.tell("CONFIG", "SET", "maxclients", before)
    assert found == {("connections", "node orders-003")}


def test_who_may_not_ask_for_its_id_proves_nothing(shop):
    shop.users = tuple(one.but(access_string=f"{one.access_string} -client") for one in shop.users)
    for node in shop.nodes:
        for user in shop.users:
            shop.let_in(node, user)

    report = shop.verified(only={"connections"})

    assert {one.verdict for one in report.findings} == {"not proven"}
    assert "CLIENT ID" in report.findings[0].got
    assert all(not one.table for one in report.findings)


class Hasty:
    """A pool whose node gives these ids, one a connection, in the order that they are taken."""

    def __init__(self, *ids: int) -> None:
        self._ids = iter(ids)

    def get_connection(self):
        ident = next(self._ids)
        return SimpleNamespace(
            send_command=lambda *words, check_health: None, read_response=lambda: ident
        )

    def release(self, one) -> None:
        pass


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((1, 2, 3, 3, 1, 2), ""),
        ((1, 1, 2, 1, 1, 2), "n2: 3 connections had 2 ids"),
        ((1, 2, 3, 2, 4, 5), "n2: 1 of 3 connections were kept for the next operations"),
    ],
)
def test_a_node_that_shares_or_drops_connections_is_named(ids, said):
    pools = {"n1": Hasty(7, 8, 9, 9, 8, 7), "n2": Hasty(*ids)}
    nodes = [
        SimpleNamespace(name=name, redis_connection=SimpleNamespace(connection_pool=pool))
        for name, pool in pools.items()
    ]

    assert trouble_of(SimpleNamespace(get_nodes=lambda: nodes)) == said


class Spread:
    """A pool behind whose address several nodes answer: each counts its clients for itself."""

    figures = PoolFigures()

    def __init__(self, *ids: int, again: tuple[int, ...] = ()) -> None:
        self._answers = [iter(pair) for pair in zip(ids, again or ids, strict=True)]
        self._idle = [
            SimpleNamespace(
                send_command=lambda *words, check_health: None,
                read_response=lambda told=told: next(told),
            )
            for told in self._answers
        ]

    def get_connection(self):
        return self._idle.pop()

    def release(self, one) -> None:
        self._idle.append(one)


@pytest.mark.parametrize(
    ("role", "again", "verdict"),
    [
        ("configuration", (), "proven"),
        ("configuration", (7, 7, 9), "refuted"),
        ("node", (), "refuted"),
    ],
)
def test_two_nodes_behind_one_address_may_give_the_same_id(role, again, verdict):
    place = Endpoint(role, "clustercfg.shop", 6379, tls=True)
    visit = SimpleNamespace(
        target=SimpleNamespace(clustered=False, address=Address("replication_group", "shop")),
        nodes=lambda: (place,),
        silence=lambda place: "",
        speakers=lambda *commands: iter([SimpleNamespace(login=None)]),
        pool=lambda place, login, **most: contextlib.nullcontext(Spread(7, 7, 8, again=again)),
        told_by=lambda trouble: "",
        told_of=lambda place: "",
    )

    (found,) = Connections().run(visit)

    assert found.verdict == verdict
