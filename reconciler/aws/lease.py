"""One writer at a time: a lease in SSM parameters. Advisory: ElastiCache itself knows of none."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import secrets
import socket
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from reconciler.aws import fault
from reconciler.aws.numbered import (
    Listing,
    Lost,
    Overwrite,
    Put,
    Remove,
    Wanted,
    acquiring,
    keeping,
    releasing,
)
from reconciler.aws.session import Session
from reconciler.errors import AwsError, CouldNotLook, LeaseHeld, Refused
from reconciler.model import Estate
from reconciler.ports import Clock, Lease, LeaseRecord

logger = logging.getLogger(__name__)

T = TypeVar("T")

LIFETIME = timedelta(minutes=10)
_RENEW_AFTER = timedelta(minutes=3)
_SKEW = timedelta(seconds=30)
"""How far apart two machines' clocks may be: an expired lease is left alone that much longer."""
_TRIES = 6
_FOREVER = datetime.max.replace(tzinfo=UTC)
_PASSING = frozenset({"NotSent", "ThrottlingException", "TooManyUpdates"})


def lease_of(estate: Estate, session: Session, clock: Clock, run: str = "") -> Lease:
    """Give the lease that the spec's safety.lease asks for."""
    match estate.safety.lease:
        case "ssm":
            mine = this_process(run or secrets.token_hex(4), session.identity().short, clock)
            return SsmLease(ParameterTable(session, estate.estate, clock), mine, clock)
        case "none":
            return NoLease()
        case other:
            reason = (
                f"safety.lease: {other} is not to be had yet; write ssm (or none, at your risk)"
            )
            raise Refused([reason])


class NoLease:
    """No protection: whoever serialises applies does it elsewhere."""

    def acquire(self) -> None:
        """Warn."""
        logger.warning("lease.none", extra={"why": "safety.lease is none: two applies may collide"})

    def check(self) -> None:
        """Nothing can be said."""

    def release(self) -> None:
        """Nothing to let go."""


class SsmLease:
    """A ports.Lease over numbered parameters; see ``numbered`` for why they are numbered."""

    def __init__(self, table: ParameterTable, mine: LeaseRecord, clock: Clock) -> None:
        self._table, self._mine, self._clock = table, mine, clock
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
            reason = f"the lease was taken over meanwhile; {self._who_holds(kept.holder)}"
            raise LeaseHeld([reason])
        self._mine = kept

    def release(self) -> None:
        """Let it go; harmless when it is not held."""
        if self._number is not None:
            number, self._number = self._number, None
            self._table.play(releasing(self._mine, number))

    def _is_over(self, other: LeaseRecord) -> bool:
        if other.until <= self._clock.now() - _SKEW:
            return True
        if other.boot_id != self._mine.boot_id:
            return False
        # One process applies one estate at a time: under its own pid stands a run that has ended.
        return other.pid == self._mine.pid or not is_alive(other.pid)

    def _who_holds(self, holder: LeaseRecord | None) -> str:
        if holder is None:
            return "somebody else took the lease at the same moment; try again"
        return (
            f"{holder.who} is applying this estate: run {holder.run} on {holder.host} (pid "
            f"{holder.pid}), since {_time(holder.since)}; its lease {self._table.path} runs until "
            f"{_time(holder.until)}: wait for it, then plan again"
        )


class ParameterTable:
    """One estate's records as SSM parameters ``/reconciler/<estate>/lease/<number>``."""

    def __init__(self, session: Session, estate: str, clock: Clock) -> None:
        self._session, self._clock = session, clock
        self.path = f"/reconciler/{estate}/lease"

    def play(self, protocol: Generator[Wanted, Any, T]) -> T:
        """Answer what the protocol wants until it is done."""
        answer: Any = None
        try:
            while True:
                answer = self._answered(protocol.send(answer))
        except StopIteration as done:
            result: T = done.value
            return result

    def _answered(self, wanted: Wanted) -> Any:
        match wanted:
            case Listing():
                return self._listed()
            case Put(number, record):
                return self._written(number, record, overwrite=False)
            case Overwrite(number, record):
                return self._written(number, record, overwrite=True)
            case Remove(number):
                return self._asked(
                    "delete_parameter", {"ParameterNotFound"}, Name=self._name(number)
                )

    def _listed(self) -> dict[int, LeaseRecord]:
        found: dict[int, LeaseRecord] = {}
        asked: dict[str, Any] = {"Path": self.path}
        while True:
            page = self._asked("get_parameters_by_path", set(), **asked) or {}
            for one in page.get("Parameters", ()):
                number = one["Name"].rsplit("/", 1)[-1]
                if number.isdigit():
                    found[int(number)] = parsed(one["Value"])
            if not page.get("NextToken"):
                return found
            asked["NextToken"] = page["NextToken"]

    def _written(self, number: int, record: LeaseRecord, *, overwrite: bool) -> None:
        self._asked(
            "put_parameter",
            {"ParameterAlreadyExists"},
            Name=self._name(number),
            Value=written(record),
            Type="String",
            Overwrite=overwrite,
        )

    def _name(self, number: int) -> str:
        return f"{self.path}/{number}"

    def _asked(self, operation: str, expected: set[str], **params: Any) -> Any:
        """Ask, again where no answer came (harmless for all four); None: an expected refusal."""
        call = getattr(self._session.client("ssm"), operation)
        for attempt in range(_TRIES):
            try:
                return fault.asked("ssm", operation, lambda: call(**params))
            except AwsError as refused:
                if refused.code in expected:
                    return None
                if refused.answered and refused.code not in _PASSING:
                    reason = (
                        f"the lease can't be had: ssm {operation} answered {refused.code}: "
                        f"{refused.message}; allow it on {self.path}/*, or write safety.lease: none"
                    )
                    raise Refused([reason]) from None
            self._clock.wait(min(0.2 * 2**attempt, 5.0))
        raise CouldNotLook(f"the lease can't be read: ssm {operation} gave no answer")


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


def written(record: LeaseRecord) -> str:
    """Give the record as the parameter's value."""
    facts = {
        "run": record.run,
        "who": record.who,
        "host": record.host,
        "boot_id": record.boot_id,
        "pid": record.pid,
        "since": record.since.isoformat(),
        "until": record.until.isoformat(),
    }
    return json.dumps(facts)


def parsed(text: str) -> LeaseRecord:
    """Read a parameter's value; what can't be read is held by somebody unknown, for ever."""
    try:
        facts = json.loads(text)
        return LeaseRecord(
            str(facts["run"]),
            str(facts["who"]),
            str(facts["host"]),
            str(facts["boot_id"]),
            int(facts["pid"]),
            datetime.fromisoformat(facts["since"]).astimezone(UTC),
            datetime.fromisoformat(facts["until"]).astimezone(UTC),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return LeaseRecord("?", "somebody", "?", "?", 0, datetime.now(UTC), _FOREVER)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment < _FOREVER else "somebody removes it"


def is_alive(pid: int) -> bool:
    """Tell whether a process of this namespace runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
