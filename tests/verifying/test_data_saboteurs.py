"""Somebody between client and engine redelivers, overwrites, repeats: the data checks find it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from verifying.shop import about, refuted

from reconciler.checks import pubsub
from reconciler.checks.answer import answered

pytestmark = pytest.mark.engines


def test_a_stream_that_redelivers(shop):
    front, reads = shop.fronts["primary"], []

    def rewind(data: bytes) -> None:
        if b"XREADGROUP" in data:
            reads.append(data)
        if len(reads) == 3:
            reads.append(b"once")
            [stream] = shop.primary.admin.keys("*:stream")
            shop.primary.tell("XGROUP", "SETID", stream, "reconcile-verify", "0")

    front.heard = rewind

    report = shop.verified()

    front.heard = len
    assert refuted(report) == {("streams", "stream as user orders-app")}
    assert "the dead reader held" in about(report, "streams")[0].got


@pytest.mark.parametrize(("command", "words"), [("xack", "pending 1"), ("xdel", "length 9")])
def test_a_stream_whose_messages_stay(shop, command, words):
    shop.primary.tell("ACL", "SETUSER", "orders-app", f"-{command}")

    report = shop.verified(only={"streams"})

    assert words in about(report, "streams")[0].got
    assert refuted(report) == {("streams", "stream as user orders-app")}


def test_values_that_do_not_come_back(shop):
    front = shop.fronts["primary"]

    def overwrite(data: bytes) -> None:
        for key in (
            shop.primary.admin.keys("*reconcile-verify*") if b"$3\r\nGET\r\n" in data else ()
        ):
            shop.primary.tell("SET", key, "another", "KEEPTTL")

    front.heard = overwrite

    report = shop.verified(only={"data", "many keys"})

    front.heard = len
    assert refuted(report) == {
        ("data", "string as user orders-app"),
        ("many keys", "many keys as user orders-app"),
    }


@pytest.mark.parametrize(
    ("asked", "tampered", "sort", "got"),
    [
        ("INCRBY", ("INCRBY", "*:counter", "1"), "counter", "40 and INCRBY 2 answered 43"),
        ("HGETALL", ("HSET", "*:hash", "one", "x"), "hash", "HGETALL answered"),
        ("HGETALL", ("HDEL", "*:hash", "three"), "hash", "HGETALL answered"),
    ],
)
def test_somebody_else_who_writes_to_it(shop, asked, tampered, sort, got):
    front = shop.fronts["primary"]
    command, pattern, *rest = tampered

    def tamper(data: bytes) -> None:
        for key in shop.primary.admin.keys(pattern) if asked.encode() in data else ():
            shop.primary.tell(command, key, *rest)

    front.heard = tamper

    report = shop.verified(only={"data"})

    front.heard = len
    assert refuted(report) == {("data", f"{sort} as user orders-app")}
    assert any(one.got.startswith(got) for one in report.findings)


def test_many_keys_of_which_one_is_another_at_the_last_look(shop):
    front, left = shop.fronts["primary"], []

    def overwrite(data: bytes) -> None:
        keys = shop.primary.admin.keys("*reconcile-verify*") if b"\r\nMGET\r\n" in data else []
        left.extend(shop.primary.admin.pttl(key) for key in keys)
        for key in keys[:1]:
            shop.primary.tell("SET", key, "another", "KEEPTTL")

    front.heard = overwrite

    report = shop.verified(only={"many keys"})

    front.heard = len
    assert refuted(report) == {("many keys", "many keys as user orders-app")}
    assert "MGET gave other values" in report.findings[0].got
    # MSET takes the time to live away: it was given back before anything else was done.
    assert len(left) == 32
    assert all(0 < one <= 60_000 for one in left)


def test_a_reader_that_gets_nothing_is_named(shop):
    front, stolen = shop.fronts["primary"], []

    def steal(data: bytes) -> None:
        if b"XREADGROUP" in data and b"three" in data and not stolen:
            [stream] = shop.primary.admin.keys("*:stream")
            group = ("GROUP", "reconcile-verify", "thief", "COUNT", "9", "NOACK")
            stolen.append(shop.primary.tell("XREADGROUP", *group, "STREAMS", stream, ">"))

    front.heard = steal

    report = shop.verified(only={"streams"})

    front.heard = len
    assert refuted(report) == {("streams", "stream as user orders-app")}
    assert about(report, "streams")[0].got == "reader three got nothing"


@pytest.mark.parametrize(
    ("came", "ordered", "said"),
    [
        ("12345", True, ""),
        ("21345", True, "what came was 2, 1, 3, 4, 5"),
        ("21345", False, ""),
        ("11345", False, "what came was 1, 1, 3, 4, 5"),
    ],
)
def test_an_order_is_kept_where_it_is_promised(came, ordered, said):
    speaker = SimpleNamespace(ask=lambda *words: answered(1))
    heard = iter(came)
    line = SimpleNamespace(next=lambda: answered(["message", "news", next(heard)]))

    assert pubsub._spoken(speaker, "PUBLISH", "news", line, ordered=ordered) == said


@pytest.mark.parametrize(
    ("later", "got"),
    [
        pytest.param(("PERSIST",), "PTTL answered -1, expected at most 60 s", id="lost"),
        pytest.param(("PEXPIRE", "50000"), "the time to live stays at", id="standing still"),
    ],
)
def test_a_time_to_live_that_is(shop, later, got):
    front, looks = shop.fronts["primary"], []

    def tamper(data: bytes) -> None:
        if b"PTTL" not in data:
            return
        for key in shop.primary.admin.keys("*:counter"):
            looks.append(key)
            first = len(looks) == 1 and later[0] == "PEXPIRE"
            command, *rest = ("PEXPIRE", "40000") if first else later
            shop.primary.tell(command, key, *rest)

    front.heard = tamper

    report = shop.verified(only={"data"})

    front.heard = len
    assert refuted(report) == {("data", "counter as user orders-app")}
    assert any(one.got.startswith(got) for one in report.findings)


def test_messages_that_come_twice(shop):
    front, sent = shop.fronts["primary"], []

    def repeat(data: bytes) -> None:
        if b"\r\nPUBLISH\r\n" in data and not sent:
            sent.append(data)
            channel = data.split(b"\r\n")[4].decode()
            shop.primary.tell("PUBLISH", channel, "1")

    front.heard = repeat

    report = shop.verified(only={"pub/sub"})

    front.heard = len
    assert refuted(report) == {("pub/sub", "pub/sub as user orders-app")}


def test_a_node_that_messages_of_another_do_not_reach(shop):
    shop.silence_s = 2  # so long it waits for what never comes
    # It follows nobody: what is published at the primary stays there.
    for node in shop.nodes[1:]:
        node.tell("REPLICAOF", "NO", "ONE")

    report = shop.verified(only={"pub/sub"})

    assert refuted(report) == {
        ("pub/sub", "pub/sub across nodes as user orders-app"),
        ("pub/sub", "sharded pub/sub across nodes as user orders-app"),
    }


def test_messages_reach_other_nodes_of_a_cluster(catalog):
    report = catalog.verified(only={"pub/sub"})

    proven = {one.subject for one in report.findings if one.verdict == "proven"}
    assert proven == {
        "pub/sub as the AUTH token",
        "pub/sub across nodes as the AUTH token",
        "sharded pub/sub as the AUTH token",
        "sharded pub/sub across nodes as the AUTH token",
    }


def test_a_second_reader_that_takes_the_same_messages(shop):
    # Somebody resets the group while its readers work: messages are handled twice.
    front, reads = shop.fronts["primary"], []

    def rewind(data: bytes) -> None:
        if b"XREADGROUP" in data and b"three" in data:
            reads.append(data)
        if len(reads) == 1:
            reads.append(b"once")
            [stream] = shop.primary.admin.keys("*:stream")
            shop.primary.tell("XADD", stream, "*", "n", "stray")

    front.heard = rewind

    report = shop.verified(only={"streams"})

    front.heard = len
    assert refuted(report) == {("streams", "stream as user orders-app")}
