"""The service as the running process uses it: watched for changes, moved on in time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from elasticache_local.control.clock import MovableClock
from elasticache_local.instance import InstanceError
from elasticache_local.service import FaultPlan, Principal, Service

logger = logging.getLogger(__name__)
_LONGEST_NAP_S = 0.1
SAVE_AFTER_S = 0.3
"""How long after a change the state is on the disk itself: a burst of calls waits once."""
_TRY_AGAIN_S = 1.0
SMALL = 256 * 1024
"""Bytes of a state (some five hundred users) that take a few milliseconds to write."""

Save = Callable[[bool], int]
"""(whether it must be on the disk itself on return) -> how many bytes the state has."""


class Door:
    """What the shell and the control surface call; each change is saved before it is answered.

    So nothing that somebody was told is lost when this process is killed. A state that is no longer
    small is saved soon after instead.
    """

    def __init__(self, service: Service, clock: MovableClock, save: Save) -> None:
        self._service, self._clock, self._save = service, clock, save
        self._size = 0
        """Bytes of the state when it was saved last."""
        self._faults_lock = threading.Lock()
        self._changed_at: float | None = None
        self._unsaved = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._move, name="mover", daemon=True)

    def start(self) -> None:
        """Move life cycles on whether or not somebody calls."""
        self._thread.start()

    def stop(self) -> None:
        """Move nothing any more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def faults(self) -> FaultPlan:
        """What is planned to go wrong."""
        return self._service.faults

    def call(self, action: str, params: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
        """Do one action; raises Fault, or LostResponse after the work."""
        try:
            return self._service.call(action, params, principal)
        finally:
            # Also when refused: what was due is done before a call is looked at.
            if not action.startswith(("Describe", "List")):
                self.changed()

    def delay_s(self, action: str) -> float:
        """How long a planned fault lets this call wait."""
        with self._faults_lock:
            return self._service.faults.delay_s(action)

    def tagged_resources(self, principal: Principal) -> Mapping[str, Mapping[str, str]]:
        """Give what the tagging API may see, by ARN."""
        return dict(self._service.tagged_resources(principal))

    def quotas(self) -> list[tuple[str, str, int]]:
        """Give each quota as it is held: its code, its name, how many there may be."""
        return self._service.quotas()

    def changed(self) -> None:
        """Say that there is something to save; it is when this returns, unless it is much."""
        if self._size <= SMALL:
            try:
                self._try_to_save(synced=False)
            except Exception:
                # What was done is done, and the answer says so; it is tried again before long.
                logger.exception("state.unsaved")
        self._changed_at = time.monotonic()

    def _move(self) -> None:
        seen = self._service.next_due()
        while not self._stopped.wait(self._nap_s(seen)):
            try:
                seen = self._look(seen)
            except Exception:
                # Somebody's job is broken; everybody else's must still move.
                logger.exception("service.stumbled")
                seen = None

    def _look(self, seen: float | None) -> float | None:
        """Do what is due and save what has changed; gives when something is due next."""
        self._service.move_on()
        if (due := self._service.next_due()) != seen:
            self.changed()
        if self._changed_at and time.monotonic() - self._changed_at > SAVE_AFTER_S:
            self._changed_at = None
            self._try_to_save(synced=True)
        return due

    def _try_to_save(self, *, synced: bool) -> None:
        try:
            self._size = self._save(synced)
        except InstanceError as error:
            if str(error) != self._unsaved:
                logger.error("%s", error)  # noqa: TRY400 - a sentence for people
            self._unsaved = str(error)
            # Somebody may make room, though nothing else changes.
            self._changed_at = time.monotonic() + _TRY_AGAIN_S
        else:
            self._unsaved = ""

    def _nap_s(self, due: float | None) -> float:
        if due is None:
            return _LONGEST_NAP_S
        # A due job that waits for the data plane must not make this a busy loop.
        left = (due - self._clock.now()) / self._clock.speed
        return min(max(left, _LONGEST_NAP_S / 20), _LONGEST_NAP_S)
