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
    version: str | None = None
    """Exactly this version of a store: it never moves."""
    create: bool = False
    """Whether apply makes it, with a random value, where a store has none."""

    def at(self, version: str) -> SecretRef:
        """Give the reference to exactly this version of the same secret."""
        return SecretRef(store=self.store, id=self.id, key=self.key, version=version)

    @property
    def plain(self) -> SecretRef:
        """Give the reference to what stands there, without stage, version or wish."""
        return SecretRef(store=self.store, id=self.id, key=self.key)

    @property
    def moves(self) -> bool:
        """Whether it follows a store's current version, which can be rotated and looked back on."""
        is_current = self.stage in (None, "AWSCURRENT") and self.version is None
        return self.store in ("secretsmanager", "ssm") and is_current

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
    def _as_written(self) -> dict[str, str | bool]:
        found: dict[str, str | bool | None] = {
            self.store: self.id,
            "key": self.key,
            "stage": self.stage,
            "version": self.version,
            "create": self.create or None,
        }
        return {key: value for key, value in found.items() if value is not None}

    def __str__(self) -> str:
        """Name the reference as it is written."""
        told = ((key, "true" if it is True else it) for key, it in self._as_written().items())
        return "{" + ", ".join(f"{key}: {value}" for key, value in told) + "}"
