"""Laws one and three: harmless whoever asks, and a guest in somebody's cache."""

from __future__ import annotations

import contextlib
import functools
import gc

import pytest
from pydantic import SecretStr
from redis.crc import key_slot
from verifying.catalog import TOKEN
from verifying.condition import condition, neighbour, written_to
from verifying.condition import furnish as fill
from verifying.engines import BINARIES, engines, until
from verifying.recorder import recorded
from verifying.shop import APP, Given, WallClock, about, refuted

from reconciler.acl import table
from reconciler.acl.decision import NotACommand, question
from reconciler.checks import guest
from reconciler.checks.guest import own_name
from reconciler.checks.visit import Ports
from reconciler.connect import RedisConnector
from reconciler.kind import Endpoint
from reconciler.model import External, Verify
from reconciler.ports import Login
from reconciler.verify import verify

pytestmark = pytest.mark.engines

NAMED_BY_THE_SPEC = {"orders:1", "carts:1"}


def furnish(shop) -> None:
    for words in (
        "SET orders:1 theirs", "SET carts:1 theirs EX 600", "RPUSH orders:list x y z",
        "SADD carts:set x y", "ZADD orders:z 1 x", "HSET orders:h x 1", "XADD orders:s 1-1 x y",
    ):  # fmt: skip
        shop.primary.tell(*words.split())
    shop.primary.tell("WAIT", 2, 1000)


def make_almighty(shop) -> None:
    for node in shop.nodes:
        for name in ("orders-app", "orders-report"):
            node.tell("ACL", "SETUSER", name, "on", "~*", "&*", "+@all")


def all_of(place) -> list[object]:
    return [condition(node) for node in place.nodes]


@pytest.mark.parametrize("writes", [False, True], ids=["reading", "writing"])
def test_nothing_is_harmed_when_every_user_holds_every_right(shop, writes):
    shop.verify = Verify(writes=writes)
    furnish(shop)
    make_almighty(shop)
    with contextlib.ExitStack() as open_ones:
        beside = [open_ones.enter_context(neighbour(node)) for node in shop.nodes]
        before, changes = all_of(shop), written_to(shop.primary)

        report = shop.verified()

        shop.primary.tell("WAIT", 2, 1000)
        assert all_of(shop) == before
        assert [one.heard() for one in beside] == [[], [], []]
    assert (written_to(shop.primary) == changes) is not writes
    assert {check for check, _ in refuted(report)} == {"rights"}


def test_nothing_of_a_cluster_is_harmed_by_a_token_that_opens_everything(catalog):
    for number in range(40):
        key = f"theirs-{number}"
        node = catalog.nodes[0 if key_slot(key.encode()) < 8192 else 1]
        node.tell("SET", key, number, "EX", 600 + number)
    for primary in catalog.nodes[:2]:
        primary.tell("WAIT", 1, 1000)
    before = all_of(catalog)

    commands = recorded_everywhere(catalog)

    for primary in catalog.nodes[:2]:
        primary.tell("WAIT", 1, 1000)
    assert all_of(catalog) == before
    assert named_by(commands) == set()
    for primary in catalog.nodes[:2]:
        primary.tell("FLUSHALL")


def recorded_everywhere(place) -> list[tuple[str, ...]]:
    """Give what every node ran while the whole of it was verified."""
    ran: list[tuple[str, ...]] = []
    work = place.verified
    for node in place.nodes:
        work = functools.partial(lambda node, inner: ran.extend(recorded(node, inner)), node, work)
    work()
    return ran


def named_by(commands: list[tuple[str, ...]]) -> set[str]:
    """Give the keys that are neither ours nor the spec's."""
    named = set()
    for words in commands:
        try:
            asked = question(words, table("valkey", "9.1"))
        except NotACommand:
            continue
        named |= {asked.argv[key.at] for key in asked.keys}
    return {key for key in named - NAMED_BY_THE_SPEC if "reconcile-verify:" not in key}


def test_no_other_key_is_ever_named_and_nothing_is_scanned_at_any_node(shop):
    furnish(shop)
    make_almighty(shop)

    commands = recorded_everywhere(shop)

    assert named_by(commands) == set()
    assert len(commands) > 300
    counting = {"KEYS", "DBSIZE", "RANDOMKEY", "SCAN"}
    assert {words for words in commands if words[0].upper() in counting} <= {("SCAN", "notacursor")}


@pytest.mark.slow
@pytest.mark.parametrize("binary", BINARIES, ids=lambda one: f"{one.family} {one.version_text}")
def test_of_each_engine_nothing_is_harmed_and_nothing_else_is_named(tmp_path, binary):
    """As an external target, open to anyone: every check runs with every right."""
    with engines(tmp_path, 1, binary=binary) as [node], neighbour(node) as beside:
        fill(node)
        before = condition(node)
        target = External(addresses=(f"127.0.0.1:{node.port}",), verify=Verify(writes=True))
        ports = Ports(Given({}), None, RedisConnector(read_timeout_s=5), WallClock())

        commands = recorded(node, lambda: verify({}, {}, ports, external={"one": target}))

        assert condition(node) == before
        assert beside.heard() == []
    assert named_by(commands) == set()
    assert len(commands) > 50


def test_what_can_not_be_removed_expires(shop):
    rights = "on ~orders:* resetchannels -@all +set +get +pttl +incrby +hset +hgetall +expire +ping"
    shop.users = (APP.but(access_string=rights, expect=None), *shop.users[1:])
    shop.heal()

    report = shop.verified(only={"data"})

    left = shop.primary.admin.keys("*")
    assert [one.verdict for one in about(report, "data")] == ["proven"] * 3
    assert len(left) == 3
    assert all(0 < shop.primary.admin.pttl(key) <= 1000 for key in left)


def test_what_was_written_is_removed_after_a_failure(shop, monkeypatch):
    class Broken(type(shop.ports().clock)):
        def wait(self, seconds: float) -> None:
            raise KeyboardInterrupt

    ports = shop.ports()
    shop.ports = lambda: type(ports)(ports.secrets, None, ports.connector, Broken())

    with pytest.raises(KeyboardInterrupt):
        shop.verified(only={"data"})

    assert shop.primary.admin.keys("*") == []


def test_who_is_interrupted_ends_with_the_probe_that_is_under_way(shop):
    told = []

    def interrupt(finding) -> None:
        told.append(finding)
        if finding.check == "login":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.verified(on_finding=interrupt)

    assert told[-1].check == "login"
    assert shop.primary.admin.keys("*") == []


def test_a_full_cache_is_left_alone(shop):
    used = shop.primary.admin.info("memory")["used_memory"]
    shop.users = (
        APP.but(access_string="on ~orders:* &* -@all +@read +@write +@connection +info"),
        *shop.users[1:],
    )
    shop.heal()
    shop.primary.tell("CONFIG", "SET", "maxmemory", int(used / 0.95))

    report = shop.verified(only={"data"})

    shop.primary.tell("CONFIG", "SET", "maxmemory", 0)
    assert {one.verdict for one in about(report, "data")} == {"not proven"}
    assert "full" in about(report, "data")[0].got


def test_a_pattern_without_room_for_a_guest_gets_no_guest(shop):
    exact = "on ~orders:1 ~orders:? &orders:new -@all +@read +@write +@pubsub +@connection"
    shop.users = (APP.but(access_string=exact, expect=None), *shop.users[1:])
    shop.heal()

    report = shop.verified(only={"data", "pub/sub", "streams"})

    assert {one.verdict for one in report.findings} == {"not proven"}
    assert "could be ours" in about(report, "data")[0].got


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*", "reconcile-verify:r1:x"),
        ("orders:*", "orders:reconcile-verify:r1:x"),
        ("*:cart", "reconcile-verify:r1:x:cart"),
        ("a*b*c", "areconcile-verify:r1:xbc"),
        ("{shop}:*", "{shop}:reconcile-verify:r1:x"),
        ("v?:[0-9]:*", "vx:0:reconcile-verify:r1:x"),
        ("[^x-z]*", "areconcile-verify:r1:x"),
        (r"a\*b:*", "a*b:reconcile-verify:r1:x"),
        ("orders:1", None),
        ("orders:?", None),
    ],
)
def test_a_name_is_found_inside_a_pattern(pattern, name):
    assert own_name(pattern, "r1", "x") == name
    assert guest.outside_name("r1", "x").startswith("reconcile-verify:r1:")


def test_whoever_is_closed_hangs_up_at_once(catalog):
    """The engines say who is there: nobody waits for the garbage to be collected."""
    place = Endpoint("configuration", "127.0.0.1", catalog.nodes[0].port, tls=False)
    login, connector = Login(None, SecretStr(TOKEN)), RedisConnector()
    cluster = connector.cluster(place, login, tls=False)
    alone = connector.node(place, login, tls=False)
    for number in range(40):
        cluster.get(f"reconcile-verify:{number}")
    alone.ping()
    assert [guests(node) for node in catalog.nodes] == [2, 1, 0, 0]

    cluster.close()
    alone.close()

    until(lambda: not any(map(guests, catalog.nodes)), "they have hung up")


def test_after_a_visit_nobody_is_left(shop, catalog):
    gc.disable()
    try:
        shop.verified()
        catalog.verified()
        until(lambda: not any(map(guests, [*shop.nodes, *catalog.nodes])), "all have hung up")
    finally:
        gc.enable()


def guests(node) -> int:
    """Give how many connections are ours."""
    return sum(one["name"] == "reconcile-verify" for one in node.admin.client_list())
