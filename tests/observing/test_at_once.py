"""Kinds that are read at the same time are found as if they had been read in line."""

from __future__ import annotations

import threading
import time

import build
import pytest
from estate import Estate
from inprocess import InProcess
from transition import ONE, orders, people, user

from reconciler.errors import CouldNotLook
from reconciler.kinds import KINDS
from reconciler.observe import observe

TOGETHER = ("describe_users", "describe_user_groups", "describe_serverless_caches")


def look(reader, at_once, desired=None):
    return observe(
        KINDS,
        reader,
        desired or {},
        estate=build.ESTATE,
        account_id=build.ACCOUNT,
        region=build.REGION,
        at_once=at_once,
    )


class Nothing:
    """A Reader of an empty account; ``at`` is called with every operation."""

    def __init__(self, at):
        self.calls, self.at = 0, at

    def read(self, service, operation, params=None):
        self.at(operation)
        return {}

    def pages(self, service, operation, key, params=None):
        self.at(operation)
        yield from ()

    def fresh(self):
        return self


def test_no_kind_waits_for_another():
    meeting = threading.Barrier(len(TOGETHER), timeout=20)

    def meet(operation):
        if operation in TOGETHER:
            meeting.wait()

    assert look(Nothing(meet), at_once=8).resources == 0


def test_what_one_kind_could_not_read_is_said_at_once_while_another_still_waits():
    answered = threading.Event()

    def fail(operation):
        if operation == "describe_users":
            raise CouldNotLook("nobody answered")
        answered.wait(30)

    began = time.monotonic()
    with pytest.raises(CouldNotLook, match="nobody answered"):
        look(Nothing(fail), at_once=8)
    answered.set()

    assert time.monotonic() - began < 20


def test_tags_are_swept_while_users_are_still_coming():
    estate = Estate(InProcess(), (user("app"), people("app")))
    estate.bench.secrets.put(ONE, "a-secret-of-this-test")
    estate.apply()
    swept = threading.Event()

    class Pages:
        """A Reader whose users do not end before the tags were asked for."""

        def __init__(self, inner):
            self.inner = inner

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def pages(self, service, operation, key, params=None):
            if operation == "get_resources":
                swept.set()
            yield from self.inner.pages(service, operation, key, params)
            if operation == "describe_users":
                assert swept.wait(30)

    desired = {one.address: one for one in estate.wishes}
    found = look(Pages(estate.bench.reader()), 8, desired)

    assert found == look(estate.bench.reader(), 1, desired)


def test_at_the_same_time_or_in_line_the_same_is_found():
    estate = Estate(InProcess(), (user("app"), people("app"), orders(user_group_ids=("people",))))
    estate.bench.secrets.put(ONE, "a-secret-of-this-test")
    estate.apply()
    desired = {one.address: one for one in estate.wishes}

    in_line = look(estate.bench.reader(), 1, desired)
    together = look(estate.bench.reader(), 8, desired)

    assert list(in_line.live) == list(together.live)
    assert in_line == together
