"""A user in no group: nobody can log in as it anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View
from reconciler.model import UserGroup

ID = "user-in-no-group"


def check(view: View) -> Iterator[Advice]:
    """Advise to put the user in a group or to leave it out."""
    members = {
        ident
        for group in view.resources.values()
        if isinstance(group, UserGroup)
        for ident in group.user_ids or ()
    }
    for user in view.users():
        if user.id not in members:
            yield Advice(
                user.address,
                "",
                ID,
                "notice",
                "no group of this spec has it, so no cache lets it in",
                "add it to a group's user_ids, or remove it",
            )
