"""Drills on real connections: a primary that is held, and nothing that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from drilling.conftest import Service
from verifying.engines import until
from verifying.shop import USERS

from reconciler.errors import AwsError, CouldNotLook
from reconciler.model import Verify
from reconciler.report.drill_report import drill_json

pytestmark = pytest.mark.engines

HELD_S = 0.7


def test_a_primary_that_is_held_interrupts_its_clients_for_so_long(drilling):
    found = drilling.drill(Service(lambda: drilling.hold(HELD_S)), reads="primary")

    for side in (found.reads, found.writes):
        # A machine full of other tests; the figure itself is judged by the known outages.
        assert side.longest_s == pytest.approx(HELD_S, abs=0.1)
    assert found.tally.lost == 0


@pytest.mark.slow
def test_reads_from_replicas_go_on_meanwhile(drilling):
    found = drilling.drill(Service(lambda: drilling.hold(HELD_S)), reads="replica")

    assert found.reads.longest_s < HELD_S / 2
    assert found.writes.longest_s == pytest.approx(HELD_S, abs=0.1)


def test_what_the_load_wrote_is_removed_also_when_the_service_refuses(drilling):
    def refuse() -> None:
        raise AwsError("elasticache", "TestFailover", "APICallRateForCustomerExceeded", "no more")

    with pytest.raises(AwsError, match="APICallRate"):
        drilling.drill(Service(refuse))

    assert drilling.shop.primary.admin.dbsize() == 0


def test_writes_that_are_gone_are_counted_as_lost(drilling):
    primary, seen = drilling.shop.primary, {}

    def lose() -> None:
        [key] = primary.admin.keys("*drill*")
        # Three numbers, as a replica that had not got them yet would lack them.
        seen["gone"] = len(primary.admin.lrange(key, 0, 2))
        primary.admin.ltrim(key, 3, -1)

    found = drilling.drill(Service(lose), seconds=0.6, usual_s=0.3)

    assert seen["gone"] == 3
    assert found.tally.lost == 3


def test_writes_that_are_there_twice_are_counted(drilling):
    primary = drilling.shop.primary

    def double() -> None:
        [key] = primary.admin.keys("*drill*")
        primary.admin.rpush(key, 0, 1)

    assert drilling.drill(Service(double), seconds=0.6, usual_s=0.3).tally.duplicate == 2


def test_the_only_write_to_the_service_is_one_failover_of_this_shard(drilling):
    service = Service()

    drilling.drill(service, seconds=0.6, usual_s=0.3)

    assert service.called == [("orders", "0001")]


def test_where_nobody_may_write_there_is_no_drill_and_no_failover(drilling):
    drilling.shop.users = (drilling.shop.users[1], drilling.shop.users[2])
    service = Service()

    try:
        with pytest.raises(CouldNotLook, match="no user that verify can log in as may RPUSH"):
            drilling.drill(service)
    finally:
        drilling.shop.users = USERS

    assert service.called == []


def test_a_list_that_is_left_behind_ends_by_itself(drilling):
    primary, lives = drilling.shop.primary, []

    def look() -> None:
        [key] = primary.admin.keys("*drill*")
        until(lambda: primary.admin.ttl(key) > 0, "its first write gives it a time to live")
        lives.append(primary.admin.ttl(key))

    drilling.drill(Service(look), seconds=0.6, usual_s=0.3)

    assert 0 < lives[0] <= 900


def test_a_cache_that_is_not_opened_to_writes_is_written_to_once_a_drill_is_confirmed(drilling):
    drilling.shop.verify = Verify(writes=False)

    try:
        found = drilling.drill(Service(), seconds=0.6, usual_s=0.3)
    finally:
        drilling.shop.verify = Verify(writes=True)

    assert found.tally.acknowledged > 0


def test_a_promotion_that_is_not_seen_to_end_is_no_success(drilling):
    found = drilling.drill(Service(), seconds=0.6, usual_s=0.3)

    assert found.exit_code == 1
    assert "promoted_s" not in drill_json(found)["service"]


def test_what_the_service_told_before_is_no_part_of_it(drilling):
    # Its clock may be ahead of ours: then another drill's events seem to come after this one began.
    ahead = datetime.now(UTC) + timedelta(hours=1)
    earlier = [
        event(ahead, "orders", "Test Failover API called for node group 0001"),
        event(ahead, "orders", "Failover from primary node orders-001 to replica node orders-002"),
    ]
    service = Service()
    service.events = list(earlier)
    called = event(ahead, "orders", "Test Failover API called for node group 0001 again")
    service.on_failover = lambda: service.events.append(called)

    found = drilling.drill(service, seconds=0.9, usual_s=0.3)

    assert found.service is not None
    assert {one.words for one in found.service.events} == {called["Message"]}
    assert found.service.promoted_s is None


def event(at, source, words):
    return {"Date": at, "SourceIdentifier": source, "Message": words}
