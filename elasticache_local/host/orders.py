"""What CONTROL starts HOST with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Orders:
    """How HOST is to run. Times are in the service's seconds; it takes longer for each of them."""

    data_dir: str
    engines: bool = True
    """Without: only the scratch engine for access strings runs, and nothing listens."""
    keep_data: bool = True
    """Whether what the engines hold outlives a clean stop."""
    normaliser: str = "valkey 8.0"
    """The engine, and the version at least, that judges and stores access strings."""
    speed: float = 1.0
    """How many of the service's seconds pass in one of ours, at the start."""
    fail_over_s: float = 1.0
    """From a primary's death to the promotion of a replica."""
    replace_s: float = 20.0
    """From a node's death to its replacement."""
    iam_life_s: float = 12 * 3600.0
    """How long a connection that came in by an IAM token lasts."""
