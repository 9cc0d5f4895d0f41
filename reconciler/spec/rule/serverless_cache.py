"""Serverless caches (API reference, CreateServerlessCache)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Problem
from reconciler.kind.window import is_time
from reconciler.model import ServerlessCache, UsageRange
from reconciler.spec.draft import Draft, Wish
from reconciler.spec.rule.cache import version_of
from reconciler.spec.rule.cache_subnet_group import subnets

_MAJORS = {"valkey": ("7", "8", "9"), "redis": ("7",)}
_BOUNDS = {"data_storage": (1, 5_000), "ecpu_per_second": (1_000, 15_000_000)}


def serverless_caches(draft: Draft) -> Iterator[Problem]:
    """Judge each serverless cache by itself."""
    for wish, cache in draft.of(ServerlessCache):
        yield from _version(wish, cache)
        yield from _limits(wish, cache)
        yield from subnets(wish, cache.subnet_ids or ())
        yield from _nine(wish, cache)
        time = cache.daily_snapshot_time
        if time is not None and not is_time(time):
            yield wish.problem(
                f'"{time}" is no time (UTC); write it like "03:00"', "daily_snapshot_time"
            )


def _version(wish: Wish, cache: ServerlessCache) -> Iterator[Problem]:
    known, version = _MAJORS.get(cache.engine or ""), cache.major_engine_version
    if version is None or known is None or version in known:
        return
    choices = " or ".join(f'"{one}"' for one in known)
    message = f'"{version}" is no major version of {cache.engine}; {choices}'
    yield wish.problem(message, "major_engine_version")


def _nine(wish: Wish, cache: ServerlessCache) -> Iterator[Problem]:
    """Judge what needs valkey 9; without a version the service takes an older one."""
    major = cache.major_engine_version
    if cache.engine == "valkey" and major is not None and (version_of(major) or (0,)) >= (9,):
        return
    if major is None and not wish.at_default("major_engine_version"):
        return
    for name, asks in (
        ("connection_type", cache.connection_type == "public"),
        ("integrations", bool(cache.integrations)),
    ):
        if asks:
            message = 'this needs engine: valkey and major_engine_version: "9"'
            yield wish.problem(message, name)


def _limits(wish: Wish, cache: ServerlessCache) -> Iterator[Problem]:
    for name, (least, most) in _BOUNDS.items():
        limit: UsageRange | None = getattr(cache.cache_usage_limits, name, None)
        if limit is None:
            continue
        path = ("cache_usage_limits", name)
        for end in ("minimum", "maximum"):
            value = getattr(limit, end)
            # Zero takes a limit away again.
            if value is not None and value != 0 and not least <= value <= most:
                yield wish.problem(f"{value} is out of bounds; {least:,} to {most:,}", *path, end)
        if limit.minimum and limit.maximum and limit.minimum > limit.maximum:
            yield wish.problem("the minimum is above the maximum", *path, "minimum")
        if name == "ecpu_per_second" and limit.unit is not None:
            yield wish.problem("ECPUs have no unit; remove this line", *path, "unit", key=True)
