"""What a server says, as a value: the one place where redis-py's exceptions are read."""

from __future__ import annotations

import enum
import re
import ssl
from dataclasses import dataclass
from typing import Any

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004 - redis-py's own, which is no OSError
    InvalidResponse,
    MovedError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - as above
)

_UNKNOWN = re.compile(
    r"unknown (?:command|subcommand)|Unknown (?:command|subcommand)\b(?! or wrong)"
)
_ARITY = re.compile(r"wrong number of arguments", re.IGNORECASE)
# Refused before rights are asked (measured on redis 7, valkey 8 and 9), so it says nothing of them.
_BEFORE_RIGHTS = re.compile(r"command not allowed|not allowed inside a transaction")


class Sort(enum.Enum):
    """What an answer means to a probe."""

    VALUE = "a reply"
    ERROR = "an error of the command itself, so the command was allowed"
    MOVED = "asked at the wrong shard, so the command was allowed"
    DENIED = "no permission (NOPERM)"
    UNKNOWN = "a command that the server does not offer"
    ARITY = "wrong number of arguments, which is asked before rights are"
    EARLY = "refused before rights were asked"
    NO_AUTH = "not logged in (NOAUTH)"
    WRONG_PASS = "login refused (WRONGPASS)"  # noqa: S105 - the name of an answer
    LOADING = "still loading"
    CLOSED = "connection closed"
    SILENT = "no answer"
    UNTRUSTED = "a certificate that does not verify"
    NO_TLS = "no TLS spoken there"


_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})
_NEVER_REACHED = frozenset({Sort.CLOSED, Sort.SILENT, Sort.UNTRUSTED, Sort.NO_TLS, Sort.LOADING})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``text`` is fit for a report: it never repeats what was sent while logging in."""

    sort: Sort
    text: str
    value: Any = None

    @property
    def reached(self) -> bool:
        """Whether a server that is ready gave it."""
        return self.sort not in _NEVER_REACHED

    @property
    def allowed(self) -> bool | None:
        """Whether the command was allowed; None when the answer doesn't say."""
        if self.sort in {Sort.VALUE, Sort.ERROR, Sort.MOVED}:
            return True
        return False if self.sort in {Sort.DENIED, Sort.UNKNOWN} else None


def answered(value: Any) -> Answer:
    """Give a reply as an answer."""
    text = value if isinstance(value, str) else repr(value)
    return Answer(Sort.VALUE, text if len(text) <= 60 else f"{text[:57]}...", value)


def login_failed(error: RedisError) -> Answer:
    """Give a failure to connect or to log in.

    Only our own words: a server that does not know AUTH repeats its arguments, with the secret.
    """
    if (found := _connection(error)) is not None:
        return found
    if "without any password" in str(error):
        return Answer(Sort.WRONG_PASS, "login refused: no password is asked for there")
    if isinstance(error, AuthenticationError):
        return Answer(Sort.WRONG_PASS, "WRONGPASS, login refused")
    return Answer(Sort.WRONG_PASS, "login refused with an error other than WRONGPASS")


def failed(error: RedisError) -> Answer:
    """Give an error that came back for a command."""
    if (found := _connection(error)) is not None:
        return found
    text = str(error)
    if isinstance(error, NoPermissionError):
        return Answer(Sort.DENIED, f"NOPERM {text}")
    if isinstance(error, AuthenticationError):
        return Answer(Sort.NO_AUTH, f"NOAUTH {text}".strip())
    if _ARITY.search(text):
        return Answer(Sort.ARITY, text)
    if _UNKNOWN.search(text):
        return Answer(Sort.UNKNOWN, text)
    if _BEFORE_RIGHTS.search(text):
        return Answer(Sort.EARLY, text)
    if isinstance(error, MovedError):
        moved = f"MOVED to {error.host}:{error.port}"
        return Answer(Sort.MOVED, moved, (str(error.host), int(error.port)))
    code = "" if type(error) is ResponseError else f"{type(error).__name__.removesuffix('Error')} "
    return Answer(Sort.ERROR, f"{code}{text}")


def _connection(error: RedisError) -> Answer | None:
    if isinstance(error, AuthenticationError):
        return None
    if isinstance(error, BusyLoadingError):
        return Answer(Sort.LOADING, "LOADING, not ready yet")
    if isinstance(error, InvalidResponse):
        return Answer(Sort.CLOSED, "an answer that is not the protocol of redis")
    if isinstance(error, TimeoutError):
        # OpenSSL's own words: the connection stands, and nobody speaks TLS on it.
        if "handshake" in str(_cause(error)):
            return Answer(Sort.NO_TLS, "no TLS handshake in time")
        return Answer(Sort.SILENT, "no answer in time")
    if not isinstance(error, ConnectionError):
        return None
    return _lost(_cause(error))


def _lost(cause: OSError | None) -> Answer:
    match cause:
        case ssl.SSLCertVerificationError():
            return Answer(Sort.UNTRUSTED, f"certificate refused: {cause.verify_message}")
        case ssl.SSLError() if cause.reason in _NOT_TLS:
            return Answer(Sort.NO_TLS, "plaintext where TLS was expected")
        case None | ssl.SSLError():
            return Answer(Sort.CLOSED, "connection closed by the server")
        case ConnectionResetError() | BrokenPipeError():
            return Answer(Sort.CLOSED, "connection reset by the server")
        case _:
            return Answer(Sort.SILENT, (cause.strerror or type(cause).__name__).lower())


def _cause(error: BaseException) -> OSError | None:
    """Give the operating system's or OpenSSL's own error beneath redis-py's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
