"""Any legal wish for a replication group from any legal start: applied, and nothing is left."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import build
import pytest
from any_group import SHAPES, Shape, reachable
from estate import Estate
from inprocess import InProcess

from reconciler.kind import Unreachable


def applied(start: Shape, end: Shape, **more: Any) -> tuple[Estate, Any]:
    bench = InProcess()
    for ref in (build.PASSWORD, build.TOKEN):
        bench.secrets.put(ref, f"secret-of-{ref.id.replace('/', '-')}-here", build.VERSIONS[ref])
    people = [
        build.user(),
        build.user("default-user", user_name="default", engine="redis"),
        build.user_group("of-redis", engine="redis", user_ids=("default-user",)),
        build.user_group("of-valkey", user_ids=("app",)),
    ]
    first = Estate(bench, [*people, start.wish(apply_immediately=True)]).apply()
    assert (first.failed, first.left) == ((), ()), start
    bench.settle()
    bench.writes.clear()
    estate = Estate(bench, [*people, end.wish(**more)])
    return estate, estate.plan()


def pairs(count: int, seed: str) -> list[tuple[Shape, Shape]]:
    chance = random.Random(seed)
    return [(chance.choice(SHAPES), chance.choice(SHAPES)) for _ in range(count)]


SEED = os.environ.get("RECONCILE_SEED", "spine")


@pytest.mark.parametrize("batch", range(6))
def test_any_wish_is_reached_or_refused_before_a_call(batch):
    for start, end in pairs(25, f"{SEED}-{batch}"):
        estate, plan = applied(start, end)

        stops = [planned.stop for planned in plan.changes if planned.stop]
        if not reachable(start, end):
            assert any(isinstance(stop, Unreachable) for stop in stops), (start, end)
            continue
        assert stops == [], (start, end, stops)
        promised = sum(len(planned.steps) for planned in plan.changes)
        summary = estate.apply()

        told = (start, end, [str(call) for call in estate.bench.writes])
        assert (summary.failed, summary.left, summary.gated) == ((), (), ()), told
        assert summary.steps == promised, told
        estate.bench.settle()
        assert estate.plan().empty, told


@pytest.mark.parametrize("batch", range(4))
def test_one_field_at_a_time_is_reached_too(batch):
    """Near misses are what people write: the neighbours of a shape rather than any other."""
    chance = random.Random(f"{SEED}-near-{batch}")
    for start in chance.sample(SHAPES, 12):
        changes = [
            replace(start, **{name: getattr(chance.choice(SHAPES), name)})
            for name in chance.sample(tuple(start.__dataclass_fields__), 2)
        ]
        for end in changes:
            if end.is_legal() and reachable(start, end):
                estate, plan = applied(start, end)
                assert all(planned.stop is None for planned in plan.changes), (start, end)
                summary = estate.apply()
                assert (summary.failed, summary.left) == ((), ()), (start, end)
                estate.bench.settle()
                assert estate.plan().empty, (start, end)


def test_what_waits_for_the_window_is_reached_after_it():
    """Without apply_immediately some steps wait; after each window an apply does what it can."""
    for start, end in pairs(40, f"{SEED}-window"):
        if not reachable(start, end):
            continue
        estate, _ = applied(start, end, apply_immediately=False)
        for _ in range(4):
            summary = estate.apply()
            assert (summary.failed, summary.gated) == ((), ()), (start, end)
            sent = len(estate.bench.writes)
            assert estate.apply().writes == 0, (start, end, estate.bench.writes[sent:])
            estate.bench.settle(8 * 24 * 3600)

        assert estate.plan().empty, (start, end, estate.plan())
