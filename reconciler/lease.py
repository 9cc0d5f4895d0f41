"""Who holds the lease, as far as can be told from here. Pure."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.errors import Refused
from reconciler.ports import LeaseRecord

SKEW = timedelta(seconds=30)
"""How far apart two machines' clocks may be: an expired lease is left alone that much longer."""
LEASE_GROUPS = "reconciler-lease-"
"""How the names of parameter groups begin that hold a lease and nothing else."""


class Standing(enum.Enum):
    """What can be told of a holder."""

    RUNS_HERE = "runs on this machine"
    STALLED = "on this machine, and has not renewed it (stopped?): the next apply takes it over"
    GONE = "its process is gone from this machine"
    EXPIRED = "expired: the next apply takes it over"
    ELSEWHERE = "on another machine: whether it still runs can't be told from here"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose the lease is, where it is kept, and what can be told of them."""

    record: LeaseRecord
    path: str
    standing: Standing

    @property
    def holds(self) -> bool:
        """Whether the next apply would be refused for it."""
        return self.standing in (Standing.RUNS_HERE, Standing.ELSEWHERE)


def standing(
    record: LeaseRecord, now: datetime, boot_id: str, is_alive: Callable[[int], bool]
) -> Standing:
    """Judge a record from this boot and process namespace; ``is_alive`` tells of a pid in it."""
    expired = record.until <= now - SKEW
    if record.boot_id != boot_id:
        return Standing.EXPIRED if expired else Standing.ELSEWHERE
    if not is_alive(record.pid):
        return Standing.GONE
    return Standing.STALLED if expired else Standing.RUNS_HERE


def refuse_unlock(holder: Holder, run: str, *, force: bool) -> None:
    """Raise Refused unless ``run`` holds it and is not seen at work (or that is meant)."""
    record = holder.record
    if record.run != run:
        reason = (
            f"run {run} does not hold {holder.path}; run {record.run} of {record.who} does: "
            "reconcile unlock, without a run, shows it"
        )
        raise Refused([reason])
    if holder.standing is Standing.RUNS_HERE and not force:
        reason = (
            f"run {run} is at work on this machine (pid {record.pid}): wait for it, or interrupt "
            "it; with --force it loses the lease and stops before its next call"
        )
        raise Refused([reason])


def group_prefix(estate: str) -> str:
    """Give what the names of an estate's lease groups begin with: told apart by a digest.

    Names of parameter groups know lower case, digits and single hyphens only.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", estate.lower()).strip("-")
    digest = hashlib.sha256(estate.encode()).hexdigest()[:8]
    return f"{LEASE_GROUPS}{slug}-{digest}"
