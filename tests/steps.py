"""The steps of one replication group, as a plan would show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import build

from reconciler.kind import Endpoint, Pending, Step, Unreachable, Wait
from reconciler.model import ReplicationGroup, Resource
from reconciler.planning.complete import complete
from reconciler.planning.unfold import unfold

KIND = build.KIND["replication_group"]
PLAIN: dict[str, Any] = {"transit_encryption_enabled": False, "transit_encryption_mode": None}
HELD = {"auth_token": build.HELD, "auth_token_held": "2026-01-01T00:00:00+00:00"}


def wish(**fields: Any) -> ReplicationGroup:
    """A wish for the group that is shown."""
    return ReplicationGroup(id="orders", **fields)


def plan(
    desired: ReplicationGroup,
    shown: ReplicationGroup,
    *others: Resource,
    pending: Iterable[Pending] = (),
    endpoints: Iterable[Endpoint] = (),
    observed: Iterable[Resource] = (),
) -> tuple[tuple[Step, ...], Wait | Unreachable | None]:
    """The steps that a plan would show, and why they end."""
    live = build.live(shown, pending=tuple(pending), endpoints=tuple(endpoints))
    facts = build.facts([desired, *others], [live, *observed])
    before = facts.observed[shown.address].effective
    return unfold(KIND, before, complete(KIND, desired, before, facts), facts)


def created(desired: ReplicationGroup) -> Step:
    """The one step of a creation."""
    facts = build.facts([desired])
    [step], stop = unfold(KIND, None, complete(KIND, desired, None, facts), facts)
    assert stop is None
    return step


def told(steps: Iterable[Step]) -> list[tuple[str, dict[str, Any]]]:
    """Each step as its operation and parameters, without what every call has."""
    return [
        (
            step.call.operation,
            {
                key: value
                for key, value in step.call.params.items()
                if key not in {"ReplicationGroupId", "ApplyImmediately"}
            },
        )
        for step in steps
    ]


def modified(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Each step's parameters."""
    return [params for _, params in told(steps)]
