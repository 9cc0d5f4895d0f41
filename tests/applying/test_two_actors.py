"""Two applies of one estate at once: one is refused or has nothing to do; nothing is doubled."""

from __future__ import annotations

import random

import pytest
from estate import Estate, shown
from inprocess import InProcess, MemoryLease
from staged import EVERY as TRANSITIONS

from reconciler.applying.outcome import Finished
from reconciler.errors import LeaseHeld, StalePlan

EVERY = pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))

SEEDS = pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))]
)


class Shared(MemoryLease):
    """One lease for two: whoever comes second is refused."""

    def __init__(self, held: list[object]) -> None:
        super().__init__()
        self._held = held

    def acquire(self) -> None:
        if self._held:
            raise LeaseHeld(["the other one is applying"])
        self._held.append(self)

    def release(self) -> None:
        self._held.remove(self)


def two(name: str, *, leased: bool) -> tuple[Estate, Estate]:
    """The same account, wishes and clock, seen by two people."""
    first = TRANSITIONS[name].prepared()
    bench = InProcess(service=first.bench.service, clock=first.bench.clock)
    bench.secrets = first.bench.secrets
    second = Estate(bench, first.wishes, asked=first.asked)
    if leased:
        held: list[object] = []
        first.bench.lease, second.bench.lease = Shared(held), Shared(held)
    return first, second


def interleave(actors: tuple[Estate, Estate], seed: int) -> list[object]:
    """Let both apply, an event of this one and one of that; give how each ended."""
    turns = random.Random(seed)
    stories = {place: iter(actor.applying()) for place, actor in enumerate(actors)}
    ends: list[object] = [None, None]
    while stories:
        place = turns.choice(sorted(stories))
        try:
            event = next(stories[place])
        except StopIteration:
            del stories[place]
        except (LeaseHeld, StalePlan) as refused:
            ends[place] = refused
            del stories[place]
        else:
            if isinstance(event, Finished):
                ends[place] = event.summary
    return ends


@EVERY
@SEEDS
def test_with_a_lease_one_is_refused_or_both_arrive(name, seed):
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    actors = two(name, leased=True)

    ends = interleave(actors, seed)

    actors[0].bench.settle()
    refused = [end for end in ends if isinstance(end, LeaseHeld | StalePlan)]
    assert all(end.exit_code == (4 if end in refused else 0) for end in ends)
    assert len(refused) <= 1
    assert actors[0].plan().empty
    assert shown(actors[0].bench) == shown(undisturbed.bench)
    both = len(actors[0].bench.writes) + len(actors[1].bench.writes)
    assert both == len(undisturbed.bench.writes)


@EVERY
@SEEDS
def test_without_one_they_may_be_in_each_others_way_and_still_double_nothing(name, seed):
    actors = two(name, leased=False)

    interleave(actors, seed)

    actors[0].bench.settle()
    assert actors[0].apply().exit_code == 0
    assert actors[0].plan().empty
    undisturbed = TRANSITIONS[name].prepared()
    undisturbed.apply()
    undisturbed.bench.settle()
    actors[0].bench.settle()
    assert _services(shown(actors[0].bench)) == _services(shown(undisturbed.bench))


def _services(state: dict) -> dict:
    """Leave out our own record of what was applied: a stale one is never a change."""
    tags = {
        arn: {key: text for key, text in held.items() if not key.endswith(":applied")}
        for arn, held in state["tags"].items()
    }
    return {**state, "tags": tags}
