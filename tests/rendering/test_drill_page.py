"""The page of a drill: readable without colour in 100 columns; a picture that stands alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.checks.target import targets_of
from reconciler.drill import Aim, Drill, Terms
from reconciler.drill.record import Record
from reconciler.drill.service import Event, ServiceSide
from reconciler.drill.tally import Tally
from reconciler.drill.timeline import Span, side
from reconciler.kind import Shard
from reconciler.model import Address, ReplicationGroup
from reconciler.report.drill_picture import drill_chart, drill_svg
from reconciler.report.drill_report import drill_json, drill_text

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NAME = "orders-of-the-shop-with-as-long-an-id-as"


def seen(sort: str, held_until: float):
    """Six seconds; the primary is gone from 2.2 s on, every write fails until it is back."""
    record = Record(sort)
    for number in range(3000):
        moment = number * 0.002
        gone = 2.2 <= moment < held_until
        record.note(moment, moment + 0.0002, "ReadOnly You can't write here." if gone else "")
    return side([record], Span(0.0, 6.0), 2.0)


@pytest.fixture
def found() -> Drill:
    group = ReplicationGroup(id=NAME, engine="valkey", num_cache_clusters=2)
    [target] = targets_of({Address("replication_group", NAME): group}, {}, {})
    promoted = f"Failover from primary node {NAME}-001 to replica node {NAME}-002 completed"
    events = (
        Event(BEGAN + timedelta(seconds=2), NAME, "Test Failover API called for node group 0001"),
        Event(BEGAN + timedelta(seconds=5), f"{NAME}-001", promoted),
    )
    return Drill(
        Aim(target, Shard("0001", "available", ""), frozenset()),
        Terms(workers=6),
        "user orders-app",
        BEGAN,
        6.0,
        2.0,
        seen("read", 0.0),
        seen("write", 3.4),
        Tally(2400, 3, 1, 2),
        ServiceSide(events, 3.0, None, f"{NAME}-001", f"{NAME}-002", at_rest=True),
        (0.034, 0.05),
    )


def test_the_page_says_what_clients_and_the_service_saw(found):
    page = drill_text(found)

    told = " ".join(page.split())
    assert re.search(r"^reads +3,000 +0 +0 s +0 ", page, re.MULTILINE)
    assert re.search(r"^writes +3,000 +600 +1\.202 s +1 ", page, re.MULTILINE)
    assert "no primary for 3 s by its own events, its recovery not seen to end" in told
    assert "2,400 acknowledged, 3 lost, 1 there twice (2 sent again" in told
    assert "This machine itself did not run for 0.034 s at most" in told
    assert "writes failed 600 x ReadOnly You can't write here." in told


def test_no_line_is_longer_than_a_hundred_columns(found):
    page = drill_text(found, drill_chart(found))

    assert [line for line in page.splitlines() if len(line) > 100] == []
    assert "\x1b" not in page


def test_each_tenth_of_a_second_is_a_character(found):
    page = drill_text(found)

    [line] = [one for one in page.splitlines() if re.match(r" +writes +[#x]", one)]
    assert line.split()[1] == "#" * 22 + "x" * 12 + "#" * 26


def test_the_json_has_every_figure_and_leaves_out_what_was_not_measured(found):
    told = drill_json(found)

    assert told["writes"]["interrupted_s"] == pytest.approx(1.202, abs=0.001)
    assert told["reads"]["interrupted_s"] == 0
    assert told["written"] == {"acknowledged": 2400, "sent_again": 2, "lost": 3, "duplicate": 1}
    assert told["service"]["promoted_s"] == 3.0
    assert "recovered_s" not in told["service"]
    assert sum(told["writes"]["good"]) == 2400


def test_where_nothing_was_promoted_there_are_no_figures_of_the_service(found):
    watched = Drill(
        found.aim, found.terms, found.user, BEGAN, 6.0, None, found.reads, found.writes,
        found.tally, ServiceSide(),
    )  # fmt: skip

    assert "called_s" not in drill_json(watched)
    assert "service" not in drill_json(watched)
    assert "nothing was promoted" in drill_text(watched)
    assert "service  " not in drill_text(watched)


def test_the_picture_stands_alone(found):
    drawn = drill_svg(found)

    assert "<script" not in drawn
    # The namespace and the library's own name in a comment; nothing that a browser would fetch.
    assert not re.search(r'(href|src|url\()\s*[=(]?\s*["\']?(https?:)?//', drawn)
    assert "TestFailover" in drawn
