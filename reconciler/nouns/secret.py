"""References to secrets: where one is kept, never what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import model_serializer, model_validator

from reconciler.nouns.field import Noun

SecretStore = Literal["env", "file", "secretsmanager", "ssm"]


class SecretRef(Noun):
    """Where a secret is kept, written as ``{secretsmanager: id, key: k}``, ``{ssm: name}``, ...

    Besides these two stores there are ``{env: NAME}`` and ``{file: path}``.
    """

    store: SecretStore
    id: str
    key: str | None = None
    """The key inside a Secrets Manager secret that is a JSON object."""
    stage: str | None = None
    """A Secrets Manager stage (AWSCURRENT, AWSPREVIOUS)."""

    @model_validator(mode="before")
    @classmethod
    def _from_mapping(cls, value: object) -> object:
        if isinstance(value, Mapping) and "store" not in value:
            stores = [name for name in ("env", "file", "secretsmanager", "ssm") if name in value]
            if len(stores) == 1:
                rest = {key: item for key, item in value.items() if key != stores[0]}
                return {"store": stores[0], "id": value[stores[0]], **rest}
            raise ValueError(
                "a secret is one of {secretsmanager: id, key: k}, {ssm: name}, {env: NAME}, "
                "{file: path}"
            )
        if isinstance(value, str):
            # The one message that must never repeat what it complains about.
            raise ValueError(  # noqa: TRY004 - pydantic turns ValueError into a problem
                "a secret in plain text is refused; write a reference such as {env: NAME} "
                "or {secretsmanager: id, key: k}"
            )
        return value

    @model_serializer
    def _as_written(self) -> dict[str, str]:
        found = {self.store: self.id, "key": self.key, "stage": self.stage}
        return {key: value for key, value in found.items() if value is not None}

    def __str__(self) -> str:
        """Name the reference as it is written."""
        return "{" + ", ".join(f"{key}: {value}" for key, value in self._as_written().items()) + "}"
