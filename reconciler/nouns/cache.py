"""What every cache has, whatever its sort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from reconciler.nouns.cache_field import (
    IpVersions,
    Retention,
    SecurityGroups,
)
from reconciler.nouns.field import (
    Form,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    Required,
    ServiceDefault,
    Texts,
)
from reconciler.nouns.resource import Resource


class Verify(Noun):
    """What verify may do to this cache, and which of it is switched off with a reason."""

    via: Annotated[str, Field(pattern=r"^(here|lambda:.+)$"), Form("here, or lambda:FUNCTION")] = (
        "here"
    )
    """From where: here, or lambda:FUNCTION."""
    writes: bool = False
    """Whether checks may write, under their own prefix and with a TTL."""
    negative: bool = True
    """Whether refused logins and refused commands are tried (they raise failure metrics)."""
    read_from: Literal["primary", "replica", "any", "round_robin", "random", "lowest_latency"] = (
        "primary"
    )
    """Where reads are expected to go."""
    skip: Mapping[str, str] = {}
    """Checks to leave out: name -> why."""


Gate = Literal["open", "closed"]

OwnParameters = Annotated[Mapping[str, str] | None, Ours()]
"""What ``parameters`` of a cache is: a parameter group for nobody else follows from it."""


class Cache(Resource):
    """What both sorts of cache share."""

    engine: Annotated[LowerId | None, Required(), Impact("a failover of each shard, minutes")] = (
        None
    )
    """redis or valkey."""
    kms_key_id: Annotated[
        str | None, Immutable("the API can't change it"), ServiceDefault("the service's own key")
    ] = None
    """Key id or ARN (an alias can't be compared without a call to KMS)."""
    security_group_ids: SecurityGroups = None
    """Who in the network may reach it."""
    snapshot_retention_limit: Retention = None
    """Days that automatic snapshots are kept."""
    network_type: Annotated[
        IpVersions | None,
        Immutable("a new cache"),
        ServiceDefault("ipv4"),
    ] = None
    """Which IP versions it speaks."""
    verify: Annotated[Verify | None, Ours()] = None
    """What verify may do to it, and what it is to leave out."""
    publish: Annotated[
        str | None, Ours(), Field(pattern=r"^ssm:/.+"), Form("ssm:/path/of/a/parameter")
    ] = None
    """The SSM parameter that its endpoints are written to, in lower case: ssm:/shop/orders."""
    scheduled: Annotated[Texts, Ours(), Field(json_schema_extra={"hidden": True})] = ()
    """Observed only: fields whose value here waits for the maintenance window."""
    snapshot_kept: Annotated[str | None, Ours(), Field(json_schema_extra={"hidden": True})] = None
    """Observed only: the snapshot that was taken of it to make it anew."""
