"""Serverless caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator

from reconciler.nouns.cache import Cache, Gate
from reconciler.nouns.field import (
    AtCreate,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    RefersTo,
    ServiceDefault,
    Texts,
    listed,
)


class UsageRange(Noun):
    """A lower and an upper bound; either may be left out."""

    minimum: int | None = None
    """What is kept ready and paid for in any case."""
    maximum: int | None = None
    """What it may not grow beyond; 0 takes the limit away."""
    unit: Literal["GB"] | None = None
    """GB for data_storage; ECPUs have none."""


class CacheUsageLimits(Noun):
    """What a serverless cache may grow to."""

    data_storage: UsageRange | None = None
    """How much it may hold, in GB."""
    ecpu_per_second: UsageRange | None = None
    """How much it may do in a second, in ECPUs."""


class ServerlessCache(Cache):
    """A serverless cache: TLS always on, cluster protocol, one endpoint to write, one to read."""

    kind: ClassVar[str] = "serverless_cache"
    gate_names: ClassVar[tuple[str, ...]] = ("auth-finish",)

    major_engine_version: Annotated[str | None, ServiceDefault("the newest")] = None
    """Quoted: "8"."""
    description: Annotated[str | None, ServiceDefault("none")] = None
    """What it is for."""
    cache_usage_limits: Annotated[CacheUsageLimits | None, ServiceDefault("no limits")] = None
    """What it may grow to, and what is kept ready."""
    subnet_ids: Annotated[
        Annotated[
            tuple[str, ...],
            BeforeValidator(listed),
            AfterValidator(lambda ids: tuple(sorted(set(ids)))),
        ]
        | None,
        Immutable("the API can't change it"),
        ServiceDefault("two or three subnets of the default VPC"),
    ] = None
    """The subnets of its VPC endpoint, two or three of one VPC."""
    user_group_id: Annotated[
        LowerId | None,
        RefersTo("user_group"),
        ServiceDefault("none: anyone in its network may log in"),
        Impact("users who lose access are cut off"),
    ] = None
    """The user group; without one, anyone in its network may log in."""
    connection_type: Annotated[
        Literal["vpc", "public"] | None,
        Immutable("the API can't change it"),
        ServiceDefault("vpc"),
    ] = None
    """From where it is reached: a VPC, or the internet (valkey 9 and users of IAM only)."""
    integrations: Annotated[
        Annotated[
            tuple[Literal["dynamodb"], ...],
            BeforeValidator(listed),
            AfterValidator(lambda names: tuple(sorted(set(names)))),
        ]
        | None,
        Immutable("no call changes them"),
        ServiceDefault("none"),
    ] = None
    """What of AWS it works with, valkey 9 or later: dynamodb."""
    snapshot_arns_to_restore: Annotated[Texts | None, AtCreate()] = None
    """Snapshots to restore from, by ARN. Counts only when the cache is made."""
    daily_snapshot_time: Annotated[str | None, ServiceDefault("chosen by the service")] = None
    """HH:MM, UTC."""
    gates: Annotated[Mapping[str, Gate], Ours()] = {}
    """Gates of this cache, closed unless opened here: auth-finish."""
