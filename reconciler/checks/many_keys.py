"""Pipelines, MSET and MGET over many keys, on more than one shard where there is one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from redis.exceptions import RedisClusterException, RedisError

from reconciler.checks.announced import Member, slot_of
from reconciler.checks.answer import failed
from reconciler.checks.contract import Check
from reconciler.checks.courier import start_of
from reconciler.checks.finding import Finding
from reconciler.checks.guest import PREFIX
from reconciler.checks.target import Target
from reconciler.checks.visit import Visit
from reconciler.checks.writer import TTL_S, Writer, writer

_KEYS = 32


class ManyKeys(Check):
    """Uses redis-py's own cluster client where there are shards, as an application would."""

    name = "many keys"
    proves = "a pipeline, MSET and MGET over many keys give every value back, across shards"

    def applies(self, target: Target) -> bool:
        """Say yes wherever there is a cache: whether it may write is a wish of the spec."""
        return not target.absent

    def run(self, visit: Visit) -> Iterator[Finding]:
        """Write many keys in a pipeline, then by MSET, and read them back both ways."""
        expected = f"{_KEYS} values right and in order"
        clustered = visit.target.clustered
        chosen = writer(visit, "many", _needs_of_a_cluster if clustered else _needs)
        trouble = chosen if isinstance(chosen, str) else _out_of_reach(visit, chosen)
        if isinstance(chosen, str) or trouble:
            yield self.say(visit, "many keys", "not proven", expected, str(trouble))
            return
        subject = f"many keys as {chosen.key.account.label}"
        names, place = _names(visit, chosen), start_of(visit)
        try:
            with visit.client(chosen.key.login, at=place) as client:
                try:
                    trouble = _worked(client, names, clustered=clustered)
                finally:
                    _removed(client, names)
        except RedisError as error:
            trouble = failed(error).text
        except RedisClusterException as error:
            trouble = f"the cluster client gave up: {error}"
        yield self.outcome(visit, subject, expected, trouble, at=place)


def _names(visit: Visit, chosen: Writer) -> list[str]:
    ours = f"{PREFIX}:{visit.run}:many"
    return [chosen.name.replace(ours, f"{ours}:{number}") for number in range(_KEYS)]


def _out_of_reach(visit: Visit, chosen: Writer) -> str:
    """Say why nothing could be shown across shards; nothing when it can, or when there are none."""
    if not visit.target.clustered:
        return ""
    announced = visit.announced()
    if isinstance(announced, str):
        return announced
    owners = {announced.owner(slot_of(name)) for name in _names(visit, chosen)}
    if len(owners) < min(2, len(announced.shards)):
        return "every key that could be ours falls into one shard"
    return _silence(visit, chosen, owners)


def _silence(visit: Visit, chosen: Writer, owners: Iterable[Member | None]) -> str:
    """Say who does not answer: the cluster client would wait for it again and again."""
    for owner in filter(None, owners):
        place = owner.endpoint(tls=visit.target.tls != "off")
        with visit.line(place, chosen.key.login) as line:
            line.login()
        if silence := visit.silence(place):
            return silence
    return ""


def _worked(client: Any, names: list[str], *, clustered: bool) -> str:
    values = [secrets.token_hex(4) for _ in names]
    both = dict(zip(names, values, strict=True))
    written = [("SET", name, value, "EX", TTL_S) for name, value in both.items()]
    if _piped(client, written) != [True] * len(names):
        return "a SET in a pipeline was not answered with OK"
    if _piped(client, [("GET", name) for name in names]) != values:
        return "a pipeline of GETs gave other values, or another order"
    later = values[::-1]
    both = dict(zip(names, later, strict=True))
    (client.mset_nonatomic if clustered else client.mset)(both)
    # MSET takes the time to live away.
    _piped(client, [("EXPIRE", name, TTL_S) for name in names])
    read = (client.mget_nonatomic if clustered else client.mget)(names)
    return "" if read == later else "MGET gave other values than MSET was given, or another order"


def _piped(client: Any, commands: list[tuple[Any, ...]]) -> list[Any]:
    with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        return list(pipe.execute())


def _removed(client: Any, names: list[str]) -> None:
    _piped(client, [("DEL", name) for name in names])


def _needs(name: str) -> tuple[tuple[str, ...], ...]:
    return (
        ("SET", name, "x", "EX", "60"),
        ("GET", name),
        ("MSET", name, "x"),
        ("MGET", name),
        ("EXPIRE", name, "60"),
        ("DEL", name),
    )


def _needs_of_a_cluster(name: str) -> tuple[tuple[str, ...], ...]:
    # What a cluster client asks before anything else.
    return (*_needs(name), ("CLUSTER", "SLOTS"), ("COMMAND",))
