"""What a server says of itself in HELLO: every user may ask, whatever its rights."""

from __future__ import annotations

from typing import Any

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.visit import Hello, Visit
from reconciler.kind import Endpoint


def hello(visit: Visit, endpoint: Endpoint) -> Hello | str:
    """Ask as the first user that can log in, once; the reason when no answer came."""
    if endpoint not in visit.said:
        visit.said[endpoint] = _asked(visit, endpoint)
    return visit.said[endpoint]


def _asked(visit: Visit, endpoint: Endpoint) -> Hello | str:
    reason = "no user that verify can log in as"
    for key in visit.speakers():
        with visit.line(endpoint, key.login) as line:
            answer = line.ask("HELLO", "2")
            if answer.sort is Sort.VALUE:
                return parsed(answer)
            reason = answer.text
            if answer.sort is Sort.UNKNOWN and isinstance(info := line.ask("INFO").value, str):
                return _older(info)
    return reason


def _older(info: str) -> Hello:
    """Read INFO, of an engine before 6.0: it knows no HELLO."""
    said = dict(line.partition(":")[::2] for line in info.splitlines())
    role = {"slave": "replica"}.get(said.get("role", ""), said.get("role", ""))
    return Hello("redis", said.get("redis_version", ""), role, said.get("redis_mode", ""))


def parsed(answer: Answer) -> Hello:
    """Read the answer to HELLO, of protocol 2."""
    flat: list[Any] = answer.value
    said = {str(key): value for key, value in zip(flat[::2], flat[1::2], strict=False)}
    return Hello(*(str(said.get(key, "")) for key in ("server", "version", "role", "mode")))
