"""What a kind answers when it is asked what to do next."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model import Resource
from reconciler.ports import Call


class Impact(enum.IntEnum):
    """What a step does to clients, mildest first."""

    NONE = 0
    RECONNECT = 1
    DROPPED_USERS = 2
    FAILOVER = 3
    INTERRUPTION = 4
    REPLACEMENT = 5


@dataclass(frozen=True)
class Step:
    """One call and what it leaves.

    ``leaves`` is the resource as describe will show it at rest afterwards (None: gone).
    ``intent`` are our tags (by short name) written *before* the call, ``record`` those written
    after it has settled: for what describe can't show (which token, which password version). A
    create carries its tags itself. ``gate`` names the gate before it. ``lines`` are facts for the
    screen (endpoints that appear and go, what is brought forward).
    """

    call: Call
    leaves: Resource | None
    changes: tuple[str, ...] = ()
    impact: Impact = Impact.NONE
    impact_text: str = "nobody cut off"
    when: str = "now"
    gate: str | None = None
    gate_text: str = ""
    intent: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    settle_timeout_s: int = 3600


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send until this holds."""

    until: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No call leads there; ``way`` says how to get there. ``replace``: only a new one would.

    ``fields`` are the wishes that can't come true as they are, the one to give up first in front
    (``parameters.timeout`` for one inside a field).
    """

    reason: str
    way: str
    replace: bool = False
    fields: tuple[str, ...] = ()


Next = Step | Wait | Unreachable | None
