"""Rounds on a schedule, by APScheduler: each job on its own, none held by another."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.errors import UsageError

AT_ONCE = 32
"""So many jobs may run at the same time; a round mostly waits for answers."""


SET_BACK_S = 1.0
"""A clock that lost more than this between two looks was set back."""


def _ahead() -> float:
    """Say by how much the time of day is ahead of a clock that nobody sets."""
    return time.time() - time.monotonic()


class Schedule:
    """Runs each job every ``every_s``, the first at once, give or take ``jitter_s``.

    A job that is still running is not started a second time, and what was missed meanwhile is made
    up for by one run, not by many; ``held`` is told its name. Jobs are due by the time of day:
    where that is set back they would wait until it has caught up, so they are moved along.
    """

    def __init__(
        self,
        every_s: float,
        jitter_s: float,
        held: Callable[[str], None],
        ahead: Callable[[], float] = _ahead,
    ) -> None:
        background, pool, still_running = _scheduler()
        # It logs what ``held`` is told of in words of its own.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL + 1)
        self._every_s, self._jitter_s = every_s, jitter_s
        self._ahead, self._was_ahead = ahead, ahead()
        self._scheduler = background(
            executors={"default": pool(AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(lambda event: held(event.job_id), still_running)

    def start(self) -> None:
        """Begin; jobs may come and go from then on."""
        self._scheduler.start()

    def keep(self, jobs: Mapping[str, Callable[[], Any]]) -> None:
        """Have exactly these jobs; those that are known keep their time, as long as that flows."""
        self._follow_clock()
        known: Collection[str] = {one.id for one in self._scheduler.get_jobs()}
        for name in known - jobs.keys():
            self._scheduler.remove_job(name)
        # Spread over the jitter also at first, so that many estates do not ask all at once.
        for at, name in enumerate(sorted(jobs.keys() - known)):
            offset = self._jitter_s * at / max(1, len(jobs))
            self._scheduler.add_job(
                jobs[name],
                "interval",
                id=name,
                seconds=self._every_s,
                jitter=self._jitter_s or None,
                next_run_time=datetime.now(UTC) + timedelta(seconds=offset),
            )

    def _follow_clock(self) -> None:
        before, self._was_ahead = self._was_ahead, self._ahead()
        back = before - self._was_ahead
        if back > SET_BACK_S:
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=job.next_run_time - timedelta(seconds=back))

    def stop(self) -> None:
        """Start nothing more; does not wait for the rounds that are under way."""
        self._scheduler.shutdown(wait=False)


def _scheduler() -> Any:
    try:
        from apscheduler.events import EVENT_JOB_MAX_INSTANCES  # noqa: PLC0415 - only --every
        from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: PLC0415
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415
    except ImportError:
        raise UsageError("--every needs its library: pip install 'reconcile[watch]'") from None
    return BackgroundScheduler, ThreadPoolExecutor, EVENT_JOB_MAX_INSTANCES
