"""ModifyReplicationGroup: what is applied now, what waits for the window, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticache_local.service.answer.replication_group import answer
from elasticache_local.service.operation.daily_snapshot import plan_snapshot
from elasticache_local.service.operation.group_change.access import access_changes
from elasticache_local.service.operation.group_change.availability import availability_changes
from elasticache_local.service.operation.group_change.engine import (
    engine_changes,
    node_type_changes,
)
from elasticache_local.service.operation.group_change.mode import (
    check_compatible_accepts,
    mode_changes,
)
from elasticache_local.service.operation.group_change.setting import (
    check_still_durable,
    group_settings,
)
from elasticache_local.service.operation.group_change.transit import transit_changes
from elasticache_local.service.operation.replication_group import check_available, find_group
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination
from elasticache_local.service.rule.parameter import booted_values, find_parameter_group
from elasticache_local.service.rule.slot import even_ranges
from elasticache_local.service.rule.window import next_opening
from elasticache_local.service.turn import Answer, Params, Turn

NOTHING = "No modifications were requested."
_NOT_A_CHANGE = {"ReplicationGroupId", "ApplyImmediately"}


def modify_replication_group(turn: Turn, params: Params) -> Answer:
    """ModifyReplicationGroup: the answer's top level is still what was; pending values tell."""
    group = find_group(turn, params["ReplicationGroupId"])
    if not any(v is not None for name, v in params.items() if name not in _NOT_A_CHANGE):
        raise bad_combination(NOTHING)
    check_available(group)
    check_compatible_accepts(group, params)
    changes = {
        **transit_changes(turn, group, params),
        **access_changes(turn, group, params),
        **engine_changes(turn, group, params),
        **mode_changes(turn, group, params),
        **availability_changes(turn, group, params),
        **node_type_changes(group, params),
    }
    check_still_durable(group, changes)
    settings = group_settings(turn, group, params)
    brought = params.get("ApplyImmediately") and group.pending
    if not changes and not settings and not brought:
        raise bad_combination(NOTHING)
    at_once, waiting = _sorted_by_time(turn, group, params, changes)
    before = {name: getattr(group, name) for name in settings}
    for name, value in settings.items():
        setattr(group, name, value)
    group.pending = waiting
    if waiting:
        _await_window(turn, group)
    if at_once or settings:
        apply_now(turn, group, at_once, before)
    return {"ReplicationGroup": answer(turn, group)}


def _sorted_by_time(
    turn: Turn, group: ReplicationGroup, params: Params, changes: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what is applied now and what waits; an immediate call takes along what waited."""
    if params.get("ApplyImmediately"):
        # A value that equals the live one only took a pending one back.
        due = {**group.pending, **changes}
        return {name: value for name, value in due.items() if _differs(group, name, value)}, {}
    at_once = {}
    if not turn.switches.parameter_group_waits_for_window and set(changes) == {"parameter_group"}:
        at_once, changes = changes, {}
    due = {**group.pending, **changes}
    return at_once, {name: value for name, value in due.items() if _differs(group, name, value)}


def apply_now(
    turn: Turn,
    group: ReplicationGroup,
    changes: dict[str, Any],
    before: Mapping[str, Any] = {},
) -> None:
    """Begin to apply changes: the group is modifying until the data plane has them.

    ``before`` is what settings were that hold already, should all of it be taken back.
    """
    group.applying = changes
    if "primary" in changes:
        turn.failover(turn.key(group), group.shards[0].id, changes["primary"])
    seconds = turn.durations.cache_modify if changes else turn.durations.cache_settings
    turn.later(
        "replication_group.modified",
        seconds,
        busy=[group],
        holds=[group],
        group=group.id,
        before=dict(before),
    )


def modified(turn: Turn, data: Params) -> object:
    """Let what was applied become what is, or drop it when made to fail."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None:
        return None
    changes = group.applying
    if data.get("rolled_back"):
        group.applying = {}
        for name, value in data.get("before", {}).items():
            setattr(group, name, value)
        plan_snapshot(turn, group)
        turn.touch(group)
        turn.tell("replication-group", group.id, data["rolled_back"], known=False)
        return None
    primary = changes.get("primary")
    if primary and turn.roles(turn.key(group)).get(primary) != "primary":
        return "not yet"
    group.applying = {}
    for name, value in changes.items():
        if name == "tokens":
            _take_tokens(turn, group, value)
        elif name != "primary":
            setattr(group, name, value)
    if "parameter_group" in changes:
        _take_parameters(turn, group)
    if "cluster_mode" in changes:
        # One shard owns every slot as soon as there are slots.
        group.shards[0].slots = "" if group.cluster_mode == "disabled" else even_ranges(1)[0]
    plan_snapshot(turn, group)
    turn.touch(group)
    turn.tell("replication-group", group.id, "Replication group modified", known=False)
    return None


def window_opened(turn: Turn, data: Params) -> object:
    """Apply what waited for the maintenance window, as soon as the group is at rest."""
    group = turn.region.replication_groups.get(data["group"])
    if group is None or not group.pending or group.maintenance_window != data["window"]:
        return None
    if not group.at_rest:
        return "not yet"
    changes, group.pending = dict(group.pending), {}
    if changes.get("user_group") and changes["user_group"] not in turn.region.user_groups:
        lost = changes.pop("user_group")
        turn.tell("replication-group", group.id, f"User group {lost} no longer exists", known=False)
    apply_now(turn, group, changes)
    return None


def _await_window(turn: Turn, group: ReplicationGroup) -> None:
    opening = next_opening(group.maintenance_window, turn.now)
    turn.later(
        "replication_group.window",
        opening - turn.now,
        group=group.id,
        window=group.maintenance_window,
    )


def _differs(group: ReplicationGroup, name: str, value: object) -> bool:
    return name in ("tokens", "primary") or getattr(group, name) != value


def _take_tokens(turn: Turn, group: ReplicationGroup, tokens: dict[str, Any]) -> None:
    group.token_hashes, group.token_open = list(tokens["hashes"]), tokens["open"]
    group.token_changed = turn.now if tokens["hashes"] else None


def _take_parameters(turn: Turn, group: ReplicationGroup) -> None:
    chosen = find_parameter_group(turn.region, group.parameter_group)
    group.boot_parameters = booted_values(chosen)
    group.parameters_status = "in-sync"
