"""It is so that the small parts of HOST keep their words."""

import os
import random

import pytest
from redis.crc import key_slot

from elasticache_local.host import acl_reply, hidden, resp, wire
from elasticache_local.host.access_string import stored_form
from elasticache_local.host.binary import Binary, NoEngine, choose, find_binaries
from elasticache_local.host.ports import PortBook
from elasticache_local.host.slots import ranges, read_slots, slot_of
from elasticache_local.want import Is, Want, WantedNode, WantedShard, WantedUser

VALKEY_9 = Binary("valkey", (9, 1, 2), "/9")
VALKEY_8 = Binary("valkey", (8, 1, 8), "/8")
REDIS_7 = Binary("redis", (7, 0, 15), "/7")
REDIS_6 = Binary("redis", (6, 2, 14), "/6")


@pytest.mark.parametrize(
    ("engine", "version", "used"),
    [
        pytest.param("valkey", "8.0", VALKEY_8, id="the nearest above"),
        pytest.param("valkey", "8.1", VALKEY_8, id="a patch of what was asked for"),
        pytest.param("valkey", "9", VALKEY_9, id="a major alone"),
        pytest.param("valkey", "8", VALKEY_8, id="a major alone that is not the newest"),
        pytest.param("valkey", "9.2", VALKEY_9, id="the newest where none is above"),
        pytest.param("redis", "7.0", REDIS_7, id="the same for redis"),
        pytest.param("redis", "7.1", VALKEY_8, id="the other family's before an older one"),
        pytest.param("redis", "6.x", REDIS_6, id="a version with an x"),
        pytest.param("redis", "4.0.10", REDIS_6, id="older than all"),
    ],
)
def test_the_nearest_version_above_serves(engine, version, used):
    assert choose([VALKEY_9, REDIS_6, VALKEY_8, REDIS_7], engine, version) is used


def test_the_other_family_serves_where_one_is_missing():
    assert choose([VALKEY_9, VALKEY_8], "redis", "7.1") is VALKEY_8


def engine_script(path, banner):
    path.write_text(f"#!/bin/sh\necho '{banner}'\n")
    path.chmod(0o755)
    return str(path)


def test_the_configured_engines_come_first_and_each_says_what_it_is(tmp_path, monkeypatch):
    banners = {
        "own": "Valkey server v=8.0.1 sha=00000000:0 malloc=libc bits=64 build=1",
        "old": "Redis server v=5.0.7 sha=00000000:0 malloc=libc bits=64 build=1",
        "else": "nginx version: 1.25",
    }
    paths = [engine_script(tmp_path / name, text) for name, text in banners.items()]
    monkeypatch.setenv("ELASTICACHE_LOCAL_ENGINES", os.pathsep.join([*paths, "/no/such/engine"]))

    found = find_binaries()

    assert found[0] == Binary("valkey", (8, 0, 1), paths[0])
    assert not {each.path for each in found} & set(paths[1:])


def test_no_engine_at_all_is_said():
    with pytest.raises(NoEngine, match="PATH"):
        choose([], "valkey", "8.0")


@pytest.mark.parametrize(
    ("later", "earlier", "reads"),
    [
        (VALKEY_9, VALKEY_8, True),
        (VALKEY_8, VALKEY_9, False),
        (VALKEY_8, REDIS_7, True),
        (REDIS_7, VALKEY_8, False),
        (VALKEY_8, Binary("redis", (8, 0, 2), "/r8"), False),
    ],
)
def test_data_moves_forward_only(later, earlier, reads):
    assert later.reads_data_of(earlier) is reads


def test_slots_survive_being_written_as_ranges():
    slots = set(random.Random(1).sample(range(16384), 5000))
    text = ",".join(f"{first}-{last}" for first, last in ranges(slots))

    assert read_slots(text) == slots
    assert read_slots("5,7-9") == {5, 7, 8, 9}
    assert list(ranges([])) == []


@pytest.mark.parametrize(
    "key", [b"", b"foo", b"{foo}.bar", b"a{foo}{bar}", b"{foo", b"foo{}bar", b"foo}{bar", b"}{a}"]
)
def test_a_key_has_the_slot_that_clients_look_for_it_in(key):
    assert slot_of(key) == key_slot(key)
    assert slot_of(b"123456789") == 0x31C3  # the cluster specification's own example


def test_a_want_and_an_is_survive_the_wire():
    users = (
        WantedUser("u", "n", "on ~*", "password", ("ab" * 32,)),
        WantedUser("i", "i", "", "iam"),
    )
    shards = (WantedShard("0001", "0-16383", (WantedNode("a", "primary"),)),)
    want = Want(
        *("k", 3, "replication_group", "n", "1", "r", "valkey", "8.0", "enabled", shards, "off"),
        users=users,
        parameters={"a": "b"},
        names=("x.example",),
    )
    found = Is("k", 3, {"primary": 1}, {"a": "primary"}, "valkey", "9.1.2", "")

    assert wire.want_from_json(wire.message(wire.line(wire.want_to_json(want)))) == want
    assert wire.is_from_json(wire.message(wire.line(wire.is_to_json(found)))) == found


def test_no_message_has_a_line_break_within():
    assert wire.line({"text": "a\nb"}).count(b"\n") == 1


@pytest.mark.parametrize(
    ("told", "keep_reset", "shown"),
    [
        (
            "on #" + "a" * 64 + " sanitize-payload ~a resetchannels -@all +@read",
            False,
            "on ~a -@all +@read",
        ),
        (
            "on ~a resetchannels -@all (~b resetchannels -@all +set)",
            False,
            "on ~a -@all (~b -@all +set)",
        ),
        ("on ~a resetchannels &x -@all", False, "on ~a &x -@all"),
        ("on nopass ~a resetchannels -@all", True, "on ~a resetchannels -@all"),
        ("off -@all (resetchannels -@all +get)", False, "off -@all (-@all +get)"),
        ("on ~resetchannels -@all", False, "on ~resetchannels -@all"),
    ],
)
def test_the_stored_form_shows_no_secret_and_no_default(told, keep_reset, shown):
    assert stored_form(told.split(), keep_reset=keep_reset) == shown


@pytest.mark.parametrize(
    "words",
    ["config get *", "BGSAVE", "Acl SetUser x", "cluster MEET a 1", "psync ? -1", "failover"],
)
def test_what_the_service_takes_away_is_hidden_in_any_spelling(words):
    assert hidden.is_hidden(words.encode().split())


@pytest.mark.parametrize(
    "words", ["get config", "acl", "acl list", "acl whoami", "cluster slots", "cluster", "info"]
)
def test_what_the_service_leaves_is_not_hidden(words):
    assert not hidden.is_hidden(words.encode().split())


def test_a_user_list_keeps_neither_hashes_nor_our_own_user():
    lines = [
        b"user __local on #" + b"a" * 64 + b" ~* &* +@all",
        b"user x on #" + b"b" * 64 + b" ~#",
    ]
    reply = b"*2\r\n" + b"".join(map(resp.bulk, lines))

    assert acl_reply.shown(b"LIST", reply, {}) == b"*1\r\n" + resp.bulk(b"user x on ~#")


def test_a_refusal_passes_as_it_is():
    assert acl_reply.shown(b"LIST", b"-NOPERM no\r\n", {}) == b"-NOPERM no\r\n"


def test_ports_are_remembered_over_restarts(tmp_path):
    book = PortBook(tmp_path / "ports.json")
    book.note("k", "primary", 1234)
    book.note("gone", "primary", 99)
    book.forget("gone")

    again = PortBook(tmp_path / "ports.json")

    assert (again.last("k", "primary"), again.last("gone", "primary")) == (1234, 0)
    assert again.taken() == {1234}


@pytest.mark.parametrize("cut", range(1, 25))
def test_a_reply_that_goes_on_is_waited_for(cut):
    whole = b"*3\r\n$3\r\nabc\r\n:7\r\n*1\r\n+OK\r\n"
    with pytest.raises(resp.Incomplete):
        resp.read_reply(whole[:-cut])
    assert resp.read_reply(whole + b"+next\r\n") == ([b"abc", 7, ["OK"]], len(whole))
