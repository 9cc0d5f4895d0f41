"""The service: takes calls, moves life cycles on, and keeps the data plane told."""

from __future__ import annotations

import copy
import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticache_local.clock import Clock
from elasticache_local.fault import LostResponse
from elasticache_local.service.catalogue import OPERATIONS, STEPS
from elasticache_local.service.data_plane import DataPlane
from elasticache_local.service.duration import Durations
from elasticache_local.service.faults import FaultPlan
from elasticache_local.service.history import History
from elasticache_local.service.operation.user import first_user
from elasticache_local.service.principal import Principal
from elasticache_local.service.refusal import refusal
from elasticache_local.service.rule.network import default_subnet_group, default_vpc
from elasticache_local.service.rule.quota import listed_quotas
from elasticache_local.service.state import Job, Region, State
from elasticache_local.service.turn import Turn
from elasticache_local.service.validation import checker
from elasticache_local.switch import Switches
from elasticache_local.want import Host, Is


class Service:
    """ElastiCache's control plane without a transport.

    Calls never wait and never open a socket; one lock makes each of them whole. What takes time is
    done when somebody looks (any call, an answer of the data plane, ``move_on``).
    """

    def __init__(
        self,
        clock: Clock,
        host: Host,
        *,
        switches: Switches = Switches(),  # noqa: B008 - frozen
        durations: Durations = Durations(),  # noqa: B008 - frozen
        state: State | None = None,
        seed: int = 0,
    ) -> None:
        self.clock, self.switches, self.durations = clock, switches, durations
        self.faults = FaultPlan(seed)
        self._state = state or State()
        self._lock = threading.RLock()
        self._answers: deque[Is] = deque()
        self._moving = False
        self._agenda: list[tuple[float, int, str, Job]] = []
        self._held: list[tuple[str, Job]] = []
        self._history = History()
        self._host = host
        self._plane = DataPlane(self._state, host, self.move_on)
        host.listen(self._answered)
        with self._lock:
            self._resume()

    def call(self, action: str, params: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
        """Do one call of the API; raises Fault, or LostResponse after the work."""
        with self._lock:
            self.move_on()
            operation = OPERATIONS.get(action)
            if operation is None:
                words = f"The action {action} is not valid for this endpoint."
                raise refusal("InvalidAction", words)
            self.faults.before(action)
            checker(action)(params, "")
            region = self._region(principal)
            is_read = action.startswith(("Describe", "List"))
            if not is_read:
                self._remember(region)
            elif action.startswith("Describe"):
                age = self.faults.stale_s(action)
                region = self._history.region_at(region, self.clock.now() - age) if age else region
            with self._turn(region, self.clock.now(), action) as turn:
                answer: dict[str, Any] = operation(turn, params)
                if not is_read:
                    self._sabotage(turn)
            if not is_read:
                self.move_on()
                if self.faults.loses(action):
                    raise LostResponse(action)
            return answer

    def move_on(self) -> None:
        """Take in what the data plane answered, and do everything that is due."""
        with self._lock:
            if self._moving:
                return
            self._moving = True
            try:
                while self._take_answers() or self._run_held() or self._run_due():
                    pass
            finally:
                self._moving = False

    def next_due(self) -> float | None:
        """When something is due next, in the clock's seconds; None when nothing is."""
        with self._lock:
            return self._agenda[0][0] if self._agenda else None

    def tagged_resources(self, principal: Principal) -> list[tuple[str, dict[str, str]]]:
        """Give every resource that has or had tags, as the tagging API sees it (it may lag)."""
        with self._lock:
            self.move_on()
            region = self._region(principal)
            lag = self.faults.tagging_lag_s(self.switches.tagging_lag_s)
            tags = self._history.tags_at(region, self.clock.now() - lag) if lag else region.tags
            return [(arn, dict(tags[arn])) for arn in sorted(tags)]

    def quotas(self) -> list[tuple[str, str, int]]:
        """Give each quota as it is held: its code, its name, how many there may be."""
        with self._lock:
            return listed_quotas(self.faults, self.switches)

    def declare_subnets(
        self, principal: Principal, subnets: Mapping[str, str] | list[str] | tuple[str, ...]
    ) -> None:
        """Let these subnets exist: id -> VPC id, or ids in the default VPC."""
        with self._lock:
            region = self._region(principal)
            if not isinstance(subnets, Mapping):
                subnets = dict.fromkeys(subnets, default_vpc(region))
            region.known_subnets |= subnets

    def declare(
        self, principal: Principal, security_groups: Iterable[str], kms_keys: Iterable[str]
    ) -> None:
        """Let these security groups and KMS keys be there; others then are not."""
        with self._lock:
            region = self._region(principal)
            for known, more in (
                (region.known_security_groups, security_groups),
                (region.known_keys, kms_keys),
            ):
                known.extend(each for each in more if each not in known)

    def names(self, principal: Principal) -> dict[str, tuple[str, ...]]:
        """Give the AWS-shaped names of each cache by its key (``replication_group/orders``)."""
        with self._lock:
            return self._plane.names(self._region(principal))

    def want_again(self) -> None:
        """Send every Want once more, for a data plane that was started anew."""
        with self._lock:
            self._plane.forget_sent()
            self._touch_all()

    def snapshot(self) -> dict[str, Any]:
        """Give the whole state as JSON-ready data; secrets are hashes in it."""
        with self._lock:
            self.move_on()
            return self._state.to_json()

    def _region(self, principal: Principal) -> Region:
        region = self._state.regions.get(principal.scope)
        if region is None:
            region = Region(account_id=principal.account_id, name=principal.region)
            region.users["default"] = first_user()
            region.subnet_groups["default"] = default_subnet_group(region)
            self._state.regions[principal.scope] = region
        return region

    @contextmanager
    def _turn(self, region: Region, now: float, action: str = "") -> Iterator[Turn]:
        turn = Turn(
            state=self._state,
            region=region,
            now=now,
            switches=self.switches,
            durations=self.durations,
            faults=self.faults,
            normalise=self._host.normalise,
            failover=self._host.failover,
            roles=self._plane.roles,
            problem=self._plane.problem,
            unsaved=self._plane.unsaved,
            action=action,
        )
        yield turn
        self._plane.tell(turn)
        scope = f"{region.account_id}/{region.name}"
        for job in turn.new_jobs:
            heapq.heappush(self._agenda, (job.due, job.number, scope, job))

    def _sabotage(self, turn: Turn) -> None:
        for sort, key in (("fail-create", "failed"), ("roll-back", "rolled_back")):
            if not turn.new_jobs:
                return
            if fault := self.faults.strikes(sort, turn.action):  # type: ignore[arg-type]
                for job in turn.new_jobs:
                    job.data[key] = fault.message or f"{turn.action} did not succeed"

    def _remember(self, region: Region) -> None:
        if self.faults.is_stale_planned:
            self._history.keep(region, self.clock.now(), copy.deepcopy)
        if self.faults.tagging_lag_s(self.switches.tagging_lag_s):
            self._history.keep_tags(region, self.clock.now())

    def _answered(self, answer: Is) -> None:
        self._answers.append(answer)
        self.move_on()

    def _take_answers(self) -> bool:
        taken = False
        while self._answers:
            taken = True
            answer = self._answers.popleft()
            region = self._plane.region_of(answer.key)
            if region is not None:
                with self._turn(region, self.clock.now()) as turn:
                    self._plane.take(turn, answer)
        return taken

    def _run_due(self) -> bool:
        if not self._agenda or self._agenda[0][0] > self.clock.now():
            return False
        due, _, scope, job = heapq.heappop(self._agenda)
        if not self._run(scope, job, due):
            self._held.append((scope, job))
        return True

    def _run_held(self) -> bool:
        now = self.clock.now()
        for place, (scope, job) in enumerate(self._held):
            if self._run(scope, job, now):
                del self._held[place]
                return True
        return False

    def _run(self, scope: str, job: Job, now: float) -> bool:
        """Run a step if the data plane is that far; say whether it is over."""
        if not self._plane.holds(job):
            return False
        region = self._state.regions[scope]
        with self._turn(region, now) as turn:
            step: Callable[[Turn, Mapping[str, Any]], object] = STEPS[job.step]
            if step(turn, job.data) == "not yet":
                return False
            for section, record_id in job.data["busy"]:
                record = getattr(region, section).get(record_id)
                if record is not None:
                    record.busy.pop(str(job.number), None)
            region.jobs.remove(job)
        return True

    def _resume(self) -> None:
        self._touch_all()
        for scope, region in self._state.regions.items():
            for job in region.jobs:
                heapq.heappush(self._agenda, (job.due, job.number, scope, job))
                self._plane.save_again(job)

    def _touch_all(self) -> None:
        for region in self._state.regions.values():
            with self._turn(region, self.clock.now()) as turn:
                for cache in self._plane.caches(region):
                    turn.touch(cache)
