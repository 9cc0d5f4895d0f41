"""Any sequence of calls leaves describes that agree with each other and with what is wanted.

Refused calls belong to it: each refusal must carry a declared code and change nothing.
"""

from __future__ import annotations

import os
from dataclasses import asdict

import pytest
from any_sequence import EACH_OTHER_SIDE, OTHER_SIDE, Machine, run

from elasticache_local.switch import Switches

EXAMPLES = int(os.environ.get("SEQUENCES", "500"))
BOTH_SIDES = pytest.mark.parametrize(
    "switches", [pytest.param({}, id="as-stated"), pytest.param(OTHER_SIDE, id="the-other-side")]
)


@BOTH_SIDES
def test_sixty_sequences_leave_everything_in_agreement(scratch, switches):
    run(Machine, 30, 40, switches=switches, normalise=staticmethod(scratch.normalise))


@pytest.mark.slow
@BOTH_SIDES
def test_five_hundred_sequences_leave_everything_in_agreement(scratch, switches):
    run(Machine, EXAMPLES, 40, switches=switches, normalise=staticmethod(scratch.normalise))


@pytest.mark.slow
@pytest.mark.parametrize("name", EACH_OTHER_SIDE)
def test_each_switch_alone_leaves_five_hundred_sequences_in_agreement(scratch, name):
    switches = {name: EACH_OTHER_SIDE[name]}

    run(Machine, EXAMPLES, 10, switches=switches, normalise=staticmethod(scratch.normalise))


def test_each_switch_has_another_side_that_sequences_run_with():
    stated = asdict(Switches())

    assert EACH_OTHER_SIDE.keys() == stated.keys()
    assert all(stated[name] != value for name, value in EACH_OTHER_SIDE.items())
