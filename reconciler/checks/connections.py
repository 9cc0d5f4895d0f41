"""Connections per node: as many as operations are in flight at once, and no more than the pool."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from redis.exceptions import RedisError

from reconciler.checks.answer import Sort, failed
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target, name_of
from reconciler.checks.visit import Key, Visit, nobody_may
from reconciler.kind import Endpoint
from reconciler.pool import MeasuredPool, PoolFigures

_IN_FLIGHT = 3
_WAIT_S = 0.05
_TOLD_ELSEWHERE = frozenset({Sort.NO_AUTH, Sort.WRONG_PASS, Sort.SILENT, Sort.UNTRUSTED})


class Connections(Check):
    """Takes a few connections at once from a pool of ours; each says its own id."""

    name = "connections"
    proves = "a node holds a connection for each operation in flight at once, kept for the next"

    def applies(self, target: Target) -> bool:
        """Say yes wherever there is a node to connect to."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Try it at each node."""
        expected = f"{_IN_FLIGHT} connections: one for each operation in flight at once"
        key = next(visit.speakers(("CLIENT", "ID")), None)
        for place in visit.nodes():
            subject = name_of(place)
            if silence := visit.silence(place):
                yield self.say(visit, subject, "not proven", expected, silence)
            elif key is None:
                yield self.say(visit, subject, "not proven", expected, nobody_may("CLIENT", "ID"))
            else:
                yield self._tried(visit, key, place, expected)

    def _tried(self, visit: Visit, key: Key, place: Endpoint, expected: str) -> Finding:
        with visit.pool(place, key.login, most=_IN_FLIGHT, wait_s=_WAIT_S) as pool:
            try:
                first, second = _taken_at_once(pool), _taken_at_once(pool)
            except RedisError as error:
                answer = failed(error)
                verdict: Verdict = "not proven" if answer.sort in _TOLD_ELSEWHERE else "refuted"
                return self.say(visit, name_of(place), verdict, expected, answer.text, at=place)
            figures: PoolFigures = pool.figures
        trouble = _trouble(first, second)
        finding = self.outcome(visit, name_of(place), expected, trouble, at=place)
        return finding.with_table((("figure", "count"), *figures.rows()))


def _taken_at_once(pool: MeasuredPool) -> list[object]:
    """Take as many connections as the pool has; gives the node's id of each."""
    with contextlib.ExitStack() as held:
        taken = []
        for _ in range(_IN_FLIGHT):
            one = pool.get_connection()
            held.callback(pool.release, one)
            taken.append(one)
        for one in taken:
            one.send_command("CLIENT", "ID", check_health=False)
        return [one.read_response() for one in taken]


def _trouble(first: list[object], second: list[object]) -> str:
    """Say what differs from the formula; nothing when all is as it should be."""
    if len(set(first)) != _IN_FLIGHT:
        return f"{_IN_FLIGHT} connections had {len(set(first))} ids"
    if set(first) != set(second):
        kept = len(set(first) & set(second))
        return f"{kept} of {_IN_FLIGHT} connections were kept for the next operations"
    return ""
