"""Two applies of one estate: one does the work, the other says who does."""

from __future__ import annotations

import threading

from commandline import CREATES, WHOLE, end_of


def test_the_second_is_refused_and_says_who_holds_the_lease(estate):
    began, may_go_on = threading.Event(), threading.Event()

    def hold(number, moment):
        if (number, moment) == (1, "before"):
            began.set()
            assert may_go_on.wait(60)

    estate.proxy.on_write = hold
    first = estate.start("apply", "--yes")
    assert began.wait(60)
    second = end_of(estate.start("apply", "--yes"))
    may_go_on.set()
    done = end_of(first)

    assert second.code == 4
    assert f"(pid {first.pid})" in second.err
    assert len(second.err.strip().splitlines()) == 1
    assert done.code == 0, done.err
    assert estate.there() == WHOLE
    assert sorted(estate.proxy.writes) == CREATES


def test_started_at_the_same_moment_neither_fails_and_nothing_is_doubled(estate):
    both = [estate.start("apply", "--yes") for _ in range(2)]
    ended = [end_of(one) for one in both]

    assert sorted(one.code for one in ended) in ([0, 0], [0, 4]), [one.err for one in ended]
    assert sorted(estate.proxy.writes) == CREATES
    assert estate.there() == WHOLE
