"""A user group that changes: who joins the caches that it is attached to, and who leaves them."""

from __future__ import annotations

from reconciler.kind import Facts
from reconciler.kind.reach import caches_of
from reconciler.model import Address, User, UserGroup
from reconciler.rights.account import Account, defaults_at, diffs, live, tables_at, wished
from reconciler.rights.tally import RightsChange, Tally


def group_change(before: UserGroup, after: UserGroup, facts: Facts) -> RightsChange | None:
    """Compare members by login name, on the caches that are there already.

    A user in place of another of the same name is a change of that name's rights.
    """
    caches = [one for one in sorted(caches_of(after.address, facts)) if one in facts.observed]
    tally = Tally()
    if caches:
        old = {_now(one, facts).name: _now(one, facts) for one in before.user_ids or ()}
        new = {wished(one, facts).name: wished(one, facts) for one in after.user_ids or ()}
        compare(old, new, caches, facts, tally)
    return tally.total()


def compare(
    old: dict[str, Account],
    new: dict[str, Account],
    caches: list[Address],
    facts: Facts,
    tally: Tally,
) -> None:
    """Add what each login name gains and loses where the users behind it are others."""
    tables, defaults = tables_at(caches, facts), defaults_at(caches, facts)
    for name in sorted({*old, *new}):
        one, other = old.get(name), new.get(name)
        if one is not None and other is not None and one.id == other.id:
            continue
        if other is not None and other.text is None:
            tally.gain(f"{other.id} joins, and nothing is known of its rights: can't tell")
            continue
        whose = _whose(one, other)
        for diff in diffs(_text(one), _text(other), tables, defaults):
            tally.take(diff, whose)
        if other is not None and other.open and not (one is not None and one.open):
            tally.gain(f"{other.id}: anybody may log in as {name}, without a password")


def _whose(one: Account | None, other: Account | None) -> str:
    if one is None or other is None:
        return f"{other.id} joins" if other is not None else f"{one.id if one else ''} leaves"
    return f"{other.id} in place of {one.id}"


def _text(account: Account | None) -> str | None:
    return account.text if account is not None else None


def _now(ident: str, facts: Facts) -> Account:
    found = live(Address(User.kind, ident), facts)
    return Account(ident, found) if isinstance(found, User) else wished(ident, facts)
