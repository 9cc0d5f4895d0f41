"""What an application needs to connect to a cache: endpoints, TLS, users, secret references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reconciler.kind import Endpoint, Live, Observed
from reconciler.model import (
    Address,
    CacheCluster,
    ReplicationGroup,
    Resource,
    SecretRef,
    ServerlessCache,
    User,
)

_CACHES = (ReplicationGroup, ServerlessCache, CacheCluster)
Auth = Literal["users", "token", "none"]


@dataclass(frozen=True)
class Login:
    """A user who may log in here; ``secrets`` are references, never values."""

    user_id: str
    user_name: str
    sort: str
    secrets: tuple[SecretRef, ...]


@dataclass(frozen=True)
class Output:
    """One cache as its clients see it."""

    address: Address
    status: str
    engine: str
    endpoints: tuple[Endpoint, ...]
    tls: bool
    auth: Auth
    logins: tuple[Login, ...]
    token: SecretRef | None = None


def outputs(desired: Mapping[Address, Resource], observed: Observed) -> tuple[Output, ...]:
    """Give each cache of the spec that exists, in order of its address. Pure."""
    return tuple(
        _output(desired[address], observed[address], desired)
        for address in sorted(desired)
        if isinstance(desired[address], _CACHES) and address in observed
    )


def _output(wished: Resource, live: Live[Resource], desired: Mapping[Address, Resource]) -> Output:
    held = live.resource
    if isinstance(held, ServerlessCache):
        groups: tuple[str, ...] = (held.user_group_id,) if held.user_group_id else ()
        token = None
    elif isinstance(held, CacheCluster):
        groups, token = (), None
    else:
        assert isinstance(held, ReplicationGroup)
        groups = held.user_group_ids or ()
        token = getattr(wished, "auth_token", None)
    endpoints = tuple(sorted(one for one in live.endpoints if one.role != "node"))
    return Output(
        live.address,
        live.status,
        f"{held.engine} {live.engine_version}".strip(),
        endpoints,
        tls=any(one.tls for one in live.endpoints),
        auth="users" if groups else "token" if token else "none",
        logins=tuple(_logins(groups, desired)),
        token=token,
    )


def _logins(groups: tuple[str, ...], desired: Mapping[Address, Resource]) -> Iterator[Login]:
    for group in groups:
        found = desired.get(Address("user_group", group))
        for ident in getattr(found, "user_ids", None) or ():
            user = desired.get(Address("user", ident))
            if isinstance(user, User) and _is_on(user):
                mode = user.authentication_mode
                yield Login(
                    ident,
                    user.user_name or ident,
                    mode.type if mode else "",
                    (mode.passwords if mode else None) or (),
                )


def _is_on(user: User) -> bool:
    """Say whether anybody can log in as this user: its last on or off decides."""
    words = (user.access_string or "on").lower().split()
    return next((word == "on" for word in reversed(words) if word in ("on", "off")), False)
