"""One account, one region, one role: clients that can't look elsewhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from reconciler import __version__
from reconciler.aws import fault
from reconciler.aws.endpoint import (
    SERVICES,
    LocalEndpoint,
    configured_endpoints,
    refuse_a_mix,
)
from reconciler.errors import NoCredentials, WrongAccount
from reconciler.model import Aws

Purpose = Literal["read", "write"]
READS = ("describe", "list", "get")
"""How the operations begin that change nothing."""

_READ_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Who AWS says we are."""

    account_id: str
    arn: str

    @property
    def short(self) -> str:
        """Give ``role/reconcile-read``, ``user/ann`` or ``root``."""
        path = self.arn.rsplit(":", 1)[-1].split("/")
        return f"role/{path[1]}" if path[0] == "assumed-role" else "/".join(path)


class Session:
    """Clients for the spec's account and region; ``purpose`` picks the role that is assumed.

    Reads are retried by botocore (adaptive mode), those of the write role too, and writes never.
    The credentials of an assumed role renew themselves. On the local ElastiCache no role is
    assumed: its key is for this account only.
    """

    def __init__(
        self, aws: Aws, purpose: Purpose = "read", local: LocalEndpoint | None = None
    ) -> None:
        self._aws, self._purpose, self._local = aws, purpose, local
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, Purpose], Any] = {}
        self._identity: Identity | None = None
        _hush()
        self._source = botocore.session.get_session()
        self._places = fault.asked("sts", "configuration", self._resolved_places)
        self._signed: boto3.session.Session | None = None

    @property
    def region(self) -> str:
        """Give the spec's region; the environment has no say."""
        return self._aws.region

    def identity(self) -> Identity:
        """Tell who we are, or refuse: WrongAccount, NoCredentials, CouldNotLook."""
        if self._identity is None:
            told = self._caller()
            self._identity = self._of_this_account(told["Account"], told["Arn"])
        return self._identity

    def own_account(self) -> str:
        """Tell which account the credentials belong to, whatever the spec says."""
        return str(self._caller()["Account"])

    def client(self, service: str) -> Any:
        """Give the service's client, made once."""
        if self._purpose == "read":
            return self._made(service, "read")
        return _ByCall(partial(self._made, service))

    def _made(self, service: str, purpose: Purpose) -> Any:
        with self._lock:
            if (service, purpose) not in self._clients:
                make = partial(self._make, service, _config(purpose))
                self._clients[service, purpose] = fault.asked(service, "client", make, reading=True)
            return self._clients[service, purpose]

    def patient_client(self, service: str, read_timeout_s: float) -> Any:
        """Give a client that waits so long for an answer and sends each call once."""
        config = _config("write").merge(Config(read_timeout=read_timeout_s))
        return fault.asked(service, "client", partial(self._make, service, config), reading=True)

    def credentials(self) -> Any:
        """Give botocore's frozen credentials, fresh enough to sign with, or raise NoCredentials."""
        found = fault.asked("sts", "AssumeRole", self._frozen, reading=True)
        if found is None:
            raise NoCredentials(fault.NO_CREDENTIALS)
        return found

    def _caller(self) -> Any:
        ask = self.client("sts").get_caller_identity
        return fault.asked("sts", "GetCallerIdentity", ask, reading=True)

    def _of_this_account(self, account_id: str, arn: str) -> Identity:
        if account_id != self._aws.account_id:
            reason = (
                f"these credentials belong to account {account_id} ({arn}); the spec says "
                f"aws.account_id: {self._aws.account_id}; use that account's credentials "
                "(AWS_PROFILE) or correct the spec"
            )
            raise WrongAccount([reason])
        return Identity(account_id, arn)

    def _frozen(self) -> Any:
        with self._lock:
            found = self._session().get_credentials()
        return found.get_frozen_credentials() if found else None

    def _make(self, service: str, config: Config) -> Any:
        # The stubs list every service by name; ours comes as a variable.
        client: Any = self._session().client
        made = client(
            service,
            endpoint_url=self._places.get(service),
            config=config,
        )
        refuse_a_mix({**self._places, service: made.meta.endpoint_url})
        return made

    def _resolved_places(self) -> dict[str, str | None]:
        if self._local:
            return dict.fromkeys(SERVICES, self._local.url)
        found = configured_endpoints(self._source.full_config, self._source.get_scoped_config())
        refuse_a_mix(found)
        return found

    def _session(self) -> boto3.session.Session:
        """Give the boto3 session whose credentials requests are signed with."""
        if self._signed is None:
            role = getattr(self._aws.role_arn, self._purpose)
            if self._local:
                secret = self._local.secret_access_key.get_secret_value()
                self._source.set_credentials(self._local.access_key_id, secret)
            elif role:
                # botocore's set_credentials takes no refreshable ones; its own CLI does the same.
                self._source._credentials = self._credentials_of(role)  # type: ignore[attr-defined]  # noqa: SLF001
            self._signed = boto3.session.Session(
                botocore_session=self._source, region_name=self._aws.region
            )
        return self._signed

    def _credentials_of(self, role: str) -> DeferredRefreshableCredentials:
        source = self._source.get_credentials()
        if source is None:
            raise NoCredentials(fault.NO_CREDENTIALS)
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=partial(
                botocore.session.get_session().create_client,
                region_name=self._aws.region,
                endpoint_url=self._places.get("sts"),
            ),
            source_credentials=source,
            role_arn=role,
            extra_args={"RoleSessionName": f"reconcile-{self._purpose}"},
        )
        return DeferredRefreshableCredentials(
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )


class _ByCall:
    """A client of the write role: what only reads is asked again as reads are, the rest sent once.

    Who they are, the secrets that a call opens and the lease are read under this role as well.
    """

    def __init__(self, made: Callable[[Purpose], Any]) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        """Give the client's own attribute, of the half that it belongs to."""
        return getattr(self._made("read" if name.startswith(READS) else "write"), name)


def _hush() -> None:
    # At DEBUG botocore logs request bodies, passwords and all, whatever level the root is set to.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _config(purpose: Purpose) -> Config:
    # A write is never resent by the client: after a lost answer it would create a second time, and
    # apply decides what is tried again. Reads slow down by themselves where they are throttled.
    writes = purpose == "write"
    return Config(
        retries={
            "mode": "standard" if writes else "adaptive",
            "total_max_attempts": 1 if writes else _READ_ATTEMPTS,
        },
        connect_timeout=5,
        read_timeout=60,
        user_agent_extra=f"reconcile/{__version__}",
    )
