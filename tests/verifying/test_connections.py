"""Connections per node against the formula: one for each operation in flight, kept for the next."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from verifying.shop import about, refuted

from reconciler.checks.connections import trouble_of

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
