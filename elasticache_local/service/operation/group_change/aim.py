"""What a group will be once all that was accepted has happened."""

from __future__ import annotations

from typing import TypeVar

from elasticache_local.service.record import ReplicationGroup

T = TypeVar("T")


def aim(group: ReplicationGroup, name: str, live: T) -> T:
    """Give the pending value of a field, the live one where nothing is pending."""
    value: T = group.pending.get(name, live)
    return value
