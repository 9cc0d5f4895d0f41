"""Doors: what the pure rooms may ask of the world. Adapters stand in aws, secrets and connect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from reconciler.model import SecretRef

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as data: boto3's service and snake_case operation, the API's own parameters.

    A parameter that is secret stands as a SecretRef and is opened at the moment of sending.
    """

    service: str
    operation: str
    params: Params = field(hash=False)

    @property
    def action(self) -> str:
        """The API's own name: ``modify_user`` is ``ModifyUser``."""
        return "".join(word.capitalize() for word in self.operation.split("_"))

    def __str__(self) -> str:
        """Name the call and its parameters; a reference prints as itself, so no value can show."""
        return (
            f"{self.service}:{self.action} {json.dumps(self.params, sort_keys=True, default=str)}"
        )


class Reader(Protocol):
    """Reads, and remembers within one observation.

    Refuses with ValueError any operation that does not begin with describe, list or get (so a
    Reader can't write). Raises AwsError; retries throttling and silence itself.
    """

    def read(self, service: str, operation: str, params: Params | None = None) -> Mapping[str, Any]:
        """Give the answer of one call, as boto3 gives it."""
        ...

    def pages(
        self, service: str, operation: str, key: str, params: Params | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Give the items under ``key`` of every page."""
        ...

    def fresh(self) -> Reader:
        """Give a Reader of the same door that remembers nothing."""
        ...

    @property
    def calls(self) -> int:
        """How many requests were really made."""
        ...


class Writer(Protocol):
    """Sends one call, once: a write is never resent by the client."""

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send, opening secret references in the parameters; AwsError if it was not accepted."""
        ...


class FailoverStarter(Protocol):
    """The one write of a drill: it knows TestFailover and nothing else."""

    def test_failover(self, group: str, shard: str) -> None:
        """Promote a replica of this shard; AwsError if the service did not accept it."""
        ...


class SecretSource(Protocol):
    """Secrets late: a version without the value, and the value."""

    def version(self, ref: SecretRef, salt: str) -> str:
        """Give a text of at most 40 characters that changes when the secret changes.

        The store's own version id, or for env and file a 24-bit salted fingerprint.
        """
        ...

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or raise SecretUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions of one secret its store holds, by the part they play; no value was read.

    ``pending`` is kept beside the current one and handed to nobody yet; empty where there is none,
    and always where ``staged`` is False: such a store knows no place beside. ``rotates`` names
    whoever else sets this secret (a rotation function, an owning service).
    """

    current: str
    pending: str = ""
    previous: str = ""
    staged: bool = True
    rotates: str = ""


class SecretStore(Protocol):
    """A store that keeps versions of a secret and can be written to.

    Writes raise AwsError without the service's words (they may hold the value); where ``answered``
    is False nobody knows whether it was done: look at ``versions`` again.
    """

    def versions(self, ref: SecretRef) -> Versions:
        """Give the versions there are, or raise SecretMissing or SecretUnavailable."""
        ...

    def create(self, ref: SecretRef, value: SecretStr) -> None:
        """Make a secret, or the key in it, that is not there; what is there is never overwritten.

        Raises SecretUnavailable where the key can't be added to what is there.
        """
        ...

    def put(self, ref: SecretRef, value: SecretStr) -> None:
        """Keep a new version: pending where the store is staged, else it is current at once.

        Other keys of the same secret stay as they are.
        """
        ...

    def promote(self, ref: SecretRef, version: str, over: str) -> None:
        """Make the pending ``version`` current; refused where ``over`` is not current any more."""
        ...


class TokenSource(Protocol):
    """Mints IAM authentication tokens (SigV4, 15 minutes)."""

    def token(
        self,
        cache: str,
        user: str,
        *,
        serverless: bool,
        issued: datetime | None = None,
        region: str | None = None,
    ) -> SecretStr:
        """Give a token for this cache and user; AwsError or NoCredentials otherwise.

        Fresh, or rightly signed as of ``issued`` or for another ``region``: verify proves that
        such are refused.
        """
        ...


class Clock(Protocol):
    """Time, and waiting that can be interrupted; tests step it."""

    def now(self) -> datetime:
        """Give the time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass; raises Interrupted when a signal came."""
        ...


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """Who writes, as it stands in the lease: run id, user, host, pid, since, until (UTC)."""

    run: str
    who: str
    host: str
    boot_id: str
    pid: int
    since: datetime
    until: datetime


class Lease(Protocol):
    """One writer at a time, as far as the service lets us (ADR 7)."""

    def acquire(self) -> None:
        """Hold the lease, or raise LeaseHeld with who, since when and where."""
        ...

    def check(self) -> None:
        """Renew if due, and raise LeaseHeld when it was lost; called before each write."""
        ...

    def release(self) -> None:
        """Let it go; harmless when it is not held."""
        ...


class MemoryStore(Protocol):
    """One text that outlives a run, replaced whole or not at all; several runs may share it."""

    @property
    def place(self) -> str:
        """Name where it is kept, for people."""
        ...

    def read(self) -> str | None:
        """Give the text, or nothing when there is none; CouldNotLook when that can't be told."""
        ...

    def update(self, change: Callable[[str | None], str]) -> None:
        """Replace the text by what ``change`` makes of it, with nobody else's change lost.

        ``change`` is pure: it may be asked again. CouldNotLook when the place can't be reached.
        """
        ...


class Notifier(Protocol):
    """Tells people, wherever they listen."""

    def send(self, title: str, body: str, severity: str, key: str) -> None:
        """Give a message to the receiver, once; NotTold when it was not taken.

        ``key`` goes along where the receiver can be given one, so that it may drop a repetition.
        """
        ...


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a function answered: its JSON, the end of its log, and why it failed if it did."""

    payload: bytes
    log_tail: str
    error: str = ""


class Invoker(Protocol):
    """Runs functions that look from elsewhere; they change nothing."""

    def invoke(self, function: str, payload: bytes) -> Invoked:
        """Run it once and wait for its answer; AwsError or CouldNotLook when it can't be run."""
        ...


class Endpoint(Protocol):
    """Where a client connects: see kind.Endpoint."""

    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def port(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in: a user name (None for AUTH with a token alone) and its secret."""

    user: str | None
    secret: SecretStr


class Connector(Protocol):
    """Opens data-plane connections. Every client it gives is named reconcile-verify.

    TLS always verifies chain, hostname and expiry against one pinned context; there is no way to
    switch that off. ``login`` None connects without AUTH. Clients are redis-py's and are lazy: the
    first command connects. Decoded responses (str).
    """

    def trusting(self, ca_file: str | None) -> Connector:
        """Give a connector that trusts this CA file instead (None: the system's store)."""
        ...

    def within(self, connect_timeout_s: float, read_timeout_s: float) -> Connector:
        """Give a connector with these time-outs instead."""
        ...

    def node(self, endpoint: Endpoint, login: Login | None, *, tls: bool) -> Any:
        """Give a ``redis.Redis`` that speaks to this one address."""
        ...

    def pool(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, most: int, wait_s: float
    ) -> Any:
        """Give a ``pool.MeasuredPool`` of at most ``most`` connections to this one address.

        When all are in use, taking one more fails after ``wait_s``.
        """
        ...

    def memcached_version(self, endpoint: Endpoint, *, tls: bool) -> str:
        """Ask a memcached for its version; OSError when it gives none."""
        ...

    def cluster(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, reads: str = "primary"
    ) -> Any:
        """Give a ``redis.RedisCluster`` that finds its nodes through this address.

        ``reads``: primary, replica, any or round_robin, random.
        """
        ...

    def measured_cluster(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, most: int, wait_s: float
    ) -> tuple[Any, Any]:
        """Give such a client, of at most ``most`` connections to each node, and its ClusterPools.

        When all of a node's are in use, taking one more fails after ``wait_s``.
        """
        ...
