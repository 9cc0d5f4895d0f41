"""Secrets Manager and SSM Parameter Store: a version without the value, the value, a new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from pydantic import SecretStr

from reconciler.aws import fault
from reconciler.aws.session import Session
from reconciler.errors import AwsError, SecretMissing, SecretUnavailable
from reconciler.model import SecretRef
from reconciler.ports import Call, Versions

_CURRENT, _PENDING, _PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
# What the two services answer where there is no such secret, version or label.
_MISSING = frozenset(
    {
        "ResourceNotFoundException",
        "ParameterNotFound",
        "ParameterVersionNotFound",
        "ParameterVersionLabelNotFound",
    }
)
_THERE = frozenset({"ResourceExistsException", "ParameterAlreadyExists"})


class SecretsManager:
    """References ``{secretsmanager: id, key: k, stage: AWSCURRENT}``; a ports.SecretStore.

    Moving AWSCURRENT takes AWSPREVIOUS along to the version that had it (Secrets Manager API,
    UpdateSecretVersionStage); a version without a stage can be opened by its id for a while.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def version(self, ref: SecretRef) -> str:
        """Give the version id that carries the stage; reads no value (DescribeSecret)."""
        if ref.version is not None:
            return ref.version
        wanted = ref.stage or _CURRENT
        if found := self._staged(self._described(ref)).get(wanted):
            return found
        raise SecretMissing(f"{ref}: no version of the secret carries the stage {wanted}")

    def versions(self, ref: SecretRef) -> Versions:
        """Give the versions that carry the service's own stages (DescribeSecret)."""
        told = self._described(ref)
        staged = self._staged(told)
        if _CURRENT not in staged:
            raise SecretMissing(f"{ref}: no version of the secret carries the stage {_CURRENT}")
        pending = staged.get(_PENDING, "")
        owner = told.get("OwningService", "")
        return Versions(
            current=staged[_CURRENT],
            # After a rotation the stage may stay where it was, on what is current by now.
            pending=pending if pending != staged[_CURRENT] else "",
            previous=staged.get(_PREVIOUS, ""),
            rotates=owner or ("its rotation function" if told.get("RotationEnabled") else ""),
        )

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or the one under ``key`` of its JSON object."""
        text = self._text(ref)
        return SecretStr(_at_key(ref, text) if ref.key else text)

    def create(self, ref: SecretRef, value: SecretStr) -> None:
        """Make the secret, or put the key beside those that are in it."""
        first = json.dumps({ref.key: value.get_secret_value()}) if ref.key else None
        text = first or value.get_secret_value()
        token = str(uuid4())
        try:
            _tell(
                self._session,
                ref,
                "create_secret",
                Name=ref.id,
                SecretString=text,
                ClientRequestToken=token,
            )
        except AwsError as refused:
            if refused.code not in _THERE:
                raise
            self._add_key(ref, value)

    def put(self, ref: SecretRef, value: SecretStr) -> None:
        """Keep a new version under AWSPENDING, with the other keys as they are in AWSCURRENT."""
        self._put(ref, _with_key(ref, self._text(ref.plain), value) if ref.key else value, _PENDING)

    def promote(self, ref: SecretRef, version: str, over: str) -> None:
        """Move AWSCURRENT; the service refuses where ``over`` does not carry it any more."""
        _tell(
            self._session,
            ref,
            "update_secret_version_stage",
            SecretId=ref.id,
            VersionStage=_CURRENT,
            MoveToVersionId=version,
            RemoveFromVersionId=over,
        )
        # Left where it is, AWSPENDING would look like a rotation that is under way.
        _tell(
            self._session,
            ref,
            "update_secret_version_stage",
            SecretId=ref.id,
            VersionStage=_PENDING,
            RemoveFromVersionId=version,
        )

    def _described(self, ref: SecretRef) -> Mapping[str, Any]:
        found: Mapping[str, Any] = _ask(self._session, ref, "describe_secret", SecretId=ref.id)
        return found

    @staticmethod
    def _staged(told: Mapping[str, Any]) -> dict[str, str]:
        versions = told.get("VersionIdsToStages", {})
        return {stage: str(version) for version, some in versions.items() for stage in some}

    def _text(self, ref: SecretRef) -> str:
        which = (
            {"VersionId": ref.version}
            if ref.version is not None
            else {"VersionStage": ref.stage or _CURRENT}
        )
        told = _ask(self._session, ref, "get_secret_value", SecretId=ref.id, **which)
        text = told.get("SecretString")
        if text is None:
            raise SecretUnavailable(f"{ref}: the secret is binary; it must be text")
        return str(text)

    def _add_key(self, ref: SecretRef, value: SecretStr) -> None:
        text = self._text(ref.plain)
        if ref.key is None:
            return
        try:
            _at_key(ref, text)
        except SecretMissing:
            self._put(ref, _with_key(ref, text, value), _CURRENT)

    def _put(self, ref: SecretRef, value: SecretStr, stage: str) -> None:
        _tell(
            self._session,
            ref,
            "put_secret_value",
            SecretId=ref.id,
            SecretString=value.get_secret_value(),
            VersionStages=[stage],
            ClientRequestToken=str(uuid4()),
        )


class ParameterStore:
    """References ``{ssm: name}`` (a SecureString, decrypted by the store); a ports.SecretStore.

    It has numbers and no place beside: what is put is current at once.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def version(self, ref: SecretRef) -> str:
        """Give the parameter's version number; reads no value (DescribeParameters)."""
        return ref.version or str(self._described(ref)["Version"])

    def versions(self, ref: SecretRef) -> Versions:
        """Give the number that is current, and the one before it: single ones can't be deleted."""
        number = int(self._described(ref)["Version"])
        previous = str(number - 1) if number > 1 else ""
        return Versions(current=str(number), previous=previous, staged=False)

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the decrypted value."""
        name = ref.id if ref.version is None else f"{ref.id}:{ref.version}"
        told = _ask(self._session, ref, "get_parameter", Name=name, WithDecryption=True)
        return SecretStr(told["Parameter"]["Value"])

    def create(self, ref: SecretRef, value: SecretStr) -> None:
        """Make the parameter, unless it is there by now."""
        try:
            self._put(ref, value, Type="SecureString", Overwrite=False)
        except AwsError as refused:
            if refused.code not in _THERE:
                raise

    def put(self, ref: SecretRef, value: SecretStr) -> None:
        """Keep a new version, encrypted as the one before."""
        told = self._described(ref)
        kept = {name: told[name] for name in ("Type", "KeyId", "DataType") if told.get(name)}
        if told.get("Tier") == "Advanced":
            kept["Tier"] = "Advanced"
        self._put(ref, value, **kept, Overwrite=True)

    def promote(self, ref: SecretRef, version: str, over: str) -> None:
        """Do nothing: what was put is current."""

    def _put(self, ref: SecretRef, value: SecretStr, **how: Any) -> None:
        text = value.get_secret_value()
        _tell(self._session, ref, "put_parameter", Name=ref.id, Value=text, **how)

    def _described(self, ref: SecretRef) -> Mapping[str, Any]:
        told = _ask(
            self._session,
            ref,
            "describe_parameters",
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [ref.id]}],
        )
        for parameter in told.get("Parameters", ()):
            found: Mapping[str, Any] = parameter
            return found
        raise SecretMissing(f"{ref}: there is no such parameter")


def _ask(session: Session, ref: SecretRef, operation: str, **params: Any) -> Any:
    service = _service(ref)
    call = getattr(session.client(service), operation)
    try:
        return fault.asked(service, operation, lambda: call(**params), reading=True)
    except AwsError as refused:
        code = refused.code
    # The service's words are left out: they are about an answer that may hold the value.
    sort = SecretMissing if code in _MISSING else SecretUnavailable
    raise sort(f"{ref}: {service} answered {code} to {operation}")


def _tell(session: Session, ref: SecretRef, operation: str, **params: Any) -> None:
    service, action = _service(ref), Call("", operation, {}).action
    call = getattr(session.client(service), operation)
    try:
        fault.asked(service, action, lambda: call(**params))
    except AwsError as refused:
        code, status, request = refused.code, refused.status, refused.request_id
    else:
        return
    # As above: the request held the value.
    words = f"for {ref}; its words are left out, they may be about the value"
    raise AwsError(service, action, code, words, status=status, request_id=request)


def _service(ref: SecretRef) -> str:
    return "ssm" if ref.store == "ssm" else "secretsmanager"


def _with_key(ref: SecretRef, text: str, value: SecretStr) -> SecretStr:
    """Give the JSON object with one key's value replaced, the others as they are."""
    return SecretStr(json.dumps({**_object(ref, text), ref.key: value.get_secret_value()}))


def _at_key(ref: SecretRef, text: str) -> str:
    found = _object(ref, text)
    if ref.key not in found:
        raise SecretMissing(f"{ref}: the secret's JSON object has no key {ref.key}")
    value = found[ref.key]
    if not isinstance(value, str):
        raise SecretUnavailable(f"{ref}: the secret's JSON object has no text under {ref.key}")
    return value


def _object(ref: SecretRef, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SecretUnavailable(
            f"{ref}: the secret is not a JSON object, so it has no key {ref.key}"
        )
    return found
