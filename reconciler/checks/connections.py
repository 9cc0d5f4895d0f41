"""Connections per node: as many as operations are in flight at once, and no more than the pool."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisClusterException, RedisError

from reconciler.checks.answer import Sort, failed
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding, Verdict
from reconciler.checks.target import Target, name_of
from reconciler.checks.visit import Key, Visit, nobody_may
from reconciler.kind import Endpoint
from reconciler.pool import MeasuredPool, PoolFigures

_IN_FLIGHT = 3
_WAIT_S = 0.05
# What a cluster client asks before anything else, and what is asked through it.
_OF_A_CLIENT = (("CLUSTER", "SLOTS"), ("COMMAND",), ("CLIENT", "ID"))
_ONE_NODE = frozenset({"node", "primary"})
"""Addresses behind which one node answers; others spread connections over many."""
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
        well = True
        for place in visit.nodes():
            subject = name_of(place)
            if silence := visit.silence(place):
                finding = self.say(visit, subject, "not proven", expected, silence)
            elif key is None:
                trouble = nobody_may("CLIENT", "ID")
                finding = self.say(visit, subject, "not proven", expected, trouble)
            else:
                finding = self._tried(visit, key, place, expected)
            well = well and finding.verdict == "proven"
            yield finding
        if visit.target.clustered:
            yield self._through_a_client(visit, nodes_are_well=well)

    def _through_a_client(self, visit: Visit, *, nodes_are_well: bool) -> Finding:
        """Try the same with a cluster client, which has a pool for each node that it is told of."""
        subject, expected = "cluster client", f"{_IN_FLIGHT} connections to each node"
        key = next(visit.speakers(*_OF_A_CLIENT), None)
        if key is None or not nodes_are_well:
            reason = "not every node by itself is" if key else nobody_may("CLIENT ID and COMMAND")
            return self.say(visit, subject, "not proven", expected, reason)
        try:
            with visit.measured_client(key.login, most=_IN_FLIGHT, wait_s=_WAIT_S) as (it, pools):
                trouble = trouble_of(it)
                table = pools.rows()
        except RedisError as error:
            return self.say(visit, subject, "not proven", expected, failed(error).text)
        except RedisClusterException as error:
            trouble = f"the cluster client gave up: {error}"
            return self.say(visit, subject, "not proven", expected, trouble)
        return self.outcome(visit, subject, expected, trouble, at=visit.main).with_table(table)

    def _tried(self, visit: Visit, key: Key, place: Endpoint, expected: str) -> Finding:
        with visit.pool(place, key.login, most=_IN_FLIGHT, wait_s=_WAIT_S) as pool:
            several = place.role not in _ONE_NODE
            try:
                first = _taken_at_once(pool, several=several)
                second = _taken_at_once(pool, several=several)
            except RedisError as error:
                answer = failed(error)
                verdict: Verdict = "not proven" if answer.sort in _TOLD_ELSEWHERE else "refuted"
                return self.say(visit, name_of(place), verdict, expected, answer.text, at=place)
            figures: PoolFigures = pool.figures
        trouble = _trouble(first, second)
        finding = self.outcome(visit, name_of(place), expected, trouble, at=place)
        return finding.with_table((("figure", "count"), *figures.rows()))


def trouble_of(client: Any) -> str:
    """Say what differs at one of a cluster client's nodes; nothing when all is as it should be."""
    for node in client.get_nodes():
        pool = node.redis_connection.connection_pool
        if trouble := _trouble(_taken_at_once(pool), _taken_at_once(pool)):
            return f"{node.name}: {trouble}"
    return ""


def _taken_at_once(pool: MeasuredPool, *, several: bool = False) -> list[object]:
    """Take as many connections as the pool has; gives the node's id of each.

    Nodes count for themselves: behind an address of ``several`` two connections may have one id,
    so there each id goes with the connection that it was told to.
    """
    with contextlib.ExitStack() as held:
        taken = []
        for _ in range(_IN_FLIGHT):
            one = pool.get_connection()
            held.callback(pool.release, one)
            taken.append(one)
        for one in taken:
            one.send_command("CLIENT", "ID", check_health=False)
        ids = [one.read_response() for one in taken]
        return list(zip(map(id, taken), ids, strict=True)) if several else ids


def _trouble(first: list[object], second: list[object]) -> str:
    """Say what differs from the formula; nothing when all is as it should be."""
    if len(set(first)) != _IN_FLIGHT:
        return f"{_IN_FLIGHT} connections had {len(set(first))} ids"
    if set(first) != set(second):
        kept = len(set(first) & set(second))
        return f"{kept} of {_IN_FLIGHT} connections were kept for the next operations"
    return ""
