"""What became of the writes: lost, there twice, sent again."""

from __future__ import annotations

from reconciler.drill.tally import Tally, tally, together


def test_everything_there_once_is_well():
    assert tally(3, [0, 1, 2], 0) == Tally(3, 0, 0, 0)


def test_what_was_acknowledged_and_is_gone_is_lost():
    assert tally(5, [0, 1, 4], 0).lost == 2


def test_what_was_never_acknowledged_can_not_be_lost():
    assert tally(2, [0, 1, 2], 1) == Tally(2, 0, 0, 1)


def test_one_that_nobody_acknowledged_stands_in_for_none_that_is_lost():
    assert tally(3, [0, 1, 3], 1) == Tally(3, lost=1, duplicate=0, unanswered=1)


def test_a_write_sent_again_for_want_of_an_answer_may_be_there_twice():
    assert tally(3, [0, 1, 1, 1, 2], 2).duplicate == 2


def test_connections_add_up():
    assert together([Tally(2, 1, 0, 1), Tally(3, 0, 2, 1)]) == Tally(5, 1, 2, 2)
