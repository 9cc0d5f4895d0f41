"""What only many runs and many caches show: no false alarm, and how long it takes."""

from __future__ import annotations

import contextlib
import time

import pytest
from verifying.engines import engines, free_port
from verifying.front import Front
from verifying.shop import APP, DEFAULT, SECRETS, Given, Shop, refuted, with_password
from verifying.test_unreachable import Mute

from reconciler.kind import Endpoint, Live
from reconciler.model import Address, Expect, ReplicationGroup, User, UserGroup, Verify
from reconciler.verify import Wishes, verify

pytestmark = [pytest.mark.engines, pytest.mark.slow]

CACHES, USERS, RUNS = 20, 10, 200


def test_two_hundred_runs_on_healthy_caches_raise_no_alarm(shop, catalog):
    for number in range(RUNS // 2):
        for place in (shop, catalog):
            report = place.verified()
            assert refuted(report) == set(), number
            assert report.counts["not proven"] == 0, number

    # In the same run: the same caches, with one thing broken, raise exactly that one.
    shop.nodes[2].tell("ACL", "SETUSER", "orders-app", "+flushall")
    assert refuted(shop.verified()) == {("rights", "user orders-app: FLUSHALL at node orders-003")}


def people() -> tuple[User, ...]:
    expect = Expect(can=("GET orders:1",), cannot=("SET carts:1 x", "FLUSHALL"))
    some = [
        APP.but(id=f"person-{number}", authentication_mode=with_password("APP"), expect=expect)
        for number in range(USERS - 1)
    ]
    return (*some, DEFAULT)


class Estate:
    """Twenty caches of one node, behind TLS, each with ten users."""

    def __init__(self, nodes, fronts, ports) -> None:
        self.nodes, self.fronts, self.ports = nodes, fronts, ports
        group = UserGroup(id="people", engine="valkey", user_ids=tuple(one.id for one in people()))
        caches = [
            ReplicationGroup(
                id=f"cache-{number:02}",
                engine="valkey",
                num_cache_clusters=1,
                transit_encryption_enabled=True,
                transit_encryption_mode="required",
                user_group_ids=("people",),
                verify=Verify(writes=True),
            )
            for number in range(len(fronts))
        ]
        self.desired = {one.address: one for one in (*people(), group, *caches)}

    def observed(self):
        live = {
            address: Live(one, "arn", "active", at_rest=True)
            for address, one in self.desired.items()
        }
        for number, front in enumerate(self.fronts):
            address = Address("replication_group", f"cache-{number:02}")
            place = Endpoint("primary", "127.0.0.1", front.port, True)
            live[address] = Live(
                self.desired[address], "arn", "available", at_rest=True, endpoints=(place,)
            )
        return live

    def verified(self):
        began = time.monotonic()
        report = verify(self.desired, self.observed(), self.ports, wishes=Wishes(patience_s=0.0))
        return report, time.monotonic() - began


@pytest.fixture(scope="module")
def estate(tmp_path_factory, authority):
    context = authority.context()
    with (
        engines(tmp_path_factory.mktemp("many"), CACHES) as nodes,
        contextlib.ExitStack() as open_ones,
    ):
        for node in nodes:
            node.set_user("default", "off")
            for user in people():
                Shop.let_in(node, user)
        fronts = [Front(node.port, context) for node in nodes]
        for front in fronts:
            open_ones.callback(front.close)
        ports = Shop(nodes, {}, authority, Given(SECRETS), silence_s=2).ports()
        yield Estate(nodes, fronts, ports)


def test_twenty_caches_with_ten_users_each_take_less_than_a_minute(estate):
    report, seconds = estate.verified()

    assert refuted(report) == set()
    assert len(report.engines) == CACHES
    logins = [one for one in report.findings if one.check == "login" and "with" not in one.subject]
    assert len(logins) >= CACHES * (USERS - 1)
    assert seconds < 60


def test_a_dead_endpoint_costs_its_own_time_out_once(estate):
    _, usual = estate.verified()
    mute = Mute()
    alive, estate.fronts[7] = estate.fronts[7], mute

    report, seconds = estate.verified()

    estate.fronts[7] = alive
    mute.close()
    assert refuted(report) == {("reach", "endpoints at primary")}
    # Two seconds to connect and two to read is what these ports wait; TLS first, then plaintext.
    assert seconds < usual * 2 + 9
    assert len(mute.taken) <= 2


def test_nobody_at_an_address_costs_nothing(estate):
    alive, estate.fronts[3] = estate.fronts[3], type("Nobody", (), {"port": free_port()})()

    report, _ = estate.verified()

    estate.fronts[3] = alive
    assert refuted(report) == {("reach", "endpoints at primary")}
