"""Whose key is whose: root keys, keys that IAM and STS made, and the account each answers as."""

from __future__ import annotations

import secrets
import string
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import moto.iam.models
import moto.sts.models
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, BaseResponse
from moto.sts.responses import TokenResponse

from elasticache_local.iam_token import Key

EXAMPLE_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's documented example
_DEFAULT: str = DEFAULT_ACCOUNT_ID
_LETTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class KeyPair:
    """An access key as its owner gets it."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True)
class _Session:
    """What GetSessionToken and GetFederationToken made, and who it answers as."""

    key: Key
    user_id: str
    arn: str


class Accounts:
    """Every account there is; the default one belongs to AWS's documented example key pair."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._roots = {_DEFAULT: KeyPair(EXAMPLE_KEY_ID, EXAMPLE_SECRET)}
        self._owners = {EXAMPLE_KEY_ID: _DEFAULT}
        self._sessions: dict[str, _Session] = {}

    def root(self, account_id: str) -> KeyPair:
        """Give the root key pair of an account, made at its first mention."""
        with self._lock:
            if account_id not in self._roots:
                self._own(account_id, _key_pair("AKIA"))
            return self._roots[account_id]

    def is_root(self, access_key_id: str) -> bool:
        """Whether this is some account's root key."""
        return access_key_id in self._owners

    def owner(self, access_key_id: str) -> str:
        """Give the account that a key answers as; a key that nobody made is the default one's."""
        if access_key_id in self._owners:
            return self._owners[access_key_id]
        if session := self._sessions.get(access_key_id):
            return session.key.account_id
        found = _moto_backend(access_key_id)
        return found[0] if found else _DEFAULT

    def find_key(self, access_key_id: str) -> Key | None:
        """Give the secret of a key that was made here and may sign."""
        if account_id := self._owners.get(access_key_id):
            return Key(account_id, self._roots[account_id].secret_access_key)
        if session := self._sessions.get(access_key_id):
            return session.key
        return _moto_key(access_key_id)

    def open_session(self, parent: str, seconds: int, arn: str, user_id: str) -> dict[str, Any]:
        """Give temporary credentials that answer as this ARN in the parent key's account."""
        pair = _key_pair("ASIA")
        expires = time.time() + seconds
        token = secrets.token_urlsafe(200)
        key = Key(self.owner(parent), pair.secret_access_key, token, expires)
        self._sessions[pair.access_key_id] = _Session(key, user_id, arn)
        return {
            "AccessKeyId": pair.access_key_id,
            "SecretAccessKey": pair.secret_access_key,
            "SessionToken": token,
            "Expiration": datetime.fromtimestamp(expires, UTC),
        }

    def identity(self, access_key_id: str, partition: str) -> tuple[str, str, str] | None:
        """Give user id, ARN and account of a key that moto does not know."""
        if session := self._sessions.get(access_key_id):
            return session.user_id, session.arn, session.key.account_id
        if not self.is_root(access_key_id) and _moto_backend(access_key_id):
            return None
        account_id = self.owner(access_key_id)
        return account_id, f"arn:{partition}:iam::{account_id}:root", account_id

    def dump(self) -> dict[str, list[str]]:
        """Give the root keys, to be kept over a restart."""
        with self._lock:
            return {
                account: [pair.access_key_id, pair.secret_access_key]
                for account, pair in self._roots.items()
            }

    def load(self, dumped: dict[str, list[str]]) -> None:
        """Take back what dump gave."""
        with self._lock:
            for account_id, (access_key_id, secret) in dumped.items():
                self._own(account_id, KeyPair(access_key_id, secret))

    def _own(self, account_id: str, pair: KeyPair) -> None:
        self._roots[account_id] = pair
        self._owners[pair.access_key_id] = account_id


def install(accounts: Accounts) -> None:
    """Make moto ask here: it would give every key it did not make to the default account."""
    ask_moto = moto.sts.models.STSBackend.get_caller_identity

    def get_caller_identity(
        self: moto.sts.models.STSBackend, access_key_id: str, region: str
    ) -> tuple[str, str, str]:
        found = accounts.identity(access_key_id, self.partition)
        identity: tuple[str, str, str] = found or ask_moto(self, access_key_id, region)
        return identity

    # moto answers both with the example key and a wrong secret.
    def get_session_token(self: TokenResponse) -> ActionResult:
        seconds = self._get_int_param("DurationSeconds", 43200)
        user_id, arn, _ = self.backend.get_caller_identity(self.access_key, self.region)
        made = accounts.open_session(self.access_key, seconds, arn, user_id)
        return ActionResult({"Credentials": made})

    def get_federation_token(self: TokenResponse) -> ActionResult:
        seconds = self._get_int_param("DurationSeconds", 43200)
        name, account_id = self._get_param("Name"), self.current_account
        arn = f"arn:{self.partition}:sts::{account_id}:federated-user/{name}"
        user = {"FederatedUserId": f"{account_id}:{name}", "Arn": arn}
        made = accounts.open_session(self.access_key, seconds, arn, user["FederatedUserId"])
        return ActionResult({"Credentials": made, "FederatedUser": user, "PackedPolicySize": 6})

    # moto also takes the account from the environment and from a header; AWS takes it from the key.
    def get_current_account(self: BaseResponse) -> str:
        return accounts.owner(self.get_access_key())

    BaseResponse.get_current_account = get_current_account
    moto.iam.models.get_account_id_from = accounts.owner
    moto.sts.models.STSBackend.get_caller_identity = get_caller_identity
    TokenResponse.get_session_token = get_session_token
    TokenResponse.get_federation_token = get_federation_token


def _key_pair(prefix: str) -> KeyPair:
    key_id = prefix + "".join(secrets.choice(_LETTERS) for _ in range(16))
    return KeyPair(key_id, secrets.token_urlsafe(30))


def _moto_backend(access_key_id: str) -> tuple[str, Any] | None:
    account_id: str
    # Lists: moto fills these from other threads.
    for account_id, account in list(moto.iam.models.iam_backends.items()):
        for backend in list(account.values()):
            if access_key_id in backend.access_keys:
                return account_id, backend
    return None


def _moto_key(access_key_id: str) -> Key | None:
    found = _moto_backend(access_key_id)
    if found is None:
        return None
    account_id, backend = found
    for role in list(moto.sts.models.sts_backends[account_id][backend.partition].assumed_roles):
        if role.access_key_id == access_key_id:
            # moto's times are naive UTC.
            expires = role.expiration.replace(tzinfo=UTC).timestamp()
            return Key(account_id, role.secret_access_key, role.session_token, expires)
    # Looked for at its user: moto's own index keeps keys that were deleted.
    for user in list(backend.users.values()):
        for key in list(user.access_keys):
            if key.access_key_id == access_key_id and key.status == "Active":
                return Key(account_id, key.secret_access_key)
    return None
