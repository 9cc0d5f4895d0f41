"""Which users a cache lets in, by which group, and the engine version that judges them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler import acl
from reconciler.kind.reach import written_version
from reconciler.model import (
    Address,
    Cache,
    ReplicationGroup,
    Resource,
    ServerlessCache,
    User,
    UserGroup,
)

Resources = Mapping[Address, Resource]


@dataclass(frozen=True)
class Holder:
    """A user on a cache; ``tables`` are the command tables of the versions that judge it there."""

    user: User
    cache: Cache
    group: Address
    tables: tuple[acl.Table, ...]
    channel_defaults: tuple[acl.ChannelDefault, ...]

    @property
    def name(self) -> str:
        """Give the name to log in with."""
        return self.user.user_name or self.user.id


def attached(cache: Resource) -> tuple[str, ...]:
    """Give the ids of the groups that a cache names."""
    match cache:
        case ReplicationGroup():
            return cache.user_group_ids or ()
        case ServerlessCache():
            return (cache.user_group_id,) if cache.user_group_id else ()
        case _:
            return ()


def holders(cache: Cache, resources: Resources) -> Iterator[Holder]:
    """Give the users that a cache lets in, in order; those only that are among the resources."""
    for group_id in attached(cache):
        group = resources.get(Address(UserGroup.kind, group_id))
        for user_id in getattr(group, "user_ids", None) or ():
            user = resources.get(Address(User.kind, user_id))
            if group is not None and isinstance(user, User):
                yield Holder(user, cache, group.address, tables_of(cache), defaults_of(cache))


def holdings(resources: Resources) -> Mapping[str, tuple[Holder, ...]]:
    """Give each user's place on every cache that it reaches: user id -> holders, in order."""
    found: dict[str, tuple[Holder, ...]] = {}
    for address in sorted(resources):
        if isinstance(cache := resources[address], Cache):
            for holder in holders(cache, resources):
                found[holder.user.id] = (*found.get(holder.user.id, ()), holder)
    return found


def tables_of(cache: Cache) -> tuple[acl.Table, ...]:
    """Give the tables for the cache's engine version; of its whole engine where none is written."""
    return acl.tables_in_reach([(cache.engine or "valkey", written_version(cache))])


def tables_of_user(user: User, held: Iterable[Holder]) -> tuple[acl.Table, ...]:
    """Give the tables of every cache that a user reaches; of its engine when it reaches none."""
    found = {table.name for one in held for table in one.tables}
    if found:
        return tuple(table for table in acl.TABLES if table.name in found)
    return acl.tables_in_reach([(user.engine, "")] if user.engine else [])


def defaults_of(cache: Cache) -> tuple[acl.ChannelDefault, ...]:
    """Give what acl-pubsub-default may be: ElastiCache's allchannels, or either.

    The parameter is read from no group here, so a parameter group that is not a default one
    leaves both open. Serverless caches are fixed at allchannels.
    """
    own = isinstance(cache, ReplicationGroup) and cache.cache_parameter_group_name
    if own and not own.startswith("default."):
        return ("allchannels", "resetchannels")
    return ("allchannels",)
