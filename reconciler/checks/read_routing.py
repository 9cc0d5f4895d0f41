"""Reads go where the spec says, as the nodes themselves count them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from redis.exceptions import RedisClusterException, RedisError

from reconciler.checks.announced import SLOTS, Announced, Member
from reconciler.checks.answer import Sort, failed
from reconciler.checks.contract import Check
from reconciler.checks.finding import Finding
from reconciler.checks.guest import PREFIX
from reconciler.checks.hello import hello
from reconciler.checks.may import allowed, rights_of
from reconciler.checks.probe import inside
from reconciler.checks.router import LowestLatency, by_name
from reconciler.checks.target import Target
from reconciler.checks.visit import Key, Visit, nobody_may

# A read that applications hardly use, so that other people's traffic does not count as ours.
_READ = "HSTRLEN"
_READS = 60
_READ_RIGHT = 1
_EITHER = "reads on primaries and on replicas"
_EXPECTED = {
    "primary": "every read on a primary, no replica any",
    "replica": "every read on a replica, no primary any",
    "any": _EITHER,
    "round_robin": _EITHER,
    "random": _EITHER,
    "lowest_latency": "every read on its shard's nearest node, by measured PINGs",
}

Counts = Mapping[Member, int]
Nearest = Mapping[Member, Member]


class ReadRouting(Check):
    """Reads names that are not there, and asks INFO commandstats before and after.

    With shards by redis-py's cluster client; without them, and by latency, by a router of ours.
    """

    name = "read routing"
    proves = "reads go where verify.read_from says, counted by the nodes themselves"

    def applies(self, target: Target) -> bool:
        """Say whether there are replicas to choose, and a way to: shards, or a reader endpoint."""
        if target.absent or target.serverless or target.replicas == 0:
            return False
        return target.clustered or bool(target.of_role("reader") and target.of_role("node"))

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Count, read, count again."""
        wished = visit.target.wishes.read_from
        expected = _EXPECTED[wished]
        members, reader = _members(visit), _reader(visit)
        before = "" if isinstance(members, str) else _counts(visit, members)
        for reason in (members, reader, before):
            if isinstance(reason, str):
                yield self.say(visit, "reads", "not proven", expected, reason)
                return
        assert not isinstance(members, str)
        assert not isinstance(reader, str)
        assert not isinstance(before, str)
        trouble, nearest = _read(visit, members, *reader)
        after = _counts(visit, members)
        if isinstance(after, str):
            yield self.say(visit, "reads", "not proven", expected, trouble or after)
            return
        made = {member: after[member] - before[member] for member in after}
        trouble = trouble or misrouted(made, members, wished, nearest)
        finding = self.outcome(visit, "reads", expected, trouble, at=visit.main)
        yield finding.with_table(table(made, members))


def _members(visit: Visit) -> Announced | str:
    """Give the shards with their members; a group without shards is one, by what its nodes say."""
    if visit.target.clustered:
        return visit.announced()
    primaries: list[Member] = []
    replicas: list[Member] = []
    for place in visit.target.of_role("node"):
        said = hello(visit, place)
        if isinstance(said, str):
            return said
        (primaries if said.role == "master" else replicas).append(Member(place.host, place.port))
    if len(primaries) != 1:
        return f"{len(primaries)} nodes say that they are primary"
    return Announced(((0, SLOTS - 1, (*primaries, *replicas)),))


def _reader(visit: Visit) -> tuple[Key, str] | str:
    """Give the first user that can read as the routing needs, and a name of ours that it may."""
    needed: tuple[tuple[str, ...], ...] = ()
    if visit.target.clustered:
        needed = (("COMMAND",), ("CLUSTER", "SLOTS"), ("READONLY",))
    for key in visit.speakers(*needed):
        found = rights_of(visit.target, key.account)
        for name in inside(found, visit.run, _READ_RIGHT, "read") if found else ():
            if found and allowed(visit.target, found, (_READ, name, "x")) and _comes_in(visit, key):
                return key, name
    return nobody_may(*(" ".join(words) + "," for words in needed), _READ)


def _comes_in(visit: Visit, key: Key) -> bool:
    """Say whether this login works; that it does not is the login check's to tell."""
    with visit.line(visit.main, key.login) as line:
        return line.login().sort is Sort.VALUE


def _names(visit: Visit, name: str) -> Iterator[str]:
    ours = f"{PREFIX}:{visit.run}:read"
    return (name.replace(ours, f"{ours}:{number}") for number in range(_READS))


def _read(visit: Visit, members: Announced, key: Key, name: str) -> tuple[str, Nearest]:
    """Read as the spec wishes; gives what went wrong, and whom the latency router chose."""
    reads = visit.target.wishes.read_from
    if reads == "lowest_latency":
        return _read_nearest(visit, members, key, name)
    if visit.target.clustered:
        return _read_by_client(visit, key, name), {}
    with by_name(visit, key, reads) as router:
        for number, one in enumerate(_names(visit, name)):
            answer = router.ask(number, _READ, one, "x")
            if answer.sort is not Sort.VALUE:
                return answer.text, {}
    return "", {}


def _read_nearest(visit: Visit, members: Announced, key: Key, name: str) -> tuple[str, Nearest]:
    with contextlib.ExitStack() as lines:
        router = LowestLatency(visit, key, members, lines)
        for one in _names(visit, name):
            answer = router.ask(one, _READ, one, "x")
            if answer.sort is not Sort.VALUE:
                return answer.text, router.nearest
        return "", router.nearest


def _read_by_client(visit: Visit, key: Key, name: str) -> str:
    try:
        with visit.client(key.login, reads=visit.target.wishes.read_from) as client:
            for one in _names(visit, name):
                client.execute_command(_READ, one, "x")
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


def misrouted(
    made: Counts, announced: Announced, wished: str, nearest: Nearest | None = None
) -> str:
    """Say where the reads went, if that is not where they should have gone."""
    primaries = {member: made[member] for member in announced.shards}
    replicas = {member: made[member] for member in made if member not in primaries}
    on_primaries, on_replicas = sum(primaries.values()), sum(replicas.values())
    if wished == "lowest_latency":
        elsewhere = {
            one: count for one, count in made.items() if one not in (nearest or {}).values()
        }
        return "" if not sum(elsewhere.values()) else f"{sum(elsewhere.values())} elsewhere"
    right = {
        "primary": on_primaries > 0 and on_replicas == 0,
        # By a reader endpoint the service chooses among the replicas; a client that knows them all
        # leaves none out.
        "replica": on_primaries == 0 and on_replicas > 0 and _spread(replicas, announced),
    }
    either = on_primaries > 0 and on_replicas > 0
    return (
        ""
        if right.get(wished, either)
        else f"{on_primaries} on primaries, {on_replicas} on replicas"
    )


def _spread(replicas: Counts, announced: Announced) -> bool:
    return len(announced.shards) == 1 or all(replicas.values())


def table(made: Counts, announced: Announced) -> tuple[tuple[str, ...], ...]:
    """Give reads per node, the head first."""
    rows = []
    for primary, replicas in announced.shards.items():
        for member in (primary, *sorted(replicas)):
            role = "primary" if member == primary else "replica"
            rows.append((f"{member.host}:{member.port}", role, str(made[member])))
    return (("node", "role", "reads"), *rows)
