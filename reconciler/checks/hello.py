"""What a server says of itself in HELLO: every user may ask, whatever its rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.visit import Visit
from reconciler.kind import Endpoint


@dataclass(frozen=True, slots=True)
class Hello:
    """Its name (redis, valkey), version, role (master, replica) and mode (standalone, cluster)."""

    server: str
    version: str
    role: str
    mode: str

    def __str__(self) -> str:
        """Give name and version."""
        return f"{self.server} {self.version}"


def hello(visit: Visit, endpoint: Endpoint) -> Hello | str:
    """Ask as the first user that can log in; the reason when no answer came."""
    reason = "no user that verify can log in as"
    for key in visit.speakers():
        with visit.line(endpoint, key.login) as line:
            answer = line.ask("HELLO", "2")
        if answer.sort is Sort.VALUE:
            return _parsed(answer)
        reason = answer.text
    return reason


def _parsed(answer: Answer) -> Hello:
    flat: list[Any] = answer.value
    said = {str(key): value for key, value in zip(flat[::2], flat[1::2], strict=False)}
    return Hello(*(str(said.get(key, "")) for key in ("server", "version", "role", "mode")))
