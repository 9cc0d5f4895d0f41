"""One move of a replication group: where it stands, where it goes, and what a step looks like."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kind import Facts, Impact, Live, Step
from reconciler.kind.engine_version import default_group, family, is_default
from reconciler.model import ReplicationGroup
from reconciler.ports import Call

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Move:
    """What a rule looks at; ``before`` is live plus pending, ``before.scheduled`` what waits."""

    before: ReplicationGroup
    after: ReplicationGroup
    facts: Facts

    @property
    def live(self) -> Live[ReplicationGroup] | None:
        """Give what describe showed, for ids and names that a step must carry."""
        return self.facts.observed.get(self.before.address)

    def manages(self, name: str) -> bool:
        """Say whether the spec gives this field."""
        return self.facts.is_written(self.before.address, name)

    @property
    def at_once(self) -> bool:
        """Say whether changes that may wait for the maintenance window are made at once."""
        return self.after.apply_immediately

    @property
    def window(self) -> str:
        """Name the maintenance window."""
        return self.before.preferred_maintenance_window or "its maintenance window"

    def differs(self, *names: str) -> tuple[str, ...]:
        """Give which of these fields differ."""
        return tuple(
            name for name in names if getattr(self.before, name) != getattr(self.after, name)
        )

    def step(
        self,
        operation: str,
        params: Mapping[str, Any],
        leaves: Mapping[str, Any],
        *,
        impact: Impact = Impact.NONE,
        text: str = "nobody cut off",
        lines: tuple[str, ...] = (),
        hours: int = 1,
        **more: Any,
    ) -> Step:
        """Give a step that is made at once; it brings forward whatever waits for the window."""
        forward = tuple(
            f"brings forward: {name} {getattr(self.before, name)}" for name in self.before.scheduled
        )
        if forward and impact < Impact.FAILOVER:
            impact, text = Impact.FAILOVER, "a failover of each shard, by what it brings forward"
        sent = {"ReplicationGroupId": self.before.id, **params, "ApplyImmediately": True}
        marks = {**self.before.marks, **more.get("intent", {}), **more.get("record", {})}
        return Step(
            Call("elasticache", operation, sent),
            self.before.but(**leaves, marks=marks, scheduled=()),
            changes=self._changed(leaves),
            impact=impact,
            impact_text=text,
            lines=(*lines, *forward),
            settle_timeout_s=hours * HOUR_S,
            **more,
        )

    def _changed(self, leaves: Mapping[str, Any]) -> tuple[str, ...]:
        """Give what a person wrote and a step moves; all that it sends where it moves nothing."""
        seen = tuple(name for name in leaves if name not in UNSEEN)
        return tuple(name for name in seen if leaves[name] != getattr(self.before, name)) or seen

    def modify(self, params: Mapping[str, Any], leaves: Mapping[str, Any], **more: Any) -> Step:
        """Give a ModifyReplicationGroup that is made at once."""
        step = self.step("modify_replication_group", params, leaves, **more)
        # Counts of nodes and shards are calls of their own: there what waits goes on waiting.
        brought = {name: it for name, it in brought_along(self).items() if name not in leaves}
        if step.leaves is None or not brought:
            return step
        return dataclasses.replace(step, leaves=step.leaves.but(**brought))

    def later(
        self, params: Mapping[str, Any], leaves: Mapping[str, Any], *, impact: Impact, text: str
    ) -> Step:
        """Give a ModifyReplicationGroup that waits for the maintenance window."""
        sent = {"ReplicationGroupId": self.before.id, **params, "ApplyImmediately": False}
        scheduled = tuple(sorted({*self.before.scheduled, *leaves}))
        return Step(
            Call("elasticache", "modify_replication_group", sent),
            self.before.but(**leaves, scheduled=scheduled),
            changes=tuple(leaves),
            impact=impact,
            impact_text=text,
            when=f"in the maintenance window, {self.window}",
        )


def fitting_group(
    move: Move, engine: str | None, version: str | None, *, clustered: bool
) -> str | None:
    """Give the parameter group for a version and mode on the way: at its end the wished one.

    Before that the one that is there where it fits, else the service's own.
    """
    before, after = move.before, move.after
    right = family(engine or "", version or "")
    if (right, clustered) == (family_of(after), after.cluster_mode != "disabled"):
        return after.cache_parameter_group_name
    held = before.cache_parameter_group_name
    fits = (right, clustered) == (_family_that_runs(move), before.cluster_mode != "disabled")
    if fits and not is_default(held):
        return held
    return default_group(engine or "", version or "", clustered=clustered)


def family_of(group: ReplicationGroup) -> str:
    """Give the parameter family of the version that a group has."""
    return family(group.engine or "", group.engine_version or "")


def _family_that_runs(move: Move) -> str:
    """Give the family of the parameter group that is there: of what runs, not of what waits."""
    waits = "engine_version" in move.before.scheduled and move.live is not None
    return family_of(move.live.resource if waits and move.live else move.before)


UNSEEN = frozenset({"auth_token_held", "durability_in_effect", "scheduled"})
"""What a step leaves that no person wrote."""


def brought_along(move: Move) -> dict[str, Any]:
    """Give what comes with a version that is brought forward, and shows in no pending value."""
    before = move.before
    if "engine_version" not in before.scheduled:
        return {}
    clustered = before.cluster_mode != "disabled"
    name = fitting_group(move, before.engine, before.engine_version, clustered=clustered)
    if is_default(name):
        name = default_group(before.engine or "", before.engine_version or "", clustered=clustered)
    return {"cache_parameter_group_name": name}


def sized(group: ReplicationGroup, *, shards: int, replicas: int) -> dict[str, Any]:
    """Give the counts of a group of this size, in every field that shows them."""
    flat = group.cluster_mode != "enabled"
    return {
        "num_node_groups": shards,
        "replicas_per_node_group": replicas,
        "num_cache_clusters": shards * (1 + replicas) if flat else None,
    }
