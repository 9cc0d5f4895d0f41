"""Engine, version, parameter group and node type."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.group_change.aim import aim
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value
from elasticache_local.service.rule.engine_version import (
    VERSIONS,
    EngineVersion,
    check_move,
    find_version,
)
from elasticache_local.service.rule.membership import find_group_for_cache
from elasticache_local.service.rule.node_type import allowed_moves
from elasticache_local.service.rule.parameter import (
    built_in_groups,
    check_family,
    default_group_name,
    find_parameter_group,
    is_clustered,
)
from elasticache_local.service.turn import Params, Turn


def engine_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give changes of engine and version; a built-in parameter group moves along by itself."""
    here = version_of(group)
    there = _asked(turn, group, params, here)
    name = params.get("CacheParameterGroupName")
    before = aim(group, "parameter_group", group.parameter_group)
    after = find_parameter_group(turn.region, name or before)
    if not name and after.id in built_in_groups() and after.family != there.family:
        after = find_parameter_group(
            turn.region, default_group_name(there.family, clustered=is_clustered(after))
        )
    if there != here or name:
        check_family(after, there.engine, there.family)
    clustered = group.cluster_mode != "disabled"
    # Moving between cluster modes brings its own parameter group.
    if name and not params.get("ClusterMode") and is_clustered(after) != clustered:
        raise bad_combination(
            "The parameter cluster-enabled has a different value in the requested parameter "
            f"group {after.id} than in the current one; it cannot be changed."
        )
    changes: dict[str, Any] = {}
    if there != here:
        changes |= {"engine": there.engine, "engine_version": there.full}
        attached = aim(group, "user_group", group.user_group)
        if attached:
            find_group_for_cache(turn.region, attached, there.engine, there.full)
    if after.id != before:
        changes["parameter_group"] = after.id
    return changes


def node_type_changes(group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give a change of node type, which must be one of those that are allowed from here."""
    wanted = params.get("CacheNodeType")
    here = aim(group, "node_type", group.node_type)
    if not wanted or wanted == here:
        return {}
    up, down = allowed_moves(group.node_type)
    if wanted not in up and wanted not in down and wanted != group.node_type:
        raise bad_value(f"The node type {wanted} is not allowed from {group.node_type}.")
    return {"node_type": wanted}


def version_of(group: ReplicationGroup) -> EngineVersion:
    """Give the version that a group will have once all that was accepted has happened."""
    engine = aim(group, "engine", group.engine)
    full = aim(group, "engine_version", group.engine_version)
    return next(each for each in VERSIONS if (each.engine, each.full) == (engine, full))


def _asked(
    turn: Turn, group: ReplicationGroup, params: Params, here: EngineVersion
) -> EngineVersion:
    engine = (params.get("Engine") or here.engine).lower()
    if engine not in ("redis", "valkey"):
        raise bad_value(f"Invalid value {params['Engine']} for parameter Engine.")
    asked = params.get("EngineVersion")
    if engine == here.engine and not asked:
        return here
    there = find_version(engine, asked)
    # Pending values may be taken back: what counts is what runs.
    check_move(
        (group.engine, group.engine_version),
        there,
        lowest_to_valkey=turn.switches.redis_version_to_valkey,
    )
    return there
