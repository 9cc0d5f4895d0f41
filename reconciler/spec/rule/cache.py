"""What holds for both sorts of cache: windows, engines, the user group, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.model import Address, Cache, ReplicationGroup, ServerlessCache, User, UserGroup
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.user import ENGINES
from reconciler.spec.rule.user_group import users_of
from reconciler.spec.shape import did_you_mean

_IAM_FROM = {"redis": (7, 0), "valkey": (7, 2)}


def caches(draft: Draft) -> Iterator[Problem]:
    """Judge each cache of either sort."""
    for wish, cache in draft.of(Cache):
        yield from _engine(wish, cache)
        yield from _key(wish, cache)
        for field, group in _groups(draft, cache):
            yield from _attachable(wish, cache, field, group)
            yield from _iam(draft, wish, cache, field, group)


def version_of(text: str | None) -> tuple[int, int] | None:
    """Give major and minor; a missing minor counts as the newest."""
    found = re.match(r"([0-9]+)(?:\.([0-9]+))?", text or "")
    return (int(found[1]), int(found[2] or 99)) if found else None


def _engine(wish: Wish, cache: Cache) -> Iterator[Problem]:
    if cache.engine == "memcached":
        where = "stands in cache_clusters" if isinstance(cache, ReplicationGroup) else "is not kept"
        yield wish.problem(f"memcached {where}; this is redis or valkey", "engine")
    elif cache.engine is not None and cache.engine not in ENGINES:
        message = f'"{cache.engine}" is no engine of caches{did_you_mean(cache.engine, ENGINES)}'
        yield wish.problem(message, "engine")


def _key(wish: Wish, cache: Cache) -> Iterator[Problem]:
    if cache.kms_key_id is not None and "alias/" in cache.kms_key_id:
        message = "an alias can't be compared without asking KMS; write the key's id or ARN"
        yield wish.problem(message, "kms_key_id")
    yield from security_groups(wish, cache.security_group_ids)


def security_groups(wish: Wish, idents: tuple[str, ...] | None) -> Iterator[Problem]:
    """Judge ``security_group_ids``."""
    if idents == ():
        yield wish.problem("security groups can be replaced, not taken away", "security_group_ids")
    for ident in idents or ():
        if not re.fullmatch(r"sg-[0-9a-f]{8,17}", ident):
            message = f'"{ident}" is no id of a security group; one looks like sg-0a1b2c3d4e5f60718'
            yield wish.problem(message, *wish.entry.item("security_group_ids", ident))


def _groups(draft: Draft, cache: Cache) -> Iterator[tuple[str, UserGroup]]:
    if isinstance(cache, ReplicationGroup):
        field, idents = "user_group_ids", cache.user_group_ids or ()
    elif isinstance(cache, ServerlessCache) and cache.user_group_id:
        field, idents = "user_group_id", (cache.user_group_id,)
    else:
        return
    for ident in idents:
        wish = draft.wishes.get(Address("user_group", ident))
        if wish is not None and isinstance(wish.resource, UserGroup):
            yield field, wish.resource


def _attachable(wish: Wish, cache: Cache, field: str, group: UserGroup) -> Iterator[Problem]:
    if cache.engine == "redis" and group.engine == "valkey":
        message = f"a redis cache takes groups of engine redis only, {group.id} is valkey"
        yield wish.problem(message, field)


def _iam(draft: Draft, wish: Wish, cache: Cache, field: str, group: UserGroup) -> Iterator[Problem]:
    asked = cache.engine_version if isinstance(cache, ReplicationGroup) else None
    version, least = version_of(asked), _IAM_FROM.get(cache.engine or "")
    if version is None or least is None or version >= least:
        return
    for user in users_of(draft, group):
        if _by_iam(user):
            yield wish.problem(
                f"{user.id} of {group.id} logs in by IAM, which needs {cache.engine} "
                f"{least[0]}.{least[1]} or later",
                field,
            )


def _by_iam(user: User) -> bool:
    return user.authentication_mode is not None and user.authentication_mode.type == "iam"
