"""It is so that primaries lead, replicas follow, and a death or a promotion is told and mended."""

import random
import time

import pytest
import redis
from dataplane import all_end, shard, wish

from elasticache_local.host import resp

pytestmark = pytest.mark.engines


def lead_of(found):
    return next((node for node, role in found.roles.items() if role == "primary"), None)


def reads(client, port, key, value):
    """Whether this node shows the value before long: replication does not wait for anybody."""
    until = time.monotonic() + 3
    guest = client(port)
    while time.monotonic() < until:
        if guest.get(key) == value:
            return True
        time.sleep(0.01)
    return False


def test_every_replica_has_what_the_primary_takes(plane, client):
    found = plane.settle(wish("copy", nodes=3))
    client(found.ports["primary"]).set("k", "v")

    assert sorted(found.roles.values()) == ["primary", "replica", "replica"]
    assert all(reads(client, port, "k", "v") for n, port in found.ports.items() if "node:" in n)


def test_a_replica_takes_no_writes(shop, client):
    with pytest.raises(redis.exceptions.ReadOnlyError):
        client(shop["node:node-0001-002"], "boss", tls=True).set("k", "v")


def test_the_reader_leads_to_each_replica_in_turn_and_never_to_the_primary(shop, client):
    ids = [client(shop["reader"], "boss", tls=True).info("server")["run_id"] for _ in range(6)]
    primary = client(shop["primary"], "boss", tls=True).info("server")["run_id"]

    assert len(set(ids)) == 2
    assert ids[:2] == ids[2:4] == ids[4:]
    assert primary not in ids


def test_the_reader_leads_to_the_primary_where_there_is_no_replica(hall, client):
    assert client(hall["reader"]).info("replication")["role"] == "master"


def test_a_promotion_loses_no_write_and_moves_the_primary_endpoint(plane, client):
    want = wish("move", nodes=2)
    ports = plane.settle(want).ports
    old = client(ports["primary"], single_connection_client=True)
    for n in range(1000):
        old.set(n, n)

    plane.host.failover(want.key, "0001", "node-0001-002")
    found = plane.settled(want, lambda it: lead_of(it) == "node-0001-002")

    assert found.roles == {"node-0001-001": "replica", "node-0001-002": "primary"}
    assert found.ports == ports
    with pytest.raises(redis.exceptions.ConnectionError):
        old.ping()
    fresh = client(ports["primary"])
    assert fresh.dbsize() == 1000
    assert fresh.set("after", "1")
    assert reads(client, ports["node:node-0001-001"], "after", "1")


def test_a_promotion_of_a_node_that_is_down_is_done_when_it_is_back(plane):
    want = wish("later", nodes=2)
    plane.settle(want)
    plane.host.kill_node(want.key, "node-0001-002")
    plane.settled(want, lambda it: len(it.roles) == 1)

    plane.host.failover(want.key, "0001", "node-0001-002")
    found = plane.settled(want, lambda it: lead_of(it) == "node-0001-002")

    assert found.roles["node-0001-001"] == "replica"


def test_a_want_sent_before_a_promotion_was_heard_does_not_undo_it(plane):
    want = wish("stale", nodes=2)
    plane.settle(want)
    plane.host.failover(want.key, "0001", "node-0001-002")
    plane.settled(want, lambda it: lead_of(it) == "node-0001-002")

    found = plane.settle(plane.later(want, parameters={"timeout": "0"}))

    assert lead_of(found) == "node-0001-002"


def test_a_want_that_names_another_primary_than_the_one_before_promotes_it(plane):
    want = wish("named", nodes=2)
    plane.settle(want)
    first, second = want.shards[0].nodes
    swapped = (type(first)(first.id, "replica"), type(second)(second.id, "primary"))

    found = plane.settle(plane.later(want, shards=(type(want.shards[0])("0001", "", swapped),)))

    assert lead_of(found) == second.id


def test_a_dead_primary_is_succeeded_and_comes_back_as_a_replica(plane, client):
    want = wish("fall", nodes=3)
    ports = plane.settle(want).ports
    # Right away: a cache that is said to hold has replicas that get each write as it is made.
    client(ports["primary"]).set("k", "v")

    plane.host.kill_node(want.key, "node-0001-001")
    succeeded = plane.settled(want, lambda it: lead_of(it) in ("node-0001-002", "node-0001-003"))
    whole = plane.settled(want, lambda it: len(it.roles) == 3)

    assert "node-0001-001" not in succeeded.roles
    assert whole.roles["node-0001-001"] == "replica"
    assert whole.ports == ports
    assert client(ports["primary"]).get("k") == "v"
    assert reads(client, ports["node:node-0001-001"], "k", "v")


def test_without_failover_a_dead_primary_is_replaced_and_has_what_its_replicas_kept(plane, client):
    want = wish("loyal", nodes=3, fails_over=False)
    found = plane.settle(want)
    roles, primary = found.roles, found.ports["primary"]
    client(primary).set("k", "v")
    assert client(primary).wait(2, 2000) == 2

    plane.host.kill_node(want.key, "node-0001-001")
    down = plane.settled(want, lambda now: len(now.roles) == 2).roles
    kept = client(found.ports["reader"]).get("k")
    back = plane.settled(want, lambda now: len(now.roles) == 3).roles

    assert set(down.values()) == {"replica"}
    assert kept == "v"
    assert back == roles
    assert client(primary).get("k") == "v"
    assert client(primary).set("k", "w")


def test_a_node_that_is_down_turns_clients_away_at_once(plane, client):
    want = wish("down", nodes=2)
    ports = plane.settle(want).ports

    plane.host.kill_node(want.key, "node-0001-002")
    plane.settled(want, lambda it: len(it.roles) == 1)
    started = time.monotonic()

    with pytest.raises(redis.exceptions.ConnectionError):
        client(ports["node:node-0001-002"]).ping()
    assert time.monotonic() - started < 0.3
    assert client(ports["reader"]).ping()
    plane.settled(want, lambda it: len(it.roles) == 2)


def test_a_lone_node_comes_back_empty(plane, client):
    want = wish("lone")
    ports = plane.settle(want).ports
    client(ports["primary"]).set("k", "v")

    plane.host.kill_node(want.key, "node-0001-001")
    plane.settled(want, lambda it: not it.roles)
    plane.settled(want, lambda it: it.roles)

    assert client(ports["primary"]).dbsize() == 0


def test_a_primary_that_is_cut_off_is_succeeded_and_follows_once_it_is_heard_again(plane, client):
    want = wish("cut", nodes=2)
    ports = plane.settle(want).ports

    plane.host.cut_node(want.key, "node-0001-001", 0.8)
    with pytest.raises(redis.exceptions.TimeoutError):
        client(ports["node:node-0001-001"], socket_timeout=0.1).ping()
    plane.settled(want, lambda it: lead_of(it) == "node-0001-002")
    client(ports["primary"]).set("k", "v")
    found = plane.settled(want, lambda it: len(it.roles) == 2)

    assert found.roles["node-0001-001"] == "replica"
    assert reads(client, ports["node:node-0001-001"], "k", "v")


def test_a_short_cut_changes_nothing(plane, client):
    want = wish("blink", nodes=2)
    found = plane.settle(want)

    plane.host.cut_node(want.key, "node-0001-001", 0.1)

    assert client(found.ports["primary"]).ping()
    assert plane.settle(plane.later(want)).roles == found.roles


def test_replicas_come_and_go(plane, client):
    want = wish("grow", nodes=1)
    ports = plane.settle(want).ports
    client(ports["primary"]).set("k", "v")

    grown = plane.settle(want := plane.later(want, shards=(shard("0001", nodes=3),)))
    assert all(reads(client, port, "k", "v") for n, port in grown.ports.items() if "node:" in n)
    shrunk = plane.settle(plane.later(want, shards=(shard("0001", nodes=2),)))

    assert len(grown.roles) == 3
    assert len(shrunk.roles) == 2
    assert ports.items() <= shrunk.ports.items() <= grown.ports.items()
    with pytest.raises(redis.exceptions.ConnectionError):
        client(grown.ports["node:node-0001-003"]).ping()


def test_the_reader_leads_to_no_replica_that_has_no_copy_yet(plane, client):
    want = wish("fresh")
    ports = plane.settle(want).ports
    # Enough, and too random to be compressed, that a copy takes its time.
    noise = random.Random(1).randbytes(1_000_000)
    client(ports["primary"]).mset({f"large:{n}": noise for n in range(50)})
    client(ports["primary"]).set("k", "v")

    plane.host.want(later := plane.later(want, shards=(shard("0001", nodes=2),)))
    seen = []
    while not plane.holds(later):
        seen.append(client(ports["reader"]).get("k"))

    assert set(seen) == {"v"}


BUSY = "local n = 0 for turn = 1, 50000000 do n = n + turn end return n"


def test_a_cache_forgotten_and_wanted_again_at_once_stands_anew(plane, client, wire):
    want = wish("anew")
    ports = plane.settle(want).ports
    client(ports["primary"]).set("k", "v")
    nodes = plane.host.status()["caches"][want.key]["nodes"]
    wire(ports["primary"]).send(resp.command("EVAL", BUSY, 0))

    plane.host.forget(want.key)  # the engine is busy and can't stop at once
    again = plane.settle(plane.later(want))

    assert all_end(node["pid"] for node in nodes.values())
    plane.settle(wish("meanwhile"))
    assert client(again.ports["primary"]).dbsize() == 0


def test_a_cache_goes_on_after_somebody_has_cut_the_data_planes_own_connection(plane, client):
    want = wish("admin")
    boss = client(plane.settle(want).ports["primary"])

    assert boss.client_kill_filter(user="__local") >= 1

    plane.settle(plane.later(want, parameters={"timeout": "0"}))
    assert not [found for found in plane.answers if found.key == want.key and found.problem]


def test_a_forgotten_cache_listens_no_more(plane, client):
    want = wish("gone")
    ports = plane.settle(want).ports
    assert client(ports["primary"]).ping()

    plane.host.forget(want.key)
    plane.settle(wish("after"))

    with pytest.raises(redis.exceptions.ConnectionError):
        client(ports["primary"]).ping()
    assert want.key not in plane.host.status()["caches"]
