"""Every deliberate error.

ReconcilerError                 exit 1  something deliberate went wrong
├── UsageError                  exit 2  the command line is off
├── SpecError(problems)         exit 2  the spec is off: every problem at once
├── NoCredentials               exit 1  nothing to talk to AWS with
├── SecretUnavailable           exit 1  a reference could not be opened (never holds a value)
│   └── SecretMissing                   its store says that there is no such secret or version
├── Refused(reasons)            exit 4  nothing was sent
│   ├── StalePlan                       the estate is not the one that was approved
│   ├── LeaseHeld                       somebody else is writing
│   └── WrongAccount                    other credentials or region than the spec's
├── CouldNotLook                exit 6  the service or a cache could not be reached
├── NotTold                     exit 1  a receiver did not take a message
├── AwsError(code, ...)         exit 1  the service's answer, with its fate
├── OutputLost                  exit 1  the result could not be printed
├── StepFailed                  exit 1  accepted, then not reached; or refused for good
│   └── NotSettled                      not at rest within its time
└── Interrupted(signal)         exit 130, 143

A verification that refutes a promise and a drift that is found are results, not errors.
"""

from __future__ import annotations

import dataclasses
import enum
import signal as signals
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ReconcilerError(Exception):
    """Root of every error that is meant for a person: says what, where, what next."""

    exit_code: ClassVar[int] = 1


class UsageError(ReconcilerError):
    """The command was called in a way that can't be meant."""

    exit_code: ClassVar[int] = 2


class OutputLost(ReconcilerError):
    """The result could not be written to standard output; what the command did stands."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the result could not be written to standard output ({reason}); what the command did "
            "before stands"
        )


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a spec, where it stands (1-based line and column), and the mend."""

    file: str
    line: int
    column: int
    address: str
    field: str
    message: str = dataclasses.field(compare=False)

    def __str__(self) -> str:
        """Give ``file:line:column: address.field: message``."""
        subject = ".".join(part for part in (self.address, self.field) if part)
        about = f"{subject}: " if subject else ""
        return f"{self.file}:{self.line}:{self.column}: {about}{self.message}"


class SpecError(ReconcilerError):
    """The spec can't be used; holds every problem that was found, in file order."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class NoCredentials(ReconcilerError):
    """boto3 found no credentials and --local was not asked for."""


class SecretUnavailable(ReconcilerError):
    """A secret reference could not be opened; names the reference, never a value."""


class SecretMissing(SecretUnavailable):
    """The store answered that it has no such secret, version or key."""


class Refused(ReconcilerError):
    """Nothing was sent; holds every reason, each with its mend."""

    exit_code: ClassVar[int] = 4

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class StalePlan(Refused):
    """The estate moved since the plan was made or approved."""


class LeaseHeld(Refused):
    """Another run holds the lease; says who, since when, where."""


class WrongAccount(Refused):
    """The credentials or the endpoints belong elsewhere than the spec says."""


class CouldNotLook(ReconcilerError):
    """Something could not be reached, so nothing can be said about it."""

    exit_code: ClassVar[int] = 6


class NotTold(ReconcilerError):
    """Whoever was to be told did not take the message; never holds where it was sent."""


class Fate(enum.Enum):
    """What a failed call means for the work that it asked for."""

    NOT_DONE = "refused before the work; may be tried again"
    UNKNOWN = "unknown whether done; never sent again before a look"
    ALREADY = "already done, if a look agrees"
    FINAL = "refused for good"


class AwsError(ReconcilerError):
    """A service's refusal or silence, in the service's own wire code.

    ``code`` is the wire code (``UserNotFound``), or ``Timeout`` / ``ConnectionError`` when no
    answer came, ``NotSent`` when no connection was made; ``status`` is HTTP's, 0 without an answer.
    """

    def __init__(
        self,
        service: str,
        operation: str,
        code: str,
        message: str,
        *,
        status: int = 400,
        request_id: str = "",
    ) -> None:
        self.service, self.operation, self.code = service, operation, code
        self.message, self.status, self.request_id = message, status, request_id
        super().__init__(f"{service} {operation}: {code}: {message}")

    @property
    def answered(self) -> bool:
        """Whether the service answered below 500: only then is it known that nothing was done."""
        return 0 < self.status < 500


class StepFailed(ReconcilerError):
    """A step did not reach what it promised; ``events`` are the service's own words beside it."""

    def __init__(self, message: str, events: Sequence[str] = ()) -> None:
        self.events = tuple(events)
        super().__init__(message)


class NotSettled(StepFailed):
    """A resource was not at rest within its time."""


class Interrupted(ReconcilerError):
    """A person or a scheduler asked us to stop; the call in flight was finished first."""

    def __init__(self, signal: int = signals.SIGINT) -> None:
        self.signal = signal
        super().__init__("interrupted")
