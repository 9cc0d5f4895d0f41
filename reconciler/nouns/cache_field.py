"""What a field is that more than one sort of cache has."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from reconciler.nouns.field import (
    Immutable,
    LowerId,
    Noun,
    RefersTo,
    ServiceDefault,
    listed,
)


class LogDelivery(Noun):
    """Where one of the two engine logs goes."""

    log_type: Literal["slow-log", "engine-log"]
    """Which log: commands that were slow, or what the engine tells."""
    destination_type: Literal["cloudwatch-logs", "kinesis-firehose"]
    """Where to."""
    destination: str
    """The log group's or the delivery stream's name."""
    log_format: Literal["text", "json"] = "json"
    """As lines of text or as JSON."""


LogDeliveries = Annotated[
    Annotated[
        tuple[LogDelivery, ...],
        BeforeValidator(listed),
        AfterValidator(lambda logs: tuple(sorted(logs, key=lambda log: log.log_type))),
    ]
    | None,
    ServiceDefault("none"),
]
IpDiscovery = Annotated[Literal["ipv4", "ipv6"] | None, ServiceDefault("ipv4")]
IpVersions = Literal["ipv4", "ipv6", "dual_stack"]
MinorUpgrade = Annotated[bool | None, ServiceDefault("true")]
ParameterGroup = Annotated[
    LowerId | None,
    RefersTo("cache_parameter_group", loose=True),
    ServiceDefault("default.<family>"),
]
Port = Annotated[int, Field(ge=1, le=65535)]
Retention = Annotated[
    Annotated[int, Field(ge=0, le=35)] | None, ServiceDefault("0, no automatic snapshots")
]
SecurityGroups = Annotated[
    Annotated[
        tuple[str, ...],
        BeforeValidator(listed),
        AfterValidator(lambda ids: tuple(sorted(set(ids)))),
    ]
    | None,
    ServiceDefault("the VPC's default group"),
]
SubnetGroup = Annotated[
    LowerId | None,
    RefersTo("cache_subnet_group", loose=True),
    Immutable("the API can't change it"),
    ServiceDefault("the account's group default"),
]
Topic = Annotated[str | None, ServiceDefault("none")]
Window = Annotated[
    Annotated[str, AfterValidator(str.lower)] | None, ServiceDefault("chosen by the service")
]
