"""IAM tokens for the data plane: a presigned URL used as a password, checked without a network."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

LONGEST_LIFE_S = 900
"""The user guide: a token is valid for 15 minutes."""
SKEW_S = 900
"""SigV4 takes a request dated up to 15 minutes ahead of the server's clock."""
_EMPTY_BODY = hashlib.sha256(b"").hexdigest()
_ALGORITHM = "AWS4-HMAC-SHA256"
_REQUIRED = (
    "Action",
    "User",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


@dataclass(frozen=True)
class Key:
    """The secret half of an access key, and whose it is. ``expires`` is in epoch seconds."""

    account_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires: float | None = None


@dataclass(frozen=True)
class Login:
    """Who asks to come in where; ``sort`` is that of the cache, ``now`` in epoch seconds."""

    cache: str
    user: str
    sort: str
    account_id: str
    region: str
    now: float


class BadToken(Exception):
    """The token opens nothing; carries the reason, never a part of the token."""


@dataclass(frozen=True)
class _Token:
    host: str
    query: dict[str, str] = field(repr=False)

    @property
    def access_key_id(self) -> str:
        return self.query["X-Amz-Credential"].split("/", 1)[0]

    @property
    def scope(self) -> str:
        return self.query["X-Amz-Credential"].partition("/")[2]


def check_token(
    token: str,
    login: Login,
    find_key: Callable[[str], Key | None],
    *,
    accept_unknown_keys: bool = False,
) -> str:
    """Give the access key id that signed this token for this login, or raise BadToken.

    With ``accept_unknown_keys`` a key that ``find_key`` does not know is taken at its word;
    everything but its signature is still checked.
    """
    parsed = _parse(token)
    for problem in _mismatches(parsed, login):
        raise BadToken(problem)
    key = find_key(parsed.access_key_id)
    if key is None:
        if accept_unknown_keys:
            return parsed.access_key_id
        raise BadToken("it is signed with an access key that was not made here")
    for problem in _key_problems(parsed, key, login):
        raise BadToken(problem)
    return parsed.access_key_id


def _parse(token: str) -> _Token:
    host, separator, text = token.partition("/?")
    if not separator or not host:
        raise BadToken("it is not of the form cache/?Action=connect&User=...")
    query: dict[str, str] = {}
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        name = unquote(name)
        if not equals:
            raise BadToken("a query parameter has no value")
        if name in query:
            raise BadToken("a query parameter is repeated")
        query[name] = unquote(value)
    for name in _REQUIRED:
        if name not in query:
            raise BadToken(f"{name} is missing")
    return _Token(host, query)


def _mismatches(token: _Token, login: Login) -> Iterator[str]:
    query = token.query
    serverless = login.sort == "serverless_cache"
    if token.host != login.cache.lower():
        yield f"it is signed for another cache than {login.cache}"
    if query["Action"] != "connect":
        yield "its Action is not connect"
    if query["User"] != login.user:
        yield f"it is signed for another user than {login.user}"
    if serverless and query.get("ResourceType") != "ServerlessCache":
        yield "a serverless cache needs ResourceType=ServerlessCache"
    if not serverless and "ResourceType" in query:
        yield "ResourceType is for serverless caches only"
    if query["X-Amz-Algorithm"] != _ALGORITHM:
        yield f"its algorithm is not {_ALGORITHM}"
    if query["X-Amz-SignedHeaders"] != "host":
        yield "the signed headers are not host alone"
    yield from _time_problems(query, login.now)
    if token.scope != f"{query['X-Amz-Date'][:8]}/{login.region}/elasticache/aws4_request":
        yield f"its credential scope is not of this day, {login.region} and elasticache"


def _time_problems(query: dict[str, str], now: float) -> Iterator[str]:
    try:
        stamp = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        yield "its date can't be read"
        return
    life = query["X-Amz-Expires"]
    if not (re.fullmatch(r"[0-9]{1,3}", life) and 1 <= int(life) <= LONGEST_LIFE_S):
        yield f"its life is not between 1 and {LONGEST_LIFE_S} seconds"
        return
    signed = stamp.timestamp()
    if now > signed + int(life):
        yield "it has expired"
    if signed > now + SKEW_S:
        yield "it is dated in the future"


def _key_problems(token: _Token, key: Key, login: Login) -> Iterator[str]:
    if key.account_id != login.account_id:
        yield "it is signed with a key of another account"
    if key.expires is not None and login.now > key.expires:
        yield "the session that signed it has ended"
    given = token.query.get("X-Amz-Security-Token", "")
    if not hmac.compare_digest(given.encode(), (key.session_token or "").encode()):
        yield "its session token is not the key's"
    signature = _signature(token, key.secret)
    if not hmac.compare_digest(token.query["X-Amz-Signature"].encode(), signature.encode()):
        yield "its signature is wrong"


def _signature(token: _Token, secret: str) -> str:
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in token.query.items()
        if name != "X-Amz-Signature"
    )
    canonical_query = "&".join(f"{name}={value}" for name, value in pairs)
    canonical = f"GET\n/\n{canonical_query}\nhost:{token.host}\n\nhost\n{_EMPTY_BODY}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{_ALGORITHM}\n{token.query['X-Amz-Date']}\n{token.scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in token.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()
