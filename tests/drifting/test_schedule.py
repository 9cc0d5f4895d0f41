"""A schedule holds nobody up, makes up for what was missed by one run, and stops."""

from __future__ import annotations

import threading

from reconciler.schedule import Schedule


def test_a_job_that_hangs_holds_no_other_and_is_named():
    hang, named, ran = threading.Event(), threading.Event(), threading.Semaphore(0)
    schedule = Schedule(0.1, 0.0, lambda name: named.set() if name == "slow" else None)
    schedule.start()
    try:
        schedule.keep({"slow": lambda: hang.wait(20), "quick": ran.release})
        assert all(ran.acquire(timeout=10) for _ in range(3))
        assert named.wait(10)
    finally:
        hang.set()
        schedule.stop()


def test_jobs_come_and_go():
    first, second = threading.Semaphore(0), threading.Semaphore(0)
    schedule = Schedule(0.1, 0.0, lambda _: None)
    schedule.start()
    try:
        schedule.keep({"first": first.release})
        assert first.acquire(timeout=10)
        schedule.keep({"second": second.release})
        assert second.acquire(timeout=10)
        assert [one.id for one in schedule._scheduler.get_jobs()] == ["second"]
    finally:
        schedule.stop()


def test_a_clock_that_is_set_back_holds_no_round_up():
    ran, ahead = threading.Semaphore(0), [100_000.0]
    schedule = Schedule(3600, 0.0, lambda _: None, lambda: ahead[0])
    schedule.start()
    try:
        schedule.keep({"one": ran.release})
        assert ran.acquire(timeout=10)
        ahead[0] += 7200  # set on: what is due is due anyway
        schedule.keep({"one": ran.release})
        assert not ran.acquire(timeout=0.2)
        ahead[0] -= 3605
        schedule.keep({"one": ran.release})
        assert ran.acquire(timeout=10)
    finally:
        schedule.stop()
