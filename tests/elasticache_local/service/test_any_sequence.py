"""Any sequence of calls leaves describes that agree with each other and with what is wanted.

Refused calls belong to it: each refusal must carry a declared code and change nothing.
"""

from __future__ import annotations

import pytest
from any_sequence import OTHER_SIDE, Machine, run

BOTH_SIDES = pytest.mark.parametrize(
    "switches", [pytest.param({}, id="as-stated"), pytest.param(OTHER_SIDE, id="the-other-side")]
)


@BOTH_SIDES
def test_sixty_sequences_leave_everything_in_agreement(scratch, switches):
    run(Machine, 30, 40, switches=switches, normalise=staticmethod(scratch.normalise))


@pytest.mark.slow
@BOTH_SIDES
def test_five_hundred_sequences_leave_everything_in_agreement(scratch, switches):
    run(Machine, 250, 40, switches=switches, normalise=staticmethod(scratch.normalise))
