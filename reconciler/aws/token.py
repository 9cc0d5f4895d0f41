"""IAM authentication tokens for caches: a presigned URL without its scheme, good for 15 minutes.

The signed host is the cache's id (a serverless cache's name), not its DNS name (ElastiCache user
guide, authenticating with IAM).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from pydantic import SecretStr

from reconciler.aws.session import Session

LIFETIME_S = 900
_SCHEME = "https://"


class AwsTokenSource:
    """A ports.TokenSource that signs with the session's credentials; one fresh token a call."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def token(
        self, cache: str, user: str, *, serverless: bool, issued: datetime | None = None
    ) -> SecretStr:
        """Give a token for this cache and user; NoCredentials when nothing can sign."""
        query = {"Action": "connect", "User": user.lower()}
        if serverless:
            query["ResourceType"] = "ServerlessCache"
        request = AWSRequest("GET", f"{_SCHEME}{cache.lower()}/?{urlencode(query)}")
        signer = _SignedAsOf(
            self._session.credentials(), self._session.region, issued or datetime.now(UTC)
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
