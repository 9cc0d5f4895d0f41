"""One writer at a time: a lease in numbered records. Advisory: ElastiCache itself knows of none."""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets
import socket
from datetime import datetime, timedelta
from pathlib import Path

from reconciler.aws.lease_table import FOREVER, Table, table_of
from reconciler.aws.numbered import Lost, acquiring, keeping, releasing
from reconciler.aws.session import Session
from reconciler.errors import LeaseHeld
from reconciler.lease import SKEW
from reconciler.model import Estate
from reconciler.ports import Clock, Lease, LeaseRecord

logger = logging.getLogger(__name__)

UNLOCKED = "unlock-"
"""How the run of a record begins that ends another's lease; that one's run follows."""
LIFETIME = timedelta(minutes=10)
_RENEW_AFTER = timedelta(minutes=3)


def lease_of(estate: Estate, session: Session, clock: Clock, run: str = "") -> Lease:
    """Give the lease that the spec's safety.lease asks for."""
    table = table_of(estate, session, clock)
    if table is None:
        return NoLease()
    mine = this_process(run or secrets.token_hex(4), session.identity().short, clock)
    return NumberedLease(table, mine, clock)


class NoLease:
    """No protection: whoever serialises applies does it elsewhere."""

    def acquire(self) -> None:
        """Warn."""
        logger.warning("lease.none", extra={"why": "safety.lease is none: two applies may collide"})

    def check(self) -> None:
        """Nothing can be said."""

    def release(self) -> None:
        """Nothing to let go."""


class NumberedLease:
    """A ports.Lease over numbered records; see ``numbered`` for why they are numbered."""

    def __init__(self, table: Table, mine: LeaseRecord, clock: Clock) -> None:
        self._table, self._clock = table, clock
        self._mine = table.fitted(mine)
        self._number: int | None = None

    def acquire(self) -> None:
        """Hold it, or raise LeaseHeld with who, since when and where."""
        self._number = None
        now = self._clock.now()
        self._mine = dataclasses.replace(self._mine, since=now, until=now + LIFETIME)
        taken = self._table.play(acquiring(self._mine, self._is_over))
        if isinstance(taken, Lost):
            raise LeaseHeld([self._who_holds(taken.holder)])
        self._number = taken.number

    def check(self) -> None:
        """Raise LeaseHeld if it was taken over; renew it when it is due."""
        if self._number is None:
            raise LeaseHeld(["the lease was never taken"])
        now = self._clock.now()
        if now >= self._mine.until:
            self.acquire()
            return
        due = self._mine.until - now < LIFETIME - _RENEW_AFTER
        kept = self._table.play(keeping(self._mine, self._number, now + LIFETIME if due else None))
        if isinstance(kept, Lost):
            self._number = None
            raise LeaseHeld([self._how_lost(kept.holder)])
        self._mine = kept

    def release(self) -> None:
        """Let it go; harmless when it is not held."""
        if self._number is not None:
            number, self._number = self._number, None
            self._table.play(releasing(self._mine, number))

    def _is_over(self, other: LeaseRecord) -> bool:
        if other.until <= self._clock.now() - SKEW:
            return True
        if other.boot_id != self._mine.boot_id:
            return False
        # One process applies one estate at a time: under its own pid stands a run that has ended.
        return other.pid == self._mine.pid or not is_alive(other.pid)

    def _how_lost(self, heir: LeaseRecord | None) -> str:
        if heir is not None and heir.run == f"{UNLOCKED}{self._mine.run}":
            return f"{heir.who} on {heir.host} ended the lease (reconcile unlock): plan again"
        if heir is None or heir.until <= self._clock.now():
            return "the lease was taken over meanwhile, and nobody holds it by now: plan again"
        return f"the lease was taken over meanwhile; {self._who_holds(heir)}"

    def _who_holds(self, holder: LeaseRecord | None) -> str:
        if holder is None:
            return "somebody else took the lease at the same moment; try again"
        return (
            f"{holder.who} is applying this estate: run {holder.run} on {holder.host} (pid "
            f"{holder.pid}), since {_time(holder.since)}; its lease {self._table.path} runs until "
            f"{_time(holder.until)}: wait for it, then plan again (reconcile unlock shows it)"
        )


def this_process(run: str, who: str, clock: Clock) -> LeaseRecord:
    """Give the record of this process, expiring as if it were taken now."""
    now = clock.now()
    return LeaseRecord(run, who, socket.gethostname(), boot_id(), os.getpid(), now, now + LIFETIME)


def boot_id() -> str:
    """Name this boot and process-id namespace: within one a pid means one process; empty: unknown.

    Two containers on one machine share the boot, not the namespace.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown/{secrets.token_hex(8)}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment < FOREVER else "somebody removes it"


def is_alive(pid: int) -> bool:
    """Tell whether a process of this namespace runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
