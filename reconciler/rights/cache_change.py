"""A cache that changes: its groups and token, TLS, the engine version, the channel default."""

from __future__ import annotations

from reconciler import acl
from reconciler.kind import Facts
from reconciler.kind.reach import written_version
from reconciler.model import Cache, ReplicationGroup
from reconciler.rights.account import (
    Account,
    accounts_after,
    accounts_before,
    groups_of_cache,
    has_token,
)
from reconciler.rights.group_change import compare
from reconciler.rights.tally import RightsChange, Tally


def cache_change(before: Cache, after: Cache, facts: Facts) -> RightsChange | None:
    """Say who gains and who loses on a cache that is there."""
    tally = Tally()
    _groups(before, after, facts, tally)
    if isinstance(before, ReplicationGroup) and isinstance(after, ReplicationGroup):
        _tls(before, after, tally)
        _channels(before, after, facts, tally)
    _engine(before, after, facts, tally)
    return tally.total()


def _groups(before: Cache, after: Cache, facts: Facts, tally: Tally) -> None:
    old, new = groups_of_cache(before), groups_of_cache(after)
    if old == new:
        if has_token(before) and not has_token(after) and not new:
            tally.gain("the AUTH token goes: anybody in its network may log in, with every command")
        return
    if not new:
        who = "whoever knows the AUTH token" if has_token(after) else "anybody in its network"
        tally.gain(f"no group is left: {who} may log in, with every command")
        return
    names = {name: one for group in new for name, one in accounts_after(group, facts).items()}
    if old:
        held = {name: one for group in old for name, one in accounts_before(group, facts).items()}
        compare(held, names, [before.address], facts, tally)
        return
    on = sorted(one.id for one in names.values() if one.user is None or not one.user.is_off)
    allowed = ", ".join(on) or "nobody"
    tally.gain(f"user_group/{new[0]} is attached: {allowed} may log in")
    tally.lose("logging in as anybody else" if not has_token(before) else "the AUTH token")


def _tls(before: ReplicationGroup, after: ReplicationGroup, tally: Tally) -> None:
    def strict(cache: ReplicationGroup) -> bool:
        on = cache.transit_encryption_enabled
        return bool(on) and cache.transit_encryption_mode != "preferred"

    if strict(before) and not strict(after):
        tally.gain("clients without TLS may connect")
    elif strict(after) and not strict(before):
        tally.lose("clients without TLS no longer connect")


def _channels(
    before: ReplicationGroup, after: ReplicationGroup, facts: Facts, tally: Tally
) -> None:
    """Another parameter group may hold another acl-pubsub-default; default ones allow all."""
    old, new = before.cache_parameter_group_name, after.cache_parameter_group_name
    if old == new or all(name is None or name.startswith("default.") for name in (old, new)):
        return
    for account in _accounts(after, facts):
        if account.text and _depends_on_default(account.text):
            tally.gain(
                f"{account.id} says nothing of channels, and acl-pubsub-default may differ in "
                f"{new}: can't tell"
            )


def _depends_on_default(text: str) -> bool:
    for table in acl.TABLES:
        try:
            found = acl.read(text, table)
        except acl.AccessStringError:
            continue
        if acl.rights_diff(text, text, [table], channel_default_after="resetchannels").narrows:
            return found.on
    return False


def _engine(before: Cache, after: Cache, facts: Facts, tally: Tally) -> None:
    """Commands move between categories from version to version; the same string then means more."""
    pairs = [(one.engine or "valkey", written_version(one)) for one in (before, after)]
    if pairs[0] == pairs[1] or not all(version for _, version in pairs):
        return
    old, new = acl.table(*pairs[0]), acl.table(*pairs[1])
    there = {
        one.id
        for group in groups_of_cache(before)
        for one in accounts_before(group, facts).values()
    }
    for account in _accounts(after, facts):
        if account.id not in there:
            continue
        try:
            found = acl.upgrade(account.text or "off -@all", old, new)
        except acl.AccessStringError as error:
            tally.gain(f"{account.id}: can't tell: {error}")
            continue
        lines = [f"{account.id}: {line}" for line in found.lines(old, new)]
        (tally.gain if found.gained else tally.note)(*lines)
        if found.lost:
            tally.lose(f"{account.id}: {acl.commands_listed(found.lost)}: refused on {new.name}")


def _accounts(cache: Cache, facts: Facts) -> list[Account]:
    found = {
        one.id: one
        for group in groups_of_cache(cache)
        for one in accounts_after(group, facts).values()
    }
    return [found[ident] for ident in sorted(found)]
