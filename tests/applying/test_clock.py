"""Waiting ends with a signal; a call in flight does not."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from reconciler.clock import SystemClock
from reconciler.errors import Interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(number):
    clock = SystemClock()
    timer = threading.Timer(0.05, os.kill, (os.getpid(), number))

    with clock.listening():
        timer.start()
        with pytest.raises(Interrupted) as caught:
            clock.wait(30)
        timer.join()

    assert caught.value.signal == number


def test_a_signal_that_came_during_a_call_is_raised_at_the_next_wait():
    clock = SystemClock()

    with clock.listening():
        os.kill(os.getpid(), signal.SIGINT)
        finished = True
        with pytest.raises(Interrupted):
            clock.wait(0)

    assert finished


def test_a_second_signal_does_what_it_always_did():
    clock = SystemClock()

    with clock.listening():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_afterwards_signals_are_as_before():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with SystemClock().listening():
        pass

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_time_is_in_utc_and_never_runs_backwards():
    clock = SystemClock()
    first = clock.monotonic()

    clock.wait(0.001)

    assert clock.now().utcoffset().total_seconds() == 0
    assert clock.monotonic() > first
