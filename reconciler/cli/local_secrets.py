"""Secrets for --local: what can't be opened here gets a random value, kept for this folder."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from reconciler.errors import SecretUnavailable
from reconciler.model import SecretRef
from reconciler.ports import SecretSource


class LocalSecrets:
    """A SecretSource that answers for env and file references that this machine can't open.

    The values live in ``<folder>/secrets.json`` (0600), so that apply and verify see the same one.
    ``told`` is called once per reference that gets its value here.
    """

    def __init__(
        self, inner: SecretSource, folder: Path, told: Callable[[SecretRef], None]
    ) -> None:
        self._inner, self._path, self._told = inner, folder / "secrets.json", told

    def version(self, ref: SecretRef, salt: str) -> str:
        """Give the store's version, or one for the random value."""
        try:
            return self._inner.version(ref, salt)
        except SecretUnavailable:
            self._value(ref)
            return "local-1"

    def open(self, ref: SecretRef) -> SecretStr:
        """Give the value, or the random one of this folder."""
        try:
            return self._inner.open(ref)
        except SecretUnavailable:
            return SecretStr(self._value(ref))

    def _value(self, ref: SecretRef) -> str:
        try:
            known = json.loads(self._path.read_text())
        except (OSError, ValueError):
            known = {}
        if str(ref) not in known:
            known[str(ref)] = secrets.token_hex(16)
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(known))
            draft.replace(self._path)
            self._told(ref)
        return str(known[str(ref)])
