"""SecretSource: environment, files, and the stores it is handed. Errors name the reference only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from reconciler.errors import SecretUnavailable
from reconciler.model import SecretRef
from reconciler.ports import SecretStore, Versions

_LONGEST = 64 * 1024
_FINGERPRINT_BYTES = 3


class Store(SecretStore, Protocol):
    """One kept place of secrets: Secrets Manager, the parameter store."""

    def version(self, ref: SecretRef) -> str:
        """Give the store's own version id, without reading the value."""
        ...

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or raise SecretUnavailable."""
        ...


class Secrets:
    """A ports.SecretSource.

    ``stores`` by the reference's word (``secretsmanager``, ``ssm``). ``stand_ins`` are used for a
    variable or a file that is not there: the local ElastiCache keeps a random value for each.
    """

    def __init__(
        self,
        stores: Mapping[str, Store],
        *,
        environ: Mapping[str, str] = os.environ,
        folder: Path = Path(),
        stand_ins: Mapping[SecretRef, SecretRef] | None = None,
    ) -> None:
        self._stores, self._environ, self._folder = stores, environ, folder
        self._stand_ins = stand_ins or {}

    def version(self, ref: SecretRef, salt: str) -> str:
        """Give a text that changes with the secret; of a store no value is read.

        Variables and files have no versions, so theirs is a fingerprint: 24 bits of scrypt. A
        change is missed once in 16 million, and to somebody who guesses it confirms little.
        """
        kept = self._kept(ref)
        if kept.store in self._stores:
            return self._stores[kept.store].version(kept)
        value = self.open(kept).get_secret_value()
        return hashlib.scrypt(
            value.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=_FINGERPRINT_BYTES
        ).hex()

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or raise SecretUnavailable."""
        kept = self._kept(ref)
        match kept.store:
            case "env":
                return self._variable(kept)
            case "file":
                return self._file(kept)
            case store if store in self._stores:
                return self._stores[store].open(kept)
        raise SecretUnavailable(f"{ref}: no store of this sort is at hand")

    def versions(self, ref: SecretRef) -> Versions | None:
        """Give every version that its store holds; None for a place that has no versions."""
        store = self.store_of(ref)
        return None if store is None else store.versions(ref)

    def store_of(self, ref: SecretRef) -> SecretStore | None:
        """Give the store that keeps versions of it; None for variables and files, stood in or not.

        So what a person sees of them on the local ElastiCache is what holds everywhere.
        """
        return self._stores.get(ref.store)

    def _kept(self, ref: SecretRef) -> SecretRef:
        if ref in self._stand_ins and not self._is_here(ref):
            return self._stand_ins[ref]
        return ref

    def _is_here(self, ref: SecretRef) -> bool:
        if ref.store == "env":
            return ref.id in self._environ
        return ref.store == "file" and (self._folder / ref.id).is_file()

    def _variable(self, ref: SecretRef) -> SecretStr:
        value = self._environ.get(ref.id)
        if not value:
            raise SecretUnavailable(f"{ref}: the variable is not set or empty")
        return SecretStr(value)

    def _file(self, ref: SecretRef) -> SecretStr:
        path = self._folder / Path(ref.id).expanduser()
        try:
            with path.open("rb") as opened:
                raw = opened.read(_LONGEST + 1)
        except OSError as raised:
            raise SecretUnavailable(f"{ref}: {raised.strerror or 'unreadable'}") from None
        if len(raw) > _LONGEST:
            raise SecretUnavailable(f"{ref}: the file is larger than 64 KiB; a secret is not")
        value = _text(raw)
        if not value:
            raise SecretUnavailable(f"{ref}: the file is empty or not UTF-8 text")
        return SecretStr(value)


def _text(raw: bytes) -> str:
    """Give the text without the line end that editors add; empty when it is no UTF-8.

    The decoding error is dropped here: it carries the bytes.
    """
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return ""
