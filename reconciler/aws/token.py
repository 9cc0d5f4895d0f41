"""IAM authentication tokens for caches: a presigned URL without its scheme, good for 15 minutes.

The signed host is the cache's id (a serverless cache's name), not its DNS name (ElastiCache user
guide, authenticating with IAM).
"""

from __future__ import annotations

from urllib.parse import urlencode

from botocore.hooks import HierarchicalEmitter
from botocore.model import ServiceId
from botocore.signers import RequestSigner
from pydantic import SecretStr

from reconciler.aws.session import Session

LIFETIME_S = 900
_SCHEME = "https://"


class AwsTokenSource:
    """A ports.TokenSource that signs with the session's credentials; one fresh token a call."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def token(self, cache: str, user: str, *, serverless: bool) -> SecretStr:
        """Give a token for this cache and user; NoCredentials when nothing can sign."""
        query = {"Action": "connect", "User": user.lower()}
        if serverless:
            query["ResourceType"] = "ServerlessCache"
        signer = RequestSigner(
            ServiceId("elasticache"),
            self._session.region,
            "elasticache",
            "v4",
            self._session.credentials(),
            HierarchicalEmitter(),
        )
        signed = signer.generate_presigned_url(
            {
                "method": "GET",
                "url": f"{_SCHEME}{cache.lower()}/?{urlencode(query)}",
                "body": {},
                "headers": {},
                "context": {},
            },
            operation_name="connect",
            expires_in=LIFETIME_S,
            region_name=self._session.region,
        )
        return SecretStr(signed.removeprefix(_SCHEME))
