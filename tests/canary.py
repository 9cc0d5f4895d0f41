"""Secrets that are looked for wherever they must not be, in every form in which they could be."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

HASHES = ("md5", "sha1", "sha256", "sha512")


def forms(secret: str) -> set[str]:
    """Give every way in which it could be written down."""
    raw = secret.encode()
    digests = [getattr(hashlib, name)(raw) for name in HASHES]
    coded = {one(raw) for one in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode)}
    coded |= {base64.b64encode(one.digest()) for one in digests}
    coded |= {base64.urlsafe_b64encode(one.digest()) for one in digests}
    return (
        {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
        | {json.dumps(secret)[1:-1], repr(secret)[1:-1], raw.hex(), raw.hex().upper()}
        | {one.decode().rstrip("=") for one in coded}
        | {text for one in digests for text in (one.hexdigest(), one.hexdigest().upper())}
    )


class Canaries:
    """Some secrets, and which of them are in a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: dict[str, str] = {}
        self.know(*secrets)

    def know(self, *secrets: str) -> None:
        """Look for these too."""
        self._forms |= {form: secret for secret in secrets for form in forms(secret)}

    def found(self, text: str) -> set[str]:
        """Give those that are in a text, in whatever form."""
        return {secret for form, secret in self._forms.items() if form in text}

    def in_files(self, folder: Path) -> list[tuple[str, set[str]]]:
        """Give the files below that hold one, or are named by one."""
        return [
            (str(path), seen)
            for path in folder.rglob("*")
            if path.is_file()
            if (seen := self.found(f"{path}\n{path.read_bytes().decode(errors='replace')}"))
        ]


def of_processes(root: int) -> str:
    """Give the command lines of all processes, and the environments of this one's children."""
    told = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told.append((process / "cmdline").read_bytes())
            parents = (process / "stat").read_text().rpartition(")")[2].split()
            if int(parents[1]) == root:
                told.append((process / "environ").read_bytes())
    return b"\n".join(told).decode(errors="replace")
