"""It is so that cluster mode works through the fronts, for any client, also while slots move."""

import threading
import time

import pytest
import redis
from dataplane import shard, wish
from redis.cluster import LoadBalancingStrategy

from elasticache_local.host.binary import find_binaries

pytestmark = pytest.mark.engines
TIMES = 500


def fill(guest):
    for n in range(TIMES):
        guest.set(f"key:{n}", n)


def kept(guest):
    return sum(guest.get(f"key:{n}") == str(n) for n in range(TIMES))


def test_a_cluster_client_sees_and_reaches_every_node_over_tls(atlas, client):
    guest = client(atlas["configuration"], "boss", tls=True, cluster=True)
    nodes = {port for name, port in atlas.items() if name.startswith("node:")}

    assert {node.port for node in guest.get_nodes()} == nodes
    assert all(guest.ping(target_nodes=node) for node in guest.get_nodes())
    assert len(guest.get_primaries()) == 3


def test_keys_are_spread_and_replicas_read(atlas, client):
    guest = client(
        atlas["configuration"],
        "boss",
        tls=True,
        cluster=True,
        load_balancing_strategy=LoadBalancingStrategy.ROUND_ROBIN_REPLICAS,
    )
    for n in range(30):
        guest.set(f"app:{n}", n)
    for node in guest.get_primaries():
        assert guest.wait(1, 2000, target_nodes=node) == 1

    assert [guest.get(f"app:{n}") for n in range(30)] == [str(n) for n in range(30)]


def test_moved_names_the_port_of_a_front(atlas, client):
    nodes = {port for name, port in atlas.items() if name.startswith("node:")}
    guest = client(atlas["node:node-0001-001"], "boss", tls=True)

    with pytest.raises(redis.exceptions.MovedError) as moved:
        [guest.get(f"key:{n}") for n in range(50)]

    assert moved.value.port in nodes


@pytest.fixture(scope="module")
def on_each_engine(plane):
    """Want a small cluster on every engine that was found, all at once."""
    wants = {
        binary: wish(
            "each",
            engine=binary.family,
            engine_version=binary.version_text,
            cluster_mode="enabled",
            tls="required",
            shards=(shard("0001", "0-8191", 2), shard("0002", "8192-16383", 2)),
        )
        for binary in find_binaries()
    }
    for want in wants.values():
        plane.host.want(want)
    return wants


@pytest.mark.slow
@pytest.mark.parametrize("binary", find_binaries(), ids=lambda b: f"{b.family}-{b.version_text}")
def test_it_is_the_same_on_every_engine_found(plane, client, on_each_engine, binary):
    want = on_each_engine[binary]
    found = plane.settled(want)
    guest = client(found.ports["configuration"], tls=True, cluster=True)
    fill(guest)
    primary = client(found.ports["node:node-0001-001"], tls=True)
    copies = [primary.info("stats")[name] for name in ("sync_full", "sync_partial_ok")]

    plane.settle(want := plane.later(want, parameters={"timeout": "0"}))
    # Where replicas dial the fronts, what cuts off plain clients must not cut them off.
    assert [primary.info("stats")[name] for name in ("sync_full", "sync_partial_ok")] == copies

    plane.host.failover(want.key, "0001", "node-0001-002")
    found = plane.settled(want, lambda it: it.roles.get("node-0001-002") == "primary")
    plane.host.kill_node(want.key, "node-0001-002")
    plane.settled(want, lambda it: it.roles.get("node-0001-001") == "primary")
    whole = plane.settled(want, lambda it: len(it.roles) == 4)

    assert (found.engine, found.engine_version) == (binary.family, binary.version_text)
    assert whole.roles["node-0001-002"] == "replica"
    assert kept(guest) == TIMES


class Writer(threading.Thread):
    """Writes as fast as it can, and goes where it is sent (redis-py knows no ASK to a newcomer)."""

    def __init__(self, connect, port):
        super().__init__()
        self.written, self._connect, self._port = [], connect, port
        self._nodes, self._done = {}, threading.Event()

    def run(self):
        while not self._done.is_set():
            name = f"late:{len(self.written)}"
            self._set(name, self._port)
            self.written.append(name)

    def finish(self):
        self._done.set()
        self.join()
        return self.written

    def _set(self, name, port, *, asked=False):
        node = self._nodes.get(port) or self._nodes.setdefault(port, self._connect(port))
        try:
            if asked:
                node.pipeline(transaction=False).execute_command("ASKING").set(name, "x").execute()
            else:
                node.set(name, "x")
        except redis.exceptions.AskError as ask:
            self._set(name, ask.port, asked=True)
        except redis.exceptions.MovedError as moved:
            self._set(name, moved.port)


@pytest.mark.parametrize(
    "binary",
    [
        # Those that carry key by key take ten seconds and more for a third of all slots.
        pytest.param(b, marks=[] if b.moves_slots_whole else [pytest.mark.slow], id=b.version_text)
        for b in find_binaries()
    ],
)
def test_slots_move_out_and_back_under_writes_and_no_key_is_lost(plane, client, binary):
    thirds = ("0-5460", "5461-10922", "10923-16383")
    halves = tuple(shard(f"000{n}", s, 2) for n, s in enumerate(("0-8191", "8192-16383"), 1))
    engine = {"engine": binary.family, "engine_version": binary.version_text}
    want = wish("reshard", cluster_mode="enabled", shards=halves, **engine)
    ports = plane.settle(want).ports
    guest = client(ports["configuration"], cluster=True)
    fill(guest)
    writer = Writer(client, ports["node:node-0001-001"])
    writer.start()

    shards = tuple(shard(f"000{n}", slots, 2) for n, slots in enumerate(thirds, 1))
    out = plane.settle(want := plane.later(want, shards=shards))
    moved = client(out.ports["node:node-0003-001"]).dbsize()
    back = plane.settle(plane.later(want, shards=halves))
    written = writer.finish()

    assert moved > 50
    assert set(back.roles) == {node.id for each in halves for node in each.nodes}
    assert kept(guest) == TIMES
    assert len(written) > 100
    assert all(guest.get(name) == "x" for name in written)


def test_a_shard_whose_primary_is_cut_off_goes_on_and_takes_it_back_as_a_replica(plane, client):
    halves = (shard("0001", "0-8191", 2), shard("0002", "8192-16383", 2))
    want = wish("severed", cluster_mode="enabled", shards=halves)
    ports = plane.settle(want).ports
    guest = client(ports["configuration"], cluster=True)
    fill(guest)

    plane.host.cut_node(want.key, "node-0001-001", 1.5)
    plane.settled(want, lambda it: it.roles.get("node-0001-002") == "primary")
    whole = plane.settled(want, lambda it: len(it.roles) == 4)

    assert whole.roles["node-0001-001"] == "replica"
    assert kept(client(ports["configuration"], cluster=True)) == TIMES


@pytest.mark.slow
def test_a_lone_primary_that_dies_comes_back_with_its_slots_and_without_its_keys(plane, client):
    halves = (shard("0001", "0-8191"), shard("0002", "8192-16383"))
    want = wish("mortal", cluster_mode="enabled", shards=halves)
    ports = plane.settle(want).ports
    guest = client(ports["configuration"], cluster=True)
    fill(guest)
    left = client(ports["node:node-0002-001"]).dbsize()

    plane.host.kill_node(want.key, "node-0001-001")
    plane.settled(want, lambda it: len(it.roles) == 1)
    plane.settled(want, lambda it: len(it.roles) == 2)

    assert 0 < left < TIMES
    assert kept(guest) == left
    assert guest.set("key:1", "again")


@pytest.mark.slow
def test_a_cluster_whose_nodes_all_die_stands_again_also_the_second_time(plane, client):
    halves = (shard("0001", "0-8191", 2), shard("0002", "8192-16383", 2))
    want = wish("phoenix", cluster_mode="enabled", engine_version="8.0", shards=halves)
    found = plane.settle(want)

    for _ in range(2):
        said = len(plane.answers)
        for name in found.roles:
            plane.host.kill_node(want.key, name)
        plane.settled(
            want,
            lambda now, said=said: now in plane.answers[said:] and len(now.roles) == 4,
        )

    guest = client(found.ports["configuration"], cluster=True)
    fill(guest)
    assert kept(guest) == TIMES
    assert len(guest.get_primaries()) == len(guest.get_replicas()) == 2


def test_a_serverless_cache_is_a_cluster_of_one_endpoint(air, client):
    assert set(air) == {"serverless", "serverless_reader"}
    guest = client(air["serverless"], "boss", tls=True, cluster=True)

    assert guest.set("k", "v")
    assert air["serverless"] in {node.port for node in guest.get_primaries()}


@pytest.mark.parametrize("protocol", [2, 3])
def test_the_serverless_reader_reads_from_a_replica(air, client, protocol):
    client(air["serverless"], "boss", tls=True).set("read", "me")
    client(air["serverless"], "boss", tls=True).wait(1, 2000)

    guest = client(air["serverless_reader"], "boss", tls=True, protocol=protocol)

    assert guest.info("replication")["role"] == "slave"
    assert guest.get("read") == "me"


def test_the_serverless_reader_refuses_a_wrong_login_and_takes_a_second_one(air, wire):
    guest = wire(air["serverless_reader"], tls=True)

    guest.send(b"AUTH boss wrong\r\nPING\r\n")
    assert guest.line().startswith(b"-WRONGPASS")
    assert guest.line().startswith(b"-NOAUTH")
    guest.send(b"AUTH boss opensesame-opensesame\r\nGET absent\r\n")
    assert [guest.line(), guest.line()] == [b"+OK\r\n", b"$-1\r\n"]


def test_whoever_comes_while_a_cluster_comes_up_waits_until_it_takes_keys(plane, client):
    want = wish("dawn", sort="serverless_cache", cluster_mode="enabled")
    port = plane.settle(want).ports["serverless"]

    plane.host.kill_node(want.key, "node-0001-001")

    assert plane.wait_for_problem(want) == "no node of it runs"
    assert answer_to_set(client(port)) is True


def answer_to_set(guest):
    """Give the first answer: it may be turned away while nobody is there, CLUSTERDOWN is one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            return guest.set("k", "v")
        except redis.exceptions.ClusterDownError as error:
            return error
        except redis.ConnectionError:
            time.sleep(0.01)
    return None


@pytest.mark.parametrize(
    "node", ["node-0002-001", pytest.param("node-0002-002", marks=pytest.mark.slow)]
)
def test_a_cluster_stands_also_when_a_node_dies_while_it_comes_up(plane, node):
    shards = (shard("0001", "0-8191", 2), shard("0002", "8192-16383", 2))
    want = wish("early", cluster_mode="enabled", engine_version="8.1", shards=shards)

    plane.host.want(want)
    end = time.monotonic() + 20
    while not all_run(plane, want) and time.monotonic() < end:
        time.sleep(0.005)
    plane.host.kill_node(want.key, node)

    assert len(plane.settled(want).roles) == 4


def all_run(plane, want):
    nodes = plane.host.status()["caches"].get(want.key, {}).get("nodes", {})
    return sum("pid" in told for told in nodes.values()) == 4
