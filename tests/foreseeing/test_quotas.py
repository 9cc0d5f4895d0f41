"""What would be too many is counted over everything in the region, ours or not."""

from __future__ import annotations

import build
import pytest

from reconciler.errors import AwsError, CouldNotLook
from reconciler.preflight.quota import nodes_of

DENIED = AwsError("service-quotas", "ListServiceQuotas", "AccessDenied", "no", status=403)


def users(count: int):
    return [build.user(f"u{place}") for place in range(count)]


def text_of(found) -> str:
    return " ".join(text for texts in found.refusals.values() for text in texts)


def test_more_users_than_the_account_may_have_are_refused_as_the_service_would(ahead):
    there = ahead(user_quota=3)

    found = there.of(*users(3))

    assert "there would be 4 users in the region; the account's quota is 3" in text_of(found)
    assert there.applied(*users(3)).failed


def test_as_many_as_the_account_may_have_are_fine(ahead):
    there = ahead(user_quota=4)

    assert not there.of(*users(3)).refusals
    assert not there.applied(*users(3)).failed


def test_nodes_are_counted_over_all_caches_of_the_region(ahead):
    there = ahead().standing(build.replication_group(), build.cluster())
    there.bench.service.faults.add({"sort": "quota", "quota": "nodes", "limit": 5})

    found = there.of(
        build.replication_group(), build.cluster(), build.replication_group("more")
    )  # fmt: skip

    assert "there would be 6 nodes in the region; the account's quota is 5" in text_of(found)


def test_a_change_that_makes_nothing_grow_asks_for_no_quota(ahead):
    there = ahead().standing(build.user())

    there.of(build.user(access_string="on ~app:* -@all +get"))

    assert not there.bench.reads["list_service_quotas"]


@pytest.mark.parametrize(
    "silence", [DENIED, CouldNotLook("service-quotas gave no answer")], ids=str
)
def test_below_the_default_a_quota_that_cannot_be_read_is_no_news(ahead, silence):
    there = ahead()
    there.silent("list_service_quotas", silence)

    found = there.of(build.user())

    assert not found.findings


def test_above_the_default_a_quota_that_cannot_be_read_is_said_and_refuses_nothing(ahead):
    there = ahead()
    there.silent("list_service_quotas", DENIED)
    group = build.user_group(user_ids=tuple(f"u{place}" for place in range(101)))

    found = there.of(*users(101), group)

    assert not found.refusals
    assert [one for one in found.notes if "whether 101 users in one user group are allowed" in one]


@pytest.mark.parametrize(
    ("resource", "count"),
    [
        (build.replication_group(), 2),
        (build.replication_group(num_cache_clusters=None), 1),
        (build.replication_group(num_node_groups=3, replicas_per_node_group=2), 9),
        (build.replication_group(num_node_groups=3), 3),
        (build.shown_group(cluster_mode="enabled", num_node_groups=4), 8),
        (build.cluster(num_cache_nodes=7), 7),
        (build.user(), 0),
    ],
)
def test_nodes_of_each_shape(resource, count):
    assert nodes_of(resource) == count


def test_a_thousand_new_users_cost_one_call(ahead):
    there = ahead(user_quota=5000)
    group = build.user_group(user_ids=("u0",))

    found = there.of(*users(1000), group)

    assert not found.refusals
    assert found.calls == 1
