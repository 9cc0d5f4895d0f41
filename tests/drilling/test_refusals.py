"""When no drill is held: everything is refused before anything is sent."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from inprocess import InProcess

from reconciler.checks.announced import slot_of
from reconciler.checks.target import Account, targets_of
from reconciler.checks.visit import Key
from reconciler.drill import Aim, aim, refusals, refuse_beyond_the_day
from reconciler.drill.aim import crew
from reconciler.drill.service import Event, look, read_as, told_since, used_today
from reconciler.errors import Refused, UsageError
from reconciler.kind import Endpoint, Live, Node, Ownership, Shard
from reconciler.model import Address, ReplicationGroup, Safety

ORDERS = Address("replication_group", "orders")
GROUP = ReplicationGroup(
    id="orders", engine="valkey", num_cache_clusters=2, automatic_failover_enabled=True
)
NODES = tuple(
    Node(f"orders-00{at}", "0001", role, "available", "8.1.0")
    for at, role in ((1, "primary"), (2, "replica"))
)
LIVE = Live(
    GROUP,
    "arn",
    "available",
    at_rest=True,
    endpoints=(Endpoint("primary", "orders", 6379, True),),
    shards=(Shard("0001", "available", ""),),
    nodes=NODES,
    ownership=Ownership.OWNED,
)


def aimed(live: Live = LIVE, shard: str | None = None) -> Aim:
    [target] = targets_of({ORDERS: GROUP}, {ORDERS: live}, {})
    return aim(target, live, shard, failover=True)


def reasons(live: Live = LIVE, *, mode: str = "manage", **safety) -> list[str]:
    return list(refusals(aimed(live), live, Safety(**safety), mode=mode))


def test_a_healthy_shard_of_ours_may_be_failed_over():
    assert reasons() == []


def test_what_is_protected_is_refused():
    [reason] = reasons(protect=["replication_group/orders"])

    assert "safety.protect" in reason


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"ownership": Ownership.UNMANAGED}, "not ours"),
        ({"ownership": Ownership.UNKNOWN}, "not ours"),
        ({"at_rest": False, "status": "modifying"}, "modifying, not at rest"),
        ({"nodes": NODES[:1]}, "no replica"),
        ({"resource": GROUP.but(automatic_failover_enabled=False)}, "automatic_failover_enabled"),
    ],
)
def test_what_can_not_be_failed_over_is_refused(change, word):
    [reason] = reasons(dataclasses.replace(LIVE, **change))

    assert word in reason


def test_an_estate_that_is_only_watched_is_refused():
    assert "mode: observe" in reasons(mode="observe")[0]


def test_which_shard_must_be_said_where_there_are_several():
    two = dataclasses.replace(LIVE, shards=(*LIVE.shards, Shard("0002", "available", "")))

    with pytest.raises(UsageError, match="0001, 0002"):
        aimed(two)
    assert aimed(two, "0002").shard.id == "0002"


def test_a_shard_that_is_not_there_is_named_beside_those_that_are():
    with pytest.raises(UsageError, match="no shard 0007; there are: 0001"):
        aimed(shard="0007")


def test_the_services_daily_limit_is_respected_before_it_has_to_refuse():
    refuse_beyond_the_day(14, ORDERS)

    with pytest.raises(Refused, match="15 failovers were tested"):
        refuse_beyond_the_day(15, ORDERS)


@pytest.fixture
def service() -> InProcess:
    bench = InProcess()
    bench.aws(
        "create_replication_group",
        ReplicationGroupId="orders",
        ReplicationGroupDescription="x",
        Engine="valkey",
        CacheNodeType="cache.r7g.large",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
    )
    bench.settle()
    return bench


def test_failovers_of_the_last_day_are_counted_from_the_services_events(service):
    assert used_today(service.reader(), service.clock.now()) == 0

    service.aws("test_failover", ReplicationGroupId="orders", NodeGroupId="0001")
    service.settle()

    assert used_today(service.reader(), service.clock.now()) == 1
    assert used_today(service.reader(), service.clock.now() + timedelta(hours=24)) == 0


def test_the_services_own_figures_come_from_its_events(service):
    since = service.clock.now()
    before = look(service.reader(), "orders", "0001")

    service.aws("test_failover", ReplicationGroupId="orders", NodeGroupId="0001")
    during = look(service.reader(), "orders", "0001")
    service.settle()
    after = look(service.reader(), "orders", "0001")

    sources = frozenset({"orders", "orders-001", "orders-002"})
    events = told_since(service.reader(), sources, since)
    seen = read_as(events, "0001", old=before.primary, new=after.primary, at_rest=after.at_rest)
    assert (before.at_rest, during.at_rest, after.at_rest) == (True, False, True)
    assert (seen.old, seen.new) == ("orders-001", "orders-002")
    assert seen.promoted_s is not None
    assert seen.recovered_s >= seen.promoted_s > 0


def test_events_of_another_group_are_no_part_of_it(service):
    since = service.clock.now()
    service.aws("test_failover", ReplicationGroupId="orders", NodeGroupId="0001")
    service.settle()

    told = told_since(service.reader(), frozenset({"orders-002"}), since)

    assert {one.source for one in told} <= {"orders-002"}
    assert told_since(service.reader(), frozenset({"carts"}), since) == ()


def test_every_worker_writes_to_the_shard_that_is_meant():
    token = Account("AUTH token", None, "password", access_string="on ~* &* +@all")
    wide = Shard("0002", "available", "8192-16383")
    [found] = targets_of({ORDERS: GROUP}, {ORDERS: LIVE}, {})
    target = dataclasses.replace(found, clustered=True, accounts=(token,))
    key = Key(token, token.label, None)
    visit = SimpleNamespace(
        target=target,
        run="r1",
        main=target.main,
        speakers=lambda *_: iter([key]),
        silence=lambda _: "",
        asked=lambda *_: None,
    )

    _, names = crew(visit, Aim(target, wide, frozenset()), 6)

    assert len(set(names)) == 6
    assert all(slot_of(name) >= 8192 for name in names)
    assert all("reconcile-verify:r1:drill" in name for name in names)


def test_an_event_of_another_shard_starts_nothing():
    at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    events = (
        Event(at, "orders", "Test Failover API called for node group 0002"),
        Event(at, "orders", "Failover from primary node a to replica node b completed"),
    )

    seen = read_as(events, "0001", old="", new="", at_rest=True)

    assert (seen.promoted_s, seen.recovered_s) == (None, None)
