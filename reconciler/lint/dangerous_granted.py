"""Commands of @dangerous: they show or change what belongs to everybody."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import acl
from reconciler.lint.advice import Advice, View
from reconciler.lint.everything_allowed import allows_everything

ID = "dangerous-granted"
# From so many commands on nobody picked them one by one.
MANY = 5


def check(view: View) -> Iterator[Advice]:
    """Advise where a good part of @dangerous is granted; EVAL, KEYS and the like have their own."""
    for user, rights in view.able():
        names = [] if allows_everything(rights) else dangerous(rights)
        if len(names) >= MANY:
            yield Advice(
                user.address,
                "access_string",
                ID,
                "warning",
                f"it holds {len(names)} commands of @dangerous: {acl.commands_listed(names)}",
                "end with -@dangerous, and add back by name what is needed",
            )


def dangerous(rights: acl.Rights) -> list[str]:
    """Give the commands of @dangerous that are allowed and that ElastiCache does not hide."""
    granted = rights.mask & rights.table.members["dangerous"]
    return [name for name in rights.table.named(granted) if not acl.is_hidden(name)]
