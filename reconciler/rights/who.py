"""Who can run a command, on which cache, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler import acl
from reconciler.model import Address, Cache, ReplicationGroup
from reconciler.rights.holder import Resources, attached, holders, tables_of


@dataclass(frozen=True)
class Answer:
    """A user's decision on one cache and one engine version.

    ``user`` empty: the cache has no group, so anybody there is the default user, who may do all.
    """

    cache: Address
    user: str
    table: acl.Table
    on: bool
    decision: acl.Decision

    @property
    def can(self) -> bool:
        """Whether the user can do it there, ElastiCache's hidden commands apart."""
        return self.on and self.decision.works


def who_can(line: str, resources: Resources, cache_id: str | None = None) -> Iterator[Answer]:
    """Ask every user of every cache (or of one), each on every engine version in question."""
    for address in sorted(resources):
        cache = resources[address]
        if not isinstance(cache, Cache) or cache_id not in {None, cache.id, str(address)}:
            continue
        if not attached(cache):
            yield from _anybody(cache, line)
        for holder in holders(cache, resources):
            text = holder.user.access_string
            for table in holder.tables if text is not None else ():
                assert text is not None
                for default in holder.channel_defaults:
                    yield _answer(address, holder.user.id, text, table, default, line)


def _anybody(cache: Cache, line: str) -> Iterator[Answer]:
    token = isinstance(cache, ReplicationGroup) and cache.auth_token is not None
    who = "whoever knows the AUTH token" if token else "anybody in its network"
    for table in tables_of(cache):
        answer = _answer(cache.address, "", "on ~* &* +@all", table, "allchannels", line)
        why = f"the cache has no user group: {who} may run every command"
        decision = answer.decision
        if decision.works:
            decision = decision._replace(why=why)
        yield Answer(cache.address, "", table, True, decision)


def _answer(
    address: Address,
    user: str,
    text: str,
    table: acl.Table,
    default: acl.ChannelDefault,
    line: str,
) -> Answer:
    try:
        found = acl.read(text, table, channel_default=default)
    except acl.AccessStringError as error:
        why = f"its access string can't be used on {table.name}: {error}"
        return Answer(address, user, table, False, acl.Decision(line, allowed=False, why=why))
    return Answer(address, user, table, found.on, acl.decide_name(found, line))
