"""Which ports endpoints had before, so that they come back on the same ones after a restart."""

from __future__ import annotations

import json
from pathlib import Path


class PortBook:
    """Ports by cache and endpoint, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports: dict[str, dict[str, int]] = {}
        if file.exists():
            self._ports = json.loads(file.read_text())

    def last(self, key: str, name: str) -> int:
        """Give the port that this endpoint had last; 0 if it is new."""
        return self._ports.get(key, {}).get(name, 0)

    def note(self, key: str, name: str, port: int) -> None:
        """Remember where this endpoint is."""
        if self.last(key, name) != port:
            self._ports.setdefault(key, {})[name] = port
            self._write()

    def forget(self, key: str) -> None:
        """Drop a cache that is gone for good."""
        if self._ports.pop(key, None):
            self._write()

    def taken(self) -> set[int]:
        """Every port in the book."""
        return {port for ports in self._ports.values() for port in ports.values()}

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._ports))
        fresh.replace(self._file)
