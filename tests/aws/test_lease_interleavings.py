"""Every order in which the store operations of several actors can happen, from several starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.aws.numbered import (
    Listing,
    Lost,
    Overwrite,
    Put,
    Remove,
    acquiring,
    keeping,
    releasing,
)
from reconciler.ports import LeaseRecord

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DEAD = LeaseRecord("dead", "ann", "host", "boot", 1, NOW, NOW)


def record(run: str) -> LeaseRecord:
    return LeaseRecord(run, run, "host", "boot", 2, NOW, NOW + timedelta(minutes=10))


@dataclass(frozen=True)
class Actor:
    """Takes the lease, looks whether it still has it (renewing or not), and lets it go."""

    run: str
    renews: bool = False
    held: int | None = None
    """Starts as the holder of this number."""

    def life(self) -> Iterator[Any]:
        """Yield store operations; between ``"hold"`` and ``"let go"`` it would send its calls."""
        mine = record(self.run)
        number = self.held
        if number is None:
            taken = yield from acquiring(mine, lambda other: other.until <= NOW)
            if isinstance(taken, Lost):
                return
            number = taken.number
            yield "hold"
            yield "let go"
        kept = yield from keeping(mine, number, NOW + timedelta(hours=1) if self.renews else None)
        if isinstance(kept, Lost):
            return
        yield "hold"
        yield "let go"
        yield from releasing(kept, number)


def explore(actors: tuple[Actor, ...], start: dict[int, LeaseRecord], *, vanishing: bool = False):
    """Walk every reachable state once; yield what each actor believes, state by state."""
    first = (tuple(() for _ in actors), tuple(sorted(start.items())))
    todo, seen = [first], {first}
    while todo:
        histories, store = todo.pop()
        held = [_believes(actor, history) for actor, history in zip(actors, histories, strict=True)]
        yield held, dict(store), histories
        for after in _next(actors, histories, dict(store), vanishing=vanishing):
            if after not in seen:
                seen.add(after)
                todo.append(after)


def _replayed(actor: Actor, history: tuple[Any, ...]):
    life = actor.life()
    wanted = next(life, None)
    for answer in history:
        try:
            wanted = life.send(answer if not isinstance(answer, tuple) else dict(answer))
        except StopIteration:
            return None
    return wanted


def _believes(actor: Actor, history: tuple[Any, ...]) -> bool:
    life, holds = actor.life(), False
    wanted = next(life, None)
    for answer in history:
        holds = (
            {"hold": True, "let go": False}.get(wanted, holds) if isinstance(wanted, str) else holds
        )
        try:
            wanted = life.send(answer if not isinstance(answer, tuple) else dict(answer))
        except StopIteration:
            return holds
    return holds


def _is_done(actor: Actor, history: tuple[Any, ...]) -> bool:
    return _replayed(actor, history) is None


def _next(actors, histories, store, *, vanishing):
    for place, actor in enumerate(actors):
        wanted = _replayed(actor, histories[place])
        if wanted is None:
            continue
        after, answer = dict(store), None
        match wanted:
            case Listing():
                answer = tuple(sorted(store.items()))
            case Put(number, mine):
                after.setdefault(number, mine)
            case Overwrite(number, mine):
                after[number] = mine
            case Remove(number):
                after.pop(number, None)
        grown = (*histories[:place], (*histories[place], answer), *histories[place + 1 :])
        yield grown, tuple(sorted(after.items()))
    if vanishing and DEAD in store.values():
        left = {number: one for number, one in store.items() if one != DEAD}
        yield histories, tuple(sorted(left.items()))


STARTS = [
    pytest.param({}, False, id="free"),
    pytest.param({1: DEAD}, False, id="the last holder is dead"),
    pytest.param({1: DEAD}, True, id="the dead lease vanishes by itself"),
    pytest.param({3: DEAD, 4: replace(DEAD, run="dead2")}, False, id="two dead ones"),
]


@pytest.mark.parametrize(("start", "vanishing"), STARTS)
@pytest.mark.parametrize("count", [2, 3])
def test_two_never_hold_at_once(start, vanishing, count):
    actors = tuple(Actor(f"run{one}") for one in range(count))

    states = list(explore(actors, start, vanishing=vanishing))

    assert max(sum(held) for held, _, _ in states) == 1
    assert len(states) > 50


def test_one_who_renews_in_time_is_never_pushed_aside():
    holder = Actor("holder", renews=True, held=1)

    states = list(explore((holder, Actor("a"), Actor("b")), {1: record("holder")}))

    assert not any(
        any(held[1:]) and not _is_done(holder, histories[0]) for held, _, histories in states
    )
    assert max(sum(held) for held, _, _ in states) == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_everybody_done_leaves_nothing_behind(count):
    actors = tuple(Actor(f"run{one}") for one in range(count))

    ends = [
        store
        for _, store, histories in explore(actors, {1: DEAD})
        if all(
            _replayed(actor, told) is None for actor, told in zip(actors, histories, strict=True)
        )
    ]

    assert ends
    assert all(store in ({}, {1: DEAD}) for store in ends)


@pytest.mark.parametrize("start", [{}, {1: DEAD}, {7: DEAD}])
def test_alone_it_is_always_had(start):
    assert any(held == [True] for held, _, _ in explore((Actor("run"),), start))


def test_one_who_is_alive_is_never_pushed_aside():
    alive = {1: record("alive")}

    assert not any(any(held) for held, _, _ in explore((Actor("a"), Actor("b")), alive))
