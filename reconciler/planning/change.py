"""What a plan is made of: a change of one resource, with its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.kind import Pending
from reconciler.kind.step import Step, Unreachable, Wait
from reconciler.model import Address, Resource
from reconciler.planning.diff import FieldChange
from reconciler.rights import RightsChange


@dataclass(frozen=True)
class Create:
    """It is not there."""

    after: Resource


@dataclass(frozen=True)
class Update:
    """It is ours and differs in these fields."""

    before: Resource
    after: Resource
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Adopt:
    """It is there and not ours: our tags, and the fields that differ, in one."""

    before: Resource
    after: Resource
    fields: tuple[FieldChange, ...]

    @property
    def from_estate(self) -> str:
        """Name the other estate that its tags name; empty: none."""
        held = self.before.marks.get("estate", "")
        return "" if held == self.after.marks.get("estate") else held


@dataclass(frozen=True)
class Replace:
    """No call leads there and it can be made anew: without a consent to that it has no steps."""

    before: Resource
    after: Resource
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Delete:
    """It is ours and the spec no longer has it; only asked for, never implied."""

    before: Resource


Change = Create | Update | Adopt | Replace | Delete


@dataclass(frozen=True)
class Planned:
    """A change with its steps. ``stop`` says why the steps end early: a wait, or no way there."""

    address: Address
    change: Change
    steps: tuple[Step, ...]
    stop: Wait | Unreachable | None = None
    also: tuple[Unreachable, ...] = ()
    """What no call can reach either, once what ``stop`` names is withdrawn."""
    needs: frozenset[Address] = frozenset()
    """The changes that must have settled first."""
    reaches: tuple[Address, ...] = ()
    """Which groups and caches feel it."""
    rights: RightsChange | None = None
    restores: bool = False
    """Whether every field goes back to what was last applied: consented to, so not widening."""

    @property
    def unreachable(self) -> tuple[Unreachable, ...]:
        """Give every wish of it that no call can reach."""
        return (*((self.stop,) if isinstance(self.stop, Unreachable) else ()), *self.also)


@dataclass(frozen=True)
class PendingChange:
    """Something that the service has accepted and not finished: shown, never sent again."""

    address: Address
    pending: Pending
    before: Any
