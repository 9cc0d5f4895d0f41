"""Before its gate is opened, a rotation never costs the token that clients still use."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from estate import Estate
from inprocess import Killed, kill
from transition import TOKEN, Transition, orders

WAITING = Transition((orders(auth_token=TOKEN),), (orders(auth_token=TOKEN),), {TOKEN: "v2"})
KINDS_OF_DEATH = [(number, after) for number in range(1, 4) for after in (False, True)]


def tokens(estate: Estate) -> set[str]:
    (want,) = estate.bench.service._host.wants.values()
    return set(want.token_hashes)


def hashed(version: str) -> str:
    text = f"secret-number-{TOKEN.key}-" + ("of-this" if version == "v1" else f"as-{version}")
    return hashlib.sha256(text.encode()).hexdigest()


def test_at_the_gate_both_tokens_work():
    estate = WAITING.prepared()

    summary = estate.apply()

    assert summary.exit_code == 7
    assert tokens(estate) == {hashed("v1"), hashed("v2")}


def test_behind_the_gate_only_the_new_one_does():
    estate = WAITING.prepared()

    estate.apply()
    summary = estate.apply(through_gates=frozenset({"orders/auth-finish"}))

    assert summary.exit_code == 0
    assert tokens(estate) == {hashed("v2")}
    assert estate.plan().empty


@pytest.mark.parametrize("deduplicates", [True, False])
@pytest.mark.parametrize("lag_s", [0, 3600])
def test_killed_twice_anywhere_the_old_token_still_works_at_the_gate(deduplicates, lag_s):
    for first, second in itertools.product(KINDS_OF_DEATH, repeat=2):
        estate = WAITING.prepared(rotate_deduplicates=deduplicates)
        if lag_s:
            estate.bench.service.faults.add({"sort": "tagging-lag", "seconds": lag_s})
        for number, after in (first, second):
            try:
                estate.apply(estate.bench.writer(**kill(number, after=after)))
            except Killed:
                continue

        assert estate.apply().exit_code == 7
        assert tokens(estate) == {hashed("v1"), hashed("v2")}, f"{first}, then {second}"
