"""Good answers on a time line: how long there were none, as clients saw it."""

from __future__ import annotations

import pytest

from reconciler.drill.record import Record
from reconciler.drill.timeline import SHORTEST_S, Span, pauses_between, side

PACE_S = 0.002


def steady(until: float, *holds: tuple[float, float], sort="read", failing=()) -> Record:
    """One connection: an operation every 2 ms; one that meets a hold is answered at its end."""
    record, now = Record(sort), 0.0
    while now < until:
        hold = next((end for begin, end in holds if begin <= now < end), None)
        failed = any(begin <= now < end for begin, end in failing)
        done = hold if hold is not None else now + 0.0002
        record.note(now, done, "connection closed by the server" if failed else "")
        now = max(now + PACE_S, done)
    return record


def judged(*records: Record, until: float = 6.0, usual_until: float = 2.0, blind=()):
    return side(records, Span(0.0, until), usual_until, blind)


def test_a_hold_is_as_long_as_it_was():
    found = judged(steady(6.0, (3.0, 4.5)), steady(6.0, (3.0, 4.5)))

    assert found.longest_s == pytest.approx(1.5, abs=0.003)
    assert len(found.interruptions) == 1
    assert found.interruptions[0].began == pytest.approx(3.0, abs=0.003)


def test_where_nothing_is_cut_it_says_nought():
    found = judged(steady(6.0), steady(6.0))

    assert (found.longest_s, found.total_s, found.interruptions) == (0.0, 0.0, ())
    assert 0 < found.longest_pause_s < 0.005


def test_failures_are_no_answers():
    found = judged(steady(6.0, failing=[(3.0, 3.7)]))

    assert found.longest_s == pytest.approx(0.7, abs=0.003)
    assert found.failed == {"connection closed by the server": 350}


def test_what_one_connection_still_gets_is_no_interruption_but_its_own():
    found = judged(steady(6.0, (3.0, 4.5)), steady(6.0))

    assert found.longest_s == 0.0
    assert found.worst_s == pytest.approx(1.5, abs=0.003)


def test_two_holds_are_two_interruptions():
    found = judged(steady(6.0, (3.0, 3.5), (4.0, 5.0)))

    assert [round(one.seconds, 1) for one in found.interruptions] == [0.5, 1.0]
    assert found.longest_s == pytest.approx(1.0, abs=0.003)
    assert found.total_s == pytest.approx(1.5, abs=0.006)


def test_an_outage_that_never_ends_is_counted_to_the_end():
    found = judged(steady(6.0, failing=[(3.0, 7.0)]))

    [one] = found.interruptions
    assert one.open
    assert one.seconds == pytest.approx(3.0, abs=0.003)


def test_a_path_that_pauses_by_itself_is_judged_by_that():
    usual = [(0.5, 0.6), (1.0, 1.1)]

    found = judged(steady(6.0, *usual, (3.0, 3.25), (4.0, 4.4)))

    assert found.floor_s == pytest.approx(0.3, abs=0.01)
    assert [round(one.began) for one in found.interruptions] == [4]


def test_a_pause_below_the_shortest_is_told_and_is_no_interruption():
    found = judged(steady(6.0, (3.0, 3.0 + SHORTEST_S / 2)))

    assert found.interruptions == ()
    assert found.longest_pause_s == pytest.approx(SHORTEST_S / 2, abs=0.003)


def test_what_this_process_could_not_see_is_no_interruption():
    found = judged(steady(6.0, (3.0, 3.3)), blind=[Span(2.99, 3.31)])

    assert found.interruptions == ()


def test_what_it_saw_most_of_is_one_and_counts_whole():
    found = judged(steady(6.0, (3.0, 4.5)), blind=[Span(3.1, 3.2)])

    assert found.longest_s == pytest.approx(1.5, abs=0.003)


def test_what_came_before_the_failover_is_not_counted():
    found = judged(steady(6.0, (0.5, 1.5)), usual_until=2.0)

    assert found.interruptions == ()


def test_the_first_answer_may_wait_for_the_connection():
    found = judged(steady(6.0, (0.0, 0.4)))

    assert found.usual_s < 0.005
    assert found.interruptions == ()


def test_each_tenth_of_a_second_has_its_counts():
    found = judged(steady(1.0, failing=[(0.5, 0.6)]), until=1.0, usual_until=0.2)

    assert [one.good for one in found.buckets] == [50, 50, 50, 50, 50, 0, 50, 50, 50, 50]
    assert [one.failed for one in found.buckets] == [0, 0, 0, 0, 0, 50, 0, 0, 0, 0]


def test_without_any_answer_the_whole_is_one_pause():
    [only] = pauses_between([], Span(1.0, 3.0))

    assert (only.seconds, only.open) == (2.0, True)
