"""Cluster mode: disabled -> compatible -> enabled, and from compatible back."""

from __future__ import annotations

from typing import Any

from elasticache_local.service.operation.group_change.engine import version_of
from elasticache_local.service.record import ReplicationGroup
from elasticache_local.service.refusal import bad_combination
from elasticache_local.service.rule.parameter import (
    built_in_groups,
    default_group_name,
    find_parameter_group,
    is_clustered,
)
from elasticache_local.service.turn import Params, Turn

_ALONGSIDE = {"ReplicationGroupId", "ClusterMode", "CacheParameterGroupName", "ApplyImmediately"}
_STEPS = {("disabled", "compatible"), ("compatible", "enabled"), ("compatible", "disabled")}


def check_compatible_accepts(group: ReplicationGroup, params: Params) -> None:
    """Refuse everything but a move of the mode while a group is in compatible."""
    others = {name for name, value in params.items() if value is not None} - _ALONGSIDE
    if group.cluster_mode == "compatible" and (others or not params.get("ClusterMode")):
        raise bad_combination(
            "No modification but of the cluster mode is accepted while the cluster mode is "
            "compatible."
        )


def mode_changes(turn: Turn, group: ReplicationGroup, params: Params) -> dict[str, Any]:
    """Give a move of the cluster mode with the parameter group that goes with it."""
    there = params.get("ClusterMode")
    here = group.cluster_mode
    if not there:
        return {}
    if others := {name for name, value in params.items() if value is not None} - _ALONGSIDE:
        raise bad_combination(
            f"ClusterMode can't be modified together with {', '.join(sorted(others))}."
        )
    if there == here:
        return {}
    if (here, there) not in _STEPS:
        raise bad_combination(f"Cluster mode can't be modified from {here} to {there}.")
    _check_ready(group)
    return {"cluster_mode": there, "parameter_group": _parameter_group(turn, group, params, there)}


def _check_ready(group: ReplicationGroup) -> None:
    if version_of(group).number < (7, 0):
        raise bad_combination("Cluster mode can be modified from engine version 7.0 on.")
    if not group.automatic_failover:
        raise bad_combination("Automatic failover must be enabled to modify the cluster mode.")
    if len(group.nodes) < 2:
        raise bad_combination("At least one replica is needed to modify the cluster mode.")


def _parameter_group(turn: Turn, group: ReplicationGroup, params: Params, there: str) -> str:
    clustered = there != "disabled"
    name = params.get("CacheParameterGroupName")
    if name:
        asked = find_parameter_group(turn.region, name)
    else:
        asked = find_parameter_group(turn.region, group.parameter_group)
        if asked.id in built_in_groups():
            asked = find_parameter_group(
                turn.region, default_group_name(asked.family, clustered=clustered)
            )
    if is_clustered(asked) != clustered:
        raise bad_combination(
            f"Cluster mode {there} needs a parameter group with cluster-enabled "
            f"{'yes' if clustered else 'no'}; {asked.id} has not."
        )
    return asked.id
