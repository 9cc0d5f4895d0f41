"""EVAL, FUNCTION, FLUSHALL, KEYS: scripts, and commands that act on every key."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler import acl
from reconciler.lint.advice import Advice, View
from reconciler.lint.everything_allowed import allows_everything

ID = "scripts-or-whole-keyspace"
SCRIPTS = ("eval", "evalsha", "fcall", "function|load")
WHOLE = ("flushall", "flushdb", "keys", "swapdb")


def check(view: View) -> Iterator[Advice]:
    """Advise where a script may run or be loaded, or a command that no key pattern holds."""
    for user, rights in view.able():
        scripts = [name for name in SCRIPTS if rights.holds(name)]
        whole = [name for name in WHOLE if rights.holds(name)]
        if (scripts or whole) and not allows_everything(rights):
            parts = []
            if scripts:
                parts.append(f"{acl.commands_listed(scripts)}: a script stops everybody else")
            if whole:
                parts.append(f"{acl.commands_listed(whole)}: no key pattern holds them")
            yield Advice(
                user.address,
                "access_string",
                ID,
                "warning",
                f"it may run {', and '.join(parts)}",
                f"end with {' '.join(f'-{name}' for name in (*scripts, *whole))}",
            )
