"""Every state that the local service lets one come to, and whether the product's steps lead there.

A domain says how an account is made, which calls somebody might send in any state, how a state is
read, and what one would write for it. The search knows nothing of the product.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import build
from inprocess import InProcess

from reconciler.errors import AwsError
from reconciler.kind import Facts, Live, Ownership, Unreachable
from reconciler.kinds import KINDS
from reconciler.model import Resource
from reconciler.plan import Plan, make_plan

Move = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Domain:
    """A small part of the service: its starts, its moves, its states and their wishes."""

    prepare: Callable[[InProcess], None]
    starts: Sequence[Move]
    moves: Sequence[Move]
    seen: Callable[[InProcess], Hashable]
    wish: Callable[[Any], Sequence[Resource]]
    marks: Callable[[Resource], Mapping[str, str]] = lambda _resource: {}
    """Our tags that remember what describe can't show, as if we had set it."""
    detour: Callable[[Any, Any], bool] = lambda _start, _end: False
    """Whether the one way leads over what nobody asked for, so that it has to be refused."""


@dataclass
class Found:
    """What a comparison came to; each is (start, end, ...)."""

    states: int = 0
    tried: int = 0
    missed: list[tuple[Any, ...]] = field(default_factory=list)
    long: list[tuple[Any, ...]] = field(default_factory=list)
    taken: list[tuple[Any, ...]] = field(default_factory=list)
    """Detours that were gone unasked."""


def played(domain: Domain, calls: Iterable[Move]) -> InProcess | None:
    """Give an account in which these calls were sent one after the other, or None: refused."""
    bench = InProcess()
    domain.prepare(bench)
    bench.settle()
    try:
        for operation, params in calls:
            bench.aws(operation, **params)
            bench.settle(60)
    except AwsError:
        return None
    return bench


def explored(domain: Domain) -> tuple[dict[Any, tuple[Move, ...]], dict[Any, set[Any]]]:
    """Give the calls that lead to each state, and where one more call leads from it."""
    ways: dict[Any, tuple[Move, ...]] = {}
    waiting: deque[Any] = deque()
    for start in domain.starts:
        bench = played(domain, [start])
        if bench is not None and (state := domain.seen(bench)) not in ways:
            ways[state] = (start,)
            waiting.append(state)
    leads: dict[Any, set[Any]] = {}
    while waiting:
        state = waiting.popleft()
        leads[state] = set()
        for move in domain.moves:
            bench = played(domain, [*ways[state], move])
            if bench is None or (there := domain.seen(bench)) == state:
                continue
            leads[state].add(there)
            if there not in ways:
                ways[there] = (*ways[state], move)
                waiting.append(there)
    return ways, leads


def distances(leads: Mapping[Any, set[Any]], start: Any) -> dict[Any, int]:
    """Give the fewest calls to each state that can be reached."""
    far, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        for there in leads[here] - far.keys():
            far[there] = far[here] + 1
            waiting.append(there)
    return far


def compared(domain: Domain) -> Found:
    """Plan from every state to every state that can be reached, and count calls."""
    ways, leads = explored(domain)
    found = Found(states=len(ways))
    for start, calls in ways.items():
        bench = played(domain, calls)
        assert bench is not None
        lives = observed(domain, bench)
        for end, shortest in distances(leads, start).items():
            found.tried += 1
            plan = make_plan(KINDS, _facts(domain.wish(end), lives))
            stops = [one.stop for one in plan.changes if isinstance(one.stop, Unreachable)]
            steps = [step.call for one in plan.changes for step in one.steps]
            if start != end and domain.detour(start, end):
                found.taken += [] if stops else [(start, end, steps)]
            elif stops or (start != end and not steps):
                found.missed.append((start, end, stops))
            elif len(steps) > shortest + 1:
                found.long.append((start, end, shortest, steps))
    return found


def observed(domain: Domain, bench: InProcess) -> list[Live[Any]]:
    """Give everything of an account as ours."""
    found = []
    for kind in KINDS:
        names = frozenset({"app", "late", "old-default"}) if kind.bulk else frozenset[str]()
        for live in kind.observe(bench.reader(), names):
            marks = {
                "estate": build.ESTATE,
                "address": str(live.address),
                **domain.marks(live.resource),
            }
            ours = live.resource.but(marks=marks)
            found.append(dataclasses.replace(live, resource=ours, ownership=Ownership.OWNED))
    return found


def _facts(wishes: Sequence[Resource], lives: Sequence[Live[Any]]) -> Facts:
    return build.facts(wishes, lives)


__all__ = ["Domain", "Found", "Move", "Plan", "compared", "explored", "observed", "played"]
