"""A difference accuses whoever moved it: never others for our steps, never us for theirs."""

from __future__ import annotations

import build
import pytest
from estate import Estate, sent
from inprocess import Killed, kill
from transition import OPEN, TOKEN, orders, people, plain, user, wished

from reconciler.drifting.drift import drift_of
from reconciler.errors import AwsError

AT_ONCE = {"apply_immediately": True}
REDIS = build.parameter_group("old-redis7", cache_parameter_group_family="redis7", parameters={})
OWN = build.parameter_group("own-valkey8", parameters={})


def without(resource, *fields):
    """The wish with these fields taken out."""
    given = resource.model_fields_set - {"id", *fields}
    return type(resource)(id=resource.id, **{name: getattr(resource, name) for name in given})


def went(first, *wishes) -> Estate:
    """An estate that was brought from the first wish to the next, and so on."""
    estate = wished(*first)
    for some in (first, *wishes):
        estate.wishes = some
        summary = estate.apply()
        assert summary.exit_code == 0, summary
        estate.bench.settle()
    estate.bench.writes.clear()
    return estate


def moved(estate) -> dict[str, str]:
    return {one.field: one.moved for plan in estate.plan().changes for one in plan.change.fields}


def token(**fields):
    return without(orders(auth_token=TOKEN, gates=OPEN, **fields), "user_group_ids")


UPGRADED = {"engine": "valkey", "engine_version": "8.1", **AT_ONCE}
DROPPED = {
    "a parameter group that follows the version": (
        (REDIS, plain(cache_parameter_group_name="old-redis7", **AT_ONCE)),
        (REDIS, OWN, plain(cache_parameter_group_name="default.redis7", **AT_ONCE)),
        (REDIS, OWN, plain(**UPGRADED)),
        (REDIS, OWN, plain(cache_parameter_group_name="own-valkey8", **UPGRADED)),
        {"cache_parameter_group_name": "unrecorded"},
    ),
    "a number of nodes that follows from replicas": (
        (orders(num_cache_clusters=2),),
        (orders(num_cache_clusters=2),),
        (without(orders(replicas_per_node_group=3, num_node_groups=1), "num_cache_clusters"),),
        (orders(num_cache_clusters=2),),
        {"num_cache_clusters": "unrecorded"},
    ),
    "a user group that a token took the place of": (
        (user(), people("app"), orders(user_group_ids=("people",))),
        (user(), people("app"), orders(user_group_ids=("people",))),
        (user(), people("app"), token()),
        (user(), people("app"), orders(user_group_ids=("people",))),
        {"user_group_ids": "unrecorded"},
    ),
    "failover that cluster mode brought": (
        (orders(automatic_failover_enabled=False, engine_version="8.1"),),
        (orders(automatic_failover_enabled=False, engine_version="8.1"),),
        (
            without(
                orders(cluster_mode="enabled", engine_version="8.1", gates=OPEN),
                "automatic_failover_enabled",
                "num_cache_clusters",
            ),
        ),
        None,
        {},
    ),
}


@pytest.mark.parametrize("name", [one for one in DROPPED if DROPPED[one][3] is not None])
def test_what_the_spec_dropped_and_our_steps_moved_accuses_nobody(name):
    *wishes, again, told = DROPPED[name]
    estate = went(*wishes)

    estate.wishes = again

    assert moved(estate) == told
    assert drift_of(estate.plan()).drifted == ()
    assert not any(one.restores for one in estate.plan().changes)


@pytest.mark.slow
@pytest.mark.parametrize("name", DROPPED)
def test_killed_in_between_it_accuses_nobody_either(name):
    *wishes, last, again, _ = DROPPED[name]
    calls = len(_undisturbed(wishes, last))
    for at in range(1, calls + 1):
        for after in (False, True):
            estate = went(*wishes)
            estate.wishes = last
            with pytest.raises(Killed):
                estate.apply(estate.bench.writer(**kill(at, after=after)))
            estate.bench.settle()
            estate.wishes = again or last

            blamed = {name for name, side in moved(estate).items() if side in ("live", "both")}

            assert blamed & {"cache_parameter_group_name", "num_cache_clusters"} == set()
            assert "user_group_ids" not in blamed
            assert "automatic_failover_enabled" not in blamed


def _undisturbed(wishes, last):
    estate = went(*wishes)
    estate.wishes = last
    estate.apply()
    return sent(estate.bench)


def test_what_somebody_else_moved_after_it_was_dropped_is_still_theirs():
    estate = went((orders(snapshot_retention_limit=1),), (without(orders(), "num_cache_clusters"),))
    estate.bench.aws(
        "modify_replication_group", ReplicationGroupId="orders", SnapshotRetentionLimit=9
    )
    estate.bench.settle()

    estate.wishes = (orders(snapshot_retention_limit=1),)

    assert moved(estate) == {"snapshot_retention_limit": "live"}


def gated(**fields):
    return plain(transit_encryption_enabled=True, transit_encryption_mode="required", **fields)


def test_what_was_done_before_a_closed_gate_accuses_nobody_when_the_spec_goes_on():
    estate = went((plain(snapshot_retention_limit=1, transit_encryption_mode=None),))
    estate.wishes = (gated(snapshot_retention_limit=3),)
    assert estate.apply().exit_code == 7
    estate.bench.settle()

    estate.wishes = (gated(snapshot_retention_limit=5),)

    assert moved(estate) == {"snapshot_retention_limit": "spec", "transit_encryption_mode": "spec"}


def test_who_moves_it_while_the_gate_is_closed_is_accused():
    estate = went((plain(snapshot_retention_limit=1),))
    estate.wishes = (gated(snapshot_retention_limit=3),)
    estate.apply()
    estate.bench.settle()
    estate.bench.aws(
        "modify_replication_group", ReplicationGroupId="orders", SnapshotRetentionLimit=9
    )
    estate.bench.settle()

    assert moved(estate)["snapshot_retention_limit"] == "live"
    [drifted] = drift_of(estate.plan()).drifted
    assert [one.field for one in drifted.fields] == ["snapshot_retention_limit"]


def test_a_run_that_was_killed_before_the_gate_is_made_good_by_the_next():
    estate = went((plain(snapshot_retention_limit=1),))
    estate.wishes = (gated(snapshot_retention_limit=3),)
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(1, after=True)))
    estate.bench.settle()
    assert estate.apply().exit_code == 7
    estate.bench.settle()

    estate.wishes = (gated(snapshot_retention_limit=5),)

    assert moved(estate)["snapshot_retention_limit"] == "spec"


def test_what_was_done_before_a_step_that_failed_is_recorded_as_done():
    estate = went((orders(snapshot_retention_limit=1),))
    estate.wishes = (orders(snapshot_retention_limit=3, num_cache_clusters=4),)

    def refuse(_, call):
        if call.operation == "increase_replica_count":
            raise AwsError("elasticache", call.action, "AccessDenied", "not yours", status=403)

    assert estate.apply(estate.bench.writer(before=refuse)).exit_code == 1
    estate.bench.settle()
    estate.wishes = (orders(snapshot_retention_limit=5, num_cache_clusters=2),)

    assert moved(estate) == {"snapshot_retention_limit": "spec"}


def test_a_failure_of_the_first_call_sends_nothing_more():
    estate = went((orders(snapshot_retention_limit=1),))
    estate.wishes = (orders(snapshot_retention_limit=3),)

    def refuse(_, call):
        raise AwsError("elasticache", call.action, "AccessDenied", "not yours", status=403)

    assert estate.apply(estate.bench.writer(before=refuse)).exit_code == 1
    assert sent(estate.bench) == ["ModifyReplicationGroup"]


def test_where_somebody_else_applies_a_gate_is_still_reported():
    estate = went((plain(snapshot_retention_limit=1),))
    estate.wishes = (gated(snapshot_retention_limit=3),)
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(2, after=True)))
    estate.bench.settle()
    estate.bench.writes.clear()
    estate.bench.lease.held_by = "somebody"

    assert estate.apply().exit_code == 7
    assert sent(estate.bench) == []


def test_a_call_that_nobody_answered_and_that_is_done_as_it_is_sent_again_accuses_nobody():
    """It leaves what is not the end yet, and shows once it had been taken for lost."""
    estate = went((plain(),))
    estate.wishes = (gated(gates=OPEN),)
    lost = []

    def lose(number, call):
        if number == 1:
            lost.append(call)
            raise AwsError("elasticache", call.action, "ConnectionError", "no answer", status=0)
        if lost:
            late = lost.pop()
            estate.bench.answer(late.service, late.operation, late.params)

    summary = estate.apply(estate.bench.writer(before=lose))

    assert (summary.exit_code, summary.failed) == (0, ())
    estate.bench.settle()
    assert estate.plan().empty


def test_a_run_whose_first_call_is_refused_records_nothing_that_it_did_not_do():
    estate = went((orders(snapshot_retention_limit=1),))
    estate.wishes = (orders(snapshot_retention_limit=3, num_cache_clusters=4),)
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(1, after=True)))
    estate.bench.settle()
    estate.bench.writes.clear()

    def refuse(_, call):
        raise AwsError("elasticache", call.action, "AccessDenied", "not yours", status=403)

    assert estate.apply(estate.bench.writer(before=refuse)).exit_code == 1
    assert sent(estate.bench) == ["IncreaseReplicaCount"]
