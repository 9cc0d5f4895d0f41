"""The lease as a person sees it from outside: whose it is, and how to end it for them."""

from __future__ import annotations

import dataclasses
import os

from reconciler.aws.lease import LIFETIME, UNLOCKED, boot_id, is_alive, this_process
from reconciler.aws.lease_table import Table, table_of
from reconciler.aws.numbered import looking, unlocking
from reconciler.aws.session import Session
from reconciler.errors import Refused
from reconciler.lease import Holder, standing
from reconciler.model import Estate
from reconciler.ports import Clock, LeaseRecord


class Lock:
    """One estate's lease, looked at and ended; never taken."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    def holder(self) -> Holder | None:
        """Give whose record stands there, also when it has run out; None: nobody's."""
        return self._judged(self._table.play(looking()))

    def end(self, holder: Holder, who: str) -> None:
        """End their lease. Refused when somebody else has taken it meanwhile and must not lose it.

        Of a run that may still be at work something stays behind until the next apply: a record
        that has run out, by which it finds out that it lost.
        """
        mine = this_process(f"{UNLOCKED}{holder.record.run}", who, self._clock)
        over = dataclasses.replace(mine, boot_id="ended", until=mine.since - LIFETIME)
        over = self._table.fitted(over)
        self._table.play(unlocking(holder.record.run, over, ended=not holder.holds))
        left = self.holder()
        if left is not None and left.record.run == holder.record.run:
            reason = f"run {left.record.run} renewed its lease at the same moment; try again"
            raise Refused([reason])

    def _judged(self, record: LeaseRecord | None) -> Holder | None:
        if record is None:
            return None
        told = standing(record, self._clock.now(), boot_id(), _is_another_alive)
        return Holder(record, self._table.path, told)


def _is_another_alive(pid: int) -> bool:
    # Under this process's own pid stands a run that has ended.
    return pid != os.getpid() and is_alive(pid)


def lock_of(estate: Estate, session: Session, clock: Clock) -> Lock | None:
    """Give the lock that the spec's safety.lease is about; None: there is none."""
    table = table_of(estate, session, clock)
    return None if table is None else Lock(table, clock)
