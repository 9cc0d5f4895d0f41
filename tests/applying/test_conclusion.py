"""However an apply ends, its result says what was done: also where an error ended it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from transition import TRANSITIONS, orders

from reconciler.applying.outcome import Left, Summary
from reconciler.cli.asking import Ask
from reconciler.cli.conclusion import broke_off, conclude
from reconciler.cli.screen import Screen
from reconciler.errors import CouldNotLook, Interrupted
from reconciler.model import Address
from reconciler.report.apply_report import scheduled_json, scheduled_lines

APP, LATE = Address("user", "app"), Address("user", "late")
DONE = Summary(settled=(APP,), steps=1, writes=2)
BROKEN_OFF = Summary(settled=(APP,), left=(Left(LATE, "interrupted; nothing of it was sent"),))


@dataclass
class Doors:
    """Doors to a service that no longer answers."""

    screen: Screen
    spec: object = field(default_factory=lambda: SimpleNamespace(path="specs/shop.yaml"))

    @property
    def identity(self) -> object:
        raise CouldNotLook("the service can't be reached")


def looked(name: str = "rights are changed") -> object:
    return SimpleNamespace(plan=TRANSITIONS[name].prepared().plan())


def test_what_was_done_is_told_where_it_could_not_be_planned_again(capsys):
    with pytest.raises(CouldNotLook):
        conclude(Doors(Screen()), looked(), DONE, Ask())

    page = capsys.readouterr().out
    assert "Applied specs/shop.yaml: 1 resource settled (1 step, 2 calls)" in page
    assert "exit 6" in page
    assert "It could not be planned again" in page
    assert "nothing is left to do" not in page


def test_the_result_as_json_says_so_too_and_claims_nothing(capsys):
    with pytest.raises(CouldNotLook):
        conclude(Doors(Screen(format="json")), looked(), DONE, Ask())

    told = json.loads(capsys.readouterr().out)
    assert (told["settled"], told["planned_again_empty"]) == (["user/app"], None)
    assert (told["exit_code"], told["ended_by"]) == (6, "the service can't be reached")


@pytest.mark.parametrize("sort", ["text", "json"])
def test_what_is_left_is_in_the_result_of_a_run_that_was_interrupted(sort, capsys):
    broke_off(Doors(Screen(format=sort)), looked(), BROKEN_OFF, Ask(), Interrupted())

    page = capsys.readouterr().out
    if sort == "json":
        told = json.loads(page)
        assert told["left"] == [
            {"address": "user/late", "why": "interrupted; nothing of it was sent"}
        ]
        assert (told["exit_code"], told["ended_by"]) == (130, "interrupted")
    else:
        assert "user/late left: interrupted; nothing of it was sent" in page
        assert "Stopped in the middle of specs/shop.yaml: 1 resource settled" in page
        assert "exit 130" in page


def test_a_last_snapshot_is_told_as_kept_only_of_what_has_gone(capsys):
    estate = TRANSITIONS["everything is destroyed"].prepared()
    plan = SimpleNamespace(plan=estate.plan())
    gone = Summary(settled=(Address("replication_group", "orders"),))

    conclude(Doors(Screen(format="json")), plan, gone, Ask(destroy=True), no_wait=True)

    assert json.loads(capsys.readouterr().out)["kept_snapshots"] == ["orders-final-1"]


def test_what_waits_for_its_window_is_said_to_wait():
    estate = TRANSITIONS["a larger node"].prepared()
    estate.wishes = (orders(cache_node_type="cache.r7g.xlarge"),)
    estate.apply()
    pending = estate.plan().pending

    [told] = scheduled_json(pending)
    page = " ".join(" ".join(scheduled_lines(pending)).split())

    assert (told["field"], told["pending"]) == ("cache_node_type", "cache.r7g.xlarge")
    assert page.startswith("~ replication_group/orders cache_node_type cache.r7g.large -> ")
    assert page.endswith(f"waits for {told['when']}")
