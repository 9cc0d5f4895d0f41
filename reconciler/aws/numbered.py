"""How a lease is taken, kept and passed on over a store that only knows create-if-absent.

Leases are numbered; the highest holds. Whoever takes over creates the next number, looks again, and
only then removes the one before: a delete and a create under one name would let two hold. Pure: the
protocol yields what it wants of the store and is sent the answers, so a test can try every
interleaving of several actors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.ports import LeaseRecord

Records = Mapping[int, LeaseRecord]


@dataclass(frozen=True, slots=True)
class Listing:
    """Wanted: every record by number."""


@dataclass(frozen=True, slots=True)
class Put:
    """Wanted: this record under this number if there is none; refused without a word otherwise."""

    number: int
    record: LeaseRecord


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Wanted: this record under this number, whatever is there."""

    number: int
    record: LeaseRecord


@dataclass(frozen=True, slots=True)
class Remove:
    """Wanted: nothing under this number."""

    number: int


Wanted = Listing | Put | Overwrite | Remove


@dataclass(frozen=True, slots=True)
class Held:
    """It is ours, under this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Lost:
    """It is not ours; ``holder`` is whose it is, as far as that could be seen."""

    holder: LeaseRecord | None


def acquiring(
    mine: LeaseRecord, is_over: Callable[[LeaseRecord], bool]
) -> Generator[Wanted, Any, Held | Lost]:
    """Take the lease if it is free, or if ``is_over`` says so of the one who holds it."""
    found: Records = yield Listing()
    judged = max(found, default=0)
    if judged and not is_over(found[judged]):
        return Lost(found[judged])
    number = judged + 1
    yield Put(number, mine)
    again: Records = yield Listing()
    others = {one: record for one, record in again.items() if record != mine}
    # Besides ours only what was judged may be there: all of it may have gone and a newcomer, who
    # starts again at 1, may hold by now.
    unchanged = all(found.get(one) == record for one, record in others.items())
    if again.get(number) == mine and max(again) == number and unchanged:
        for older in sorted(others):
            yield Remove(older)
        return Held(number)
    if again.get(number) == mine:
        yield Remove(number)
    return Lost(others[max(others)] if others else None)


def keeping(
    mine: LeaseRecord, number: int, renewed_until: datetime | None
) -> Generator[Wanted, Any, LeaseRecord | Lost]:
    """Make sure that it is still ours; renew it first where ``renewed_until`` is given.

    Only before it expires: afterwards somebody may have taken over and let go again, and the
    renewal would overwrite a third one's record. An expired lease is acquired anew.
    """
    if renewed_until is not None:
        mine = dataclasses.replace(mine, until=renewed_until)
        yield Overwrite(number, mine)
    found: Records = yield Listing()
    if max(found, default=0) == number and found[number].run == mine.run:
        return mine
    if number in found and found[number].run == mine.run:
        yield Remove(number)
    others = [one for one in found if found[one].run != mine.run]
    return Lost(found[max(others)] if others else None)


def releasing(mine: LeaseRecord, number: int) -> Generator[Wanted, Any, None]:
    """Let it go, if it is still ours."""
    found: Records = yield Listing()
    if number in found and found[number].run == mine.run:
        yield Remove(number)


def looking() -> Generator[Wanted, Any, LeaseRecord | None]:
    """Give the record that holds."""
    found: Records = yield Listing()
    return found[max(found)] if found else None


def unlocking(run: str, over: LeaseRecord, *, ended: bool) -> Generator[Wanted, Any, Held | Lost]:
    """End ``run``'s lease by a record above it that has run out (``over``).

    Removing its own record would not do: a run that lives would write it again at its renewal, over
    an heir's of the same number. Of one that has ``ended`` nothing is left behind.
    """
    taken = yield from acquiring(over, lambda held: held.run == run)
    if isinstance(taken, Held) and ended:
        yield Remove(taken.number)
    return taken
