"""Where the lease's records are kept: SSM parameters, or parameter groups of ElastiCache.

Both know an atomic create-if-absent, which is all that ``numbered`` asks for.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from reconciler.aws import fault
from reconciler.aws.numbered import Listing, Overwrite, Put, Remove, Wanted
from reconciler.aws.session import Session
from reconciler.errors import AwsError, CouldNotLook, Refused
from reconciler.lease import group_prefix
from reconciler.model import Estate
from reconciler.ports import Clock, LeaseRecord

T = TypeVar("T")

FOREVER = datetime.max.replace(tzinfo=UTC)
_TRIES = 6
_PASSING = frozenset({"NotSent", "Throttling", "ThrottlingException", "TooManyUpdates"})


def table_of(estate: Estate, session: Session, clock: Clock) -> Table | None:
    """Give the table that the spec's safety.lease names; None: no lease is wanted."""
    match estate.safety.lease:
        case "ssm":
            return ParameterTable(session, estate.estate, clock)
        case "parameter-group":
            return GroupTable(session, estate.estate, clock)
        case "none":
            return None


class Table(ABC):
    """One estate's records, by number. ``path`` says where they stand, for people."""

    path: str
    service: str
    instead: str
    """What to do where this store can't be had."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session, self._clock = session, clock

    def fitted(self, record: LeaseRecord) -> LeaseRecord:
        """Give the record as it will read once it was kept here."""
        return record

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
                return self._put(number, record)
            case Overwrite(number, record):
                return self._overwritten(number, record)
            case Remove(number):
                return self._removed(number)

    @abstractmethod
    def _listed(self) -> dict[int, LeaseRecord]: ...

    @abstractmethod
    def _put(self, number: int, record: LeaseRecord) -> None: ...

    @abstractmethod
    def _overwritten(self, number: int, record: LeaseRecord) -> None: ...

    @abstractmethod
    def _removed(self, number: int) -> None: ...

    def _asked(self, operation: str, expected: Collection[str], **params: Any) -> Any:
        """Ask, again where no answer came (harmless for all of them); None: an expected refusal."""
        call = getattr(self._session.client(self.service), operation)
        for attempt in range(_TRIES):
            try:
                return fault.asked(self.service, operation, lambda: call(**params))
            except AwsError as refused:
                if refused.code in expected:
                    return None
                if refused.answered and refused.code not in _PASSING:
                    reason = (
                        f"the lease can't be had: {self.service} {operation} answered "
                        f"{refused.code}: {refused.message}; {self.instead}"
                    )
                    raise Refused([reason]) from None
            self._clock.wait(min(0.2 * 2**attempt, 5.0))
        raise CouldNotLook(f"the lease can't be read: {self.service} {operation} gave no answer")


class ParameterTable(Table):
    """One estate's records as SSM parameters ``/reconciler/<estate>/lease/<number>``."""

    service = "ssm"

    def __init__(self, session: Session, estate: str, clock: Clock) -> None:
        super().__init__(session, clock)
        self.path = f"/reconciler/{estate}/lease"
        self.instead = (
            f"allow it on {self.path}/*, or write safety.lease: parameter-group (or none, at your "
            "risk)"
        )

    def _listed(self) -> dict[int, LeaseRecord]:
        found: dict[int, LeaseRecord] = {}
        asked: dict[str, Any] = {"Path": self.path}
        while True:
            page = self._asked("get_parameters_by_path", (), **asked) or {}
            for one in page.get("Parameters", ()):
                number = one["Name"].rsplit("/", 1)[-1]
                if number.isdigit():
                    found[int(number)] = parsed(one["Value"])
            if not page.get("NextToken"):
                return found
            asked["NextToken"] = page["NextToken"]

    def _put(self, number: int, record: LeaseRecord) -> None:
        self._written(number, record, overwrite=False)

    def _overwritten(self, number: int, record: LeaseRecord) -> None:
        self._written(number, record, overwrite=True)

    def _removed(self, number: int) -> None:
        self._asked("delete_parameter", {"ParameterNotFound"}, Name=self._name(number))

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


class GroupTable(Table):
    """One estate's records as empty cache parameter groups ``reconciler-lease-<estate>-<number>``.

    The description, which no call changes, holds who; until when stands in a tag, which can be
    written anew. No cache ever names such a group, and plans leave it out.
    """

    service = "elasticache"

    def __init__(self, session: Session, estate: str, clock: Clock) -> None:
        super().__init__(session, clock)
        self._arns: dict[int, str] = {}
        self.path = group_prefix(estate)
        self.instead = (
            f"allow it on the parameter groups {self.path}-*, or write safety.lease: ssm (or none, "
            "at your risk)"
        )

    def fitted(self, record: LeaseRecord) -> LeaseRecord:
        """Cut names short: a description has 255 characters."""
        return dataclasses.replace(record, who=_ascii(record.who, 48), host=_ascii(record.host, 40))

    def _listed(self) -> dict[int, LeaseRecord]:
        found: dict[int, LeaseRecord] = {}
        asked: dict[str, Any] = {}
        while True:
            page = self._asked("describe_cache_parameter_groups", (), **asked) or {}
            for one in page.get("CacheParameterGroups", ()):
                start, _, number = one["CacheParameterGroupName"].rpartition("-")
                if start == self.path and number.isdigit():
                    self._arns[int(number)] = one["ARN"]
                    record = self._record(one)
                    found |= {int(number): record} if record is not None else {}
            if not page.get("Marker"):
                return found
            asked["Marker"] = page["Marker"]

    def _record(self, group: Mapping[str, Any]) -> LeaseRecord | None:
        """Read one; None: it went away between two looks."""
        told = self._asked(
            "list_tags_for_resource", {"CacheParameterGroupNotFound"}, ResourceName=group["ARN"]
        )
        if told is None:
            return None
        tags = {one["Key"]: one.get("Value", "") for one in told.get("TagList", ())}
        try:
            run, who, host, boot, pid, since = json.loads(group.get("Description", ""))
            facts = {"run": run, "who": who, "host": host, "boot_id": boot, "pid": pid}
            return parsed(json.dumps({**facts, "since": since, "until": tags.get(_UNTIL, "")}))
        except ValueError:
            return parsed("")

    def _put(self, number: int, record: LeaseRecord) -> None:
        said = [
            record.run,
            record.who,
            record.host,
            record.boot_id,
            record.pid,
            record.since.isoformat(),
        ]
        self._asked(
            "create_cache_parameter_group",
            {"CacheParameterGroupAlreadyExists"},
            CacheParameterGroupName=f"{self.path}-{number}",
            CacheParameterGroupFamily="redis7",
            Description=json.dumps(said, separators=(",", ":")),
            Tags=[_until(record)],
        )

    def _overwritten(self, number: int, record: LeaseRecord) -> None:
        if (arn := self._arns.get(number)) is not None:
            self._asked(
                "add_tags_to_resource",
                {"CacheParameterGroupNotFound"},
                ResourceName=arn,
                Tags=[_until(record)],
            )

    def _removed(self, number: int) -> None:
        self._asked(
            "delete_cache_parameter_group",
            {"CacheParameterGroupNotFound"},
            CacheParameterGroupName=f"{self.path}-{number}",
        )


_UNTIL = "reconciler-lease-until"


def _until(record: LeaseRecord) -> dict[str, str]:
    return {"Key": _UNTIL, "Value": record.until.isoformat()}


def _ascii(text: str, most: int) -> str:
    return text.encode("ascii", "replace").decode()[:most]


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
        return LeaseRecord("?", "somebody", "?", "?", 0, datetime.now(UTC), FOREVER)
