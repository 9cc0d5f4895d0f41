"""Carries questions to the node that owns their key, as any user: MOVED is the map.

redis-py's cluster client needs the rights to COMMAND and CLUSTER SLOTS; a user that has neither can
be proven all the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from reconciler.checks.answer import Answer, Sort
from reconciler.checks.hello import hello
from reconciler.checks.line import Dead, Line
from reconciler.checks.visit import Hello, Visit
from reconciler.kind import Endpoint
from reconciler.ports import Login

_REDIRECTS = 4


class Courier:
    """One login, one line to each node that it was sent to; ``with courier(...)`` closes them."""

    def __init__(self, visit: Visit, login: Login | None, lines: contextlib.ExitStack) -> None:
        self._visit, self._login, self._stack = visit, login, lines
        self._lines: dict[Endpoint, Line | Dead] = {}
        self.at = start_of(visit)

    def ask(self, *words: str | int) -> Answer:
        """Ask where the last question was answered, and follow MOVED from there."""
        answer = self.line().ask(*words)
        for _ in range(_REDIRECTS):
            if answer.sort is not Sort.MOVED:
                break
            host, port = answer.value
            self.at = Endpoint(
                "node", host or self.at.host, port, tls=self.at.tls, node=f"{host}:{port}"
            )
            answer = self.line().ask(*words)
        return answer

    def line(self) -> Line | Dead:
        """Give the line to the node that answers now."""
        if self.at not in self._lines:
            opened = self._visit.line(self.at, self._login)
            self._lines[self.at] = self._stack.enter_context(opened)
        return self._lines[self.at]


@contextlib.contextmanager
def courier(visit: Visit, login: Login | None) -> Iterator[Courier]:
    """Open a courier at the address where writes are taken."""
    with contextlib.ExitStack() as lines:
        yield Courier(visit, login, lines)


def start_of(visit: Visit) -> Endpoint:
    """Give the main address; of an external target without a cluster, the one that is primary."""
    return (_primary(visit) if _is_searched(visit) else None) or visit.main


def nowhere_to_write(visit: Visit) -> str:
    """Say why no write would be taken; nothing when there is an address to try."""
    if silence := visit.silence(start_of(visit)):
        return silence
    if _is_searched(visit) and _primary(visit) is None:
        return "no address that answers says that it is primary"
    return ""


def _is_searched(visit: Visit) -> bool:
    return not visit.target.managed and not visit.target.clustered


def _primary(visit: Visit) -> Endpoint | None:
    for endpoint in visit.target.endpoints:
        found = hello(visit, endpoint)
        if isinstance(found, Hello) and found.role == "master":
            return endpoint
    return None
