"""A user that changes: its access string, and how it logs in."""

from __future__ import annotations

from reconciler import acl
from reconciler.kind import Facts
from reconciler.kind.reach import CACHES, closure
from reconciler.model import Address, AuthenticationMode, User
from reconciler.rights.account import defaults_at, diffs, tables_at
from reconciler.rights.tally import RightsChange, Tally


def user_change(before: User, after: User, facts: Facts) -> RightsChange | None:
    """Say what a user that is there gains and loses, on every engine version it reaches."""
    tally = Tally()
    _log_in(before.authentication_mode, after.authentication_mode, tally)
    old, new = before.access_string, after.access_string
    if old != new:
        caches = [one for one in closure(after.address, facts) if one.kind in CACHES]
        tables = _tables(caches, after.address, facts)
        for diff in diffs(old, new, tables, defaults_at(caches, facts)):
            tally.take(diff)
        if tally.widens and new is not None:
            tally.smaller = acl.smaller(old, new, tables) or ""
    return tally.total()


def _tables(caches: list[Address], user: Address, facts: Facts) -> tuple[acl.Table, ...]:
    """Attached nowhere, a user is judged by every table from its minimum version up."""
    tables = tables_at(caches, facts)
    live = facts.observed.get(user)
    if not caches and live is not None and live.engine_version:
        lowest = acl.table("redis", live.engine_version).number
        tables = tuple(table for table in tables if table.number >= lowest)
    return tables


def _log_in(
    before: AuthenticationMode | None, after: AuthenticationMode | None, tally: Tally
) -> None:
    if before is None or after is None or before.type == after.type:
        return
    match before.type, after.type:
        case _, "no-password-required":
            tally.gain("anybody may log in as it, without a password")
        case "no-password-required", _:
            tally.lose("nobody logs in as it without proof any more")
        case _, "iam":
            tally.gain("whoever IAM lets connect as it may log in")
            tally.lose("its passwords log in no longer")
        case _:
            tally.gain("whoever knows its password may log in")
            tally.lose("IAM tokens log in no longer")
