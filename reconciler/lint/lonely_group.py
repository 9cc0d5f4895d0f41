"""A group on no cache: its users can log in nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View
from reconciler.model import Cache, UserGroup
from reconciler.rights import attached

ID = "group-on-no-cache"


def check(view: View) -> Iterator[Advice]:
    """Advise to attach the group or to leave it out."""
    resources = view.resources.values()
    used = {name for one in resources if isinstance(one, Cache) for name in attached(one)}
    for group in resources:
        if isinstance(group, UserGroup) and group.id not in used:
            yield Advice(
                group.address,
                "",
                ID,
                "notice",
                "no cache of this spec names it, so its users can log in nowhere",
                "name it in a cache's user_group_ids or user_group_id, or remove it",
            )
