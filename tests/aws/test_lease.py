"""The lease in SSM's own words: who holds it is said, and it is had again as soon as it may be."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from inprocess import SteppedClock
from wire import aws

from reconciler.aws.lease import (
    LIFETIME,
    NoLease,
    NumberedLease,
    boot_id,
    lease_of,
    this_process,
)
from reconciler.aws.lease_table import ParameterTable, parsed, written
from reconciler.errors import CouldNotLook, LeaseHeld, Refused
from reconciler.model import Estate, Safety

PATH = "/reconciler/shop/lease"


class Ssm:
    """Parameters as SSM keeps them: two a page, codes as on the wire."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.trouble: list[Exception] = []

    def get_parameters_by_path(self, **asked: str) -> dict[str, Any]:
        self._maybe_fail()
        names = sorted(name for name in self.kept if name.startswith(asked["Path"] + "/"))
        start = int(asked.get("NextToken", "0"))
        page = {
            "Parameters": [{"Name": n, "Value": self.kept[n]} for n in names[start : start + 2]]
        }
        return page | ({"NextToken": str(start + 2)} if names[start + 2 :] else {})

    def put_parameter(self, **asked: Any) -> None:
        assert asked["Type"] == "String"
        if asked["Name"] in self.kept and not asked["Overwrite"]:
            raise refused("ParameterAlreadyExists")
        self.kept[asked["Name"]] = asked["Value"]
        self._maybe_fail()

    def delete_parameter(self, **asked: str) -> None:
        self._maybe_fail()
        if self.kept.pop(asked["Name"], None) is None:
            raise refused("ParameterNotFound")

    def _maybe_fail(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


def refused(code: str) -> ClientError:
    meta = {"HTTPStatusCode": 400, "RequestId": "r"}
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": meta}, "op")


class Fixed:
    """A session whose one client is the table above."""

    def __init__(self, ssm: Ssm) -> None:
        self._ssm = ssm

    def client(self, service: str) -> Ssm:
        assert service == "ssm"
        return self._ssm


@pytest.fixture
def ssm() -> Ssm:
    return Ssm()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def lease(ssm: Ssm, clock: SteppedClock, run: str, **who: Any) -> NumberedLease:
    mine = replace(this_process(run, "role/deploy", clock), **{"pid": 1, **who})
    return NumberedLease(ParameterTable(Fixed(ssm), "shop", clock), mine, clock)


def test_it_is_had_and_let_go_without_a_trace(ssm, clock):
    one = lease(ssm, clock, "a")

    one.acquire()
    one.check()
    assert list(ssm.kept) == [f"{PATH}/1"]
    one.release()

    assert ssm.kept == {}


def test_a_second_one_is_refused_and_told_who_since_when_and_where(ssm, clock):
    lease(ssm, clock, "a", host="build-7", who="role/ci").acquire()

    with pytest.raises(LeaseHeld) as caught:
        lease(ssm, clock, "b", pid=os.getpid()).acquire()

    for fact in (
        "role/ci",
        "run a",
        "build-7",
        "pid 1",
        "2026-11-20 03:00:00 UTC",
        "03:10:00 UTC",
        PATH,
    ):
        assert fact in str(caught.value)


def test_after_its_time_and_a_little_more_it_may_be_taken_over(ssm, clock):
    lease(ssm, clock, "a", boot_id="elsewhere").acquire()

    clock.advance(LIFETIME.total_seconds() + 10)
    with pytest.raises(LeaseHeld):
        lease(ssm, clock, "b").acquire()
    clock.advance(60)
    lease(ssm, clock, "b").acquire()

    assert list(ssm.kept) == [f"{PATH}/2"]


def test_a_process_of_this_machine_that_is_gone_holds_nothing(ssm, clock):
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
    )
    lease(ssm, clock, "a", pid=int(gone.stdout)).acquire()

    lease(ssm, clock, "b").acquire()

    assert parsed(ssm.kept[f"{PATH}/2"]).run == "b"


def test_the_same_pid_on_another_machine_is_left_alone(ssm, clock):
    lease(ssm, clock, "a", pid=2**22 + 1, boot_id="elsewhere").acquire()

    with pytest.raises(LeaseHeld):
        lease(ssm, clock, "b").acquire()


def test_it_is_renewed_in_time_and_so_never_expires_under_its_holder(ssm, clock):
    one = lease(ssm, clock, "a", boot_id="elsewhere")
    one.acquire()

    for _ in range(60):
        clock.advance(120)
        one.check()

    with pytest.raises(LeaseHeld):
        lease(ssm, clock, "b").acquire()


def test_one_who_was_taken_over_finds_out_at_the_next_check(ssm, clock):
    one = lease(ssm, clock, "a", boot_id="elsewhere")
    one.acquire()
    clock.advance(LIFETIME.total_seconds() + 60)
    lease(ssm, clock, "b", who="role/ci").acquire()

    with pytest.raises(LeaseHeld, match="role/ci"):
        one.check()
    one.release()

    assert parsed(ssm.kept[f"{PATH}/2"]).run == "b"


def test_one_whose_heir_is_done_already_is_told_that_nobody_holds_it(ssm, clock):
    one = lease(ssm, clock, "a", boot_id="elsewhere")
    one.acquire()
    ssm.kept.clear()

    with pytest.raises(LeaseHeld, match="nobody holds it by now: plan again"):
        one.check()


def test_one_who_comes_back_late_and_was_not_missed_goes_on(ssm, clock):
    one = lease(ssm, clock, "a")
    one.acquire()
    clock.advance(LIFETIME.total_seconds() + 600)

    one.check()

    (kept,) = ssm.kept.values()
    assert parsed(kept).until > clock.now() + timedelta(minutes=5)


def test_one_who_comes_back_late_never_overwrites_an_heir_of_the_same_number(ssm, clock):
    late = lease(ssm, clock, "late", boot_id="elsewhere")
    late.acquire()
    clock.advance(LIFETIME.total_seconds() + 60)
    ssm.kept.clear()
    heir = lease(ssm, clock, "heir", boot_id="a third")
    heir.acquire()

    with pytest.raises(LeaseHeld, match="run heir"):
        late.check()

    heir.check()
    assert parsed(ssm.kept[f"{PATH}/1"]).run == "heir"


def test_many_old_ones_are_seen_over_several_pages_and_cleared(ssm, clock):
    for number in range(1, 8):
        old = replace(this_process("old", "x", clock), boot_id="x", until=clock.now() - LIFETIME)
        ssm.kept[f"{PATH}/{number}"] = written(old)

    lease(ssm, clock, "b").acquire()

    assert list(ssm.kept) == [f"{PATH}/8"]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(ReadTimeoutError(endpoint_url="http://x"), id="lost"),
        pytest.param(refused("ThrottlingException"), id="throttled"),
    ],
)
@pytest.mark.parametrize("at", range(3))
def test_an_answer_that_is_lost_makes_no_second_lease(ssm, clock, trouble, at):
    one = lease(ssm, clock, "a")
    calls = iter([*[None] * at, trouble])
    real = ssm._maybe_fail

    def maybe() -> None:
        real()
        if (raised := next(calls, None)) is not None:
            raise raised

    ssm._maybe_fail = maybe
    one.acquire()

    assert list(ssm.kept) == [f"{PATH}/1"]


def test_a_store_that_never_answers_could_not_be_looked_at(ssm, clock):
    ssm.trouble = [ReadTimeoutError(endpoint_url="http://x")] * 50

    with pytest.raises(CouldNotLook):
        lease(ssm, clock, "a").acquire()


def test_a_store_that_forbids_it_is_refused_with_the_mend(ssm, clock):
    ssm.trouble = [refused("AccessDeniedException")]

    with pytest.raises(Refused, match=r"allow it on /reconciler/shop/lease/\*"):
        lease(ssm, clock, "a").acquire()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"run": 1}'])
def test_a_record_that_can_not_be_read_is_held_by_somebody(ssm, clock, text):
    ssm.kept[f"{PATH}/1"] = text

    with pytest.raises(LeaseHeld, match="somebody is applying"):
        lease(ssm, clock, "a").acquire()


def test_a_record_reads_back_as_it_was_written(clock):
    mine = this_process("a", "role/x", clock)

    assert parsed(written(mine)) == mine


def test_check_without_acquire_holds_nothing(ssm, clock):
    with pytest.raises(LeaseHeld):
        lease(ssm, clock, "a").check()


def test_this_boot_is_named_the_same_by_every_process_in_it():
    asked = "from reconciler.aws.lease import boot_id; print(boot_id())"
    other = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )

    assert other.stdout.strip() == boot_id()


def estate(**safety: str) -> Estate:
    return Estate(version=1, estate="shop", aws=aws(), safety=Safety(**safety))


def test_without_a_lease_a_warning_is_logged(clock, caplog):
    found = lease_of(estate(lease="none"), Fixed(Ssm()), clock)

    found.acquire()
    found.check()
    found.release()

    assert isinstance(found, NoLease)
    assert "lease.none" in caplog.text
