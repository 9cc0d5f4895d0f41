"""Passwords, tokens and the three ways a user authenticates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from elasticache_local.service.refusal import bad_combination, bad_value

Sort = Literal["password", "no-password", "iam"]
_INPUT: dict[str, Sort] = {
    "password": "password",
    "no-password-required": "no-password",
    "iam": "iam",
}
_REFUSED = frozenset(',"/@')
_TOKEN_MARKS = frozenset("!&#$^<>-")


def hashed(secret: str) -> str:
    """Give the SHA-256 in hex: the only form in which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Authentication:
    """How a user proves who it is."""

    sort: Sort
    hashes: list[str] = field(default_factory=list)


def read_authentication(params: Mapping[str, Any]) -> Authentication | None:
    """Give what a request says about authentication, None when it says nothing.

    Refuses combinations that contradict themselves; the words are the service's own.
    """
    mode = params.get("AuthenticationMode") or {}
    asked = mode.get("Type")
    sort = _INPUT[asked] if asked else None
    nothing = bool(params.get("NoPasswordRequired"))
    passwords = params.get("Passwords")
    if mode.get("Passwords") is not None:
        if passwords is not None:
            raise bad_combination("Passwords can't be given twice.")
        passwords = mode["Passwords"]
    if nothing:
        if sort not in (None, "no-password"):
            raise bad_combination(
                f"No password required flag is not allowed with authentication type: {asked}"
            )
        sort, asked = "no-password", asked or "no-password-required"
    if passwords is not None and sort not in (None, "password"):
        raise bad_combination(f"Password field is not allowed with authentication type: {asked}")
    if passwords is not None:
        return Authentication("password", _hashes(passwords))
    if sort == "password":
        raise bad_combination(
            "A user with Authentication Mode: password, must have at least one password"
        )
    return Authentication(sort) if sort else None


def token_hash(token: str) -> str:
    """Give an AUTH token's hash, or refuse the token (user guide, AUTH)."""
    good = all(c.isascii() and (c.isalnum() or c in _TOKEN_MARKS) for c in token)
    if not 16 <= len(token) <= 128 or not good:
        raise bad_value("Invalid AuthToken provided.")
    return hashed(token)


def _hashes(passwords: Sequence[str]) -> list[str]:
    if not 1 <= len(passwords) <= 2:
        raise bad_value("A user can have one or two passwords.")
    for password in passwords:
        if not 16 <= len(password) <= 128:
            raise bad_value("Passwords length must be between 16-128 characters.")
        if not password.isprintable() or _REFUSED & set(password):
            raise bad_value('Passwords must be printable and must not contain any of: , " / @')
    return list(dict.fromkeys(hashed(password) for password in passwords))
