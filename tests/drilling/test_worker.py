"""One connection: what it sends again, what it counts, where it dials after trouble."""

from __future__ import annotations

import threading

import pytest

from reconciler.checks.answer import Answer, Sort
from reconciler.drill.worker import Load, Reading, Writing
from reconciler.kind import Endpoint

GOOD = Answer(Sort.VALUE, "1", 1)
SILENT = Answer(Sort.SILENT, "no answer in time")
CLOSED = Answer(Sort.CLOSED, "connection closed by the server")
READONLY = Answer(Sort.ERROR, "ReadOnly You can't write against a read only replica.")
DOWN = Answer(Sort.ERROR, "ClusterDown The cluster is down")
PLACE = Endpoint("primary", "127.0.0.1", 1, tls=False)


class Script:
    """Route, dial, line and clock in one: gives these answers, then tells the worker to stop."""

    def __init__(self, answers, logins=()) -> None:
        self.answers, self.logins = list(answers), list(logins)
        self.asked: list[tuple] = []
        self.dialled = self.doubts = 0
        self.now = 0.0
        self.stop = threading.Event()

    def place(self, sort, number):
        return PLACE

    def doubt(self):
        self.doubts += 1

    def dial(self, place, number, sort):
        self.dialled += 1
        return self

    def login(self):
        return self.logins.pop(0) if self.logins else GOOD

    def ask(self, *words):
        if words[0] == "EXPIRE":
            return GOOD
        self.asked.append(words)
        answer = self.answers.pop(0)
        if not self.answers:
            self.stop.set()
        return answer

    def close(self):
        pass

    def monotonic(self):
        self.now += 0.01
        return self.now

    def run(self, sort):
        worker = sort(0, "key", Load(self, self.dial, self, self.stop))
        worker.run()
        assert worker.defect is None
        return worker


def test_numbers_go_up_as_they_are_acknowledged():
    script = Script([GOOD, GOOD, GOOD])

    worker = script.run(Writing)

    assert [words[2] for words in script.asked] == [0, 1, 2]
    assert (worker.acknowledged, worker.unanswered, script.dialled) == (3, 0, 1)


@pytest.mark.parametrize("trouble", [SILENT, CLOSED])
def test_what_got_no_answer_is_sent_again_over_another_connection(trouble):
    script = Script([GOOD, trouble, GOOD])

    worker = script.run(Writing)

    assert [words[2] for words in script.asked] == [0, 1, 1]
    assert (worker.acknowledged, worker.unanswered) == (2, 1)
    assert (script.dialled, script.doubts) == (2, 1)


def test_what_was_refused_is_sent_again_and_was_answered():
    script = Script([READONLY, GOOD])

    worker = script.run(Writing)

    assert (worker.acknowledged, worker.unanswered, script.dialled) == (1, 0, 2)


def test_where_no_connection_opens_nothing_was_sent():
    script = Script([GOOD], logins=[SILENT, CLOSED])

    worker = script.run(Writing)

    assert (worker.acknowledged, worker.unanswered) == (1, 0)
    assert worker.record.troubles() == {SILENT.text: 1, CLOSED.text: 1}
    assert script.dialled == 3


def test_a_shard_that_is_not_ready_yet_is_asked_again_over_the_same_connection():
    script = Script([DOWN, DOWN, GOOD])

    worker = script.run(Reading)

    assert script.dialled == 1
    assert worker.record.troubles() == {DOWN.text: 2}
    assert len(list(worker.record.good())) == 1


def test_a_defect_of_ours_is_kept_for_whoever_started_it():
    script = Script([])

    worker = Reading(0, "key", Load(script, script.dial, script, script.stop))
    worker.run()

    assert isinstance(worker.defect, IndexError)
