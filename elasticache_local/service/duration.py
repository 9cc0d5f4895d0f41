"""How long things take here: laptop seconds, all in one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Durations:
    """Least seconds of the service's clock; work that needs the data plane also waits for it."""

    user_create: float = 0.1
    user_modify: float = 0.3
    user_delete: float = 0.3
    user_tag_quiet: float = 0.1
    group_create: float = 0.3
    group_modify: float = 0.3
    group_delete: float = 0.3
    cache_create: float = 0.5
    cache_modify: float = 0.5
    cache_settings: float = 0.1
    cache_delete: float = 0.5
    cache_tag: float = 0.1
    replica_count: float = 0.5
    reshard: float = 0.8
    failover: float = 0.3
    parameters: float = 0.2
    reboot: float = 0.4
    snapshot: float = 0.4
    snapshot_delete: float = 0.2
    serverless_create: float = 0.5
    serverless_modify: float = 0.4
    serverless_delete: float = 0.4
