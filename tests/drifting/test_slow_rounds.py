"""A watch whose rounds take longer than the time between two says so once, and when it is over."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from reconciler.cli.drift_watch import _Rounds
from reconciler.errors import CouldNotLook

SPEC = Path("specs/prod.yaml")


class Slow:
    """Estates whose round is caught up with by the next one, as often as it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.held = False
        screen = SimpleNamespace(say=self.said.append)
        self.rounds = _Rounds(SimpleNamespace(screen=screen), self, None)  # type: ignore[arg-type]

    def watched(self, _):
        if self.held:
            self.rounds.held(str(SPEC))
        raise CouldNotLook("no route")

    def round(self, *, held):
        self.held = held
        self.rounds.of(SPEC)()


def test_it_is_said_once_however_many_rounds_it_lasts():
    slow = Slow()

    for held in (False, True, True, True, False, False, True):
        slow.round(held=held)

    assert [one for one in slow.said if "no route" not in one] == [
        "specs/prod.yaml (how long): a round takes longer than the time between two",
        "specs/prod.yaml (how long): well again",
        "specs/prod.yaml (how long): a round takes longer than the time between two",
    ]
    assert sum("no route" in one for one in slow.said) == 1
