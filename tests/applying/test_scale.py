"""Many at once take as long as the slowest chain, in as many looks as there are pages."""

from __future__ import annotations

import pytest
from estate import Estate
from inprocess import InProcess
from transition import ONE, orders, people, user

from elasticache_local.service import Durations

USERS, CACHES = 100, 20
DURATIONS = Durations(user_create=20, group_create=30, cache_create=600)
SLOWEST_CHAIN_S = 20 + 30 + 600


@pytest.fixture
def estate() -> Estate:
    names = [f"app-{number:03}" for number in range(USERS)]
    made = Estate(
        InProcess(durations=DURATIONS),
        (
            *(user(name) for name in names),
            people(*names[:50]),
            *(
                orders(user_group_ids=("people",)).but(id=f"cache-{number:02}")
                for number in range(CACHES)
            ),
        ),
    )
    made.bench.secrets.put(ONE, "a-secret-of-this-test")
    return made


def test_a_hundred_users_and_twenty_caches_take_no_longer_than_the_slowest_chain(estate):
    summary = estate.apply()

    assert summary.exit_code == 0
    assert summary.writes == USERS + 1 + CACHES
    assert summary.elapsed_s <= SLOWEST_CHAIN_S * 1.1
    looks = len([wait for wait in estate.bench.clock.waits if wait])
    # A tenth of what has passed lies between two looks: one step ends that late at most.
    assert looks < 140
    assert estate.bench.reads["describe_replication_groups"] <= looks + 3
    assert estate.bench.reads["describe_users"] <= looks + 3


def test_with_three_in_ten_throttled_they_take_half_as_long_again_at_most(estate):
    estate.bench.service.faults.add(
        {"sort": "throttle", "share": 0.3, "actions": ("Create*", "AddTags*")}
    )

    summary = estate.apply()

    assert summary.exit_code == 0
    assert summary.elapsed_s <= SLOWEST_CHAIN_S * 1.5
