"""What is promised of each cache, and where it answers: desired and observed laid on one another.

A field that the spec gives is the promise; one that it leaves out is taken as it is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Required, TypedDict

from reconciler.kind import Endpoint, Live, Node, Observed
from reconciler.kind.overlap import retired, set_versions
from reconciler.model import (
    Address,
    Cache,
    CacheCluster,
    Expect,
    External,
    ReplicationGroup,
    Resource,
    SecretRef,
    ServerlessCache,
    User,
    UserGroup,
    Verify,
)

Tls = Literal["off", "preferred", "required"]


class DefaultUser(enum.Enum):
    """What the user ``default`` is meant to be: who comes in without saying who."""

    OFF = "shut off"
    PASSWORD = "only with its password"  # noqa: S105 - a sentence
    TOKEN = "only with the AUTH token"  # noqa: S105 - a sentence
    OPEN = "open to anyone in the network"


@dataclass(frozen=True, slots=True)
class Account:
    """A user that may be logged in as. ``name`` None is a token or password without a user."""

    id: str
    name: str | None
    how: Literal["password", "iam", "no password", "open"]
    secrets: tuple[SecretRef, ...] = ()
    access_string: str = ""
    enabled: bool = True
    retired: tuple[SecretRef, ...] = ()
    """What it logged in with before its last rotation, and must not any more."""
    before: tuple[SecretRef, ...] = ()
    """Where the secret may be found that was set before this one: one is promised, not two."""
    expect: Expect = field(default_factory=Expect)

    @property
    def label(self) -> str:
        """Give the words for it in a finding."""
        if self.how == "open":
            return "anyone"
        return f"user {self.id}" if self.name is not None else f"the {self.id}"


class _Known(TypedDict, total=False):
    """Which fields of an account its secret's record fills."""

    secrets: Required[tuple[SecretRef, ...]]
    retired: tuple[SecretRef, ...]
    before: tuple[SecretRef, ...]


_ALL = "on ~* &* +@all"
ANYONE = Account("anyone", None, "open", (), _ALL)
"""Stands for a client that does not log in, where none has to."""


@dataclass(frozen=True)
class Target:
    """One cache as promised, with the addresses to prove it at."""

    address: Address
    endpoints: tuple[Endpoint, ...]
    tls: Tls
    default_user: DefaultUser
    accounts: tuple[Account, ...]
    wishes: Verify
    absent: str = ""
    """Why there is nothing to connect to; empty when there is."""
    gated: bool = False
    """TLS is to be required and is still preferred, because the gate before it is closed."""
    clustered: bool = False
    shards: int | None = None
    """How many are promised; None where nothing is."""
    replicas: int | None = None
    """How many each shard is promised."""
    engine: str = ""
    engine_version: str = ""
    nodes: tuple[Node, ...] = ()
    ca_file: str | None = None
    speaks: Literal["redis", "memcached"] = "redis"
    pending: frozenset[str] = frozenset()
    """Fields that the service has accepted and not reached: not proven yet, and not broken."""

    @property
    def serverless(self) -> bool:
        """Whether it is a serverless cache."""
        return self.address.kind == ServerlessCache.kind

    @property
    def managed(self) -> bool:
        """Whether ElastiCache serves it, which keeps some commands from everybody."""
        return self.address.kind != "external"

    @property
    def width(self) -> int:
        """Give how many addresses will be tried: endpoints, and nodes only the cluster names."""
        if not self.clustered or self.serverless or self.of_role("node"):
            return len(self.endpoints)
        return len(self.endpoints) + len(self.nodes)

    @property
    def node_count(self) -> int:
        """Give how many engines that is."""
        if self.serverless:
            return len(self.endpoints)
        known = len(self.of_role("node")) or len(self.nodes) * self.clustered
        return known or len(self.endpoints)

    @property
    def asked_version(self) -> str:
        """Give the version that was asked for, or one that means the newest."""
        return self.engine_version or "999"

    @property
    def main(self) -> Endpoint:
        """Give the address for what is tried only once."""
        return self.by_importance[0]

    @property
    def by_importance(self) -> list[Endpoint]:
        """Give every endpoint, the one to ask first before the others."""
        return sorted(self.endpoints, key=_by_importance)

    def of_role(self, *roles: str) -> tuple[Endpoint, ...]:
        """Give the endpoints with these roles."""
        return tuple(endpoint for endpoint in self.endpoints if endpoint.role in roles)


def _by_importance(endpoint: Endpoint) -> tuple[int, Endpoint]:
    order = ("primary", "configuration", "serverless", "node", "reader", "serverless_reader")
    return order.index(endpoint.role), endpoint


def name_of(endpoint: Endpoint) -> str:
    """Give an endpoint's name for a person: ``node orders-002``, ``reader``."""
    return f"node {endpoint.node}" if endpoint.node else endpoint.role.replace("_", " ")


def place_of(endpoint: Endpoint) -> str:
    """Give where to look: host and port."""
    return f"{endpoint.host}:{endpoint.port}"


def targets_of(
    desired: Mapping[Address, Resource], observed: Observed, external: Mapping[str, External]
) -> Iterator[Target]:
    """Give every cache of the spec, in the order of their addresses, external ones last."""
    for address in sorted(desired):
        cache = desired[address]
        if isinstance(cache, Cache):
            yield _Promise(cache, desired, observed).target()
        elif isinstance(cache, CacheCluster):
            yield _node_based(cache, observed.get(address))
    for ident in sorted(external):
        yield _external(ident, external[ident])


class _Promise:
    """One cache's fields: the spec's where it gives them, else those that are live."""

    def __init__(
        self, cache: Cache, desired: Mapping[Address, Resource], observed: Observed
    ) -> None:
        self.cache, self.desired, self.observed = cache, desired, observed
        self.live: Live[Any] | None = observed.get(cache.address)

    def of(self, name: str, noun: Resource | None = None) -> Any:
        noun = noun if noun is not None else self.cache
        given = getattr(noun, name) if name in noun.model_fields_set else None
        if given is not None:
            return given
        live = self.observed.get(noun.address)
        return getattr(live.resource, name) if live else None

    def target(self) -> Target:
        tls, gated = self._tls()
        default_user, accounts = self._accounts()
        endpoints = tuple(sorted(self.live.endpoints, key=_by_importance)) if self.live else ()
        promised = self._topology()
        return Target(
            address=self.cache.address,
            endpoints=endpoints,
            tls=tls,
            gated=gated,
            default_user=default_user,
            accounts=accounts,
            wishes=self.cache.verify or Verify(),
            absent=self._absent(endpoints),
            engine=self.of("engine") or "",
            nodes=self.live.nodes if self.live else (),
            pending=frozenset(one.field for one in self.live.pending) if self.live else frozenset(),
            **promised,
        )

    def _absent(self, endpoints: tuple[Endpoint, ...]) -> str:
        if self.live is None:
            return "it is not there: nothing of this name in the account"
        return "" if endpoints else f"it has no endpoints yet (status {self.live.status})"

    def _tls(self) -> tuple[Tls, bool]:
        if isinstance(self.cache, ServerlessCache):
            return "required", False
        if not self.of("transit_encryption_enabled"):
            return "off", False
        mode: Tls = self.of("transit_encryption_mode") or "required"
        now = self.live.resource.transit_encryption_mode if self.live else None
        gates = self.cache.gates if isinstance(self.cache, ReplicationGroup) else {}
        waits = mode == "required" and now == "preferred" and gates.get("tls-required") != "open"
        return mode, waits

    def _topology(self) -> dict[str, Any]:
        if isinstance(self.cache, ServerlessCache):
            version = self.of("major_engine_version") or ""
            return {"clustered": True, "engine_version": version}
        shards, replicas = self.of("num_node_groups"), self.of("replicas_per_node_group")
        clustered = self.of("cluster_mode") in {"enabled", "compatible"} or (shards or 1) > 1
        if self.live and not clustered:
            clustered = any(one.role == "configuration" for one in self.live.endpoints)
        members = self.of("num_cache_clusters")
        if not clustered and members is not None:
            shards, replicas = 1, members - 1
        return {
            "clustered": clustered,
            "shards": None if "num_node_groups" in self.cache.ignore_changes else shards,
            "replicas": replicas,
            "engine_version": self.of("engine_version") or "",
        }

    def _accounts(self) -> tuple[DefaultUser, tuple[Account, ...]]:
        if isinstance(self.cache, ReplicationGroup) and self.cache.auth_token is not None:
            known = known_by(self.cache.auth_token, self.live)
            token = Account("AUTH token", None, "password", **known, access_string=_ALL)
            return DefaultUser.TOKEN, (token,)
        one = isinstance(self.cache, ServerlessCache)
        given = self.of("user_group_id" if one else "user_group_ids") or ()
        groups = (given,) if isinstance(given, str) else given
        if not groups:
            return DefaultUser.OPEN, (ANYONE,)
        accounts = tuple(account for group in groups for account in self._members(group))
        return _default_among(accounts), accounts

    def _members(self, group: str) -> Iterator[Account]:
        noun = self._noun(UserGroup, group)
        for ident in self.of("user_ids", noun) or () if noun else ():
            user = self._noun(User, ident)
            if user is not None:
                yield self._account(user)

    def _noun(self, sort: type[Resource], ident: str) -> Any:
        address = Address(sort.kind, ident)
        if address in self.desired:
            return self.desired[address]
        live = self.observed.get(address)
        return live.resource if live else None

    def _account(self, user: User) -> Account:
        mode = self.of("authentication_mode", user)
        secrets: tuple[SecretRef, ...] = mode.passwords or () if mode else ()
        known: _Known = {"secrets": secrets}
        if len(secrets) == 1 and user.rotated_by is None:
            known = known_by(secrets[0], self.observed.get(user.address))
        how: Any = {"iam": "iam", "no-password-required": "no password"}.get(
            mode.type if mode else "", "password"
        )
        access = self.of("access_string", user) or ""
        return Account(
            id=user.id,
            name=self.of("user_name", user) or user.id,
            how=how,
            access_string=access,
            enabled=_is_on(access),
            expect=user.expect or Expect(),
            **known,
        )


def known_by(ref: SecretRef, live: Live[Any] | None) -> _Known:
    """Give what must log in by our own record, what was retired, and what was there before.

    While a rotation is under way both are set. What no store holds by version is as it is written.
    """
    if not ref.moves or live is None:
        return {"secrets": (ref,)}
    both = set_versions(live)
    gone = [one for one in retired(live.resource.marks) if one not in both]
    found: _Known = {"secrets": (ref,), "retired": tuple(ref.at(one) for one in gone)}
    if len(both) > 1:
        return {**found, "secrets": tuple(ref.at(one) for one in both)}
    # Somebody else may have set another beside it, in the store and in the service.
    before = [ref.at(one) for one in both]
    if ref.store == "secretsmanager" and not gone:
        before.append(ref.plain.model_copy(update={"stage": "AWSPREVIOUS"}))
    return {**found, "before": tuple(before)}


def _is_on(access_string: str) -> bool:
    states = [word.lower() for word in access_string.split() if word.lower() in {"on", "off"}]
    return bool(states) and states[-1] == "on"


def _default_among(accounts: tuple[Account, ...]) -> DefaultUser:
    named = [account for account in accounts if account.name == "default"]
    if not named or not named[0].enabled:
        return DefaultUser.OFF
    return DefaultUser.OPEN if named[0].how == "no password" else DefaultUser.PASSWORD


def _node_based(cluster: CacheCluster, live: Live[Any] | None) -> Target:
    """Give a cluster without a replication group: nobody logs in, so anyone does."""
    endpoints = tuple(sorted(live.endpoints, key=_by_importance)) if live else ()
    known = (
        live.resource.model_copy(update=cluster.model_dump(exclude_unset=True)) if live else cluster
    )
    absent = "" if endpoints else "it has no endpoints yet"
    memcached = known.engine == "memcached"
    return Target(
        address=cluster.address,
        endpoints=endpoints,
        tls="required" if known.transit_encryption_enabled else "off",
        default_user=DefaultUser.OPEN,
        accounts=() if memcached else (ANYONE,),
        wishes=cluster.verify or Verify(),
        absent=absent if live else "it is not there: nothing of this name in the account",
        shards=None if memcached else 1,
        replicas=None if memcached else 0,
        engine=known.engine or "",
        engine_version=known.engine_version or "",
        nodes=live.nodes if live else (),
        # Of one that is absent only that is told, in one way for all.
        speaks="memcached" if memcached and endpoints else "redis",
    )


def _external(ident: str, cache: External) -> Target:
    endpoints = []
    for written in cache.addresses:
        host, _, port = written.rpartition(":")
        endpoints.append(Endpoint("node", host.strip("[]"), int(port), tls=cache.tls, node=written))
    secrets = (cache.password,) if cache.password else ()
    ident_of = cache.user or "password"
    account = Account(ident_of, cache.user, "password", secrets, _ALL)
    locked = DefaultUser.PASSWORD if cache.user else DefaultUser.TOKEN
    replicas = cache.replicas_per_node_group
    if replicas is None and not cache.cluster and len(endpoints) > 1:
        replicas = len(endpoints) - 1
    return Target(
        address=Address("external", ident),
        endpoints=tuple(endpoints),
        tls="required" if cache.tls else "off",
        default_user=locked if secrets else DefaultUser.OPEN,
        accounts=(account,) if secrets else (ANYONE,),
        wishes=cache.verify or Verify(),
        clustered=cache.cluster,
        shards=cache.num_node_groups,
        replicas=replicas,
        engine_version=cache.engine_version or "",
        ca_file=cache.ca_file,
    )
