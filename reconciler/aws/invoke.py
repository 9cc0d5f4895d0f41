"""Running a function and having its answer, with the end of its log."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import Any

from reconciler.aws import fault
from reconciler.aws.session import Session
from reconciler.ports import Invoked

_LONGEST_S = 900 + 15
"""A function may run for fifteen minutes (Lambda quotas), and starting it takes a while."""


class AwsInvoker:
    """A ports.Invoker over Lambda's Invoke. An invocation is never sent twice by the client."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def invoke(self, function: str, payload: bytes) -> Invoked:
        """Run it and wait; AwsError or CouldNotLook when it could not be run."""
        client = self._session.patient_client("lambda", _LONGEST_S)
        ask = partial(
            client.invoke,
            FunctionName=function,
            InvocationType="RequestResponse",
            LogType="Tail",
            Payload=payload,
        )
        told: Any = fault.asked("lambda", "Invoke", ask, reading=True)
        content: bytes = told["Payload"].read()
        log = base64.b64decode(told.get("LogResult", "")).decode(errors="replace")
        return Invoked(content, log, _reason(content) if told.get("FunctionError") else "")


def _reason(content: bytes) -> str:
    """Give the sentence of an error as Lambda writes it down."""
    try:
        told = json.loads(content)
        sort, words = told.get("errorType", ""), told["errorMessage"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return "it failed without saying why"
    return f"{sort}: {words}" if sort else str(words)
