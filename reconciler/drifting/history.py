"""What drift detection remembers: findings from first seen to resolved, and what was told of them.

One JSON value. It holds no secret: findings carry what a plan shows, and the address to tell people
at is not in it. What nobody asks for again is dropped by number, so it stays of one size.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.drifting.finding import Finding
from reconciler.drifting.severity import SEVERITIES, Severity
from reconciler.errors import UsageError

FORMAT_VERSION = 1
PAST = 1000
"""So many resolved findings of an estate are kept, the latest."""
COURSE = 2000
"""So many changes of an estate's state are kept."""

State = Literal["in step", "drifted", "could not look"]
Ended = Literal["mended", "in the spec", "out of the spec", "changed again"]
"""How a finding ended: live went back, the spec took the value or dropped the thing, or somebody
changed the same field once more."""
What = Literal[
    "drifted", "mended", "no longer acknowledged", "newcomer", "could not look", "looking again"
]


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class By(_Kept):
    """Who changed something and when, as CloudTrail has it."""

    who: str
    at: datetime
    call: str


class Entry(_Kept):
    """A finding over time. ``announced``: handed to the outbox; ``told``: taken by the receiver."""

    finding: Finding
    first_seen: datetime
    last_seen: datetime
    acknowledged: str = ""
    """The last day of the acknowledgement that covers it, YYYY-MM-DD."""
    announced: datetime | None = None
    told: datetime | None = None
    resolved: datetime | None = None
    ended: Ended | None = None
    mend_told: datetime | None = None
    by: By | None = None


class Blind(_Kept):
    """Since when an estate can't be looked at, and why."""

    since: datetime
    why: str
    exit_code: int
    announced: bool = False


class Mark(_Kept):
    """The state of an estate from ``at`` until the next mark."""

    at: datetime
    state: State
    drifted: int = 0
    acknowledged: int = 0
    ahead: int = 0
    pending: int = 0


class EstateMemory(_Kept):
    """What is remembered of one estate."""

    account_id: str
    region: str
    estate: str
    spec: str
    rounds: int = 0
    first_round: datetime | None = None
    last_round: datetime | None = None
    last_success: datetime | None = None
    last_seconds: float = 0.0
    blind: Blind | None = None
    open: list[Entry] = []
    past: list[Entry] = []
    unmanaged: list[str] | None = None
    """What is known of things that are not ours; None before the first look."""
    accepted: dict[str, str] = {}
    """Place -> id of a live value that the spec took over. Our record of what was applied does not
    know of that, so the next merge would look as if live had moved as well."""
    course: list[Mark] = []

    @property
    def state(self) -> State:
        """Say how it stands."""
        if self.blind:
            return "could not look"
        return "drifted" if any(not one.acknowledged for one in self.open) else "in step"

    @property
    def since(self) -> datetime | None:
        """Say since when it stands so, however many findings came and went meanwhile."""
        began: datetime | None = None
        for mark in reversed(self.course):
            if mark.state != self.state:
                break
            began = mark.at
        return began


class Event(_Kept):
    """One change of state that people are told of."""

    what: What
    at: datetime
    finding: Finding | None = None
    text: str = ""
    """A newcomer's address, or why nobody could look."""
    ended: Ended | None = None
    since: datetime | None = None
    by: By | None = None


class Claim(_Kept):
    """Who is telling a message just now, and until when nobody else may."""

    by: str
    until: datetime


class Message(_Kept):
    """Something to tell one owner; it stays here until the receiver has taken it.

    ``key`` never changes: a receiver that drops what it has seen is told exactly once, whatever
    happens between its taking the message and our noting that it did. ``tried`` counts attempts.
    """

    key: str
    estate_key: str
    estate: str
    spec: str
    owner: str
    at: datetime
    events: list[Event]
    tried: int = 0
    error: str = ""
    claim: Claim | None = None

    @property
    def severity(self) -> Severity:
        """Give how serious it is: the worst of what it says."""
        return _worst(self.events)


class Memory(_Kept):
    """Everything, as it stands in the file."""

    format_version: Literal[1] = 1
    estates: dict[str, EstateMemory] = {}
    outbox: list[Message] = []

    def find(self, ident: str) -> tuple[EstateMemory, Entry] | None:
        """Give the open finding with this id."""
        for estate in self.estates.values():
            for entry in estate.open:
                if entry.finding.id == ident:
                    return estate, entry
        return None

    def trimmed(self) -> Memory:
        """Drop what is older than anybody asks for."""
        for estate in self.estates.values():
            estate.past = estate.past[-PAST:]
            estate.course = estate.course[-COURSE:]
        return self


def read_memory(text: str | None, place: str = "the memory") -> Memory:
    """Read what was kept; without a text an empty memory. Anything else is refused."""
    if text is None:
        return Memory()
    try:
        return Memory.model_validate_json(text)
    except ValidationError as error:
        if (newer := _format_of(text)) > FORMAT_VERSION:
            message = (
                f"{place} was written by a newer reconcile (format {newer}, this one knows "
                f"{FORMAT_VERSION}): use that one, or give another place to --memory"
            )
            raise UsageError(message) from None
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or "its start"
        message = (
            f"{place} is no memory of drift detection ({at}: {first['msg']}): give another place "
            "to --memory, or move the file away to begin anew (what was told is told once more)"
        )
        raise UsageError(message) from None


def _format_of(text: str) -> int:
    try:
        found = json.loads(text).get("format_version")
    except (ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def written(memory: Memory) -> str:
    """Give the memory as it is kept."""
    held = memory.trimmed().model_dump(mode="json", exclude_defaults=True)
    return json.dumps({"format_version": memory.format_version, **held}, indent=1) + "\n"


def as_data(memory: Memory) -> dict[str, Any]:
    """Give the memory as JSON values, every field said: for pages."""
    return memory.model_dump(mode="json")


def _worst(events: Iterable[Event]) -> Severity:
    found: set[Severity] = set()
    for one in events:
        if one.what in ("drifted", "no longer acknowledged") and one.finding:
            found.add(one.finding.severity)
        elif one.what == "could not look":
            found.add("medium")
    return next((one for one in SEVERITIES if one in found), "low")
