"""Reads go where the spec says, as the nodes themselves count them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from redis.exceptions import RedisClusterException, RedisError

from reconciler.checks.announced import Announced, Member
from reconciler.checks.answer import failed
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding
from reconciler.checks.guest import PREFIX
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.probe import inside
from reconciler.checks.target import Target
from reconciler.checks.visit import Key, Visit, nobody_may

# A read that applications hardly use, so that other people's traffic does not count as ours.
_READ = "HSTRLEN"
_READS = 60
_READ_RIGHT = 1
_EXPECTED = {
    "primary": "every read on a primary",
    "replica": "every read on a replica, and each replica some",
    "any": "reads on primaries and on replicas",
}

Counts = Mapping[Member, int]


class ReadRouting(Check):
    """Reads names that are not there with redis-py's cluster client, and asks INFO commandstats."""

    name = "read routing"
    proves = "reads go where verify.read_from says, counted by the nodes themselves"

    def applies(self, target: Target) -> bool:
        """Say whether there are shards with replicas to choose between."""
        return (
            not target.absent
            and target.clustered
            and not target.serverless
            and target.replicas != 0
        )

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Count, read, count again."""
        expected = _EXPECTED[visit.target.wishes.read_from]
        announced, reader = visit.announced(), _reader(visit)
        before = "" if isinstance(announced, str) else _counts(visit, announced)
        for reason in (announced, reader, before):
            if isinstance(reason, str):
                yield self.say(visit, "reads", "not proven", expected, reason)
                return
        assert not isinstance(announced, str)
        assert not isinstance(reader, str)
        assert not isinstance(before, str)
        trouble = _read(visit, *reader)
        after = _counts(visit, announced)
        if not trouble and isinstance(after, str):
            yield self.say(visit, "reads", "not proven", expected, after)
            return
        if not trouble and not isinstance(after, str):
            made = {member: after[member] - before[member] for member in after}
            trouble = misrouted(made, announced, visit.target.wishes.read_from)
        yield self.outcome(visit, "reads", expected, trouble, at=visit.target.main)


def _reader(visit: Visit) -> tuple[Key, str] | str:
    """Give the first user that a cluster client can be, and a name of ours that it may read."""
    needed = ("COMMAND",), ("CLUSTER", "SLOTS"), ("READONLY",)
    for key in visit.speakers(*needed):
        found = rights_of(visit.target, key.account)
        for name in inside(found, visit.run, _READ_RIGHT, "read") if found else ():
            if found and allowed(visit.target, found, (_READ, name, "x")):
                return key, name
    return nobody_may("COMMAND,", "CLUSTER SLOTS,", "READONLY", "and", _READ)


def _read(visit: Visit, key: Key, name: str) -> str:
    ours = f"{PREFIX}:{visit.run}:read"
    try:
        with visit.client(key.login, reads=visit.target.wishes.read_from) as client:
            for number in range(_READS):
                client.execute_command(_READ, name.replace(ours, f"{ours}:{number}"), "x")
    except RedisError as error:
        return failed(error).text
    except RedisClusterException as error:
        return f"the cluster client gave up: {error}"
    return ""


def _counts(visit: Visit, announced: Announced) -> Counts | str:
    """Give how often each node has run the read, or why that can't be known."""
    counted: dict[Member, int] = {}
    for member in announced.members:
        place = member.endpoint(tls=visit.target.tls != "off")
        answer = visit.asked(place, "INFO", "commandstats")
        if answer is None:
            return nobody_may("INFO")
        if not isinstance(answer.value, str):
            return answer.text
        found = re.search(rf"cmdstat_{_READ.lower()}:calls=(\d+)", answer.value)
        counted[member] = int(found[1]) if found else 0
    return counted


def misrouted(made: Counts, announced: Announced, wished: str) -> str:
    """Say where the reads went, if that is not where they should have gone."""
    primaries = {member: made[member] for member in announced.shards}
    replicas = {member: made[member] for member in made if member not in primaries}
    on_primaries, on_replicas = sum(primaries.values()), sum(replicas.values())
    right = {
        "primary": on_primaries > 0 and on_replicas == 0,
        "replica": on_primaries == 0 and bool(replicas) and all(replicas.values()),
        "any": on_primaries > 0 and on_replicas > 0,
    }
    return "" if right[wished] else f"{on_primaries} on primaries, {on_replicas} on replicas"
