"""A user named default that is on: every client that names nobody logs in as it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View

ID = "default-user-on"


def check(view: View) -> Iterator[Advice]:
    """Advise to switch the default user off."""
    for user, rights in view.able():
        if (user.user_name or user.id) == "default" and rights.on:
            yield Advice(
                user.address,
                "access_string",
                ID,
                "warning",
                "a client that names no user logs in as this one",
                "switch it off: off -@all",
            )
