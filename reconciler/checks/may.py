"""What a user may do by its access string, on the engine version that was asked for."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from reconciler.acl import AccessStringError, NotACommand, Rights, rights, table
from reconciler.acl.vocabulary import is_hidden
from reconciler.checks.harmless import command_of
from reconciler.checks.target import Account, Target


def rights_of(target: Target, account: Account) -> Rights | None:
    """Give the rights, or None when the string can't be read for that version."""
    return _rights(account.access_string, target.engine or "valkey", target.asked_version)


@functools.lru_cache(maxsize=1024)
def _rights(access_string: str, engine: str, version: str) -> Rights | None:
    try:
        return rights(access_string, table(engine, version), service=False)
    except (AccessStringError, ValueError):
        return None


def allowed(target: Target, found: Rights, words: Sequence[str]) -> bool | None:
    """Say whether the words are allowed; None where that version has no such command.

    A command that ElastiCache keeps from everybody is refused, whatever the string says.
    """
    if target.managed and is_hidden(command_of(words)):
        return False
    try:
        return found.allows(words)
    except NotACommand:
        return None


def may(target: Target, account: Account, words: Sequence[str]) -> bool:
    """Whether it is worth asking as this user."""
    found = rights_of(target, account)
    return found is None or bool(allowed(target, found, words))
