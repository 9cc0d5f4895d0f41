"""Everything to everyone: a user with every command on every key."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import acl
from reconciler.lint.advice import Advice, View

ID = "everything-allowed"


def check(view: View) -> Iterator[Advice]:
    """Advise against +@all on ~*."""
    for user, rights in view.able():
        if allows_everything(rights):
            yield Advice(
                user.address,
                "access_string",
                ID,
                "warning",
                "it may run every command on every key",
                "give a prefix and the categories that it needs: ~app:* -@all +@read +@write",
            )


def allows_everything(rights: acl.Rights) -> bool:
    """Whether some selector holds every command and every key."""
    return any(
        one.patterns(3) == {"*"} and one.commands == rights.table.executable
        for one in rights.selectors
    )
