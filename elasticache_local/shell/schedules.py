"""EventBridge Scheduler: moto keeps the schedules, here they really start what they name.

By the service's clock. A schedule that ran late, because that clock was moved by hand, starts its
target once and not once for each time that was skipped.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from moto.utilities.utils import get_partition

from elasticache_local.fault import Fault
from elasticache_local.shell.functions import Functions, Invocation

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.25
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNITS_S = {"minute": 60, "hour": 3600, "day": 86400}

Key = tuple[str, str, str]
"""ARN, expression, and when it was last written: whatever changes begins anew."""


class Schedules:
    """Starts what is due. ``lock`` is the one under which moto is asked."""

    def __init__(self, functions: Functions, lock: Any, now: Callable[[], float]) -> None:
        self._functions, self._lock, self._now = functions, lock, now
        self._due: dict[Key, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin to look at the clock."""
        self._thread.start()

    def close(self) -> None:
        """Start nothing more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Start what is due by now."""
        for account_id, region, schedule in self._ready():
            self._fire(account_id, region, schedule)

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY_S):
            self.look()

    def _ready(self) -> list[tuple[str, str, Any]]:
        """Give what is due now, and note when each is next."""
        with self._lock:
            found = list(_kept())
        now, due, ready = self._now(), {}, []
        for account_id, region, schedule in found:
            every_s = _seconds(schedule.schedule_expression)
            key = (schedule.arn, schedule.schedule_expression, str(schedule.last_modified_date))
            if every_s is None or schedule.state != "ENABLED":
                continue
            # One that is new, or was changed, starts at once.
            at = self._due.get(key, now)
            if at <= now:
                ready.append((account_id, region, schedule))
                at = now + every_s
            due[key] = at
        self._due = due
        return ready

    def _fire(self, account_id: str, region: str, schedule: Any) -> None:
        target = schedule.target
        if ":lambda:" not in target["Arn"]:
            logger.info("schedule.not.started", extra={"schedule": schedule.arn, "why": "target"})
            return
        try:
            with self._lock:
                key = _role_key(account_id, region, schedule)
            payload = (target.get("Input") or "{}").encode()
            asked = Invocation(target["Arn"], key, region, "Event", False, payload)
            self._functions.invoke(asked)
        except Fault as refused:
            words = {"schedule": schedule.arn, "code": refused.code, "why": refused.message}
            logger.warning("schedule.refused %s", json.dumps(words))
        except Exception:
            # One schedule that moto holds in a form of its own must not end all the others.
            logger.exception("schedule.crashed", extra={"schedule": schedule.arn})


def _kept() -> Iterator[tuple[str, str, Any]]:
    # Not imported: then there is none.
    backends = getattr(sys.modules.get("moto.scheduler.models"), "scheduler_backends", {})
    for account_id, account in list(backends.items()):
        for region, backend in list(account.items()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    yield account_id, region, schedule


def _seconds(expression: str) -> float | None:
    """Give the interval of ``rate(15 minutes)``; at() and cron() are not run here."""
    found = _RATE.fullmatch(expression.strip())
    return float(found[1]) * _UNITS_S[found[2]] if found else None


def _role_key(account_id: str, region: str, schedule: Any) -> str:
    from moto.sts.models import sts_backends  # noqa: PLC0415 - half a second

    assumed = sts_backends[account_id][get_partition(region)].assume_role(
        region_name=region,
        role_session_name="scheduler",
        role_arn=schedule.target["RoleArn"],
        policy=None,
        duration=3600,
        external_id=None,
    )
    return str(assumed.access_key_id)


@functools.cache
def install() -> None:
    """Make moto answer as the service where it crashes or keeps what should be gone; once."""
    from moto.scheduler.exceptions import ScheduleGroupNotFound  # noqa: PLC0415 - when loaded
    from moto.scheduler.models import EventBridgeSchedulerBackend  # noqa: PLC0415

    make, drop = (
        EventBridgeSchedulerBackend.create_schedule_group,
        EventBridgeSchedulerBackend.delete_schedule_group,
    )

    def create(self: Any, name: str, tags: Any) -> Any:
        if name in self.schedule_groups:
            raise Fault("ConflictException", f"Schedule group {name} already exists.", 409)
        return make(self, name, tags or [])

    def delete(self: Any, name: str | None) -> None:
        if name not in self.schedule_groups:
            raise ScheduleGroupNotFound(name or "default")
        with contextlib.suppress(KeyError):
            self.tagger.delete_all_tags_for_resource(self.schedule_groups[name].arn)
        drop(self, name)

    EventBridgeSchedulerBackend.create_schedule_group = create
    EventBridgeSchedulerBackend.delete_schedule_group = delete
