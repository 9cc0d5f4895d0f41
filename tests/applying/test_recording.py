"""What stands as it should is recorded as applied by the next apply, whoever did not get to it."""

from __future__ import annotations

import pytest
from estate import Estate, sent
from inprocess import Killed, MemoryLease, kill
from transition import BASE, TRANSITIONS, user

from reconciler.drifting.drift import drift_of
from reconciler.model import Address

NAME = "rights are changed"
APP = Address("user", "app")


def died_before_the_record() -> Estate:
    """Rights were changed, and the run died between the call and its record."""
    estate = TRANSITIONS[NAME].prepared()
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(1, after=True)))
    estate.bench.settle()
    estate.bench.writes.clear()
    return estate


def moved(estate: Estate) -> dict[str, str]:
    return {one.field: one.moved for plan in estate.plan().changes for one in plan.change.fields}


def test_a_record_alone_is_no_change_and_the_next_apply_writes_it_once():
    estate = died_before_the_record()
    assert estate.plan().empty

    summary = estate.apply()

    assert (summary.exit_code, summary.recorded, summary.settled) == (0, (APP,), ())
    assert sent(estate.bench) == ["AddTagsToResource"]
    assert estate.apply().writes == 0


def test_it_is_written_while_the_service_is_still_busy_with_the_call_of_the_killed_run():
    estate = TRANSITIONS[NAME].prepared()
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(1, after=True)))

    assert estate.apply().recorded == (APP,)


def test_afterwards_a_difference_accuses_the_side_that_moved():
    estate = died_before_the_record()
    estate.apply()

    estate.bench.aws("modify_user", UserId="app", AccessString="on ~else:* +@read")
    estate.bench.settle()
    assert moved(estate) == {"access_string": "live"}
    assert len(drift_of(estate.plan()).drifted) == 1

    estate.apply()
    estate.wishes = (user(access_string="on ~more:* -@all +@write"), *BASE[1:])
    assert moved(estate) == {"access_string": "spec"}
    assert drift_of(estate.plan()).drifted == ()


def test_a_field_that_is_said_for_the_first_time_and_stands_so_is_watched_from_then_on():
    estate = TRANSITIONS["settings of a group of nodes"].prepared()
    estate.apply()
    estate.bench.settle()
    estate.wishes = (estate.wishes[0].but(auto_minor_version_upgrade=True),)

    assert [one.id for one in estate.apply().recorded] == ["orders"]
    estate.bench.aws(
        "modify_replication_group",
        ReplicationGroupId="orders",
        AutoMinorVersionUpgrade=False,
        ApplyImmediately=True,
    )
    estate.bench.settle()
    assert moved(estate) == {"auto_minor_version_upgrade": "live"}


def test_where_somebody_else_applies_it_is_left_to_them():
    estate = died_before_the_record()
    estate.bench.lease.held_by = "somebody"

    summary = estate.apply()

    assert (summary.exit_code, summary.writes, summary.recorded) == (0, 0, ())


def test_what_moved_meanwhile_is_not_recorded_as_applied():
    estate = died_before_the_record()
    applying = estate.applying()
    estate.bench.aws("modify_user", UserId="app", AccessString="on ~else:* +@read")
    estate.bench.settle()

    assert list(applying)[-1].summary.recorded == ()
    assert estate.bench.writes == []


def test_what_another_run_has_recorded_meanwhile_takes_no_lease():
    estate = died_before_the_record()
    applying = estate.applying()
    estate.apply()
    leases = estate.bench.lease.acquired

    assert list(applying)[-1].summary.recorded == ()
    assert estate.bench.lease.acquired == leases


def test_what_is_let_go_of_while_the_lease_is_taken_gets_no_record():
    estate = died_before_the_record()
    arn = estate.bench.aws("describe_users", UserId="app")["Users"][0]["ARN"]

    class LetGo(MemoryLease):
        def acquire(self):
            super().acquire()
            ours = {"ResourceName": arn, "TagKeys": ["reconciler:estate"]}
            estate.bench.aws("remove_tags_from_resource", **ours)

    estate.bench.lease = LetGo()

    assert estate.apply().recorded == ()
    assert (estate.bench.lease.acquired, estate.bench.writes) == (1, [])


def test_what_is_no_longer_ours_gets_no_record():
    estate = died_before_the_record()
    applying = estate.applying()
    arn = estate.bench.aws("describe_users", UserId="app")["Users"][0]["ARN"]
    estate.bench.aws("remove_tags_from_resource", ResourceName=arn, TagKeys=["reconciler:estate"])

    assert list(applying)[-1].summary.recorded == ()
    assert estate.bench.writes == []


def test_beside_other_changes_it_is_written_too():
    estate = died_before_the_record()
    estate.wishes = (*estate.wishes, user("late"))

    summary = estate.apply()

    assert summary.recorded == (APP,)
    assert summary.settled == (Address("user", "late"),)
    assert sorted(sent(estate.bench)) == ["AddTagsToResource", "CreateUser"]
