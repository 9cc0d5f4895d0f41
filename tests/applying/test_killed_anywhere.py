"""An apply that dies at any call, before or after the work, is finished by the next one."""

from __future__ import annotations

import pytest
from estate import Estate, shown
from inprocess import Killed, kill
from staged import EVERY as TRANSITIONS

EVERY = pytest.mark.parametrize("name", TRANSITIONS, ids=lambda name: name.replace(" ", "_"))


@EVERY
def test_undisturbed_it_arrives_and_a_second_apply_sends_nothing(name):
    estate = TRANSITIONS[name].prepared()

    first = estate.apply()
    estate.bench.writes.clear()
    leases = estate.bench.lease.acquired
    second = estate.apply()

    assert first.exit_code == 0
    assert first.writes > 0
    assert estate.plan().empty
    assert (second.exit_code, second.writes, estate.bench.writes) == (0, 0, [])
    assert estate.bench.lease.acquired == leases


@EVERY
def test_killed_at_every_call_it_ends_as_if_nothing_had_happened(name, record_property):
    undisturbed = TRANSITIONS[name].prepared()
    calls = undisturbed.apply().writes
    undisturbed.bench.settle()
    kills = 0

    for number in range(1, calls + 1):
        for after in (False, True):
            estate = TRANSITIONS[name].prepared()
            _die(estate, number, after=after)
            resumed = estate.apply()
            kills += 1

            estate.bench.settle()
            where = f"killed {'after' if after else 'before'} call {number} of {calls}"
            assert resumed.exit_code == 0, where
            assert estate.plan().empty, where
            assert shown(estate.bench) == shown(undisturbed.bench), where

    record_property("kills in process", kills)
    assert kills == 2 * calls


def test_killed_twice_in_a_row_it_still_arrives():
    for name in ("TLS is brought in", "a token is rotated", "everything is created"):
        calls = TRANSITIONS[name].prepared().apply().writes
        for first in range(1, calls + 1):
            for second in range(1, calls):
                estate = TRANSITIONS[name].prepared()
                _die(estate, first, after=True)
                try:
                    estate.apply(estate.bench.writer(**kill(second, after=True)))
                except Killed:
                    assert estate.apply().exit_code == 0
                assert estate.plan().empty, f"{name}: killed after {first}, then after {second}"


def _die(estate: Estate, number: int, *, after: bool) -> None:
    with pytest.raises(Killed):
        estate.apply(estate.bench.writer(**kill(number, after=after)))
