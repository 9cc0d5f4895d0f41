"""What a cache cluster's next call is: settings at once, then what may wait for its window."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kind import Facts, Impact, Live, Next, Step, Unreachable, Wait
from reconciler.kind.engine_version import family, is_default, is_lower
from reconciler.kind.node_based import log_requests, topic_request
from reconciler.kind.window import APART, MEET, WINDOWS, windows_meet
from reconciler.kinds.cache_cluster.describe import MEMCACHED
from reconciler.kinds.cache_cluster.zone import places, shown_with, staying
from reconciler.model import CacheCluster, ScaleConfig
from reconciler.ports import Call

_SETTINGS: Mapping[str, str] = {
    "security_group_ids": "SecurityGroupIds",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "notification_topic_arn": "NotificationTopicArn",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "ip_discovery": "IpDiscovery",
    "log_delivery_configurations": "LogDeliveryConfigurations",
}
SENT: Mapping[str, str] = {
    **_SETTINGS,
    "engine_version": "EngineVersion",
    "cache_node_type": "CacheNodeType",
    "num_cache_nodes": "NumCacheNodes",
    "az_mode": "AZMode",
    "cache_parameter_group_name": "CacheParameterGroupName",
}
"""Every field that ModifyCacheCluster takes."""
_GROUP = "cache_parameter_group_name"
_SCALES_FROM = "1.5"
_PERCENT = 20
"""What the service takes where nothing is said (user guide)."""


@dataclass(frozen=True, slots=True)
class _Move:
    """``before`` is live plus pending, ``before.scheduled`` what waits."""

    before: CacheCluster
    after: CacheCluster
    facts: Facts

    @property
    def window(self) -> str:
        return self.before.preferred_maintenance_window or "its maintenance window"

    def manages(self, name: str) -> bool:
        return self.facts.is_written(self.before.address, name)

    @property
    def live(self) -> Live[CacheCluster] | None:
        return self.facts.observed.get(self.before.address)

    def differs(self, *names: str) -> list[str]:
        return [one for one in names if getattr(self.before, one) != getattr(self.after, one)]

    def at_once(self, params: Mapping[str, Any], leaves: Mapping[str, Any], **told: Any) -> Step:
        """Give a call that is made at once; it brings forward whatever waits for the window."""
        forward = tuple(
            f"brings forward: {name} {getattr(self.before, name)}" for name in self.before.scheduled
        )
        if forward:
            told |= {"impact": Impact.INTERRUPTION, "impact_text": "CUTS OFF, by what it brings"}
        sent = {"CacheClusterId": self.before.id, **params, "ApplyImmediately": True}
        return Step(
            Call("elasticache", "modify_cache_cluster", sent),
            self.before.but(**{**_brought(self), **leaves}, scheduled=()),
            changes=tuple(leaves),
            lines=(*told.pop("lines", ()), *forward),
            **told,
        )

    def may_wait(self, params: Mapping[str, Any], leaves: Mapping[str, Any], **told: Any) -> Step:
        """Give a call that waits for the window, unless the spec wants it at once."""
        if self.after.apply_immediately:
            return self.at_once(params, leaves, **told)
        sent = {"CacheClusterId": self.before.id, **params, "ApplyImmediately": False}
        scheduled = tuple(sorted({*self.before.scheduled, *leaves}))
        return Step(
            Call("elasticache", "modify_cache_cluster", sent),
            self.before.but(**leaves, scheduled=scheduled),
            changes=tuple(leaves),
            when=f"in the maintenance window, {self.window}",
            **told,
        )


def _brought(move: _Move) -> dict[str, Any]:
    """Give what comes with that which is brought forward, and shows in no pending value."""
    after, waits, found = move.after, move.before.scheduled, dict[str, Any]()
    if "engine_version" in waits and not move.differs("engine_version"):
        found[_GROUP] = after.cache_parameter_group_name
    if "num_cache_nodes" in waits:
        found |= _shown(move, move.before.num_cache_nodes or 1)
        if not move.differs("num_cache_nodes") and _spreads(move):
            found |= {"az_mode": after.az_mode, "preferred_availability_zone": None}
    return found


def _shown(move: _Move, count: int) -> dict[str, Any]:
    return shown_with(move.before, move.after, move.live.nodes if move.live else (), count)


def _spreads(move: _Move) -> bool:
    moves = move.differs("az_mode") and move.manages("az_mode")
    return bool(moves) and move.after.az_mode == "cross-az"


def first_step(before: CacheCluster, after: CacheCluster, facts: Facts) -> Next:
    """Give the first step; what a rule must wait for holds up no other rule."""
    move = _Move(before, after, facts)
    if (step := _forward(move)) is not None:
        return step
    waiting: Wait | None = None
    for rule in _RULES:
        match rule(move):
            case None:
                continue
            case Wait() as found:
                waiting = waiting or found
            case found:
                return found
    return waiting


def _forward(move: _Move) -> Step | None:
    """Send again, at once, what waits for the window, if that is asked for."""
    before = move.before
    if not before.scheduled or before.address not in move.facts.asked.now:
        return None
    params: dict[str, Any] = {SENT[name]: getattr(before, name) for name in before.scheduled}
    leaves: dict[str, Any] = {}
    name = move.after.cache_parameter_group_name
    named = move.manages(_GROUP) and not is_default(name)
    if "engine_version" in before.scheduled and (named or move.differs(_GROUP)):
        # The parameter group that was sent with it shows in no pending value: it may be another's.
        params[SENT[_GROUP]] = leaves[_GROUP] = name
    left = before.num_cache_nodes or 1
    if "num_cache_nodes" in before.scheduled and (going := _going(move, left)):
        params["CacheNodeIdsToRemove"] = going
    return move.at_once(params, leaves, settle_timeout_s=2 * 3600)


def _apart(move: _Move) -> Next:
    after = move.after
    if not windows_meet(after.snapshot_window, after.preferred_maintenance_window):
        return None
    return Unreachable(MEET, APART, fields=WINDOWS)


def _settings(move: _Move) -> Next:
    changed = move.differs(*_SETTINGS)
    if not changed:
        return None
    if "security_group_ids" in changed and not move.after.security_group_ids:
        return Unreachable(
            "the security groups of a cluster can't be emptied",
            "name at least one",
            fields=("security_group_ids",),
        )
    leaves = {name: getattr(move.after, name) for name in changed}
    params: dict[str, Any] = {
        _SETTINGS[name]: list(value) if isinstance(value, tuple) else value
        for name, value in leaves.items()
    }
    if "notification_topic_arn" in changed:
        params |= topic_request(
            move.before.notification_topic_arn, move.after.notification_topic_arn
        )
    if "log_delivery_configurations" in changed:
        params["LogDeliveryConfigurations"] = log_requests(
            move.before.log_delivery_configurations or (),
            move.after.log_delivery_configurations or (),
        )
    if move.after.apply_immediately:
        return move.at_once(params, leaves)
    # None of these waits for the window, whatever is said.
    sent = {"CacheClusterId": move.before.id, **params, "ApplyImmediately": False}
    return Step(
        Call("elasticache", "modify_cache_cluster", sent),
        move.before.but(**leaves),
        changes=tuple(changed),
    )


def _parameter_group(move: _Move) -> Next:
    """Change it at once: no pending value would show one that waits."""
    if not move.differs(_GROUP) or move.differs("engine_version"):
        return None
    if "engine_version" in move.before.scheduled:
        return Wait(f"engine_version {move.before.engine_version} runs ({move.window})")
    name = move.after.cache_parameter_group_name
    return move.at_once({SENT[_GROUP]: name}, {_GROUP: name})


def _version(move: _Move) -> Next:
    before, after = move.before, move.after
    if not move.differs("engine_version"):
        return None
    was, wished = before.engine_version or "", after.engine_version or ""
    if is_lower(wished, was):
        return Unreachable(
            f"the service does not go back from {before.engine} {was} to {wished}",
            "write the version that runs, or give a cluster of the older one a new id",
            replace=True,
            fields=tuple(move.differs("engine_version", _GROUP)),
        )
    engine = before.engine or ""
    right = family(engine, wished)
    params: dict[str, Any] = {"EngineVersion": wished}
    leaves: dict[str, Any] = {"engine_version": wished}
    if move.differs(_GROUP):
        leaves[_GROUP] = after.cache_parameter_group_name
        # From one of the service's own groups to another it goes by itself.
        if not (is_default(before.cache_parameter_group_name) and is_default(leaves[_GROUP])):
            params[SENT[_GROUP]] = after.cache_parameter_group_name
    elif right != family(engine, was) and not is_default(before.cache_parameter_group_name):
        return Unreachable(
            f"{before.cache_parameter_group_name} is not of family {right}, "
            f"which {engine} {wished} needs",
            "name a parameter group of that family in cache_parameter_group_name",
            fields=tuple(move.differs("engine_version", _GROUP)),
        )
    if not after.apply_immediately and move.manages(_GROUP):
        # It comes with the version, and no pending value shows it until then.
        leaves.pop(_GROUP, None)
    return move.may_wait(params, leaves, **_cut_off(before))


def _node_type(move: _Move) -> Next:
    if not move.differs("cache_node_type"):
        return None
    leaves = {"cache_node_type": move.after.cache_node_type}
    params: dict[str, Any] = {"CacheNodeType": move.after.cache_node_type}
    if move.before.engine == MEMCACHED:
        return _in_batches(move, params, leaves)
    return move.may_wait(params, leaves, **_cut_off(move.before))


def _in_batches(move: _Move, params: dict[str, Any], leaves: Mapping[str, Any]) -> Next:
    """Change memcached's node type some nodes at a time (user guide, vertical scaling)."""
    before, pace = move.before, move.after.scale_config or ScaleConfig()
    if is_lower(before.engine_version or "", _SCALES_FROM):
        return Unreachable(
            f"the node type of memcached changes from {_SCALES_FROM} on, this is "
            f"{before.engine_version}",
            "move to a newer engine_version first, or give a cluster of the other type a new id",
            replace=True,
            fields=("cache_node_type",),
        )
    given = {
        "ScalePercentage": pace.scale_percentage,
        "ScaleIntervalMinutes": pace.scale_interval_minutes,
    }
    if said := {key: value for key, value in given.items() if value is not None}:
        params = {**params, "ScaleConfig": said}
    batch = pace.scale_percentage or _PERCENT
    return move.may_wait(
        params,
        leaves,
        impact=Impact.INTERRUPTION,
        impact_text=f"CUTS OFF clients of {batch}% of the nodes at a time; what these hold is lost",
        settle_timeout_s=12 * 3600,
    )


def _cut_off(cluster: CacheCluster) -> dict[str, Any]:
    lost = "what it holds is lost" if cluster.engine == MEMCACHED else "it has one node"
    return {
        "impact": Impact.INTERRUPTION,
        "impact_text": f"CUTS OFF all clients for some minutes; {lost}",
        "settle_timeout_s": 2 * 3600,
    }


def _nodes(move: _Move) -> Next:
    before, after = move.before, move.after
    had, wished = before.num_cache_nodes or 1, after.num_cache_nodes or 1
    spreads = bool(move.differs("az_mode")) and move.manages("az_mode")
    if _spreads(move) and had == wished and _waits(before):
        return Wait(f"the nodes that bring cross-az are there ({move.window})")
    if spreads and (after.az_mode == "single-az" or wished <= had):
        return Unreachable(
            f"nodes stay where they are, {before.az_mode}; only new ones are placed",
            "give a cluster with the other az_mode a new id, or raise num_cache_nodes for cross-az",
            fields=("az_mode",),
        )
    if had == wished:
        return None
    if before.engine != MEMCACHED:
        way = "write num_cache_nodes: 1, or give a replication group a new id"
        reason = f"a cluster of {before.engine} has one node"
        return Unreachable(reason, way, fields=("num_cache_nodes",))
    there = sorted(node.id for node in move.live.nodes) if move.live else []
    if _waits(before):
        return _taken_back(move, len(there))
    leaves: dict[str, Any] = {"num_cache_nodes": wished}
    params: dict[str, Any] = {"NumCacheNodes": wished}
    if wished > had:
        if zones := places(after, had, wished):
            params["NewAvailabilityZones"] = zones
        if spreads:
            params["AZMode"] = after.az_mode
        if spreads and after.apply_immediately:
            leaves |= {"az_mode": after.az_mode, "preferred_availability_zone": None}
        text = "nobody cut off; clients find some keys on other nodes"
        return _showing(move, move.may_wait(params, leaves, impact_text=text), wished)
    # Which they are is looked up when it is sent: ids are not reused in any order.
    params["CacheNodeIdsToRemove"] = going = _going(move, wished)
    step = move.may_wait(
        params,
        leaves,
        impact=Impact.INTERRUPTION,
        impact_text="CUTS OFF clients of the nodes that go, what these hold is lost",
        lines=(f"nodes that go: {', '.join(going)}",),
    )
    return _showing(move, step, wished)


def _going(move: _Move, left: int) -> list[str]:
    """Name the nodes that go where so many are to be left."""
    nodes = move.live.nodes if move.live else ()
    stay = staying(nodes, left, spread=move.after.az_mode == "cross-az")
    return sorted({node.id for node in nodes} - {node.id for node in stay})


def _showing(move: _Move, step: Step, count: int) -> Step:
    """Say what zones its nodes are shown in afterwards, where they come or go at once."""
    there = len(move.live.nodes) if move.live else 0
    if not isinstance(step.leaves, CacheCluster) or not move.after.apply_immediately:
        return step
    if _spreads(move) or there != move.before.num_cache_nodes:
        return step
    return dataclasses.replace(step, leaves=step.leaves.but(**_shown(move, count)))


def _waits(before: CacheCluster) -> bool:
    """Say whether another number of nodes waits for the window."""
    return "num_cache_nodes" in before.scheduled


def _taken_back(move: _Move, there: int) -> Step:
    """Take back a number that waits: a new one would not override it (API reference)."""
    sent = {"CacheClusterId": move.before.id, "NumCacheNodes": there, "ApplyImmediately": False}
    left = tuple(name for name in move.before.scheduled if name != "num_cache_nodes")
    return Step(
        Call("elasticache", "modify_cache_cluster", sent),
        move.before.but(num_cache_nodes=there, scheduled=left),
        changes=("num_cache_nodes",),
        lines=(f"takes back the {move.before.num_cache_nodes} nodes that wait for the window",),
    )


# What waits for the window goes last: a call that is made at once would bring it forward.
_RULES: tuple[Callable[[_Move], Next], ...] = (
    _apart,
    _settings,
    _parameter_group,
    _version,
    _node_type,
    _nodes,
)
