"""IAM authentication tokens for caches: a presigned URL without its scheme, good for 15 minutes.

The signed host is the cache's id (a serverless cache's name), not its DNS name (ElastiCache user
guide, authenticating with IAM).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from pydantic import SecretStr

from reconciler.aws import fault
from reconciler.errors import NoCredentials

LIFETIME_S = 900
_SCHEME = "https://"


class Signer(Protocol):
    """Who signs: our own Session, or other people's through BotoSigner."""

    @property
    def region(self) -> str: ...  # noqa: D102

    def credentials(self) -> Any:
        """Give botocore's frozen credentials, or raise NoCredentials."""
        ...


class BotoSigner:
    """Signs with a boto3 session of other people's code, for connect.IamLogin."""

    def __init__(self, session: Any, region: str | None = None) -> None:
        self._session = session
        self.region: str = region or session.region_name

    def credentials(self) -> Any:
        """Give botocore's frozen credentials, refreshed when they are due."""
        found = self._session.get_credentials()
        if found is None:
            raise NoCredentials(fault.NO_CREDENTIALS)
        return found.get_frozen_credentials()

    def outlive(self, seconds: float) -> bool:
        """Say whether the credentials are known to last so long: a token ends with them."""
        found = self._session.get_credentials()
        if found is None:
            return False
        if hasattr(found, "refresh_needed"):
            return not found.refresh_needed(refresh_in=seconds)
        # Long-lived keys have no session token; of a session's that was handed in nobody knows.
        return not found.token


class AwsTokenSource:
    """A ports.TokenSource that signs with the session's credentials; one fresh token a call."""

    def __init__(self, session: Signer) -> None:
        self._session = session

    def outlive(self, seconds: float) -> bool:
        """Say whether what signs is known to last so long; False where it can't tell."""
        tell = getattr(self._session, "outlive", None)
        return bool(tell and tell(seconds))

    def token(
        self,
        cache: str,
        user: str,
        *,
        serverless: bool,
        issued: datetime | None = None,
        region: str | None = None,
    ) -> SecretStr:
        """Give a token for this cache and user; NoCredentials when nothing can sign."""
        query = {"Action": "connect", "User": user.lower()}
        if serverless:
            query["ResourceType"] = "ServerlessCache"
        request = AWSRequest("GET", f"{_SCHEME}{cache.lower()}/?{urlencode(query)}")
        signer = _SignedAsOf(
            self._session.credentials(),
            region or self._session.region,
            issued or datetime.now(UTC),
        )
        signer.add_auth(request)
        return SecretStr(str(request.url).removeprefix(_SCHEME))


class _SignedAsOf(SigV4QueryAuth):
    """Botocore's presigner, but for the moment that is signed: its own is always now.

    The two ignored lines are botocore's own steps in this order; its stubs leave them out.
    """

    def __init__(self, credentials: Any, region: str, moment: datetime) -> None:
        super().__init__(credentials, "elasticache", region, expires=LIFETIME_S)
        self._moment = moment

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]
        text = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(  # type: ignore[attr-defined]
            request, self.signature(text, request)
        )
