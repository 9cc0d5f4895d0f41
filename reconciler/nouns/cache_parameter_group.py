"""Parameter groups: what engines are told besides their version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.nouns.field import (
    Form,
    Immutable,
    Impact,
    LowerId,
    Noun,
    Ours,
    Required,
    ServiceDefault,
)
from reconciler.nouns.resource import Resource


class Parameter(Noun):
    """One parameter as the service shows it for a group."""

    value: str = ""
    """What holds: the family's own value, unless the group says otherwise."""
    modifiable: bool = True
    """Whether a group can give it another value at all."""
    reboot: bool = False
    """Whether a cache takes a new value over only when it is rebooted."""


class CacheParameterGroup(Resource):
    """A parameter group: values of the engine's parameters, for every cache that names it."""

    kind: ClassVar[str] = "cache_parameter_group"

    cache_parameter_group_family: Annotated[
        LowerId | None,
        Required(),
        Immutable("a group of another family is another group"),
        Form("valkey8"),
    ] = None
    """Which engine and major version it is for: valkey8, redis7, redis6.x, memcached1.6."""
    description: Annotated[
        str | None,
        Required(),
        Immutable("the API has no call for it"),
        Field(min_length=1, max_length=255),
    ] = None
    """What it is for."""
    parameters: Annotated[
        Mapping[str, str] | None,
        ServiceDefault("none: the family's own values"),
        Impact("running caches take it over at once, or at their next reboot"),
    ] = None
    """Name and value of each parameter that differs from the family's own, values quoted.

    The map is the whole value: what is set in the group and not listed is put back.
    """
    known: Annotated[
        Mapping[str, Parameter], Ours(), Field(json_schema_extra={"hidden": True}, exclude=True)
    ] = {}
    """Observed only: all parameters of the family, as they hold here."""
