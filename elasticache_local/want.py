"""What the control plane wants of the data plane, and what the data plane says it is.

Level-triggered: CONTROL sends a cache's whole Want whenever it changes, with a higher generation;
HOST moves towards the newest one and answers an Is with that generation when it holds (or with
``problem`` when it can't). Both are plain data and cross the socketpair as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Role = Literal["primary", "replica"]


@dataclass(frozen=True)
class WantedNode:
    """A member: its id (``orders-001``) and role."""

    id: str
    role: Role


@dataclass(frozen=True)
class WantedShard:
    """A node group with its slots (``0-8191``, empty when cluster mode is disabled)."""

    id: str
    slots: str
    nodes: tuple[WantedNode, ...]


@dataclass(frozen=True)
class WantedUser:
    """A user as every node must know it. Passwords are SHA-256 in hex; never plain text."""

    user_id: str
    name: str
    access_string: str
    sort: Literal["password", "no-password", "iam"]
    password_hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Want:
    """Everything about one cache that the data plane must make true.

    ``users`` None: no user group; then ``token_hashes`` (AUTH, SHA-256) decide, and where there are
    none anybody may come in as default. ``open`` lets clients in without a token while one is being
    rotated in. ``hidden_default`` False keeps the default user as a group's own members define it.
    """

    key: str
    """``<account>/<region>/<replication_group|serverless_cache|cache_cluster>/<id>``."""
    generation: int
    sort: Literal["replication_group", "serverless_cache", "cache_cluster"]
    name: str
    account_id: str
    region: str
    engine: str
    engine_version: str
    cluster_mode: Literal["disabled", "compatible", "enabled"]
    shards: tuple[WantedShard, ...]
    tls: Literal["off", "preferred", "required"]
    users: tuple[WantedUser, ...] | None = None
    token_hashes: tuple[str, ...] = ()
    open: bool = True
    fails_over: bool = True
    """Whether a replica takes a dead primary's place; else the primary is replaced by its like."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    """AWS-shaped names for the certificate."""
    restore_from: str = ""
    """What was saved under this name is what it starts with (first start only)."""


def endpoint_names(want: Want) -> list[str]:
    """Give the names of a cache's endpoints, as an Is has them (see ``Is.ports``)."""
    if want.sort == "serverless_cache":
        return ["serverless", "serverless_reader"]
    names = [f"node:{node.id}" for shard in want.shards for node in shard.nodes]
    if want.cluster_mode != "enabled":
        names += ["primary", "reader"]
    if want.cluster_mode != "disabled" or want.engine == "memcached":
        names.append("configuration")
    return names


@dataclass(frozen=True)
class Is:
    """What HOST says of one cache.

    Ports are of listeners on 127.0.0.1, by the names below; ``roles`` by node id, as the engines
    themselves say.
    """

    key: str
    generation: int
    ports: Mapping[str, int] = field(default_factory=dict)
    """``primary`` and ``reader`` (one shard), ``configuration`` (cluster mode, memcached),
    ``node:<id>``; ``serverless`` and ``serverless_reader``.
    """
    roles: Mapping[str, Role] = field(default_factory=dict)
    engine: str = ""
    """The engine that really runs: ``valkey`` or ``redis``; empty without engines."""
    engine_version: str = ""
    problem: str = ""


class BadAccessString(Exception):
    """The engine does not take this access string; carries the engine's words."""


class Host(Protocol):
    """The data plane, as the control plane sees it: calls return at once, callbacks answer."""

    def listen(self, answered: Callable[[Is], None]) -> None:
        """Tell every Is to this function (from any thread)."""
        ...

    def want(self, want: Want) -> None:
        """Make this true, in its own time."""
        ...

    def forget(self, key: str) -> None:
        """Stop and remove everything of this cache."""
        ...

    def failover(self, key: str, shard: str, to_node: str) -> None:
        """Promote a replica; the next Is carries the new roles (a Want follows with them)."""
        ...

    def save(self, key: str, folder: str, saved: Callable[[str], None]) -> None:
        """Keep what the cache holds now under this name; tells a problem, or the empty string."""
        ...

    def discard(self, folder: str) -> None:
        """Remove what was saved under this name."""
        ...

    def normalise(self, access_string: str) -> str:
        """Give the string as the scratch engine stores it, or raise BadAccessString.

        This one call may take a millisecond; results are remembered.
        """
        ...
