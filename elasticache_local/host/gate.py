"""Who may come in to a cache, and how: TLS and logins, asked by every front of the cache."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from elasticache_local.host.admin import LOCAL_USER
from elasticache_local.host.timer import Timers
from elasticache_local.want import Want

AskVerdict = Callable[[str, str, str], Awaitable[bool]]
"""(key of the cache, user name, token) -> whether the token lets the user in."""

IAM_LIFE_S = 12 * 3600.0
"""User guide, IAM authentication: then a connection ends unless it authenticates again."""


@dataclass(frozen=True)
class Login:
    """What the engine gets in a login's place. ``life_s``: how long the connection may last."""

    user: str
    password: str = field(repr=False)
    life_s: float | None = None
    is_replica: bool = False


class Gate:
    """The door policy of one cache; fronts read it at every connection and every login."""

    def __init__(
        self, key: str, ask_verdict: AskVerdict, timers: Timers, iam_life_s: float = IAM_LIFE_S
    ) -> None:
        self.key, self.timers = key, timers
        self.tls: Literal["off", "preferred", "required"] = "required"
        self.context: ssl.SSLContext | None = None
        self.engine_secret = secrets.token_hex(32)
        """Of ``__local`` on every engine of the cache."""
        self.login_secret = secrets.token_hex(32)
        """The engines' password of IAM users, and of the default user behind an AUTH token."""
        self.replicas_come_through = False
        """Whether replicas dial the fronts (engines without announce-client-port)."""
        self._ask_verdict, self._iam_life_s = ask_verdict, iam_life_s
        self._iam_users: frozenset[str] = frozenset()
        self._token_hashes: frozenset[str] = frozenset()
        self._open = False
        self._moved = asyncio.Event()

    def follow(self, want: Want) -> None:
        """Take over who may come in."""
        self.tls = want.tls
        users = want.users or ()
        self._iam_users = frozenset(user.name for user in users if user.sort == "iam")
        self._token_hashes = frozenset(want.token_hashes if want.users is None else ())
        self._open = want.open

    def pulse(self) -> None:
        """Tell those who wait for an engine that something has moved."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def move(self) -> None:
        """Wait for the next pulse."""
        await self._moved.wait()

    def judges(self, user: str) -> bool:
        """Whether a login of this user must be looked at; all others are the engine's alone."""
        if user == LOCAL_USER or user in self._iam_users:
            return True
        return bool(self._token_hashes) and user == "default"

    async def judge(self, user: str, password: str, *, over_tls: bool) -> Login:
        """Give what goes to the engine for this login; the engine answers it, right or wrong."""
        if user == LOCAL_USER:
            known = hmac.compare_digest(password.encode(), self.engine_secret.encode())
            if known and self.replicas_come_through:
                return Login(user, password, is_replica=True)
            return self._wrong(user)
        if user in self._iam_users:
            # The user guide asks for TLS with IAM; without it no token is good.
            if over_tls and await self._ask_verdict(self.key, user, password):
                return Login(user, self.login_secret, life_s=self._iam_life_s)
            return self._wrong(user)
        if hashlib.sha256(password.encode()).hexdigest() in self._token_hashes:
            return Login("default", self.login_secret)
        return self._wrong(user)

    def _wrong(self, user: str) -> Login:
        # While a token is being rotated in, the engine's default user takes any password at all.
        taken = self._open and user == "default"
        return Login(f"{LOCAL_USER}-nobody" if taken else user, secrets.token_hex(16))
