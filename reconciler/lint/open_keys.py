"""Key patterns without a prefix: one application's slip reaches another's keys."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import acl
from reconciler.lint.advice import Advice, View
from reconciler.lint.everything_allowed import allows_everything

ID = "keys-without-prefix"


def check(view: View) -> Iterator[Advice]:
    """Advise where a pattern begins with a wildcard and commands that touch keys are allowed."""
    for user, rights in view.able():
        patterns = open_patterns(rights)
        if patterns and not allows_everything(rights):
            yield Advice(
                user.address,
                "access_string",
                ID,
                "warning",
                f"its keys have no prefix: {' '.join(f'~{one}' for one in patterns)}",
                "begin each pattern with the application's own prefix: ~app:*",
            )


def open_patterns(rights: acl.Rights) -> list[str]:
    """Give the patterns that begin with a wildcard, of selectors that allow a command on keys."""
    return sorted(
        {
            pattern
            for one in rights.selectors
            if one.commands & acl.touching_keys(rights.table)
            for pattern in one.patterns(0)
            if pattern[:1] in {"*", "?", "["}
        }
    )
