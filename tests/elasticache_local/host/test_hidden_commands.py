"""It is so that the service's commands are unknown to its users, and the rest is the engine's."""

import pytest
import redis
from dataplane import shard, user, wish

pytestmark = pytest.mark.engines


@pytest.mark.parametrize(
    "words",
    [
        "CONFIG GET maxmemory",
        "config set maxmemory 1",
        "ACL SETUSER x on",
        "ACL DELUSER app",
        "CLUSTER MEET 127.0.0.1 1",
        "DEBUG SLEEP 0",
        "REPLICAOF NO ONE",
        "SLAVEOF NO ONE",
        "MIGRATE h 1 k 0 1",
        "SAVE",
        "BGSAVE",
        "BGREWRITEAOF",
        "SHUTDOWN NOSAVE",
        "SYNC",
        "PSYNC ? -1",
        "MODULE LIST",
        "FAILOVER",
    ],
)
def test_it_is_unknown_to_the_engine_itself(shop, client, words):
    name, _, rest = words.partition(" ")
    said = f"unknown command '{name}', with args beginning with: "
    said += " ".join(f"'{word}'" for word in rest.split())

    with pytest.raises(redis.exceptions.ResponseError) as refused:
        client(shop["primary"], "boss", tls=True).execute_command(*words.split())
    assert said.strip() in str(refused.value)


@pytest.mark.parametrize(
    "words",
    [
        ["MIGRATE", "127.0.0.1", "1", "key", "0", "10"],
        ["CONFIG", "GET", "maxmemory"],
        ["ACL", "SETUSER", "mallory", "on"],
        ["DEBUG", "SLEEP", "0"],
        ["REPLICAOF", "NO", "ONE"],
        ["SHUTDOWN"],
    ],
    ids=lambda words: words[0],
)
def test_no_script_can_call_it(shop, client, words):
    script = f"return redis.call({', '.join(map(repr, words))})"

    with pytest.raises(
        redis.exceptions.ResponseError, match=r"(?i)unknown|not allowed from script"
    ):
        client(shop["primary"], "boss", tls=True).eval(script, 1, "key")


PARTS = [
    "ADDSLOTS 1",
    "FAILOVER TAKEOVER",
    "FORGET x",
    "MEET 127.0.0.1 1",
    "RESET",
    "SETSLOT 1 STABLE",
]
ELSEWHERE = [("valkey", "9.1"), ("valkey", "8.0"), ("redis", "7.0"), ("redis", "6.2")]


def check_that_scripts_are_kept_from_clusters(port, client):
    boss = client(port, "boss", tls=True)
    for part in PARTS:
        words = ", ".join(map(repr, part.split()))
        script = f"return redis.call('CLUSTER', {words})"
        with pytest.raises(
            redis.exceptions.ResponseError,
            match=r"can't run this command|no permissions|not allowed from script",
        ):
            boss.eval(script, 0)
    assert len(boss.eval("return redis.call('CLUSTER', 'MYID')", 0)) == 40
    assert boss.execute_command("CLUSTER INFO")["cluster_state"] == "ok"


def test_no_script_can_call_the_hidden_parts_of_cluster(atlas, client):
    for name, port in atlas.items():
        if name.startswith("node:"):
            check_that_scripts_are_kept_from_clusters(port, client)


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "version"), ELSEWHERE)
def test_what_is_taken_away_is_not_shown_on_any_engine(plane, client, engine, version):
    strings = {
        "boss": "on ~* &* +@all",
        "app": "on ~a:* &* -@all +@read +cluster|slots",
        "admin": "on ~* &* -@all +@slow",
        "none": "off ~* &* -@all",
        "part": "on ~* &* +@all -@dangerous +cluster|nodes",
    }
    if version != "6.2":
        strings["both"] = "on ~a:* &* -@all +get (~b:* -@all +@all) (%R~c:* -@all +cluster)"
    users = tuple(user(name, string) for name, string in strings.items())
    bare, wide = (
        wish("shown", engine=engine, engine_version=version, users=users, tls="required", **more)
        for more in ({}, {"cluster_mode": "enabled", "shards": (shard("0001", "0-16383"),)})
    )
    plane.host.want(bare)
    port = plane.settle(wide).ports["configuration"]
    plain = plane.settled(bare).ports["primary"]

    check_that_scripts_are_kept_from_clusters(port, client)
    for protocol in (2, 3):
        here, there = (client(each, "boss", tls=True, protocol=protocol) for each in (port, plain))
        assert here.acl_list() == there.acl_list()
        for name in strings:
            assert here.acl_getuser(name) == there.acl_getuser(name)


def test_it_is_unknown_also_to_those_without_rights(shop, client):
    with pytest.raises(redis.exceptions.ResponseError, match="unknown command 'CONFIG'"):
        client(shop["primary"], "app", tls=True).execute_command("CONFIG", "GET", "x")


def test_it_is_unknown_in_its_place_in_a_pipeline(hall, wire):
    guest = wire(hall["primary"]).send(b"PING\r\nCONFIG GET x\r\nPING\r\n")

    assert guest.line() == b"+PONG\r\n"
    assert guest.line().startswith(b"-ERR unknown command 'CONFIG'")
    assert guest.line() == b"+PONG\r\n"


def test_it_spoils_a_transaction_as_any_unknown_command_does(hall, wire):
    guest = wire(hall["primary"]).send(b"MULTI\r\nSET k v\r\nCONFIG GET x\r\nEXEC\r\nPING\r\n")

    assert [guest.line() for _ in range(2)] == [b"+OK\r\n", b"+QUEUED\r\n"]
    assert guest.line().startswith(b"-ERR unknown command 'CONFIG'")
    assert guest.line().startswith(b"-EXECABORT")
    assert guest.line() == b"+PONG\r\n"


def test_it_is_unknown_byte_by_byte_and_in_quotes(hall, wire):
    stream = b"*2\r\n$6\r\nconfig\r\n$3\r\nGET\r\n" + rb'"\x43ONFIG" GET x' + b"\r\n"
    guest = wire(hall["primary"]).send(*(stream[at : at + 1] for at in range(len(stream))))

    assert guest.line().startswith(b"-ERR unknown command 'config'")
    assert guest.line().startswith(b"-ERR unknown command 'CONFIG'")


def test_what_is_no_protocol_gets_the_engines_words_and_an_end(hall, wire):
    guest = wire(hall["primary"]).send(b"PING\r\n*2\r\n$x\r\n", b"CONFIG GET x\r\n")

    assert guest.line() == b"+PONG\r\n"
    assert guest.line().startswith(b"-ERR Protocol error")
    assert guest.is_cut()


def test_large_values_pass_both_ways(hall, client):
    value = "CONFIG GET x\r\n" * 500_000
    guest = client(hall["primary"])

    assert guest.set("large", value)
    assert guest.get("large") == value
    assert guest.delete("large") == 1


def test_a_slow_reader_gets_everything(hall, wire, client):
    client(hall["primary"]).set("slow", "x" * 1_000_000)
    guest = wire(hall["primary"]).send(b"GET slow\r\n" * 30)

    data = guest.read(30 * len(b"$1000000\r\n" + b"\r\n") + 30 * 1_000_000)

    assert data.endswith(b"x\r\n")
    assert guest.send(b"PING\r\n").line() == b"+PONG\r\n"


def test_a_client_that_has_said_all_it_had_to_say_gets_its_answers(hall, wire):
    import socket  # noqa: PLC0415 - one constant

    guest = wire(hall["primary"]).send(b"PING\r\n")
    assert guest.line() == b"+PONG\r\n"
    guest.send(b"ECHO last\r\n").socket.shutdown(socket.SHUT_WR)

    assert guest.read(10) == b"$4\r\nlast\r\n"
    assert guest.is_cut()


def test_published_messages_and_resp3_pushes_pass(hall, client):
    listening = client(hall["primary"], protocol=3).pubsub(ignore_subscribe_messages=True)
    listening.subscribe("news")
    listening.get_message(timeout=1)

    assert client(hall["primary"]).publish("news", "hello") == 1

    heard = listening.get_message(timeout=2) or listening.get_message(timeout=2)
    assert heard["data"] == "hello"
    listening.close()
