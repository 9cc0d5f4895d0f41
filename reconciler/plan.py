"""(desired, observed) -> Plan: a value, pure. Equal estates give an empty plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from reconciler.kind import Pending, Step, Unreachable, Wait
from reconciler.model import Address, Resource

Moved = Literal["live", "spec", "both", "unrecorded"]
"""Which side moved since the last apply, as the tag ``applied`` remembers per field."""


@dataclass(frozen=True)
class FieldChange:
    """One field that differs. ``inside`` is deepdiff's account of a structured value, in lines."""

    field: str
    before: Any
    after: Any
    moved: Moved
    inside: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Replace:
    """No call leads there and only a new one would: never done implicitly."""

    before: Resource
    after: Resource
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class Delete:
    """It is ours and the spec no longer has it; only asked for, never implied."""

    before: Resource


Change = Create | Update | Adopt | Replace | Delete


@dataclass(frozen=True)
class RightsChange:
    """What a change does to who can do what, in words ready for a screen."""

    widens: bool
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    smaller: str = ""
    """A smaller access string that gives the intended rights, proven equal; empty if none."""


@dataclass(frozen=True)
class Planned:
    """A change with its steps. ``stop`` says why the steps end early: a wait, or no way there."""

    address: Address
    change: Change
    steps: tuple[Step, ...]
    stop: Wait | Unreachable | None = None
    needs: frozenset[Address] = frozenset()
    """The changes that must have settled first."""
    reaches: tuple[Address, ...] = ()
    """Which groups and caches feel it."""
    rights: RightsChange | None = None
    restores: bool = False
    """Whether every field goes back to what was last applied: consented to, so not widening."""


@dataclass(frozen=True)
class PendingChange:
    """Something that the service has accepted and not finished: shown, never sent again."""

    address: Address
    pending: Pending
    before: Any


@dataclass(frozen=True)
class Plan:
    """What differs and in which steps; ``changes`` in an order that the references allow."""

    estate: str
    account_id: str
    region: str
    changes: tuple[Planned, ...]
    pending: tuple[PendingChange, ...] = ()
    unmanaged: tuple[Address, ...] = ()
    """Live things of these kinds that are not ours and that the spec does not name."""
    orphans: tuple[Address, ...] = ()
    """Ours by tag, no longer in the spec: shown; a plain apply never deletes."""
    unknown: tuple[Address, ...] = ()
    """Ownership could not be read (busy, lagging): shown, never acted on."""
    notes: tuple[str, ...] = ()
    matched: int = 0
    """How many resources of the spec were compared."""
    fingerprint: str = ""
    """Eight hex digits over the changes: address, action, fields before and after, the calls."""

    @property
    def empty(self) -> bool:
        """Whether nothing is left to do."""
        return not self.changes
