"""Doors over the local ElastiCache in this very process: no HTTP, no engine, a stepped clock.

A test asks ``InProcess()`` for a bench and hands its doors to the product. Faults are told to the
writer (``bench.writer(fail=...)``) or to the service itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_bench import Iam
from parameters import Parameters
from pydantic import SecretStr

from elasticache_local.clock import SteppedClock as ServiceTime
from elasticache_local.fault import Fault, LostResponse
from elasticache_local.service import Durations, Principal, Service
from elasticache_local.service.null_host import NullHost
from elasticache_local.switch import Switches
from reconciler.errors import AwsError, Interrupted, LeaseHeld, SecretUnavailable
from reconciler.model import SecretRef
from reconciler.ports import Call, Params

ACCOUNT = "123456789012"
REGION = "eu-west-1"
EPOCH = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

_PAGE_TOKENS = {"Marker": "Marker", "NextToken": "NextToken", "PaginationToken": "PaginationToken"}


class Killed(BaseException):
    """Stands for SIGKILL: nothing that catches Exception sees it."""


class SteppedClock:
    """A ports.Clock whose waiting moves the service's clock and costs no time.

    ``interrupt_at`` raises Interrupted at the n-th wait (1-based).
    """

    def __init__(self, *, interrupt_at: int | None = None) -> None:
        self.passed_s = 0.0
        self.waits: list[float] = []
        self.interrupt_at = interrupt_at
        self.moved: list[Callable[[float], None]] = []
        """Told of every second that passes: the service's own clock hangs here."""

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.interrupt_at is not None and len(self.waits) >= self.interrupt_at:
            self.interrupt_at = None
            raise Interrupted
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.passed_s += seconds
        for move in self.moved:
            move(seconds)


@dataclass
class MemorySecrets:
    """A SecretSource over a dict. A reference that is not in it is unavailable."""

    values: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    def put(self, ref: SecretRef, value: str, version: str = "v1") -> None:
        self.values[str(ref)] = value
        self.versions[str(ref)] = version

    def version(self, ref: SecretRef, salt: str) -> str:
        if str(ref) not in self.versions:
            raise SecretUnavailable(f"{ref} is not there")
        return self.versions[str(ref)]

    def open(self, ref: SecretRef) -> SecretStr:
        if str(ref) not in self.values:
            raise SecretUnavailable(f"{ref} is not there")
        self.opened.append(str(ref))
        return SecretStr(self.values[str(ref)])


@dataclass
class MemoryLease:
    """A Lease that counts. ``held_by`` refuses; ``lose_at`` is lost at the n-th check (1-based)."""

    held_by: str = ""
    lose_at: int | None = None
    acquired: int = 0
    checked: int = 0
    released: int = 0

    def acquire(self) -> None:
        if self.held_by:
            raise LeaseHeld([f"{self.held_by} is applying"])
        self.acquired += 1

    def check(self) -> None:
        self.checked += 1
        if self.lose_at is not None and self.checked >= self.lose_at:
            raise LeaseHeld(["the lease was taken over"])

    def release(self) -> None:
        self.released += 1


def _as_aws_error(service: str, operation: str, raised: Exception) -> AwsError:
    action = Call(service, operation, {}).action
    if isinstance(raised, Fault):
        return AwsError(service, action, raised.code, raised.message, status=raised.status)
    return AwsError(service, action, "ConnectionError", "no answer came", status=0)


def _copied(value: Any) -> Any:
    """Give what the wire would: nothing that is shared. Four times as fast as copy.deepcopy."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(one) for key, one in value.items()}
    if kind in (list, tuple):
        return [_copied(one) for one in value]
    return value


class InProcessReader:
    """A ports.Reader over the bench; remembers within one observation."""

    def __init__(self, bench: InProcess) -> None:
        self._bench = bench
        self._memory: dict[str, Mapping[str, Any]] = {}
        self.calls = 0

    def read(self, service: str, operation: str, params: Params | None = None) -> Mapping[str, Any]:
        if not operation.startswith(("describe", "list", "get")):
            raise ValueError(f"{operation} is not a read")
        key = f"{service} {operation} {json.dumps(params or {}, sort_keys=True, default=str)}"
        if key not in self._memory:
            self.calls += 1
            self._bench.reads[operation] += 1
            self._bench.before_read(service, operation, params or {})
            self._memory[key] = self._bench.answer(service, operation, params or {})
        return self._memory[key]

    def pages(
        self, service: str, operation: str, key: str, params: Params | None = None
    ) -> Iterator[Mapping[str, Any]]:
        asked = dict(params or {})
        while True:
            page = self.read(service, operation, asked)
            yield from page.get(key, ())
            token = next((name for name in _PAGE_TOKENS if page.get(name)), None)
            if token is None:
                return
            asked = {**asked, _PAGE_TOKENS[token]: page[token]}

    def fresh(self) -> InProcessReader:
        return InProcessReader(self._bench)


class InProcessWriter:
    """A ports.Writer over the bench; opens references and remembers what was sent.

    ``before`` and ``after`` are told of each call with its number (1-based over the bench's life of
    this writer) and may raise: AwsError for an answer, Killed for a process that died.
    """

    def __init__(
        self,
        bench: InProcess,
        before: Callable[[int, Call], None] | None = None,
        after: Callable[[int, Call], None] | None = None,
    ) -> None:
        self._bench, self._before, self._after = bench, before, after
        self.sent: list[Call] = []

    def send(self, call: Call) -> Mapping[str, Any]:
        self.sent.append(call)
        self._bench.writes.append(call)
        if self._before:
            self._before(len(self.sent), call)
        answer = self._bench.answer(call.service, call.operation, self._opened(call.params))
        if self._after:
            self._after(len(self.sent), call)
        return answer

    def _opened(self, value: Any) -> Any:
        match value:
            case SecretRef():
                return self._bench.secrets.open(value).get_secret_value()
            case Mapping():
                return {key: self._opened(item) for key, item in value.items()}
            case list() | tuple():
                return [self._opened(item) for item in value]
            case _:
                return value


def kill(n: int, *, after: bool = False) -> dict[str, Callable[[int, Call], None]]:
    """Give the writer's hook that dies at call n, before or after the work."""

    def die(number: int, _: Call) -> None:
        if number == n:
            raise Killed

    return {"after" if after else "before": die}


class InProcess:
    """One account of a local ElastiCache in this process, and every door to it.

    ``switches`` are facts about the service that nobody knows (elasticache_local.switch). Several
    benches may share one ``service`` and one ``clock``: two actors, or two accounts.
    """

    def __init__(
        self,
        *,
        account_id: str = ACCOUNT,
        region: str = REGION,
        service: Service | None = None,
        clock: SteppedClock | None = None,
        normalise: Callable[[str], str] = str.strip,
        durations: Durations | None = None,
        **switches: Any,
    ) -> None:
        self.account_id, self.region = account_id, region
        self.clock = clock or SteppedClock()
        self.principal = Principal(account_id, region)
        self.secrets = MemorySecrets()
        self.lease = MemoryLease()
        self.iam = Iam(account_id)
        self.functions: Any = None
        """A lambda_bench.Lambda, where a test needs one."""
        self.scheduler: Any = None
        """A scheduler_bench.Scheduler, likewise."""
        self.reads: Counter[str] = Counter()
        self.writes: list[Call] = []
        self.before_read: Callable[[str, str, Params], None] = lambda *_: None
        """A hook that may raise AwsError in place of an answer."""
        self.parameters = Parameters(account_id, region)
        self.metrics: dict[tuple[str, str], float] = {}
        """What CloudWatch tells: (metric's name, its first dimension) -> value."""
        if service is None:
            time = ServiceTime(EPOCH)
            self.clock.moved.append(time.advance)
            service = Service(
                time,
                NullHost(normalise),
                switches=Switches(**switches),
                durations=durations or Durations(),
            )
        self.service = service

    def reader(self) -> InProcessReader:
        """Give a Reader that remembers nothing yet."""
        return InProcessReader(self)

    def writer(self, **hooks: Callable[[int, Call], None]) -> InProcessWriter:
        """Give a Writer; ``before`` and ``after`` as InProcessWriter says, or ``**kill(n)``."""
        return InProcessWriter(self, **hooks)

    def aws(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """Call ElastiCache past the product: ``aws("modify_user", UserId=...)``."""
        return self.answer("elasticache", operation, params)

    def settle(self, seconds: float = 3600) -> None:
        """Let the service come to rest."""
        self.clock.advance(seconds)

    def answer(self, service: str, operation: str, params: Params) -> Mapping[str, Any]:
        """Give what the service answers, or raise AwsError as the gateway would."""
        try:
            match service, operation:
                case "elasticache", _:
                    action = Call(service, operation, {}).action
                    found = self.service.call(action, _copied(dict(params)), self.principal)
                    return _copied(found)
                case "lambda", _:
                    return _copied(dict(self.functions.answer(operation, params)))
                case "scheduler", _:
                    return _copied(dict(self.scheduler.answer(operation, params)))
                case "iam", _:
                    return _copied(dict(self.iam.answer(operation, params)))
                case "resourcegroupstaggingapi", "get_resources":
                    return self._tagged(params)
                case "sts", "get_caller_identity":
                    arn = f"arn:aws:sts::{self.account_id}:assumed-role/test/test"
                    return {"Account": self.account_id, "Arn": arn, "UserId": "AROATEST:test"}
                case "ssm", _:
                    return self.parameters.answer(operation, params)
                case "service-quotas", "list_service_quotas":
                    return self._quotas()
                case "cloudwatch", "get_metric_data":
                    return self._metrics(params)
                case _:
                    raise AssertionError(f"the bench does not know {service} {operation}")
        except (Fault, LostResponse) as raised:
            raise _as_aws_error(service, operation, raised) from None

    def _quotas(self) -> Mapping[str, Any]:
        rows = self.service.quotas()
        return {"Quotas": [{"QuotaCode": code, "Value": float(most)} for code, _, most in rows]}

    def _metrics(self, params: Params) -> Mapping[str, Any]:
        found = []
        for query in params["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            dimensions = [one["Value"] for one in metric["Dimensions"]]
            held = self.metrics.get((metric["MetricName"], dimensions[0]))
            found.append({"Id": query["Id"], "Values": [] if held is None else [held]})
        return {"MetricDataResults": found}

    def _tagged(self, params: Params) -> Mapping[str, Any]:
        if arns := params.get("ResourceARNList"):
            rows = [(arn, self.parameters.tags(arn)) for arn in arns]
            pairs = {arn: [{"Key": k, "Value": v} for k, v in tags.items()] for arn, tags in rows}
            found = [{"ResourceARN": arn, "Tags": some} for arn, some in pairs.items() if some]
            return {"ResourceTagMappingList": found, "PaginationToken": ""}
        asked = [(one["Key"], set(one.get("Values", ()))) for one in params.get("TagFilters", ())]
        types = {one.split(":", 1)[-1] for one in params.get("ResourceTypeFilters", ())}
        found = []
        for arn, tags in self.service.tagged_resources(self.principal):
            if types and arn.split(":")[5] not in types:
                continue
            if all(key in tags and (not some or tags[key] in some) for key, some in asked):
                pairs = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
                found.append({"ResourceARN": arn, "Tags": pairs})
        return {"ResourceTagMappingList": found, "PaginationToken": ""}
