"""A visit to one cache: what a check may use there, and what was learned on the way.

One visit runs in one thread, one connection after the other, so no cache feels it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from reconciler.checks.announced import Announced, parsed
from reconciler.checks.answer import Answer, Sort
from reconciler.checks.guest import PREFIX
from reconciler.checks.line import Dead, Line
from reconciler.checks.may import may
from reconciler.checks.target import Account, DefaultUser, Target, place_of
from reconciler.errors import ReconcilerError
from reconciler.kind import Endpoint
from reconciler.ports import Clock, Connector, Login, SecretSource, TokenSource

_RETRY_EVERY_S = 0.5

Words = tuple[str, ...]
Place = tuple[str, int]
"""Host and port: one address may be known by several names (an endpoint's, a node's)."""


@dataclass(frozen=True)
class Ports:
    """What verify is handed. ``tokens`` None: there is nothing to mint an IAM token with."""

    secrets: SecretSource
    tokens: TokenSource | None
    connector: Connector
    clock: Clock


@dataclass(frozen=True, slots=True)
class Key:
    """One way to log in as an account, or why there is none (``missing``).

    Without ``login`` and without ``missing`` no login is needed.
    """

    account: Account
    label: str
    login: Login | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """Its name (redis, valkey), version, role (master, replica) and mode (standalone, cluster)."""

    server: str
    version: str
    role: str
    mode: str

    def __str__(self) -> str:
        """Give name and version."""
        return f"{self.server} {self.version}"


class Visit:
    """The doors to one cache. ``run`` names this run in every key that is written."""

    def __init__(self, target: Target, ports: Ports, run: str, patience_s: float = 0.0) -> None:
        self.target, self.ports, self.run = target, ports, run
        self._connector = (
            ports.connector.trusting(target.ca_file) if target.ca_file else ports.connector
        )
        # With a login the connector says who this is; without one only an open cache listens.
        is_open = target.default_user is DefaultUser.OPEN
        self._greeting = ("HELLO", "2", "SETNAME", PREFIX) if is_open else ()
        self._patience_s = patience_s
        self._patient_until: float | None = None
        self._dead: dict[Place, Answer] = {}
        self._keys: dict[Account, tuple[Key, ...]] = {}
        self._turned_away: set[Login] = set()
        self._announced: Announced | str | None = None
        self.dialled: dict[Endpoint, Answer] = {}
        self.said: dict[Endpoint, Hello | str] = {}
        self._told: dict[str, str] = {}
        self._told_of: dict[Place, str] = {}
        self.others_answered = True
        """Whether anything at all answered in this run: else we stand at the wrong place."""

    @property
    def main(self) -> Endpoint:
        """Give the address for what is tried only once: where any node will do, one that lives."""
        first = self.target.main
        if self.target.managed and not self.target.clustered:
            return first
        living = (one for one in self.target.by_importance if not self.is_dead(one))
        return next(living, first)

    @property
    def patience_s(self) -> float:
        """For how long a node may trail what the service says of a login."""
        return self._patience_s

    @contextlib.contextmanager
    def line(
        self, endpoint: Endpoint, login: Login | None = None, *, tls: bool | None = None
    ) -> Iterator[Line | Dead]:
        """Open a line, by the cache's own transport unless told; a dead address costs nothing."""
        own = tls is None
        opened: Line | Dead
        if own and (known := self._dead.get(_place(endpoint))):
            opened = Dead(known)
        else:
            secured = self.target.tls != "off" if tls is None else tls
            client = self._connector.node(endpoint, login, tls=secured)
            opened = Line(client, self._greeting if own and login is None else ())
        try:
            yield opened
        finally:
            opened.close()
            if own and isinstance(opened, Line) and opened.lost is not None:
                self._mourn(endpoint, opened.lost)

    def _mourn(self, endpoint: Endpoint, answer: Answer) -> None:
        # A closed connection says nothing of the next one; silence would cost its time again.
        if answer.sort is Sort.SILENT:
            self._dead.setdefault(_place(endpoint), answer)

    def dial(self, endpoint: Endpoint) -> Answer:
        """Ask whether anybody answers, without logging in; once per address and run."""
        if endpoint not in self.dialled:
            with self.line(endpoint) as line:
                answer = self.dialled[endpoint] = line.ask("PING")
            if not answer.reached:
                self._dead[_place(endpoint)] = answer
        return self.dialled[endpoint]

    def silence(self, endpoint: Endpoint) -> str:
        """Say why there is no use in asking there; nothing when there is."""
        known = self._dead.get(_place(endpoint))
        return f"{place_of(endpoint)} does not answer: {known.text}" if known else ""

    def is_dead(self, endpoint: Endpoint) -> bool:
        """Whether nobody answers there, as far as is known."""
        return _place(endpoint) in self._dead

    def tell(self, check: str, *words: str) -> None:
        """Note that a check has refuted what an answer with these words comes of."""
        self._told.update(dict.fromkeys(words, check))

    def told_by(self, trouble: str) -> str:
        """Say which check has refuted what this comes of; nothing when none has."""
        return next((check for words, check in self._told.items() if words in trouble), "")

    def tell_of(self, check: str, endpoint: Endpoint) -> None:
        """Note that a check has refuted that anybody answers there."""
        self._told_of.setdefault(_place(endpoint), check)

    def told_of(self, endpoint: Endpoint) -> str:
        """Say which check has refuted that anybody answers there; nothing when none has."""
        return self._told_of.get(_place(endpoint), "")

    @contextlib.contextmanager
    def client(
        self, login: Login | None, reads: str = "primary", at: Endpoint | None = None
    ) -> Iterator[Any]:
        """Open redis-py's own client, the cluster's where there are shards.

        At the main address unless told. Unlike a line it raises redis-py's errors.
        """
        main, tls = at or self.main, self.target.tls != "off"
        if self.target.clustered:
            client = self._connector.cluster(main, login, tls=tls, reads=reads)
        else:
            client = self._connector.node(main, login, tls=tls)
        with contextlib.closing(client):
            yield client

    @contextlib.contextmanager
    def pool(
        self, endpoint: Endpoint, login: Login | None, *, most: int, wait_s: float
    ) -> Iterator[Any]:
        """Open a pool that counts; closed afterwards."""
        tls = self.target.tls != "off"
        pool = self._connector.pool(endpoint, login, tls=tls, most=most, wait_s=wait_s)
        try:
            yield pool
        finally:
            pool.disconnect()

    @contextlib.contextmanager
    def measured_client(
        self, login: Login | None, *, most: int, wait_s: float
    ) -> Iterator[tuple[Any, Any]]:
        """Open redis-py's cluster client at the main address, and the pools of its nodes."""
        main, tls = self.main, self.target.tls != "off"
        client, pools = self._connector.measured_cluster(
            main, login, tls=tls, most=most, wait_s=wait_s
        )
        try:
            yield client, pools
        finally:
            pools.disconnect()

    def memcached_version(self, endpoint: Endpoint) -> tuple[bool, str]:
        """Ask a memcached for its version: whether it answered, and what, or why it did not."""
        try:
            return True, self._connector.memcached_version(endpoint, tls=self.target.tls != "off")
        except OSError as error:
            # A certificate that does not verify is an OSError too, and says so.
            return False, str(error) or type(error).__name__

    def keys(self, account: Account) -> tuple[Key, ...]:
        """Give every way to log in as this account; secrets are opened here and nowhere sooner."""
        if account.how == "iam":
            return (self._iam_key(account),)
        if account not in self._keys:
            self._keys[account] = self._secret_keys(account)
        return self._keys[account]

    def key(self, account: Account) -> Key:
        """Give the first way that can be used, else the first reason why there is none."""
        keys = self.keys(account)
        usable = [key for key in keys if not key.missing]
        let_in = (key for key in usable if key.login not in self._turned_away)
        return next(let_in, usable[0] if usable else keys[0])

    def speakers(self, *commands: Words) -> Iterator[Key]:
        """Give the keys of the users whose access string allows all these commands, in order."""
        for account in self.target.accounts:
            if account.enabled and all(may(self.target, account, one) for one in commands):
                key = self.key(account)
                if not key.missing and key.login not in self._turned_away:
                    yield key

    def asked(self, endpoint: Endpoint, *words: str) -> Answer | None:
        """Ask as the first user that may; None when there is none that may and can log in."""
        for key in self.speakers(words):
            with self.line(endpoint, key.login) as line:
                answer = line.ask(*words)
            if answer.sort not in {Sort.DENIED, Sort.WRONG_PASS, Sort.UNKNOWN}:
                return answer
        return None

    def announced(self) -> Announced | str:
        """Give what the cluster announces, or why it could not be read; asked once."""
        if self._announced is None:
            main = self.main
            answer = self.asked(main, "CLUSTER", "SLOTS")
            if answer is None:
                self._announced = nobody_may("CLUSTER", "SLOTS")
            elif isinstance(answer.value, list):
                self._announced = parsed(answer.value, main.host)
            else:
                self._announced = answer.text
        return self._announced

    def nodes(self) -> tuple[Endpoint, ...]:
        """Give the nodes where they are known, else every address: each engine once."""
        places = self.places()
        return tuple(place for place in places if place.role == "node") or places

    def places(self) -> tuple[Endpoint, ...]:
        """Give every address: the endpoints, and the nodes that a cluster announces besides."""
        endpoints = self.target.endpoints
        if not self.target.clustered or self.target.serverless:
            return endpoints
        announced = self.announced()
        if isinstance(announced, str):
            return endpoints
        known = {(endpoint.host, endpoint.port) for endpoint in endpoints}
        tls = self.target.tls != "off"
        return endpoints + tuple(
            member.endpoint(tls=tls)
            for member in announced.members
            if (member.host, member.port) not in known
        )

    def _secret_keys(self, account: Account) -> tuple[Key, ...]:
        if account.how == "open":
            return (Key(account, account.label, None),)
        if account.how == "no password":
            return (Key(account, account.label, Login(account.name, SecretStr("any"))),)
        if not account.secrets:
            return (Key(account, account.label, None, "the spec gives no secret for it"),)
        many = len(account.secrets) > 1
        return tuple(
            self._secret_key(account, number, f" with password {number + 1}" if many else "")
            for number in range(len(account.secrets))
        )

    def _secret_key(self, account: Account, number: int, suffix: str) -> Key:
        label = f"{account.label}{suffix}"
        try:
            secret = self.ports.secrets.open(account.secrets[number])
        except ReconcilerError as err:
            return Key(account, label, None, f"its secret could not be opened: {err}")
        return Key(account, label, Login(account.name, secret))

    def _iam_key(self, account: Account) -> Key:
        try:
            token = self.token(account.name or account.id)
        except ReconcilerError as err:
            return Key(account, account.label, None, f"no token could be minted: {err}")
        if token is None:
            return Key(account, account.label, None, "there are no AWS credentials to mint a token")
        return Key(account, account.label, Login(account.name, token))

    def token(
        self,
        user: str,
        *,
        cache: str | None = None,
        issued: datetime | None = None,
        region: str | None = None,
    ) -> SecretStr | None:
        """Mint a token; None when there is nothing to mint with."""
        if self.ports.tokens is None:
            return None
        return self.ports.tokens.token(
            cache or self.target.address.id,
            user,
            serverless=self.target.serverless,
            issued=issued,
            region=region,
        )

    def login(self, endpoint: Endpoint, login: Login) -> Answer:
        """Try a login that is meant to succeed; a refusal is tried again while patience lasts."""
        clock = self.ports.clock
        while True:
            with self.line(endpoint, login) as line:
                answer = line.login()
            if answer.sort is not Sort.WRONG_PASS:
                return answer
            if self._patient_until is None:
                self._patient_until = clock.monotonic() + self._patience_s
            if clock.monotonic() >= self._patient_until:
                if endpoint == self.main:
                    # Refuted once, as a login: what it may do is no second fault.
                    self._turned_away.add(login)
                return answer
            clock.wait(_RETRY_EVERY_S)


def _place(endpoint: Endpoint) -> Place:
    return endpoint.host, endpoint.port


def nobody_may(*words: str) -> str:
    """Give the reason for *not proven* when nobody can be asked."""
    return f"no user that verify can log in as may run {' '.join(words)}"
