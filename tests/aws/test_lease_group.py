"""The lease as a parameter group, for accounts without SSM: against the service's own rules."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from inprocess import InProcess

from reconciler.aws.lease import LIFETIME, NumberedLease, boot_id, this_process
from reconciler.aws.lease_table import GroupTable
from reconciler.aws.unlock import Lock
from reconciler.errors import AwsError, LeaseHeld, Refused
from reconciler.lease import Standing, group_prefix


class Client:
    """ElastiCache's client over a bench; ``trouble`` is raised before the work, once each."""

    def __init__(self, bench: InProcess) -> None:
        self._bench = bench
        self.asked: list[str] = []
        self.trouble: list[Exception] = []

    def __getattr__(self, operation: str) -> Any:
        def ask(**params: Any) -> Any:
            self.asked.append(operation)
            if self.trouble:
                raise self.trouble.pop(0)
            return self._bench.aws(operation, **params)

        return ask


class Door:
    """A session whose one client is that."""

    def __init__(self, bench: InProcess) -> None:
        self._client = Client(bench)

    def client(self, service: str) -> Client:
        assert service == "elasticache"
        return self._client


@pytest.fixture
def bench():
    return InProcess()


def lease(bench: InProcess, run: str, estate: str = "shop", **who: Any) -> NumberedLease:
    mine = replace(this_process(run, "role/deploy", bench.clock), **{"pid": 1, **who})
    return NumberedLease(GroupTable(Door(bench), estate, bench.clock), mine, bench.clock)


def groups(bench: InProcess) -> list[str]:
    found = bench.aws("describe_cache_parameter_groups")["CacheParameterGroups"]
    names = [one["CacheParameterGroupName"] for one in found]
    return [one for one in names if not one.startswith("default.")]


def test_it_is_had_and_let_go_without_a_trace(bench):
    one = lease(bench, "a")

    one.acquire()
    one.check()
    held = groups(bench)
    one.release()

    assert held == [f"{group_prefix('shop')}-1"]
    assert groups(bench) == []


def test_a_second_one_is_refused_and_told_who_since_when_and_where(bench):
    lease(bench, "a", host="build-7", who="role/ci").acquire()

    with pytest.raises(LeaseHeld) as caught:
        lease(bench, "b", pid=os.getpid()).acquire()

    for fact in ("role/ci", "run a", "build-7", "pid 1", "2026-11-20", group_prefix("shop")):
        assert fact in str(caught.value)
    assert len(groups(bench)) == 1


def test_another_estate_has_a_lease_of_its_own(bench):
    # Each from a machine of its own: what is held elsewhere is never taken over before its time.
    lease(bench, "a", "shop", boot_id="one").acquire()
    lease(bench, "b", "Shop", boot_id="two").acquire()
    lease(bench, "c", "shop.x", boot_id="three").acquire()
    lease(bench, "d", "shop-x", boot_id="four").acquire()

    assert len(groups(bench)) == 4


def test_it_is_found_behind_a_page_of_other_groups(bench):
    for number in range(101):
        bench.aws(
            "create_cache_parameter_group",
            CacheParameterGroupName=f"a-{number}",
            CacheParameterGroupFamily="valkey8",
            Description="of somebody else",
        )
    lease(bench, "a", boot_id="one").acquire()

    with pytest.raises(LeaseHeld, match="run a"):
        lease(bench, "b", boot_id="two").acquire()


def test_names_are_such_as_the_service_takes():
    for estate in ("shop", "Shop_Prod.eu", "a--b", "-x-" * 20, "9"):
        name = f"{group_prefix(estate)}-12"
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name), name


def test_it_is_renewed_by_its_tag_and_held_for_longer(bench):
    one = lease(bench, "a", boot_id="elsewhere")
    one.acquire()

    for _ in range(5):
        bench.clock.advance(LIFETIME.total_seconds() / 2)
        one.check()

    with pytest.raises(LeaseHeld):
        lease(bench, "b", pid=os.getpid()).acquire()


def test_one_that_ran_out_is_taken_over_and_who_lost_it_finds_out(bench):
    late = lease(bench, "a", boot_id="elsewhere")
    late.acquire()
    bench.clock.advance((LIFETIME + timedelta(minutes=1)).total_seconds())

    lease(bench, "b", boot_id="here").acquire()

    with pytest.raises(LeaseHeld):
        late.check()
    assert groups(bench) == [f"{group_prefix('shop')}-2"]


def test_one_whose_process_is_gone_from_this_machine_is_taken_over_at_once(bench):
    lease(bench, "a", boot_id=boot_id(), pid=2**22 - 7).acquire()

    lease(bench, "b", boot_id=boot_id(), pid=os.getpid()).acquire()


def test_of_two_at_the_same_moment_one_has_it(bench):
    first, second = lease(bench, "a"), lease(bench, "b", boot_id="elsewhere")
    client = second._table._session.client("elasticache")
    found = client._bench.aws

    def slow(operation: str, **params: Any) -> Any:
        if operation == "create_cache_parameter_group":
            client._bench.aws = found
            first.acquire()
        return found(operation, **params)

    client._bench.aws = slow

    with pytest.raises(LeaseHeld):
        second.acquire()
    first.check()


def test_an_answer_that_is_lost_is_looked_for(bench):
    one = lease(bench, "a")
    client = one._table._session.client("elasticache")
    make = client._bench.aws

    def lost(operation: str, **params: Any) -> Any:
        answer = make(operation, **params)
        if operation == "create_cache_parameter_group":
            client._bench.aws = make
            raise AwsError("elasticache", operation, "Timeout", "no answer", status=0)
        return answer

    client._bench.aws = lost

    one.acquire()
    one.check()


def test_without_the_right_to_make_one_it_says_what_to_do(bench):
    one = lease(bench, "a")
    denied = AwsError("elasticache", "op", "AccessDenied", "not you", status=403)
    one._table._session.client("elasticache").trouble.append(denied)

    with pytest.raises(Refused, match=r"safety\.lease: ssm"):
        one.acquire()


def test_long_names_fit_a_description(bench):
    one = lease(bench, "f" * 8, who="role/" + "w" * 200, host="ü" * 200)

    one.acquire()
    one.check()

    (group,) = [
        each
        for each in bench.aws("describe_cache_parameter_groups")["CacheParameterGroups"]
        if each["CacheParameterGroupName"] in groups(bench)
    ]
    assert len(group["Description"]) <= 255
    assert group["Description"].isascii()


def test_one_that_nobody_can_read_is_held_until_somebody_removes_it(bench):
    bench.aws(
        "create_cache_parameter_group",
        CacheParameterGroupName=f"{group_prefix('shop')}-3",
        CacheParameterGroupFamily="redis7",
        Description="by hand",
    )

    with pytest.raises(LeaseHeld, match="until somebody removes it"):
        lease(bench, "b", pid=os.getpid()).acquire()


def test_it_is_seen_and_ended_from_outside(bench):
    one = lease(bench, "a", boot_id="elsewhere")
    one.acquire()
    lock = Lock(GroupTable(Door(bench), "shop", bench.clock), bench.clock)

    holder = lock.holder()
    assert holder is not None
    assert holder.standing is Standing.ELSEWHERE
    lock.end(holder, "role/" + "x" * 100)

    with pytest.raises(LeaseHeld):
        one.check()
    lease(bench, "b", pid=os.getpid()).acquire()
