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
