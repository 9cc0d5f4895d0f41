"""Faults on demand: what the service does wrong because somebody asked. Seeded: it repeats."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from elasticache_local.service.refusal import refusal

FaultSort = Literal[
    "throttle",
    "refuse",
    "lose-response",
    "delay",
    "stale",
    "tagging-lag",
    "quota",
    "fail-create",
    "roll-back",
    "deny",
]


@dataclass
class PlannedFault:
    """One thing to go wrong.

    ``actions`` are patterns (``Modify*``); ``share`` is the chance per call; ``count`` how often it
    may happen (None: always); ``after`` how many matching calls go through first; ``seconds``
    belongs to delay, stale and tagging-lag; ``code`` and ``message`` to refuse; ``quota`` and
    ``limit`` to quota.
    """

    sort: FaultSort
    actions: tuple[str, ...] = ("*",)
    share: float = 1.0
    count: int | None = None
    after: int = 0
    seconds: float = 0.0
    code: str = ""
    message: str = ""
    quota: str = ""
    limit: int = 0
    happened: int = field(default=0, compare=False)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PlannedFault:
        """Give the fault that a control call describes; ValueError names what is wrong."""
        known = {each.name for each in fields(cls)} - {"happened"}
        if unknown := set(data) - known:
            raise ValueError(f"unknown {', '.join(sorted(unknown))}; known: {sorted(known)}")
        if data.get("sort") not in get_args(FaultSort):
            raise ValueError(f"sort is {data.get('sort')!r}; one of {list(get_args(FaultSort))}")
        made = dict(data)
        if isinstance(made.get("actions"), str):
            made["actions"] = (made["actions"],)
        made["actions"] = tuple(made.get("actions", ("*",)))
        return cls(**made)


class FaultPlan:
    """The faults that are planned, in order; may be asked from any thread."""

    def __init__(self, seed: int = 0, planned: Iterable[PlannedFault] = ()) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.planned: list[PlannedFault] = list(planned)
        # delay_s is asked by the shell, outside of the service's lock.
        self._lock = threading.Lock()

    def add(self, fault: PlannedFault | Mapping[str, Any]) -> PlannedFault:
        """Plan one more."""
        made = fault if isinstance(fault, PlannedFault) else PlannedFault.from_json(fault)
        self.planned.append(made)
        return made

    def clear(self, seed: int | None = None) -> None:
        """Plan nothing any more; with a seed, what is planned next happens as it did after it."""
        with self._lock:
            self.planned.clear()
            if seed is not None:
                self._random.seed(seed)

    def strikes(self, sort: FaultSort, action: str) -> PlannedFault | None:
        """Give the fault that happens to this call, counting it."""
        with self._lock:
            for fault in self.planned:
                if fault.sort != sort or not _names(fault, action):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif (fault.count is None or fault.happened < fault.count) and (
                    self._random.random() < fault.share
                ):
                    fault.happened += 1
                    return fault
        return None

    def before(self, action: str) -> None:
        """Raise what is planned to happen instead of the work."""
        if fault := self.strikes("deny", action):
            raise refusal(
                "AccessDenied",
                fault.message
                or f"User is not authorized to perform: elasticache:{action} because of a fault",
            )
        if self.strikes("throttle", action):
            raise refusal("Throttling", "Rate exceeded")
        if fault := self.strikes("refuse", action):
            raise refusal(
                fault.code or "InvalidReplicationGroupState", fault.message or "Refused by a fault."
            )

    def loses(self, action: str) -> bool:
        """Whether the answer to this call gets lost after the work."""
        return self.strikes("lose-response", action) is not None

    def delay_s(self, action: str) -> float:
        """How long the shell lets this call wait; the core never sleeps."""
        fault = self.strikes("delay", action)
        return fault.seconds if fault else 0.0

    def stale_s(self, action: str) -> float:
        """How old the answers of this describe are."""
        return max((f.seconds for f in self._standing("stale") if _names(f, action)), default=0.0)

    @property
    def is_stale_planned(self) -> bool:
        """Whether any describe answers late, so that old states must be kept."""
        return any(True for _ in self._standing("stale"))

    def tagging_lag_s(self, default: float) -> float:
        """How far the tagging API trails."""
        return max((fault.seconds for fault in self._standing("tagging-lag")), default=default)

    def quota(self, name: str, default: int) -> int:
        """Give a quota as planned."""
        return min((f.limit for f in self._standing("quota") if f.quota == name), default=default)

    def _standing(self, sort: FaultSort) -> Iterable[PlannedFault]:
        return (fault for fault in self.planned if fault.sort == sort)


def _names(fault: PlannedFault, action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in fault.actions)
