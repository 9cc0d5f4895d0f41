"""A light probe beside a change: for how long clients of before could not use a cache."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from drilling.conftest import Drilling
from verifying.engines import until

from reconciler.checks.target import targets_of
from reconciler.kind import Impact
from reconciler.model import Address
from reconciler.report.soak_report import soak_json, soak_text
from reconciler.soak import EVERY_S, Soaked, promise, soaking

pytestmark = pytest.mark.engines

ORDERS = Address("replication_group", "orders")
NOTHING = SimpleNamespace(changes=())


def change(address: Address, *impacts: tuple[Impact, str], reaches=()):
    steps = [SimpleNamespace(impact=impact, impact_text=text) for impact, text in impacts]
    return SimpleNamespace(address=address, reaches=reaches, steps=steps)


def asked(drilling: Drilling) -> int:
    """Give how often the primary was asked HELLO, as the engine counts."""
    said = drilling.shop.primary.admin.info("commandstats")
    return said.get("cmdstat_hello", {}).get("calls", 0)


def soaked(
    drilling: Drilling, meanwhile, tls: str = "required", plan=NOTHING, *, ends: bool = True
) -> Soaked:
    shop = drilling.shop
    targets = list(targets_of(shop.desired, shop.observed(), {}))
    with soaking(targets, {ORDERS: tls}, plan, shop.ports()) as told:
        before = asked(drilling)
        until(lambda: asked(drilling) > before + 5, "it is probed")
        meanwhile()
        if ends:
            after = asked(drilling)
            until(lambda: asked(drilling) > after + 5, "it is probed again")
    [found] = told()
    return found


def test_a_cache_that_nothing_happened_to_was_never_unusable(drilling):
    found = soaked(drilling, lambda: None)

    assert found.side.total_s == 0.0
    assert found.side.made > 5
    assert "never unusable" in soak_text([found])


def test_what_the_first_connection_takes_to_open_is_no_outage(drilling):
    front, first = drilling.shop.fronts["primary"], []

    def linger(data: bytes) -> None:
        if not first:
            first.append(data)
            time.sleep(0.4)

    front.heard = linger
    found = soaked(drilling, lambda: None)
    front.heard = len

    assert first
    assert found.side.longest_s < 0.4


def test_a_node_that_is_held_is_unusable_for_so_long(drilling):
    def hold() -> None:
        drilling.hold(0.6)
        drilling.shop.primary.tell("PING")  # answered when it goes on

    found = soaked(drilling, hold)

    # Not longer than it was: how exact that is, timelines without a clock of a wall say.
    assert found.side.longest_s >= 0.6 - EVERY_S
    shown = soak_json([found])[str(ORDERS)]
    assert shown["unusable_s"] >= 0.6 - EVERY_S
    assert shown["interruptions"][0]["ended"]


def test_a_client_that_is_cut_off_comes_back_by_the_new_way(drilling):
    # It speaks plaintext, as before the change; only TLS is taken any more.
    found = soaked(drilling, lambda: None, tls="off")

    assert found.side.failed
    assert sum(one.good for one in found.side.buckets) > 3


def test_a_primarys_name_that_leads_to_a_replica_is_of_no_use(drilling):
    def demote() -> None:
        drilling.shop.primary.tell("REPLICAOF", "127.0.0.1", drilling.shop.nodes[1].port)
        time.sleep(0.5)
        drilling.shop.primary.tell("REPLICAOF", "NO", "ONE")

    found = soaked(drilling, demote)

    assert found.side.longest_s >= 0.5 - 2 * EVERY_S
    assert "takes no writes" in " ".join(found.side.failed)


def test_an_outage_that_lasts_is_told_as_such(drilling):
    front = drilling.shop.fronts["primary"]
    right = front.target

    def cut() -> None:
        front.target = 1
        for one in drilling.shop.primary.admin.client_list():
            if one["name"] == "reconcile-verify":
                drilling.shop.primary.admin.client_kill(one["addr"])
        time.sleep(0.3)

    try:
        found = soaked(drilling, cut, ends=False)
    finally:
        front.target = right

    assert found.side.interruptions[-1].open
    assert "still so at the end" in " ".join(soak_text([found]).split())


def test_the_worst_of_what_the_plan_says_stands_beside_it():
    group = Address("user_group", "shop")
    plan = SimpleNamespace(
        changes=(
            change(ORDERS, (Impact.NONE, "no interruption known"), (Impact.FAILOVER, "a failover")),
            change(group, (Impact.INTERRUPTION, "elsewhere")),
        )
    )

    assert promise(plan, ORDERS) == "a failover"
    assert promise(plan, Address("replication_group", "carts")) == "the plan does not touch it"


def test_what_reaches_a_cache_counts_for_it_too():
    plan = SimpleNamespace(
        changes=(
            change(Address("user", "app"), (Impact.NONE, "nobody cut off"), reaches=(ORDERS,)),
        )
    )

    assert promise(plan, ORDERS) == "nobody cut off"


def test_a_cache_that_was_not_probed_has_a_reason_and_no_figure():
    told = soak_json([Soaked(ORDERS, None, "created", "it is not there")])

    assert told[str(ORDERS)] == {"promised": "created", "not_probed": "it is not there"}
