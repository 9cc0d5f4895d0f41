"""What stands at the top of a spec: where, what a single apply may do, and targets of others."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from reconciler.nouns.cache import Verify
from reconciler.nouns.field import (
    Form,
    Noun,
    Texts,
    listed,
)
from reconciler.nouns.secret import SecretRef


class External(Noun):
    """A Redis or Valkey that is not ElastiCache's: verified, never written to by apply."""

    id: Annotated[str, Field(json_schema_extra={"hidden": True})] = ""
    addresses: Texts
    """host:port of each node."""
    cluster: bool = False
    """Whether it speaks the cluster protocol."""
    tls: bool = False
    """Whether it speaks TLS."""
    ca_file: str | None = None
    """The CA to trust, a PEM file; the system's without."""
    user: str | None = None
    """The name to log in with; default without."""
    password: SecretRef | None = None
    """The password, by reference."""
    engine_version: str | None = None
    """The version that it is meant to be."""
    num_node_groups: Annotated[int, Field(ge=1)] | None = None
    """How many shards a cluster is meant to have."""
    replicas_per_node_group: Annotated[int, Field(ge=0)] | None = None
    """How many replicas each shard; without a cluster all addresses but one, if not said."""
    verify: Verify | None = None
    """What verify may do to it, and what it is to leave out."""


class RoleArn(Noun):
    """The roles to assume; read and write apart."""

    read: str | None = None
    """For plan, drift and verify."""
    write: str | None = None
    """For apply."""


class Aws(Noun):
    """Where the estate stands. The environment never decides it."""

    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$"), Form('twelve digits, "123456789012"')]
    """Twelve digits, quoted. Other credentials are refused before anything is read."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"), Form("eu-west-1")]
    """The one region that this spec is about."""
    role_arn: RoleArn = RoleArn()
    """Roles to assume; without them the credentials are used as they are."""


Action = Literal["delete", "replace", "widen", "interrupt", "adopt", "touch"]


class Max(Noun):
    """How many of each a single apply may do."""

    delete: Annotated[int, Field(ge=0)] = 0
    """Resources that may be deleted."""
    replace: Annotated[int, Field(ge=0)] = 0
    """Resources that may be deleted and made anew."""
    widen: Annotated[int, Field(ge=0)] = 0
    """Users that may gain rights."""
    interrupt: Annotated[int, Field(ge=0)] = 1
    """Caches whose clients may be cut off, a failover included."""


class Allow(Noun):
    """One dated consent past a limit: exact, with a reason."""

    action: Action
    """What is consented to."""
    address: str
    """For which resource: user/orders-app."""
    until: str
    """The last day it holds, YYYY-MM-DD."""
    why: Annotated[str, Field(min_length=3)]
    """The reason, for whoever reads it later."""


class Safety(Noun):
    """What a single apply may do, and the dated ways past it."""

    max: Max = Max()
    """How many of each a single apply may do; the defaults are the strictest."""
    protect: Texts = ()
    """Addresses that nothing below can lift: never replaced, deleted or interrupted."""
    allow: Annotated[tuple[Allow, ...], BeforeValidator(listed)] = ()
    """Dated consents, one for each exception."""
    lease: Literal["ssm", "parameter-group", "none"] = "ssm"
    """Where the one-writer lease is kept."""
    tag_prefix: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$"), Form("letters, digits, _ . -")
    ] = "reconciler"
    """Ownership tags are <prefix>:estate and <prefix>:address."""


class Silence(Noun):
    """One piece of advice that is not followed here, and why."""

    rule: str
    """The advice's id, as validate prints it: keys-without-prefix."""
    address: str = ""
    """For which resource: user/ops. Everywhere when it is left out."""
    why: Annotated[str, Field(min_length=3)]
    """The reason, for whoever reads it later."""


class SeverityRule(Noun):
    """How serious a drift is here, where the ordinary rules say something else."""

    address: str = "*"
    """Of which resource; * stands for anything: user/*."""
    field: str = "*"
    """Of which field; * stands for anything, so also for a resource that is gone."""
    severity: Literal["high", "medium", "low"]
    """high pages somebody, low can wait for the week."""
    why: Annotated[str, Field(min_length=3)]
    """The reason, for whoever reads it later."""


class Watching(Noun):
    """What drift detection needs to know besides the resources."""

    owner_tag: Annotated[str, Field(min_length=1)] = "team"
    """The tag whose value says whom to tell."""
    severity: Annotated[tuple[SeverityRule, ...], BeforeValidator(listed)] = ()
    """Rules that come before the ordinary ones; the first that fits holds."""


class Estate(Noun):
    """What stands at the top of a spec besides the sections."""

    version: Literal[1]
    """Of this format."""
    estate: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"),
        Form("at most 63 letters, digits, . _ -"),
    ]
    """Value of the ownership tag; unique per account and region."""
    aws: Aws
    """The account and the region; other credentials are refused before anything is read."""
    mode: Literal["manage", "observe"] = "manage"
    """observe: ownership is ignored, nothing is adopted, apply is refused."""
    safety: Safety = Safety()
    """Limits of a single apply, and the dated ways past them."""
    drift: Watching = Watching()
    """Whom drift is told to, and how serious it is."""
    silence: Annotated[tuple[Silence, ...], BeforeValidator(listed)] = ()
    """Advice of validate that is not followed, each with a reason."""
