"""The nouns a person writes, and what each of their fields is.

Field names are those of the API's Create input in snake_case (botocore's xform_name); our own
keys are the closed list OWN_KEYS. A field that is left out is not in ``model_fields_set``: the
service's default at create, not managed afterwards. A field that is given as null means back to
the service's default. Both sides of a change use the same class: desired is sparse, observed full.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_serializer,
    model_validator,
)

_Mark = TypeVar("_Mark")

OWN_KEYS = frozenset(
    {"verify", "expect", "gates", "ignore_changes", "publish", "apply_immediately", "rotated_by"}
)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where a resource stands: ``replication_group/orders``."""

    kind: str
    id: str

    def __str__(self) -> str:
        """Give ``kind/id``."""
        return f"{self.kind}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``kind/id``; ValueError when there is no slash."""
        kind, slash, ident = text.partition("/")
        if not (kind and slash and ident):
            raise ValueError(f"{text!r} is not an address; one looks like user/orders-app")
        return cls(kind, ident.lower())


# What a field is, said on the field and nowhere else (STYLE 5.5). ``explain`` shows these.


@dataclass(frozen=True, slots=True)
class Immutable:
    """Can't be changed in place; ``why`` names the source."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Holds the id of another resource of this kind, if the spec has it."""

    kind: str


@dataclass(frozen=True, slots=True)
class WriteOnly:
    """Never read back; a mark in a tag remembers which version was set."""


@dataclass(frozen=True, slots=True)
class ServiceDefault:
    """What the service uses when the field is left out at create, in words; null means this."""

    text: str


@dataclass(frozen=True, slots=True)
class Required:
    """Must be given: the service asks for it at create and has no default."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a right value looks like, in words: said when a value is of another form."""

    text: str


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own key: never sent to the service."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What changing it does to clients, in words."""

    text: str


def _folded(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({one.lower() for one in ids}))


def _listed(value: object) -> object:
    return tuple(value) if isinstance(value, list | set | frozenset) else value


# Ids are stored in lower case and their order carries no meaning (SERVICE 1.1, 22.8).
Ids = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_folded)]
LowerId = Annotated[str, AfterValidator(str.lower)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Noun(BaseModel):
    """A frozen value with no unknown keys and no silent conversions."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=False,
        # An input may be a password; pydantic would print it.
        hide_input_in_errors=True,
        # Built when first used: a command that meets no cache never builds the cache's validator.
        defer_build=True,
    )


SecretStore = Literal["env", "file", "secretsmanager", "ssm"]


class SecretRef(Noun):
    """Where a secret is kept: ``{env: NAME}``, ``{file: path}``, ``{ssm: name}`` or ``{secretsmanager: id, key: k}``."""

    store: SecretStore
    id: str
    key: str | None = None
    """The key inside a Secrets Manager secret that is a JSON object."""
    stage: str | None = None
    """A Secrets Manager stage (AWSCURRENT, AWSPREVIOUS)."""

    @model_validator(mode="before")
    @classmethod
    def _from_mapping(cls, value: object) -> object:
        if isinstance(value, Mapping) and "store" not in value:
            stores = [name for name in ("env", "file", "secretsmanager", "ssm") if name in value]
            if len(stores) == 1:
                rest = {key: item for key, item in value.items() if key != stores[0]}
                return {"store": stores[0], "id": value[stores[0]], **rest}
            raise ValueError(
                "a secret is one of {env: NAME}, {file: path}, {ssm: name}, {secretsmanager: id, key: k}"
            )
        if isinstance(value, str):
            # The one message that must never repeat what it complains about.
            raise ValueError(  # noqa: TRY004 - pydantic turns ValueError into a problem
                "a secret in plain text is refused; write a reference such as {env: NAME} "
                "or {secretsmanager: id, key: k}"
            )
        return value

    @model_serializer
    def _as_written(self) -> dict[str, str]:
        found = {self.store: self.id, "key": self.key, "stage": self.stage}
        return {key: value for key, value in found.items() if value is not None}

    def __str__(self) -> str:
        """Name the reference as it is written."""
        return "{" + ", ".join(f"{key}: {value}" for key, value in self._as_written().items()) + "}"


class Resource(Noun):
    """Anything of the estate that ElastiCache keeps.

    ``id`` is the key in the spec, in lower case as the service stores it. ``tags`` holds the user's
    tags, never ours; ``marks`` holds ours by short name (estate, address, applied, secret, auth, acl).
    """

    kind: ClassVar[str]

    id: Annotated[LowerId, Field(json_schema_extra={"hidden": True})] = ""
    """The key of the entry."""
    tags: Annotated[Mapping[str, str] | None, ServiceDefault("no tags")] = None
    """Tags; the listed keys are managed, others are left alone."""
    ignore_changes: Annotated[Texts, Ours()] = ()
    """Fields that are set at create and never compared again (an autoscaler owns them)."""
    marks: Annotated[Mapping[str, str], Ours(), Field(json_schema_extra={"hidden": True})] = {}

    @property
    def address(self) -> Address:
        """Give the kind and the id."""
        return Address(self.kind, self.id)

    def __hash__(self) -> int:
        """Hash by identity: equal resources have equal addresses."""
        return hash((self.kind, self.id))

    def but(self, **changes: Any) -> Self:
        """Give a copy with these fields changed (they count as given)."""
        return self.model_copy(update=changes)


class AuthenticationMode(Noun):
    """How a user proves who it is."""

    type: Literal["password", "no-password-required", "iam"]
    passwords: Annotated[tuple[SecretRef, ...] | None, BeforeValidator(_listed), WriteOnly()] = None
    """One or two references; the service holds at most two passwords (SERVICE 4.1)."""
    password_count: Annotated[int | None, Field(json_schema_extra={"hidden": True})] = None
    """What describe shows instead of passwords; not written in a spec."""

    @property
    def count(self) -> int:
        """Give how many passwords it has."""
        return len(self.passwords) if self.passwords is not None else self.password_count or 0

    def __eq__(self, other: object) -> bool:
        """Compare what the service can show: the type and how many passwords."""
        if not isinstance(other, AuthenticationMode):
            return NotImplemented
        return (self.type, self.count) == (other.type, other.count)

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash((self.type, self.count))


class Expect(Noun):
    """What a person meant, in commands: the one oracle that does not come from the access string."""

    can: Texts = ()
    """Commands that must be allowed, as one would type them: ``SET orders:1 x``."""
    cannot: Texts = ()
    """Commands that must be refused."""


class User(Resource):
    """A user: who may log in, and with which rights."""

    kind: ClassVar[str] = "user"

    user_name: Annotated[
        str | None, Immutable("the API has no field for it"), ServiceDefault("the key")
    ] = None
    """The name to log in with; the key unless given. Not unique in an account."""
    engine: Annotated[LowerId | None, Required()] = None
    """redis or valkey."""
    access_string: Annotated[
        str | None, Required(), Impact("open connections get the new rights at once")
    ] = None
    """Redis ACL rules without passwords: ``on ~app:* -@all +@read``. Equality is rights, not text."""
    authentication_mode: Annotated[AuthenticationMode | None, Required()] = None
    """password with one or two references, iam, or no-password-required."""
    expect: Annotated[Expect | None, Ours()] = None
    rotated_by: Annotated[Literal["secretsmanager"] | None, Ours()] = None
    """Somebody else sets the password; it is proven by login, never set."""


class UserGroup(Resource):
    """A user group: which users may open a connection to a cache."""

    kind: ClassVar[str] = "user_group"

    engine: Annotated[LowerId | None, Required()] = None
    """redis (needs a user whose user_name is default) or valkey."""
    user_ids: Annotated[
        Ids | None,
        Required(),
        RefersTo("user"),
        Impact("connections of users who leave are dropped"),
    ] = None
    """The whole membership, by user id."""


class LogDelivery(Noun):
    """Where one of the two engine logs goes."""

    log_type: Literal["slow-log", "engine-log"]
    destination_type: Literal["cloudwatch-logs", "kinesis-firehose"]
    destination: str
    """The log group's or the delivery stream's name."""
    log_format: Literal["text", "json"] = "json"


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
    read_from: Literal["primary", "replica", "any"] = "primary"
    """Where reads are expected to go."""
    skip: Mapping[str, str] = {}
    """Checks to leave out: name -> why."""


Gate = Literal["open", "closed"]

GATES = ("tls-required", "auth-finish", "cluster-mode-enabled")
"""The gates that a replication group can have."""


class Cache(Resource):
    """What both sorts of cache share."""

    engine: Annotated[LowerId | None, Required(), Impact("a failover of each shard, minutes")] = (
        None
    )
    """redis or valkey."""
    kms_key_id: Annotated[
        str | None, Immutable("SERVICE 22.9"), ServiceDefault("the service's own key")
    ] = None
    """Key id or ARN (an alias can't be compared without a call to KMS)."""
    security_group_ids: Annotated[
        Annotated[
            tuple[str, ...],
            BeforeValidator(_listed),
            AfterValidator(lambda ids: tuple(sorted(set(ids)))),
        ]
        | None,
        ServiceDefault("the VPC's default group"),
    ] = None
    """Who in the network may reach it."""
    snapshot_retention_limit: Annotated[
        Annotated[int, Field(ge=0, le=35)] | None, ServiceDefault("0, no automatic snapshots")
    ] = None
    """Days that automatic snapshots are kept."""
    network_type: Annotated[
        Literal["ipv4", "ipv6", "dual_stack"] | None,
        Immutable("a new cache"),
        ServiceDefault("ipv4"),
    ] = None
    verify: Annotated[Verify | None, Ours()] = None
    publish: Annotated[
        str | None, Ours(), Field(pattern=r"^ssm:/.+"), Form("ssm:/path/of/a/parameter")
    ] = None
    """Where ``output`` may be published: ssm:/path."""
    scheduled: Annotated[Texts, Ours(), Field(json_schema_extra={"hidden": True})] = ()
    """Observed only: fields whose value here waits for the maintenance window."""


class ReplicationGroup(Cache):
    """A replication group: one primary with replicas, or shards of them (cluster mode)."""

    kind: ClassVar[str] = "replication_group"

    replication_group_description: Annotated[
        str | None, Required(), Field(min_length=1, max_length=255)
    ] = None
    """What it is for."""
    engine_version: Annotated[
        str | None,
        ServiceDefault("the newest that the service offers"),
        Impact("a failover of each shard, minutes"),
    ] = None
    """Quoted; the precision written is the precision compared. Upgrades only."""
    cache_node_type: Annotated[
        str | None, Required(), Impact("a failover of each shard"), Form("cache.r7g.large")
    ] = None
    """The machine of each node."""
    num_cache_clusters: Annotated[Annotated[int, Field(ge=1, le=6)] | None, ServiceDefault("1")] = (
        None
    )
    """Cluster mode disabled: the primary and its replicas. Excludes num_node_groups."""
    num_node_groups: Annotated[Annotated[int, Field(ge=1, le=500)] | None, ServiceDefault("1")] = (
        None
    )
    """Cluster mode enabled: how many shards."""
    replicas_per_node_group: Annotated[
        Annotated[int, Field(ge=0, le=5)] | None, ServiceDefault("0")
    ] = None
    """Cluster mode enabled: replicas of each shard."""
    cluster_mode: Annotated[
        Literal["enabled", "disabled", "compatible"] | None,
        ServiceDefault("disabled with one shard, else enabled"),
    ] = None
    automatic_failover_enabled: Annotated[
        bool | None, ServiceDefault("false for redis, true for valkey and in cluster mode")
    ] = None
    multi_az_enabled: Annotated[bool | None, ServiceDefault("false")] = None
    cache_parameter_group_name: Annotated[LowerId | None, ServiceDefault("default.<family>")] = None
    cache_subnet_group_name: Annotated[
        LowerId | None, Immutable("SERVICE 22.9"), ServiceDefault("the account's group default")
    ] = None
    port: Annotated[
        Annotated[int, Field(ge=1, le=65535)] | None,
        Immutable("SERVICE 7.1"),
        ServiceDefault("6379"),
    ] = None
    at_rest_encryption_enabled: Annotated[
        bool | None, Immutable("SERVICE 7.1"), ServiceDefault("false for redis, true for valkey")
    ] = None
    data_tiering_enabled: Annotated[
        bool | None, Immutable("a new cache"), ServiceDefault("false")
    ] = None
    transit_encryption_enabled: Annotated[
        bool | None,
        ServiceDefault("false"),
        Impact("endpoints change their names; plaintext connections are cut at the last step"),
    ] = None
    transit_encryption_mode: Annotated[
        Literal["preferred", "required"] | None, ServiceDefault("required when TLS is on")
    ] = None
    auth_token: Annotated[
        SecretRef | None, WriteOnly(), Impact("staged: added, proven, the old one retired")
    ] = None
    """The AUTH token, by reference. Excludes user_group_ids."""
    auth_token_held: Annotated[str | None, Ours(), Field(json_schema_extra={"hidden": True})] = None
    """Observed only: when the token was last set (empty: not said); None without a token."""
    user_group_ids: Annotated[
        Ids | None, RefersTo("user_group"), Impact("users who lose access are cut off")
    ] = None
    """At most one group; needs TLS."""
    snapshot_window: Annotated[
        Annotated[str, AfterValidator(str.lower)] | None, ServiceDefault("chosen by the service")
    ] = None
    """hh24:mi-hh24:mi, UTC, at least an hour."""
    preferred_maintenance_window: Annotated[
        Annotated[str, AfterValidator(str.lower)] | None, ServiceDefault("chosen by the service")
    ] = None
    """ddd:hh24:mi-ddd:hh24:mi, UTC, at least an hour."""
    notification_topic_arn: Annotated[str | None, ServiceDefault("none")] = None
    auto_minor_version_upgrade: Annotated[bool | None, ServiceDefault("true")] = None
    ip_discovery: Annotated[Literal["ipv4", "ipv6"] | None, ServiceDefault("ipv4")] = None
    log_delivery_configurations: Annotated[
        Annotated[
            tuple[LogDelivery, ...],
            BeforeValidator(_listed),
            AfterValidator(lambda logs: tuple(sorted(logs, key=lambda log: log.log_type))),
        ]
        | None,
        ServiceDefault("none"),
    ] = None
    apply_immediately: Annotated[bool, Ours()] = False
    """Whether changes that could wait for the maintenance window are made at once (the API's default is false)."""
    gates: Annotated[Mapping[str, Gate], Ours()] = {}
    """Gates of this cache, closed unless opened here: tls-required, auth-finish, cluster-mode-enabled."""


class UsageRange(Noun):
    """A lower and an upper bound; either may be left out."""

    minimum: int | None = None
    maximum: int | None = None
    unit: Literal["GB"] | None = None


class CacheUsageLimits(Noun):
    """What a serverless cache may grow to."""

    data_storage: UsageRange | None = None
    ecpu_per_second: UsageRange | None = None


class ServerlessCache(Cache):
    """A serverless cache: TLS always on, cluster protocol, one endpoint for writes and one for reads."""

    kind: ClassVar[str] = "serverless_cache"

    major_engine_version: Annotated[str | None, ServiceDefault("the newest")] = None
    """Quoted: "8"."""
    description: Annotated[str | None, ServiceDefault("none")] = None
    cache_usage_limits: Annotated[CacheUsageLimits | None, ServiceDefault("no limits")] = None
    subnet_ids: Annotated[
        Annotated[
            tuple[str, ...],
            BeforeValidator(_listed),
            AfterValidator(lambda ids: tuple(sorted(set(ids)))),
        ]
        | None,
        Immutable("SERVICE 9"),
        ServiceDefault("two or three subnets of the default VPC"),
    ] = None
    user_group_id: Annotated[
        LowerId | None,
        RefersTo("user_group"),
        ServiceDefault("none: anyone in its network may log in"),
        Impact("users who lose access are cut off"),
    ] = None
    daily_snapshot_time: Annotated[str | None, ServiceDefault("chosen by the service")] = None
    """HH:MM, UTC."""


class External(Noun):
    """A Redis or Valkey that is not ElastiCache's: verified, never written to by apply."""

    id: Annotated[str, Field(json_schema_extra={"hidden": True})] = ""
    addresses: Texts
    """host:port of each node."""
    cluster: bool = False
    tls: bool = False
    ca_file: str | None = None
    user: str | None = None
    password: SecretRef | None = None
    engine_version: str | None = None
    verify: Verify | None = None


class RoleArn(Noun):
    """The roles to assume; read and write apart."""

    read: str | None = None
    write: str | None = None


class Aws(Noun):
    """Where the estate stands. The environment never decides it."""

    account_id: Annotated[str, Field(pattern=r"^[0-9]{12}$"), Form('twelve digits, "123456789012"')]
    """Twelve digits, quoted. Other credentials are refused before anything is read."""
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"), Form("eu-west-1")]
    """The one region that this spec is about."""
    role_arn: RoleArn = RoleArn()


Action = Literal["delete", "replace", "widen", "interrupt", "adopt", "touch"]


class Max(Noun):
    """How many of each a single apply may do."""

    delete: Annotated[int, Field(ge=0)] = 0
    replace: Annotated[int, Field(ge=0)] = 0
    widen: Annotated[int, Field(ge=0)] = 0
    interrupt: Annotated[int, Field(ge=0)] = 1


class Allow(Noun):
    """One dated consent past a limit: exact, with a reason."""

    action: Action
    address: str
    until: str
    """The last day it holds, YYYY-MM-DD."""
    why: Annotated[str, Field(min_length=3)]
    """The reason, for whoever reads it later."""


class Safety(Noun):
    """What a single apply may do, and the dated ways past it."""

    max: Max = Max()
    protect: Texts = ()
    """Addresses that nothing below can lift: never replaced, deleted or interrupted."""
    allow: Annotated[tuple[Allow, ...], BeforeValidator(_listed)] = ()
    lease: Literal["ssm", "parameter-group", "none"] = "ssm"
    """Where the one-writer lease is kept."""
    tag_prefix: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$"), Form("letters, digits, _ . -")
    ] = "reconciler"
    """Ownership tags are <prefix>:estate and <prefix>:address."""


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
    mode: Literal["manage", "observe"] = "manage"
    """observe: ownership is ignored, nothing is adopted, apply is refused."""
    safety: Safety = Safety()


RESOURCES: tuple[type[Resource], ...] = (User, UserGroup, ReplicationGroup, ServerlessCache)
"""Every noun that is a resource, in the order of a spec's sections."""

SECTIONS: Mapping[str, type[Resource]] = {
    "users": User,
    "user_groups": UserGroup,
    "replication_groups": ReplicationGroup,
    "serverless_caches": ServerlessCache,
}
"""A spec's sections: the API's nouns in the plural."""


def marks_of(noun: type[BaseModel], field: str) -> tuple[object, ...]:
    """Give what is said on a field: Immutable, RefersTo, WriteOnly, ServiceDefault, Ours, Impact."""
    return tuple(noun.model_fields[field].metadata)


def mark(noun: type[BaseModel], field: str, sort: type[_Mark]) -> _Mark | None:
    """Give the field's mark of this sort, or None."""
    return next((found for found in marks_of(noun, field) if isinstance(found, sort)), None)


def sent_fields(noun: type[Resource]) -> tuple[str, ...]:
    """Give the fields that the service knows, in order; ``id``, ``tags`` and our own keys are not among them."""
    return tuple(
        name
        for name in noun.model_fields
        if name not in {"id", "tags", "marks"} and mark(noun, name, Ours) is None
    )
