"""A user as a change sees it: its name, access string and way to log in, from the spec or live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler import acl
from reconciler.kind import Facts
from reconciler.kind.reach import engines_at
from reconciler.model import Address, Cache, ReplicationGroup, Resource, User, UserGroup
from reconciler.rights.holder import attached, defaults_of


@dataclass(frozen=True)
class Account:
    """A user by id; ``user`` None: it is neither in the spec nor seen."""

    id: str
    user: User | None

    @property
    def name(self) -> str:
        """Give the name to log in with; the id when nothing is known of the user."""
        return (self.user.user_name if self.user else None) or self.id

    @property
    def text(self) -> str | None:
        """Give the access string."""
        return self.user.access_string if self.user else None

    @property
    def open(self) -> bool:
        """Whether no password is needed."""
        mode = self.user.authentication_mode if self.user else None
        return mode is not None and mode.type == "no-password-required"


def live(address: Address, facts: Facts) -> Resource | None:
    """Give what is there now, or None."""
    found = facts.observed.get(address)
    return found.resource if found is not None else None


def accounts_before(group: str, facts: Facts) -> dict[str, Account]:
    """Give the members that a group has now, by login name, as they are now."""
    found = live(Address(UserGroup.kind, group), facts)
    members = found.user_ids or () if isinstance(found, UserGroup) else ()
    return _by_name(_now(one, facts) for one in members)


def accounts_after(group: str, facts: Facts) -> dict[str, Account]:
    """Give the members that a group is to have, by login name, as the spec has them.

    A group or user that is not in the spec stays as it is.
    """
    address = Address(UserGroup.kind, group)
    found = facts.desired.get(address) or live(address, facts)
    members = found.user_ids if isinstance(found, UserGroup) else None
    if members is None:
        return accounts_before(group, facts)
    return _by_name(wished(one, facts) for one in members)


def wished(ident: str, facts: Facts) -> Account:
    """Give a user as the spec has it, fields that it leaves out as they are now."""
    address = Address(User.kind, ident)
    desired, now = facts.desired.get(address), live(address, facts)
    if isinstance(desired, User) and isinstance(now, User):
        names = ("access_string", "authentication_mode", "user_name")
        missing = {name: getattr(now, name) for name in names if getattr(desired, name) is None}
        return Account(ident, desired.but(**missing))
    found = desired if isinstance(desired, User) else now
    return Account(ident, found if isinstance(found, User) else None)


def _now(ident: str, facts: Facts) -> Account:
    found = live(Address(User.kind, ident), facts)
    return Account(ident, found) if isinstance(found, User) else wished(ident, facts)


def _by_name(accounts: Iterable[Account]) -> dict[str, Account]:
    return {account.name: account for account in accounts}


def tables_at(caches: Iterable[Address], facts: Facts) -> tuple[acl.Table, ...]:
    """Give the tables of the engines that these caches run and are to run."""
    reach = [(one.name, one.version) for cache in caches for one in engines_at(cache, facts)]
    return acl.tables_in_reach(reach)


def defaults_at(caches: Iterable[Address], facts: Facts) -> tuple[acl.ChannelDefault, ...]:
    """Give what acl-pubsub-default may be on these caches, before and after."""
    found: set[acl.ChannelDefault] = {"allchannels"}
    for cache in caches:
        for resource in (live(cache, facts), facts.desired.get(cache)):
            if isinstance(resource, Cache):
                found.update(defaults_of(resource))
    return tuple(sorted(found))


def groups_of_cache(cache: Resource | None) -> tuple[str, ...]:
    """Give the ids of the groups that a cache names."""
    return attached(cache) if cache is not None else ()


def has_token(cache: Resource) -> bool:
    """Whether a cache asks for an AUTH token."""
    return isinstance(cache, ReplicationGroup) and cache.auth_token is not None


def diffs(
    before: str | None,
    after: str | None,
    tables: tuple[acl.Table, ...],
    defaults: Iterable[acl.ChannelDefault],
) -> Iterator[acl.RightsDiff]:
    """Give the difference of two access strings under each channel default in question."""
    for default in defaults:
        yield acl.rights_diff(before, after, tables, channel_default=default)
