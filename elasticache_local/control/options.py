"""How an instance is to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from elasticache_local.switch import Switches


@dataclass(frozen=True)
class Options:
    """How an instance is to run; as on the command line."""

    port: int = 0
    data_dir: Path | None = None
    speed: float = 1.0
    engines: bool = True
    idle_timeout_s: float | None = None
    accept_unknown_keys: bool = False
    until_eof: bool = False
    switches: Switches = field(default_factory=Switches)
