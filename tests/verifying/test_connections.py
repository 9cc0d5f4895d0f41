"""Connections per node against the formula: one for each operation in flight, kept for the next."""

from __future__ import annotations

import pytest
from verifying.shop import about, refuted

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
