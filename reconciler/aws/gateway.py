"""Reader and Writer over boto3: the only two ways out to AWS's control planes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from reconciler.aws import fault
from reconciler.aws.session import READS, Session
from reconciler.model import SecretRef
from reconciler.ports import Call, Params, SecretSource

logger = logging.getLogger(__name__)

_PAGE_TOKENS = ("Marker", "NextToken", "PaginationToken")


class AwsReader:
    """A ports.Reader: read-only by the operation's name, each distinct request made once.

    Kinds read at the same time: a request that is under way is waited for, not made twice.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._answers: dict[str, _Answer] = {}

    def read(self, service: str, operation: str, params: Params | None = None) -> Mapping[str, Any]:
        """Give the answer of one call; AwsError, or CouldNotLook when none came."""
        if not operation.startswith(READS):
            raise ValueError(f"{service}.{operation} is not a read, and this is a Reader")
        asked = plain(params or {})
        key = json.dumps([service, operation, asked], sort_keys=True, default=str)
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
        with answer.lock:
            if answer.value is None:
                answer.value = self._ask(service, operation, asked)
        return answer.value

    def pages(
        self, service: str, operation: str, key: str, params: Params | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Give the items under ``key``, page after page."""
        asked = dict(params or {})
        while True:
            page = self.read(service, operation, asked)
            yield from page.get(key, ())
            token = next((name for name in _PAGE_TOKENS if page.get(name)), None)
            if token is None:
                return
            asked[token] = page[token]

    def fresh(self) -> AwsReader:
        """Give a Reader over the same session that remembers nothing."""
        return AwsReader(self._session)

    @property
    def calls(self) -> int:
        """How many distinct requests were answered."""
        return sum(answer.value is not None for answer in list(self._answers.values()))

    def _ask(self, service: str, operation: str, asked: dict[str, Any]) -> Mapping[str, Any]:
        call = getattr(self._session.client(service), operation)
        logger.debug(
            "aws.read.sent",
            extra={"service": service, "operation": operation, "names": list(asked)},
        )
        action = Call(service, operation, {}).action
        found: Mapping[str, Any] = fault.asked(service, action, lambda: call(**asked), reading=True)
        return found


class _Answer:
    """One request's answer, and the lock under which it is fetched."""

    __slots__ = ("lock", "value")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value: Mapping[str, Any] | None = None


class AwsWriter:
    """A ports.Writer: sends once, opens secret references at the last moment."""

    def __init__(self, session: Session, secrets: SecretSource) -> None:
        self._session, self._secrets = session, secrets

    def send(self, call: Call) -> Mapping[str, Any]:
        """Send; AwsError (never with a secret in it) if it was not accepted."""
        operation = getattr(self._session.client(call.service), call.operation)
        logger.debug(
            "aws.write.sent",
            extra={
                "service": call.service,
                "operation": call.operation,
                "names": list(call.params),
            },
        )
        return _once(operation, call, _Opener(self._secrets))


def _once(operation: Any, call: Call, opener: _Opener) -> Mapping[str, Any]:
    def ask() -> Mapping[str, Any]:
        answer: Mapping[str, Any] = operation(**opener.opened(call.params))
        return answer

    return fault.asked(call.service, call.action, ask, opened=opener.names)


class _Opener:
    """Opens references in parameters, and remembers which values to keep out of messages."""

    def __init__(self, secrets: SecretSource) -> None:
        self._secrets = secrets
        self.names: dict[SecretStr, str] = {}

    def opened(self, params: Params) -> dict[str, Any]:
        return {name: self._open(value) for name, value in params.items()}

    def _open(self, value: Any) -> Any:
        match value:
            case SecretRef():
                secret = self._secrets.open(value)
                self.names[secret] = str(value)
                return secret.get_secret_value()
            case Mapping():
                return self.opened(value)
            case list() | tuple() | frozenset():
                return [self._open(one) for one in value]
            case _:
                return value


def plain(value: Any) -> Any:
    """Give parameters as botocore takes them: dicts and lists."""
    match value:
        case Mapping():
            return {name: plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return value
