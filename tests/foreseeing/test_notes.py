"""What is worth knowing beside a change, and that a plan which asks for nothing costs nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import build
import pytest
from estate import Estate

from reconciler.errors import AwsError
from reconciler.preflight import foresee

UPDATE = {
    "ReplicationGroupId": "orders",
    "ServiceUpdateName": "elasticache-2026-09",
    "ServiceUpdateSeverity": "critical",
    "ServiceUpdateType": "security-update",
    "ServiceUpdateRecommendedApplyByDate": datetime(2026, 12, 1, tzinfo=UTC),
}


class WithUpdates:
    """A Reader that knows of a service update, and otherwise asks the bench."""

    def __init__(self, bench) -> None:
        self._inner, self.calls = bench.reader(), 0

    def read(self, service, operation, params=None):
        return self._inner.read(service, operation, params)

    def pages(self, service, operation, key, params=None):
        if operation == "describe_update_actions":
            return iter([UPDATE])
        return self._inner.pages(service, operation, key, params)

    def fresh(self):
        return self


def test_a_service_update_that_waits_is_noted(ahead):
    there = ahead().standing(build.replication_group())
    wish = build.replication_group(snapshot_retention_limit=3)
    facts, plan = Estate(there.bench, [wish]).looked()

    found = foresee(plan, facts, WithUpdates(there.bench))

    text = (
        "replication_group/orders: service update elasticache-2026-09 (critical security) is not "
        "applied to it, to be applied by 2026-12-01"
    )
    assert found.notes == (text,)


def test_updates_that_may_not_be_read_are_said_once(ahead):
    there = ahead().standing(build.replication_group(), build.replication_group("carts"))
    denied = AwsError("elasticache", "DescribeUpdateActions", "AccessDenied", "no", status=403)
    there.silent("describe_update_actions", denied)

    found = there.of(
        build.replication_group(snapshot_retention_limit=3),
        build.replication_group("carts", snapshot_retention_limit=4),
    )

    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("version", "on", "words"),
    [
        ("5.0.6", "2026-11-20", "ended on 2026-01-31; extended support costs more"),
        ("6.2", "2026-11-20", "standard support of redis 6 ends on 2027-01-31"),
        ("6.2", "2025-11-20", ""),
        ("7.1", "2026-11-20", ""),
    ],
)
def test_a_version_that_runs_out_is_noted(ahead, version, on, words):
    there = ahead()
    wish = build.replication_group(
        engine="redis", engine_version=version,
        transit_encryption_enabled=None, transit_encryption_mode=None,
    )  # fmt: skip
    facts, plan = Estate(there.bench, [wish]).looked()
    then = dataclasses.replace(facts, now=datetime.fromisoformat(f"{on}T00:00:00+00:00"))

    notes = " ".join(foresee(plan, then, there.bench.reader()).notes)

    assert words in notes
    assert bool(words) == bool(notes)


def test_a_cache_that_is_being_saved_is_noted(ahead):
    there = ahead().standing(build.replication_group())
    there.bench.aws("create_snapshot", ReplicationGroupId="orders", SnapshotName="fresh")

    found = there.of(build.replication_group(snapshot_retention_limit=3))

    assert [one for one in found.notes if "apply waits until that is done" in one]


def test_nothing_to_do_asks_nothing(ahead):
    wishes = build.user(), build.user_group(), build.replication_group(user_group_ids=("people",))
    there = ahead().standing(*wishes)

    found = there.of(*wishes)

    assert (found.findings, found.calls, dict(there.bench.reads)) == ((), 0, {})


def test_a_change_of_rights_asks_nothing(ahead):
    there = ahead().standing(build.user())

    assert there.of(build.user(access_string="on ~app:* -@all +get")).calls == 0
