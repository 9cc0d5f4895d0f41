"""Connector over redis-py: one pinned TLS context per CA, short time-outs, every connection named.

Why not redis-py's own TLS connection: it builds a context for each connection and *adds* the given
CA to the system's store, so the CA is no pin (measured on redis-py 8.1: 17 ms of every connection).
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from pydantic import SecretStr
from redis import Redis, RedisCluster
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.cluster import LoadBalancingStrategy
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.credentials import CredentialProvider
from redis.exceptions import ResponseError
from redis.retry import Retry

from reconciler.errors import UsageError
from reconciler.pool import ClusterPools, MeasuredPool
from reconciler.ports import Endpoint, Login

CLIENT_NAME = "reconcile-verify"

TOKEN_USED_S = 600.0
"""For how long an IAM token is used again. It is good for 900 s (user guide), from its minting."""
_SPARE_S = 60.0

# Replicas only, not ROUND_ROBIN: after a connection error redis-py looks at the topology again,
# which resets the round robin to the primary, so with ROUND_ROBIN reads go dark with the primary
# (measured with a killed primary: 3.6-4.05 s against 1.0-1.3 s).
_STRATEGY = {
    "primary": None,
    "replica": LoadBalancingStrategy.ROUND_ROBIN_REPLICAS,
    "any": LoadBalancingStrategy.ROUND_ROBIN,
    "round_robin": LoadBalancingStrategy.ROUND_ROBIN,
    "random": LoadBalancingStrategy.RANDOM,
}


class _Credentials(CredentialProvider):
    """Opens the secret at the moment of AUTH, so that no pool and no repr holds it in the clear."""

    def __init__(self, user: str | None, secret: SecretStr) -> None:
        self._user, self._secret = user, secret

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Give ``(token,)`` for AUTH with a token alone, else ``(user, secret)``."""
        value = self._secret.get_secret_value()
        return (value,) if self._user is None else (self._user, value)


class Mint(Protocol):
    """Who mints tokens for IamLogin: AwsTokenSource is one."""

    def token(self, cache: str, user: str, *, serverless: bool) -> SecretStr:
        """Give a fresh token."""
        ...

    def outlive(self, seconds: float) -> bool:
        """Say whether what signs is known to last so long."""
        ...


class IamLogin(CredentialProvider):
    """Logs a user in by IAM: redis-py asks for credentials at each connection that it opens.

    For anybody's code, not only ours::

        source = AwsTokenSource(BotoSigner(boto3.Session()))
        redis.Redis(host=..., ssl=True, credential_provider=IamLogin(source, "orders", "app"))

    A token lives 15 minutes and is used for ten. It ends with the credentials that signed it: where
    these are not known to last as long, each connection gets a token of its own.
    """

    def __init__(
        self,
        source: Mint,
        cache: str,
        user: str,
        *,
        serverless: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._cache, self._user, self._serverless = source, cache, user, serverless
        self._monotonic, self._lock = monotonic, threading.Lock()
        self._token: SecretStr | None = None
        self._until = 0.0

    def get_credentials(self) -> tuple[str, str]:
        """Give the user and a token that lives for minutes yet."""
        with self._lock:
            if self._token is None or self._monotonic() >= self._until:
                self._token = self._source.token(
                    self._cache, self._user, serverless=self._serverless
                )
                lasting = self._source.outlive(TOKEN_USED_S + _SPARE_S)
                self._until = self._monotonic() + (TOKEN_USED_S if lasting else 0.0)
            return self._user, self._token.get_secret_value()


class _Named:
    """Names the connection by HELLO, which every user may call.

    CLIENT SETNAME and SETINFO, which redis-py would send, are refused to a user without these
    rights: the login would fail, or count as a denied command in somebody's metrics. Without a
    login nothing is sent: NOAUTH would make redis-py hang up before the first command.
    """

    credential_provider: Any
    driver_info: Any
    lib_name: Any
    lib_version: Any
    send_command: Any
    read_response: Any
    dialled = 0
    """How often this connection was made; MeasuredPool tells a hit from a miss by it."""

    def on_connect_check_health(self, check_health: bool = True) -> None:
        """Log in, then say who this is."""
        self.dialled += 1
        # What redis-py would tell by CLIENT SETINFO: the first name since 7, the others before.
        self.driver_info = self.lib_name = self.lib_version = None
        super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
        if self.credential_provider is None:
            return
        self.send_command("HELLO", 2, "SETNAME", CLIENT_NAME, check_health=False)
        # An engine before 6.0 knows no HELLO: no name, no harm.
        with contextlib.suppress(ResponseError):
            self.read_response()


class PlainConnection(_Named, Connection):
    """A connection without TLS: where it is declared so, and to prove that it is refused."""


class VerifyConnection(_Named, SSLConnection):
    """A TLS connection that trusts one context; chain, hostname and expiry are always checked."""

    context: ClassVar[ssl.SSLContext]

    def _wrap_socket_with_ssl(self, sock: Any) -> ssl.SSLSocket:
        return self.context.wrap_socket(sock, server_hostname=self.host)


@functools.cache
def pinned_context(ca_file: str | None) -> ssl.SSLContext:
    """Give the one context for this CA file; None trusts the system's store, Amazon's CAs in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except ssl.SSLError:
        raise UsageError(f"the CA file {ca_file} holds no certificate in PEM form") from None
    except OSError as error:
        raise UsageError(f"the CA file {ca_file} can't be read: {error.strerror}") from None
    return context


@functools.cache
def _pinned_class(ca_file: str | None) -> type[VerifyConnection]:
    # A class for each CA: RedisCluster hands on no connection argument that it does not know.
    return type("VerifyConnection", (VerifyConnection,), {"context": pinned_context(ca_file)})


class _Cluster(RedisCluster):
    """Hangs up when it is closed; redis-py's own leaves that to whoever collects the garbage."""

    def close(self) -> None:
        """Close every connection to every node."""
        self.disconnect_connection_pools()  # type: ignore[no-untyped-call]
        super().close()


class RedisConnector:
    """Connector over redis-py. Its clients are lazy and belong to the caller, who closes them."""

    def __init__(
        self,
        ca_file: str | None = None,
        *,
        connect_timeout_s: float = 2.0,
        read_timeout_s: float = 2.0,
    ) -> None:
        self._ca_file = ca_file
        self._connect_timeout_s, self._read_timeout_s = connect_timeout_s, read_timeout_s

    def trusting(self, ca_file: str | None) -> RedisConnector:
        """Give a connector that trusts this CA instead, with the same time-outs."""
        return RedisConnector(
            ca_file,
            connect_timeout_s=self._connect_timeout_s,
            read_timeout_s=self._read_timeout_s,
        )

    def within(self, connect_timeout_s: float, read_timeout_s: float) -> RedisConnector:
        """Give a connector with these time-outs instead, that trusts the same CA."""
        return RedisConnector(
            self._ca_file, connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s
        )

    def node(self, endpoint: Endpoint, login: Login | None, *, tls: bool) -> Redis:
        """Give a client of this one address; nothing is tried twice: each attempt counts once."""
        # From its pool: a client that was only handed one leaves the connections open.
        return Redis.from_pool(
            ConnectionPool(
                host=endpoint.host,
                port=endpoint.port,
                retry=Retry(NoBackoff(), 0),
                **self._settings(login, tls=tls),
            )
        )

    def pool(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, most: int, wait_s: float
    ) -> MeasuredPool:
        """Give a pool that counts, of at most so many connections to this one address."""
        return MeasuredPool(
            host=endpoint.host,
            port=endpoint.port,
            retry=Retry(NoBackoff(), 0),
            max_connections=most,
            timeout=wait_s,
            **self._settings(login, tls=tls),
        )

    def memcached_version(self, endpoint: Endpoint, *, tls: bool) -> str:
        """Ask a memcached for its version, in its own words; OSError when it gives none."""
        place = endpoint.host, endpoint.port
        with contextlib.ExitStack() as opened:
            plain = opened.enter_context(
                socket.create_connection(place, timeout=self._connect_timeout_s)
            )
            plain.settimeout(self._read_timeout_s)
            line = plain
            if tls:
                secured = pinned_context(self._ca_file).wrap_socket(
                    plain, server_hostname=endpoint.host
                )
                line = opened.enter_context(secured)
            line.sendall(b"version\r\n")
            # Not more than a line, whatever it is that listens there.
            said = opened.enter_context(line.makefile("rb")).readline(200)
        name, _, version = said.decode("ascii", "replace").strip().partition(" ")
        if name != "VERSION" or not version:
            raise ConnectionRefusedError("what answers there is no memcached")
        return version

    def cluster(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, reads: str = "primary"
    ) -> RedisCluster:
        """Give a client that finds its nodes through this address (it asks at once, not lazily).

        Always through this address: nodes come and go, the configuration endpoint stays.
        """
        return self._cluster(endpoint, reads, **self._settings(login, tls=tls))

    def measured_cluster(
        self, endpoint: Endpoint, login: Login | None, *, tls: bool, most: int, wait_s: float
    ) -> tuple[RedisCluster, ClusterPools]:
        """Give a cluster client whose pools count, of at most so many connections to each node."""
        pools = ClusterPools()
        counted = {"connection_pool_class": pools, "max_connections": most, "timeout": wait_s}
        try:
            settings = self._settings(login, tls=tls)
            return self._cluster(endpoint, "primary", **settings, **counted), pools
        except BaseException:
            # It asks at once, so it may have opened what nobody else could close.
            pools.disconnect()
            raise

    @staticmethod
    def _cluster(endpoint: Endpoint, reads: str, **settings: Any) -> RedisCluster:
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        return _Cluster(
            # A URL because only then RedisCluster builds its pools from the connection class given.
            url=f"redis://{host}:{endpoint.port}",
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
            load_balancing_strategy=_STRATEGY[reads],
            dynamic_startup_nodes=False,
            # That every slot is covered is a promise to be proven, not a condition for looking.
            require_full_coverage=False,
            **settings,
        )

    def _settings(self, login: Login | None, *, tls: bool) -> dict[str, Any]:
        return {
            "connection_class": _pinned_class(self._ca_file) if tls else PlainConnection,
            "credential_provider": _Credentials(login.user, login.secret) if login else None,
            # RESP2: spoken by every engine in reach, and without the pushes that RESP3 turns on.
            "protocol": 2,
            "decode_responses": True,
            "socket_connect_timeout": self._connect_timeout_s,
            "socket_timeout": self._read_timeout_s,
        }
