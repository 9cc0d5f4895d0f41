"""Secrets Manager and SSM Parameter Store: a version without the value, and the value."""

from __future__ import annotations

import json
from typing import Any

from pydantic import SecretStr

from reconciler.aws import fault
from reconciler.aws.session import Session
from reconciler.errors import AwsError, SecretUnavailable
from reconciler.model import SecretRef

_CURRENT = "AWSCURRENT"


class SecretsManager:
    """References ``{secretsmanager: id, key: k, stage: AWSCURRENT}``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def version(self, ref: SecretRef) -> str:
        """Give the version id that carries the stage; reads no value (DescribeSecret)."""
        told = _ask(self._session, ref, "describe_secret", SecretId=ref.id)
        wanted = ref.stage or _CURRENT
        for version, stages in told.get("VersionIdsToStages", {}).items():
            if wanted in stages:
                return str(version)
        raise SecretUnavailable(f"{ref}: no version of the secret carries the stage {wanted}")

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or the one under ``key`` of its JSON object."""
        told = _ask(
            self._session,
            ref,
            "get_secret_value",
            SecretId=ref.id,
            VersionStage=ref.stage or _CURRENT,
        )
        text = told.get("SecretString")
        if text is None:
            raise SecretUnavailable(f"{ref}: the secret is binary; it must be text")
        return SecretStr(_at_key(ref, text) if ref.key else text)


class ParameterStore:
    """References ``{ssm: name}`` (a SecureString, decrypted by the store)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def version(self, ref: SecretRef) -> str:
        """Give the parameter's version number; reads no value (DescribeParameters)."""
        told = _ask(
            self._session,
            ref,
            "describe_parameters",
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [ref.id]}],
        )
        for parameter in told.get("Parameters", ()):
            return str(parameter["Version"])
        raise SecretUnavailable(f"{ref}: there is no such parameter")

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the decrypted value."""
        told = _ask(self._session, ref, "get_parameter", Name=ref.id, WithDecryption=True)
        return SecretStr(told["Parameter"]["Value"])


def _ask(session: Session, ref: SecretRef, operation: str, **params: Any) -> Any:
    service = "ssm" if ref.store == "ssm" else "secretsmanager"
    call = getattr(session.client(service), operation)
    try:
        return fault.asked(service, operation, lambda: call(**params), reading=True)
    except AwsError as refused:
        code = refused.code
    # The service's words are left out: they are about an answer that may hold the value.
    raise SecretUnavailable(f"{ref}: {service} answered {code} to {operation}")


def _at_key(ref: SecretRef, text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SecretUnavailable(
            f"{ref}: the secret is not a JSON object, so it has no key {ref.key}"
        )
    value = found.get(ref.key)
    if not isinstance(value, str):
        raise SecretUnavailable(f"{ref}: the secret's JSON object has no text under {ref.key}")
    return value
