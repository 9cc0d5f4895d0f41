"""botocore's exceptions -> ours. Nothing above this room has seen one.

Only the service's own words go through, without any secret value; botocore's own messages do not,
because some of them echo parameters.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, quote_plus

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from pydantic import SecretStr

from reconciler.errors import AwsError, CouldNotLook, NoCredentials, ReconcilerError

T = TypeVar("T")

RAISED = (boto.BotoCoreError, boto.ClientError, ResponseParserError)
"""Everything that a call through botocore can raise on purpose."""

NO_CREDENTIALS = (
    "no AWS credentials were found: configure them as for the AWS CLI (aws configure, AWS_PROFILE, "
    "a role of the machine), or add --local to work on the local ElastiCache"
)

_WITHOUT_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
)
_CREDENTIALS_BROKEN = (
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.NoAuthTokenError,
    boto.SSOError,
    boto.LoginError,
    boto.UnknownCredentialError,
    boto.InfiniteLoopConfigError,
    boto.InvalidConfigError,
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.RefreshWithMFAUnsupportedError,
    boto.MetadataRetrievalError,
    boto.MissingDependencyException,
)
# No connection was made, so no request has left.
_NOT_SENT = (
    boto.EndpointConnectionError,
    boto.ConnectTimeoutError,
    boto.ProxyConnectionError,
    boto.SSLError,
)
# The request may have arrived and been worked on. A parser error is half an answer or no XML.
_SILENT = (
    boto.HTTPClientError,
    boto.IncompleteReadError,
    boto.ConnectionError,
    ResponseParserError,
)

_RAN_OUT = (
    "log in again and repeat the command: it goes on from what stands, and nothing is done twice"
)
_UNKNOWN_KEY = "aws sts get-caller-identity tries the same credentials"
_NEXT = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), _RAN_OUT),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"),
        _UNKNOWN_KEY,
    ),
}
"""What to do about credentials that the service turns away, whatever was asked of it."""

_NAMED_PARAMETER = re.compile(r"parameter:? \"?([A-Za-z][A-Za-z0-9.\[\]]*)")


def asked(
    service: str,
    action: str,
    ask: Callable[[], T],
    *,
    opened: Mapping[SecretStr, str] | None = None,
    reading: bool = False,
) -> T:
    """Give what ``ask`` gives, or raise our error for it.

    The error holds no reference to botocore's (not even as its context): that one can hold secrets.
    To a read, silence is CouldNotLook.
    """
    try:
        return ask()
    except RAISED as raised:
        error = as_error(service, action, raised, opened)
    raise _as_read(error) if reading else error


def as_error(
    service: str, action: str, raised: Exception, opened: Mapping[SecretStr, str] | None = None
) -> ReconcilerError:
    """Give our error for what botocore raised.

    ``opened`` maps secret values that the request carried to the names that may stand for them.
    """
    match raised:
        case boto.ClientError():
            return _answer(service, action, raised, opened or {})
        case boto.ParamValidationError():
            names = sorted(set(_NAMED_PARAMETER.findall(str(raised))))
            return AwsError(
                service,
                action,
                "ParamValidation",
                f"the request does not fit the service's model: {', '.join(names) or 'parameters'}",
            )
    if isinstance(raised, _WITHOUT_CREDENTIALS):
        return NoCredentials(NO_CREDENTIALS)
    if isinstance(raised, boto.ProfileNotFound):
        return NoCredentials(
            "there is no such AWS profile as AWS_PROFILE names: aws configure list-profiles tells "
            "which there are"
        )
    if isinstance(raised, _CREDENTIALS_BROKEN):
        return NoCredentials(
            f"AWS credentials are configured and could not be used ({type(raised).__name__}): "
            "try aws sts get-caller-identity, or add --local to work on the local ElastiCache"
        )
    if isinstance(raised, boto.ReadTimeoutError):
        return AwsError(service, action, "Timeout", "no answer came in time", status=0)
    if isinstance(raised, _NOT_SENT):
        return AwsError(service, action, "NotSent", "no connection could be made", status=0)
    if isinstance(raised, _SILENT):
        return AwsError(service, action, "ConnectionError", "the answer was lost", status=0)
    return AwsError(
        service, action, type(raised).__name__, "the request could not be prepared", status=400
    )


def _as_read(error: ReconcilerError) -> ReconcilerError:
    if isinstance(error, AwsError) and error.status == 0:
        return CouldNotLook(
            f"{error.service} {error.operation}: {error.message} ({error.code}); "
            "is the endpoint reachable from here?"
        )
    return error


def _answer(
    service: str, action: str, raised: boto.ClientError, opened: Mapping[SecretStr, str]
) -> AwsError:
    told = raised.response.get("Error", {})
    meta = raised.response.get("ResponseMetadata", {})
    code, words = str(told.get("Code", "Unknown")), str(told.get("Message", ""))
    said = scrubbed(words, opened)
    return AwsError(
        service,
        action,
        code,
        f"{said.rstrip('. ')}; {_NEXT[code]}" if code in _NEXT else said,
        status=int(meta.get("HTTPStatusCode", 0)),
        request_id=str(meta.get("RequestId", "")),
    )


def scrubbed(text: str, opened: Mapping[SecretStr, str]) -> str:
    """Give the text with each secret value replaced by its name, in whatever form it stands."""
    for secret, name in opened.items():
        for form in sorted(_forms(secret.get_secret_value()), key=len, reverse=True):
            text = text.replace(form, name)
    return text


def _forms(value: str) -> set[str]:
    """Give a value as a service's words may repeat it: plain, or as it came over the wire."""
    urls = {quote(value), quote(value, safe=""), quote_plus(value)}
    quoted = {json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value)}
    return {value, *urls, *quoted, base64.b64encode(value.encode()).decode()} - {""}
