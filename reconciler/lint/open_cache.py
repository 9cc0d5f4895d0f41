"""A cache that asks nobody who they are."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.lint.advice import Advice, View
from reconciler.model import Cache, ReplicationGroup
from reconciler.rights import attached

ID = "open-cache"


def check(view: View) -> Iterator[Advice]:
    """Advise where neither a group nor a token guards a cache."""
    for cache in view.resources.values():
        if not isinstance(cache, Cache) or attached(cache):
            continue
        if isinstance(cache, ReplicationGroup) and cache.auth_token is not None:
            continue
        given = cache.model_fields_set & {"user_group_ids", "user_group_id", "auth_token"}
        field = min(given) if given else ""
        token = ", or set an auth_token" if isinstance(cache, ReplicationGroup) else ""
        yield Advice(
            cache.address,
            field,
            ID,
            "warning",
            "anybody in its network may log in, with every command",
            f"attach a user group{token}",
        )
