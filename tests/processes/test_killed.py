"""An apply that is ended at any moment leaves an estate that the next apply completes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess

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
        pytest.param(5, "after", marks=pytest.mark.slow),
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


@pytest.mark.slow
def test_a_second_signal_ends_it_in_the_middle_of_a_call_and_says_so(estate):
    process = estate.start("apply", "--yes")

    def insist(count, when):
        while (count, when) == (3, "before") and process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)

    estate.proxy.on_write = insist
    first = end_of(process)
    estate.proxy.on_write = lambda *_: None
    [journal] = (estate.folder.path / ".reconcile" / "journal").glob(f"*{_run_of(first.err)}*")
    again = estate.run("apply", "--yes")

    assert first.code == 130
    assert "stopped in the middle of a call" in first.err
    assert "interrupted" in first.err
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert (lines[-1]["number"], lines[-1]["outcome"]) == (3, "no answer")
    assert (again.code, estate.there()) == (0, WHOLE)


def _run_of(said):
    return re.search(r"journal: \S+-([0-9a-f]+)\.jsonl", said)[1]


@pytest.mark.slow
def test_interrupted_while_it_plans_it_ends_at_once_and_says_so(estate):
    process = estate.start("apply", "--yes")
    estate.proxy.on_body = lambda _, action, __: (
        process.send_signal(signal.SIGINT) if action == "DescribeUsers" else None
    )
    first = end_of(process)
    estate.proxy.on_body = lambda *_: None

    assert (first.code, first.out, estate.proxy.writes) == (130, "", [])
    assert first.err.strip() == "interrupted"


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
