"""Reads without shards: by two names and a router of ours; and by measured latency."""

from __future__ import annotations

import time

import pytest
from verifying.shop import about, refuted

from reconciler.checks.announced import Announced, Member
from reconciler.checks.read_routing import misrouted, table
from reconciler.model import Verify

pytestmark = pytest.mark.engines

READS = 60


def reads(node) -> int:
    return node.admin.info("commandstats").get("cmdstat_hstrlen", {"calls": 0})["calls"]


def routed(place, read_from: str):
    """Give the finding, and the reads that each engine counted."""
    place.verify = Verify(read_from=read_from)
    before = [reads(node) for node in place.nodes]
    report = place.verified(only={"read routing"})
    [finding] = report.findings
    return finding, [reads(node) - one for node, one in zip(place.nodes, before, strict=True)]


def test_primary_only_leaves_replicas_exactly_none(shop):
    finding, made = routed(shop, "primary")

    assert (finding.verdict, made) == ("proven", [READS, 0, 0])


def test_replicas_only_leaves_the_primary_exactly_none(shop):
    finding, made = routed(shop, "replica")

    # The reader endpoint of this shop leads to one of the replicas.
    assert (finding.verdict, made) == ("proven", [0, READS, 0])


@pytest.mark.parametrize("read_from", ["any", "round_robin"])
def test_turn_by_turn_halves_the_reads(shop, read_from):
    finding, made = routed(shop, read_from)

    assert (finding.verdict, made) == ("proven", [READS / 2, READS / 2, 0])


def test_at_random_both_get_some(shop):
    finding, made = routed(shop, "random")

    assert finding.verdict == "proven"
    assert sum(made) == READS
    assert made[0] > 5
    assert made[1] > 5


def test_by_latency_all_reads_go_to_one_node(shop):
    finding, made = routed(shop, "lowest_latency")

    assert finding.verdict == "proven"
    assert sorted(made) == [0, 0, READS]


def test_by_latency_a_slow_node_gets_none(shop):
    slow = shop.fronts["orders-001"]
    right, slow.heard = slow.heard, lambda data: time.sleep(0.02)
    slow_too = shop.fronts["orders-002"]
    right_too, slow_too.heard = slow_too.heard, slow.heard

    finding, made = routed(shop, "lowest_latency")

    slow.heard, slow_too.heard = right, right_too
    assert (finding.verdict, made) == ("proven", [0, 0, READS])


def test_one_slow_answer_does_not_make_a_node_far(shop):
    hiccups = []

    def hiccup(data: bytes) -> None:
        if b"PING" in data:
            hiccups.append(data)
            # Neither of those that open a connection, but one that is measured.
            time.sleep(0.3 if len(hiccups) == 5 else 0)

    fronts = {name: shop.fronts[name] for name in ("orders-001", "orders-002", "orders-003")}
    for front in fronts.values():
        front.heard = lambda data: time.sleep(0.03)
    fronts["orders-003"].heard = hiccup

    finding, made = routed(shop, "lowest_latency")

    for front in fronts.values():
        front.heard = len
    assert len(hiccups) > 5
    assert (finding.verdict, made) == ("proven", [0, 0, READS])


def test_the_reads_of_each_node_stand_in_a_table(shop):
    finding, _ = routed(shop, "primary")

    ports = [shop.fronts[name].port for name in ("orders-001", "orders-002", "orders-003")]
    head, first, *others = finding.table
    assert head == ("node", "role", "reads")
    assert first == (f"127.0.0.1:{ports[0]}", "primary", "60")
    assert {row[1:] for row in others} == {("replica", "0")}


def test_a_reader_endpoint_that_leads_to_the_primary_gets_replicas_no_reads(shop):
    front = shop.fronts["reader"]
    right, front.target = front.target, shop.primary.port

    finding, _ = routed(shop, "replica")

    front.target = right
    assert finding.verdict == "refuted"
    assert finding.got == "60 on primaries, 0 on replicas"


def test_a_primary_endpoint_that_leads_to_a_replica_is_found(shop):
    front = shop.fronts["primary"]
    right, front.target = front.target, shop.nodes[1].port

    report = shop.verified(only={"read routing", "topology"})

    front.target = right
    assert ("read routing", "reads") in refuted(report)
    [finding] = about(report, "read routing")
    assert finding.got == "0 on primaries, 60 on replicas"


def test_a_cluster_at_random_reads_from_both(catalog):
    finding, made = routed(catalog, "random")

    assert finding.verdict == "proven"
    assert sum(made) == READS
    assert all(made)


def test_a_cluster_by_latency_reads_each_shard_at_one_node(catalog):
    finding, made = routed(catalog, "lowest_latency")

    assert finding.verdict == "proven"
    assert sum(made) == READS
    assert sum(count > 0 for count in made) == 2


def test_reads_that_are_not_at_the_nearest_are_found():
    one, replica = Member("a", 1), Member("b", 1)
    announced = Announced(((0, 16383, (one, replica)),))

    assert misrouted({one: 0, replica: 60}, announced, "lowest_latency", {one: replica}) == ""
    assert misrouted({one: 1, replica: 59}, announced, "lowest_latency", {one: replica}) != ""
    assert (
        misrouted({one: 59, replica: 1}, announced, "primary") == "59 on primaries, 1 on replicas"
    )


def test_the_table_names_every_node_once():
    one, other, replica = Member("a", 1), Member("b", 1), Member("c", 1)
    announced = Announced(((0, 8191, (one, replica)), (8192, 16383, (other,))))

    assert table({one: 1, other: 2, replica: 3}, announced)[1:] == (
        ("a:1", "primary", "1"),
        ("c:1", "replica", "3"),
        ("b:1", "primary", "2"),
    )
