"""The figures of a cluster client's pools, by node and summed: each is made exactly so often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from pydantic import SecretStr
from verifying.catalog import TOKEN
from verifying.engines import until
from verifying.shop import about, refuted

from reconciler.connect import RedisConnector
from reconciler.kind import Endpoint
from reconciler.pool import ClusterPools, PoolFigures
from reconciler.ports import Login

pytestmark = pytest.mark.engines

MOST = 4
FIRST_LOOK = PoolFigures(0, 2, 0, 1, 1, 0)
"""At the address that it was given: dialled for the topology and closed, dialled for COMMAND."""


class Client:
    """A cluster client, its pools, and one node that it was not given as its address."""

    def __init__(self, catalog) -> None:
        self.asked, self.node = catalog.nodes[0], catalog.nodes[1]
        place = Endpoint("configuration", "127.0.0.1", self.asked.port, tls=False)
        login = Login(None, SecretStr(TOKEN))
        connector = RedisConnector(read_timeout_s=5)
        self.client, self.pools = connector.measured_cluster(
            place, login, tls=False, most=MOST, wait_s=0.01
        )

    @property
    def pool(self):
        named = self.client.get_node(host="127.0.0.1", port=self.node.port)
        return named.redis_connection.connection_pool

    @property
    def figures(self) -> PoolFigures:
        """What was counted at that node; the others have seen the first look and nothing else."""
        both = dict(self.pools.by_node)
        here = both.pop(f"127.0.0.1:{self.node.port}")
        assert both.pop(f"127.0.0.1:{self.asked.port}") == FIRST_LOOK
        assert set(both.values()) == {PoolFigures(0, 0, 0, 0, 0, 0)}
        assert self.pools.figures == FIRST_LOOK + here
        return here

    def take(self, count: int) -> list:
        return [self.pool.get_connection() for _ in range(count)]

    def give_back(self, taken: list) -> None:
        for one in taken:
            self.pool.release(one)


@pytest.fixture
def client(catalog) -> Iterator[Client]:
    one = Client(catalog)
    yield one
    one.pools.disconnect()


def ids(taken: list) -> list[int]:
    for one in taken:
        one.send_command("CLIENT", "ID")
    return [one.read_response() for one in taken]


def test_a_new_client_has_asked_for_the_topology_and_the_commands(client):
    assert client.figures == PoolFigures(0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_each_that_had_to_be_dialled_is_a_miss_at_its_node(client, count):
    client.take(count)

    assert client.figures == PoolFigures(0, count, 0, count, 0, 0)


@pytest.mark.parametrize("count", [1, 5])
def test_each_command_over_one_that_was_open_is_a_hit_at_its_node(client, count):
    key = next(f"k{n}" for n in range(99) if client.client.keyslot(f"k{n}") > 8191)
    client.client.get(key)

    for _ in range(count):
        client.client.get(key)

    assert client.figures == PoolFigures(count, 1, 0, 1, 1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_each_wait_in_vain_is_a_time_out_and_no_fault_of_the_node(client, count):
    key = next(f"k{n}" for n in range(99) if client.client.keyslot(f"k{n}") > 8191)
    client.take(MOST)

    for _ in range(count):
        with pytest.raises(redis.exceptions.MaxConnectionsError, match="free in time"):
            client.client.get(key)

    # Had it taken the node for dead it would have asked for the topology again.
    assert client.figures == PoolFigures(0, MOST, count, MOST, 0, 0)


def test_what_nobody_uses_is_idle_at_its_node(client):
    taken = client.take(3)

    client.give_back(taken[:2])

    assert client.figures == PoolFigures(0, 3, 0, 3, 2, 0)


@pytest.mark.parametrize("count", [1, 2])
def test_each_that_the_node_closed_meanwhile_is_stale(client, count):
    taken = client.take(3)
    known = ids(taken)
    client.give_back(taken)

    for ident in known[:count]:
        client.node.tell("CLIENT", "KILL", "ID", ident)
    gone = set(known[:count])
    until(lambda: not gone & {int(one["id"]) for one in client.node.admin.client_list()}, "gone")
    client.take(3)

    assert client.figures == PoolFigures(3 - count, 3 + count, 0, 3, 0, count)


def test_what_the_client_closed_itself_to_look_again_is_not_stale(client):
    client.client.nodes_manager.initialize()
    client.client.nodes_manager.initialize()

    assert client.pools.by_node[f"127.0.0.1:{client.asked.port}"] == PoolFigures(0, 4, 0, 1, 1, 0)


def test_one_that_was_marked_to_be_dialled_again_is_a_miss_and_not_stale(client):
    [one] = client.take(1)
    client.pool.update_active_connections_for_reconnect()
    client.give_back([one])

    client.take(1)

    assert client.figures == PoolFigures(0, 2, 0, 1, 0, 0)


def test_a_node_that_the_client_let_go_of_keeps_its_counts(client):
    client.give_back(client.take(2))
    manager = client.client.nodes_manager
    manager.nodes_cache.pop(f"127.0.0.1:{client.node.port}")

    manager.initialize()
    client.take(1)

    assert client.pools.by_node[f"127.0.0.1:{client.node.port}"] == PoolFigures(0, 3, 0, 3, 2, 0)


def test_a_client_that_can_not_look_leaves_no_connection_open(catalog):
    """The engine itself says who is connected: a user that may not run COMMAND gets no client."""
    place = Endpoint("configuration", "127.0.0.1", catalog.nodes[0].port, tls=False)
    catalog.nodes[0].tell("ACL", "SETUSER", "default", "-command")

    with pytest.raises(redis.RedisError) as refused:
        RedisConnector().measured_cluster(
            place, Login(None, SecretStr(TOKEN)), tls=False, most=1, wait_s=0.01
        )

    def named() -> set[str]:
        return {one["name"] for one in catalog.nodes[0].admin.client_list()}

    # What was raised holds the client and its pools: they are not closed by being forgotten.
    until(lambda: "reconcile-verify" not in named(), f"hung up in spite of {refused}")


def test_a_sum_with_what_was_not_measured_is_absent_and_not_nought():
    whole = PoolFigures(1, 2, 3, 4, 5, 6) + PoolFigures(hits=1, stale=0)

    assert whole == PoolFigures(hits=2, stale=6)


def test_pools_that_were_never_made_have_counted_nothing():
    assert ClusterPools().rows()[1:] == (("sum", *"000000"),)


def test_the_figures_of_each_node_and_their_sum_stand_in_the_report(catalog):
    report = catalog.verified(only={"connections"})

    [found] = [one for one in about(report, "connections") if one.subject == "cluster client"]
    assert (found.verdict, found.got) == ("proven", "3 connections to each node")
    head, *rows, whole = found.table
    assert head == ("node", "hits", "misses", "timeouts", "total", "idle", "stale")
    first, *others = sorted(rows, key=lambda row: row[0] != f"127.0.0.1:{catalog.nodes[0].port}")
    assert first[1:] == ("4", "4", "0", "3", "3", "0")
    assert {row[1:] for row in others} == {("3", "3", "0", "3", "3", "0")}
    assert len(rows) == len(catalog.nodes)
    assert whole == ("sum", "13", "13", "0", "12", "12", "0")


def test_a_node_that_takes_fewer_clients_is_one_fault(catalog):
    node = catalog.nodes[3]
    before = node.admin.config_get("maxclients")["maxclients"]
    node.tell("CONFIG", "SET", "maxclients", len(node.admin.client_list()) + 2)

    report = catalog.verified(only={"connections"})

    node.tell("CONFIG", "SET", "maxclients", before)
    assert refuted(report) == {("connections", f"node 127.0.0.1:{node.port}")}
    [found] = [one for one in about(report, "connections") if one.subject == "cluster client"]
    assert (found.verdict, found.got) == ("not proven", "not every node by itself is")


def test_who_may_not_ask_for_the_commands_has_no_cluster_client(catalog):
    for node in catalog.nodes:
        node.tell("ACL", "SETUSER", "default", "-command")

    report = catalog.verified(only={"connections"})

    assert refuted(report) == set()
    [found] = [one for one in report.findings if one.verdict == "not proven"]
    assert found.subject == "cluster client"
    assert not found.table
