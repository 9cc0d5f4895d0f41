"""The lease of a run that can't let go: shown, and ended without two ever writing unknowingly."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from inprocess import SteppedClock

from reconciler.aws.lease import LIFETIME, NumberedLease, boot_id, this_process
from reconciler.aws.lease_table import ParameterTable, written
from reconciler.aws.numbered import Held, Listing, Lost, Overwrite, Put, Remove, keeping, unlocking
from reconciler.aws.unlock import Lock
from reconciler.errors import LeaseHeld, Refused
from reconciler.lease import Standing, refuse_unlock, standing
from reconciler.ports import LeaseRecord
from reconciler.report.lease_report import lease_json, lease_text

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANN = LeaseRecord("a", "user/ann", "build-7", "there", 7, NOW, NOW + LIFETIME)


class Ssm:
    """Parameters by name, as a session's only client."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def client(self, _: str) -> Ssm:
        return self

    def get_parameters_by_path(self, **_):
        return {"Parameters": [{"Name": key, "Value": text} for key, text in self.kept.items()]}

    def put_parameter(self, **asked):
        if asked["Overwrite"] or asked["Name"] not in self.kept:
            self.kept[asked["Name"]] = asked["Value"]

    def delete_parameter(self, **asked):
        self.kept.pop(asked["Name"], None)


@pytest.fixture
def ssm():
    return Ssm()


@pytest.fixture
def clock():
    return SteppedClock()


def table(ssm, clock):
    return ParameterTable(ssm, "shop", clock)


def lease(ssm, clock, run, **who):
    mine = replace(this_process(run, "role/ci", clock), **{"pid": os.getppid(), **who})
    return NumberedLease(table(ssm, clock), mine, clock)


def lock(ssm, clock):
    return Lock(table(ssm, clock), clock)


def test_nobody_holds_it_at_first(ssm, clock):
    assert lock(ssm, clock).holder() is None
    assert lease_text("shop", None) == "shop: nobody holds the lease"
    assert lease_json("shop", None)["lease"] is None


def test_who_since_when_and_where_are_shown_with_the_way_to_end_it(ssm, clock):
    lease(ssm, clock, "a", host="build-7").acquire()

    holder = lock(ssm, clock).holder()

    text = lease_text("shop", holder)
    for fact in ("run a", "role/ci", "build-7", "2026-11-20 03:00:00 UTC", "03:10:00 UTC"):
        assert fact in text
    assert "/reconciler/shop/lease" in text
    assert "reconcile unlock a --force" in text
    shown = lease_json("shop", holder)["lease"]
    assert (shown["run"], shown["standing"]) == ("a", "runs_here")


@pytest.mark.parametrize(
    ("boot", "alive", "later", "expected"),
    [
        ("here", True, 0, Standing.RUNS_HERE),
        ("here", True, 620, Standing.RUNS_HERE),
        ("here", True, 3600, Standing.STALLED),
        ("here", False, 0, Standing.GONE),
        ("there", True, 0, Standing.ELSEWHERE),
        ("there", True, 620, Standing.ELSEWHERE),
        ("there", False, 3600, Standing.EXPIRED),
    ],
)
def test_what_can_be_told_of_a_holder(boot, alive, later, expected):
    record = replace(ANN, boot_id=boot)

    found = standing(record, NOW + timedelta(seconds=later), "here", lambda _: alive)

    assert found is expected


@pytest.mark.parametrize("later", [0, 599, 601, 629, 631, 3600])
@pytest.mark.parametrize("who", [{}, {"boot_id": "elsewhere"}, {"pid": 2**22 + 1}], ids=str)
def test_what_is_shown_to_hold_is_what_the_next_apply_is_refused_for(ssm, clock, later, who):
    lease(ssm, clock, "a", **who).acquire()
    clock.advance(later)

    shown = lock(ssm, clock).holder().holds

    try:
        lease(ssm, clock, "b", pid=os.getpid()).acquire()
        refused = False
    except LeaseHeld:
        refused = True
    assert shown is refused


def test_a_run_at_work_on_this_machine_keeps_it_unless_forced(ssm, clock):
    lease(ssm, clock, "a").acquire()
    holder = lock(ssm, clock).holder()

    with pytest.raises(Refused, match=r"is at work on this machine \(pid \d+\).*--force"):
        refuse_unlock(holder, "a", force=False)
    refuse_unlock(holder, "a", force=True)


def test_only_the_run_that_holds_it_is_ended_also_by_force(ssm, clock):
    lease(ssm, clock, "a", boot_id="elsewhere").acquire()
    holder = lock(ssm, clock).holder()

    with pytest.raises(Refused, match="run a of role/ci does"):
        refuse_unlock(holder, "b", force=True)


def test_a_run_that_lives_finds_out_at_its_next_look_and_the_next_apply_goes_on(ssm, clock):
    living = lease(ssm, clock, "a", boot_id="elsewhere")
    living.acquire()
    door = lock(ssm, clock)

    door.end(door.holder(), "user/ann")
    clock.advance(300)

    with pytest.raises(LeaseHeld, match=r"user/ann on \S+ ended the lease \(reconcile unlock\)"):
        living.check()
    heir = lease(ssm, clock, "b")
    heir.acquire()
    heir.check()
    with pytest.raises(LeaseHeld):
        living.check()
    heir.release()
    assert ssm.kept == {}


def test_what_stays_behind_of_a_run_that_lives_holds_nothing(ssm, clock):
    lease(ssm, clock, "a", boot_id="elsewhere").acquire()
    door = lock(ssm, clock)

    door.end(door.holder(), "user/ann")

    left = door.holder()
    assert left.standing is Standing.EXPIRED
    assert not left.holds


@pytest.mark.parametrize("gone", [{"pid": 2**22 + 1}, {"boot_id": "elsewhere"}], ids=str)
def test_of_a_run_that_is_over_nothing_stays(ssm, clock, gone):
    lease(ssm, clock, "a", **gone).acquire()
    clock.advance(3600)
    door = lock(ssm, clock)

    door.end(door.holder(), "user/ann")

    assert ssm.kept == {}


def test_a_record_under_our_own_pid_is_of_a_run_that_is_over(ssm, clock):
    lease(ssm, clock, "a", pid=os.getpid(), boot_id=boot_id()).acquire()

    assert lock(ssm, clock).holder().standing is Standing.GONE


def _answered(wanted, store):
    match wanted:
        case Listing():
            return dict(store)
        case Put(number, record):
            store.setdefault(number, record)
        case Overwrite(number, record):
            store[number] = record
        case Remove(number):
            store.pop(number, None)
    return None


def _played(schedule):
    """Let an unlocker (0) and the renewing holder (1) ask in this order, then both to their end."""
    over = LeaseRecord("over", "user/bob", "here", "ended", 1, NOW, NOW - LIFETIME)
    lives = [unlocking("a", over, ended=False), keeping(ANN, 1, NOW + 2 * LIFETIME)]
    store, wanted, ends = {1: ANN}, [next(one) for one in lives], [None, None]
    for actor in (*schedule, *[0] * 9, *[1] * 9):
        if ends[actor] is None:
            try:
                wanted[actor] = lives[actor].send(_answered(wanted[actor], store))
            except StopIteration as done:
                ends[actor] = done.value
    return store, *ends


def _still_holds(store):
    look = keeping(ANN, 1, None)
    next(look)
    try:
        look.send(dict(store))
    except StopIteration as done:
        return isinstance(done.value, LeaseRecord)
    return False


@pytest.mark.parametrize("schedule", list(itertools.product((0, 1), repeat=6)), ids=str)
def test_a_renewal_at_the_same_moment_never_makes_an_ended_lease_hold_again(schedule):
    store, unlocked, kept = _played(schedule)

    ended = not store or store[max(store)].run != "a"

    assert _still_holds(store) is not ended
    assert isinstance(unlocked, Held if ended and store else Lost)
    assert ended or isinstance(kept, LeaseRecord)


def test_an_unlock_that_a_renewal_crossed_says_so(ssm, clock):
    living = lease(ssm, clock, "a", boot_id="elsewhere")
    living.acquire()
    door, listed = lock(ssm, clock), ssm.get_parameters_by_path
    holder = door.holder()

    def crossed(**asked):
        clock.advance(200)
        if "/reconciler/shop/lease/2" in ssm.kept:
            renewed = replace(holder.record, until=clock.now() + LIFETIME)
            ssm.kept["/reconciler/shop/lease/1"] = written(renewed)
        return listed(**asked)

    ssm.get_parameters_by_path = crossed
    with pytest.raises(Refused, match="try again"):
        door.end(holder, "user/ann")
