"""What apply tells while it happens, in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.kind import Pending, Step
from reconciler.model import Address
from reconciler.ports import Call


@dataclass(frozen=True)
class StepStarted:
    """A step is due: it and how many are left of this change, itself included."""

    address: Address
    step: Step
    left: int


@dataclass(frozen=True)
class StepSent:
    """A call was accepted (``fate`` empty), or what became of it otherwise, in the code's words."""

    address: Address
    call: Call
    fate: str = ""


@dataclass(frozen=True)
class Waiting:
    """What is waited for: ``on`` (itself, or what it ripples to), its status, and for how long."""

    address: Address
    on: Address
    status: str
    elapsed_s: float


@dataclass(frozen=True)
class StepSettled:
    """The step's promise was read back, all at rest. ``scheduled``: accepted, for its window."""

    address: Address
    step: Step
    elapsed_s: float
    scheduled: tuple[Pending, ...] = ()


@dataclass(frozen=True)
class Reworded:
    """The service made something else of what was sent, in its own answer; it is remembered."""

    address: Address
    text: str


@dataclass(frozen=True)
class StepFailed:
    """A change stops here: ``reason`` says why, ``events`` are the service's own words."""

    address: Address
    reason: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateReached:
    """A closed gate stands before the next step: a person must act first."""

    address: Address
    gate: str
    text: str


@dataclass(frozen=True)
class Left:
    """A change that this run does not finish, and why."""

    address: Address
    why: str


@dataclass(frozen=True)
class Summary:
    """How it ended. ``writes`` counts calls that were sent, accepted or not."""

    settled: tuple[Address, ...] = ()
    gated: tuple[GateReached, ...] = ()
    failed: tuple[StepFailed, ...] = ()
    left: tuple[Left, ...] = ()
    steps: int = 0
    writes: int = 0
    elapsed_s: float = 0.0
    reworded: tuple[Reworded, ...] = ()
    recorded: tuple[Address, ...] = ()
    """What stood as it should, and whose record of what was applied was out of date."""

    @property
    def exit_code(self) -> int:
        """Give 1 when a step failed, 7 when a gate is reached, else 0."""
        if self.failed:
            return 1
        return 7 if self.gated else 0


@dataclass(frozen=True)
class Finished:
    """The last event, also when the run was interrupted."""

    summary: Summary


Event = (
    StepStarted
    | StepSent
    | Waiting
    | StepSettled
    | Reworded
    | StepFailed
    | GateReached
    | Left
    | Finished
)
