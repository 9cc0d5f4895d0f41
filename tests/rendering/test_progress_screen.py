"""What a person watches while an apply runs: what is under way, with step, state and time."""

from __future__ import annotations

import collections
import io
import re

import pytest
from transition import orders, people, user, wished

from elasticache_local.service import Durations
from reconciler.applying.outcome import Waiting
from reconciler.cli.block import Block
from reconciler.cli.progress import Progress
from reconciler.cli.screen import Screen
from reconciler.errors import Interrupted
from reconciler.model import Address


def standing(written: str) -> list[str]:
    """Give the lines that a terminal shows after all of this was written to it."""
    lines, row = [""], 0
    for part in re.split(r"(\x1b\[\d*[AJ]|[\r\n])", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part.endswith("A") and part.startswith("\x1b"):
            row -= int(part[2:-1])
            assert row >= 0, "it goes up beyond what it wrote"
        elif part == "\x1b[J":
            lines[row:] = [""]
        elif part != "\r":
            lines[row] += part
    return lines


@pytest.fixture
def terminal(capsys, monkeypatch):
    """Give what stands on a terminal of 80 columns and 24 lines."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    said: list[str] = []

    def shown() -> list[str]:
        said.append(capsys.readouterr().err)
        return standing("".join(said))

    return shown


def waiting(number: int, elapsed_s: float = 75.0) -> Waiting:
    address = Address("user", f"app-{number:02}")
    return Waiting(address, address, "modifying", elapsed_s)


def test_each_change_under_way_has_a_line_with_step_state_and_time(terminal):
    estate = wished(user(), orders(), durations=Durations(cache_create=600))
    progress, moments = Progress(Screen(live=True), total=2), []

    for event in estate.applying():
        progress.tell(event)
        moments.append([line for line in terminal() if line])

    both = next(one for one in moments if "2 under way of 2" in one)
    assert re.search(r"^ +\S+ s  replication_group/orders  CreateReplicationGroup  sent$", both[-1])
    later = next(one for one in moments if "min" in one[-1])
    assert later[-2] == "1 under way of 2"
    assert re.search(
        r"^  \d+ min \d+ s  replication_group/orders  CreateReplicationGroup  creating$", later[-1]
    )
    assert [line.split("  ")[0] for line in moments[-1]] == [
        "user/app",
        "replication_group/orders",
        "user/app",
        "replication_group/orders",
    ]


def test_of_more_than_fit_as_many_as_fit_are_shown_and_the_rest_counted(terminal):
    progress = Progress(Screen(live=True), total=60)

    for _ in range(3):
        for number in range(60):
            progress.tell(waiting(number))

    lines = [line for line in terminal() if line]
    assert len(lines) == 22
    assert lines[0] == "60 under way of 60"
    assert lines[1] == "  1 min 15 s  user/app-00    modifying"
    assert lines[-1] == "and 40 more"


def test_no_line_is_longer_than_the_terminal_so_none_is_broken(terminal):
    progress = Progress(Screen(live=True))
    address = Address("replication_group", "a" * 40)
    progress.tell(Waiting(address, Address("user_group", "b" * 40), "modifying", 3600))

    lines = [line for line in terminal() if line]
    assert [len(line) for line in lines] == [len("1 under way"), 79]
    assert lines[1].startswith("  1 h 0 min  replication_group/aaaa")


def test_interrupted_nothing_stands_below_what_was_told(terminal):
    estate = wished(user(), people("app"), orders(), durations=Durations(cache_create=600))
    estate.bench.clock.interrupt_at = 20
    progress = Progress(Screen(live=True), total=3)

    with pytest.raises(Interrupted):
        collections.deque(map(progress.tell, estate.applying()), maxlen=0)

    lines = [line for line in terminal() if line]
    assert "replication_group/orders  left: interrupted; CreateReplicationGroup" in lines[-1]
    assert not [line for line in lines if "under way" in line]


@pytest.mark.parametrize("screen", [Screen(live=True, quiet=True), Screen(live=False)])
def test_without_a_terminal_or_quiet_nothing_is_rewritten(screen, capsys):
    progress = Progress(screen)
    for elapsed_s in (0.0, 20.0, 21.0, 40.0):
        progress.tell(waiting(1, elapsed_s))
    progress.close()

    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert said.count("waiting: modifying") == (0 if screen.quiet else 2)


def test_a_terminal_of_one_line_still_says_how_many(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("LINES", "1")
    stream = io.StringIO()

    Block(stream).draw(["3 under way", "one", "two", "three"])

    assert standing(stream.getvalue())[0] == "and 4 more"
