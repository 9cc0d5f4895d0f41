"""An apply that is ended at any moment leaves an estate that the next apply completes."""

from __future__ import annotations

import json
import os
import signal

import pytest
from commandline import CREATES, WHOLE, end_of


def ended_at(estate, number, moment, sent, *flags):
    """Apply, and send the signal when the write of this number is at this moment."""
    process = estate.start("apply", "--yes", *flags)

    def tell(count, when):
        if (count, when) == (number, moment):
            os.kill(process.pid, sent)

    estate.proxy.on_write = tell
    ended = end_of(process)
    estate.proxy.on_write = lambda *_: None
    return ended


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(1, "before", marks=pytest.mark.slow),
        (2, "after"),
        pytest.param(3, "after", marks=pytest.mark.slow),
        pytest.param(4, "before", marks=pytest.mark.slow),
        (5, "after"),
    ],
)
def test_after_a_kill_the_next_apply_completes_and_doubles_nothing(estate, number, moment):
    first = ended_at(estate, number, moment, signal.SIGKILL)
    sent = estate.proxy.writes
    again = estate.run("apply", "--yes")
    sent = [*sent, *estate.proxy.writes]

    assert first.code == -signal.SIGKILL
    assert again.code == 0, again.err
    assert "nothing is left to do" in again.out or "No changes." in again.out
    assert estate.there() == WHOLE
    # Only what was in flight, or had not been seen to settle, may be asked for again.
    assert set(CREATES) <= set(sent)
    assert len(estate.proxy.writes) <= len(CREATES) - number + 1


@pytest.mark.parametrize(
    ("sent", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_signal_lets_the_call_in_flight_end(estate, sent, code):
    first = ended_at(estate, 3, "before", sent, "--format", "json")
    there = estate.there()
    again = estate.run("apply", "--yes")

    assert first.code == code
    told = json.loads(first.out)
    assert (told["exit_code"], told["ended_by"]) == (code, "interrupted")
    assert len(told["settled"]) + len(told["left"]) == len(CREATES)
    assert "interrupted" in first.err
    assert "apply goes on from where the service stands" in first.err
    assert "Traceback" not in first.err
    # The third call was in flight: its user or group is there.
    assert len(there["users"]) + len(there["groups"]) == 3
    assert (again.code, estate.there()) == (0, WHOLE)
    assert "Planned again: nothing is left to do." in again.out
