"""Every call and its answer, as botocore saw them; secrets never get into a record."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SERVICES = frozenset({"elasticache", "resourcegroupstaggingapi"})
SCRUBBED = "(scrubbed)"
_SECRET_MEMBERS = frozenset({"Passwords", "AuthToken", "SecretString", "SecretBinary", "Value"})
# Value is a secret's in SSM and a tag's elsewhere.
_HOLDING_TAGS = frozenset({"Tags", "TagList"})


@dataclass(frozen=True)
class Record:
    """One call: what was asked, what came back, how long it took."""

    step: str
    service: str
    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    at: str = ""
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the service did not refuse."""
        return not self.code


class Recorder:
    """Hangs between boto3 and the world; writes a line a call as it happens."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.records: list[Record] = []
        self.step = ""
        self._secrets: set[str] = set()
        self._lock = threading.Lock()
        path.touch(mode=0o600)
        self._file = path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Stop writing."""
        self._file.close()

    def keep_out(self, secret: str) -> str:
        """Never let this text into a record; gives it back."""
        self._secrets.add(secret)
        return secret

    def attach(self, session: Any) -> None:
        """Listen to every client that is made from this botocore session."""
        session.register("before-parameter-build", self._asked)
        session.register("after-call", self._answered)
        session.register("after-call-error", self._unanswered)

    def _asked(self, params: Any, context: dict[str, Any], **_: Any) -> None:
        context["live"] = (self._scrubbed(params), time.monotonic())

    def _answered(self, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        error = parsed.get("Error", {})
        self._add(
            model,
            context,
            answer={name: one for name, one in parsed.items() if name not in _ENVELOPE},
            code=error.get("Code", ""),
            message=error.get("Message", ""),
        )

    def _unanswered(self, exception: Exception, context: dict[str, Any], **more: Any) -> None:
        operation = more["event_name"].rsplit(".", 1)[-1]
        service = more["event_name"].split(".")[1]
        self._note(service, operation, context, code=type(exception).__name__)

    def _add(self, model: Any, context: dict[str, Any], **more: Any) -> None:
        service = model.service_model.service_name
        self._note(service, model.name, context, **more)

    def _note(self, service: str, operation: str, context: dict[str, Any], **more: Any) -> None:
        if service not in SERVICES:
            return
        params, began = context.get("live", ({}, time.monotonic()))
        record = Record(
            self.step,
            service,
            operation,
            params,
            **{name: self._scrubbed(one) for name, one in more.items()},
            at=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            seconds=round(time.monotonic() - began, 3),
        )
        with self._lock:
            self.records.append(record)
            self._file.write(json.dumps(asdict(record), default=str) + "\n")
            self._file.flush()

    def _scrubbed(self, value: Any, name: str = "", *, in_tags: bool = False) -> Any:
        match value:
            case _ if name in _SECRET_MEMBERS and not in_tags:
                return SCRUBBED
            case Mapping():
                return {
                    key: self._scrubbed(one, key, in_tags=in_tags) for key, one in value.items()
                }
            case list() | tuple():
                inside = in_tags or name in _HOLDING_TAGS
                return [self._scrubbed(one, in_tags=inside) for one in value]
            case str():
                for secret in self._secrets:
                    value = value.replace(secret, SCRUBBED)
                return value
            case dt.datetime():
                return value.isoformat()
            case _:
                return value


_ENVELOPE = frozenset({"ResponseMetadata", "Error"})
