"""Parameter groups and the families' own tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticache_local.service.paging import page
from elasticache_local.service.record import NodeBased, ParameterGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.engine_version import FAMILIES, FIRST_OF_FAMILY
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.node_memory import most_memory
from elasticache_local.service.rule.parameter import (
    Parameter,
    booted_values,
    built_in_groups,
    check_parameter,
    family_table,
    find_parameter_group,
    users_of_group,
)
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

MOST_AT_ONCE, QUOTA = 20, 300
_SOURCES = ("user", "system", "engine-default")


def create_cache_parameter_group(turn: Turn, params: Params) -> Answer:
    """CreateCacheParameterGroup."""
    given = params["CacheParameterGroupName"]
    if given.lower() in built_in_groups():
        raise refusal(
            "CacheParameterGroupAlreadyExists", f"Parameter group {given} already exists."
        )
    name = stored_id(given, "CacheParameterGroupName", most=255)
    family = params["CacheParameterGroupFamily"]
    if family not in FAMILIES:
        raise bad_value(
            f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        )
    tags = read_tags(params.get("Tags"))
    if name in turn.region.parameter_groups:
        raise refusal("CacheParameterGroupAlreadyExists", f"Parameter group {name} already exists.")
    if len(turn.region.parameter_groups) >= turn.quota("parameter_groups", QUOTA):
        raise refusal(
            "CacheParameterGroupQuotaExceeded", "The quota of parameter groups has been exceeded."
        )
    group = ParameterGroup(id=name, family=family, description=params["Description"])
    turn.region.parameter_groups[name] = group
    if tags:
        turn.region.tags[turn.arn("parametergroup", name)] = tags
    turn.tell("cache-parameter-group", name, "Parameter group created", known=False)
    return {"CacheParameterGroup": answer(turn, group)}


def modify_cache_parameter_group(turn: Turn, params: Params) -> Answer:
    """ModifyCacheParameterGroup: all values or none."""
    group = _changeable(turn, params["CacheParameterGroupName"])
    given = params["ParameterNameValues"]
    if not 1 <= len(given) <= MOST_AT_ONCE:
        raise bad_value(f"From 1 to {MOST_AT_ONCE} parameters can be modified at once.")
    values: dict[str, str] = {}
    for each in given:
        name, value = each.get("ParameterName"), each.get("ParameterValue")
        if not name or value is None:
            raise bad_value("ParameterName and ParameterValue are needed.")
        check_parameter(group, name, value)
        values[name] = value
    _check_cluster_mode(turn, group, values.get("cluster-enabled"))
    group.values |= values
    _reach_caches(turn, group)
    return {"CacheParameterGroupName": group.id}


def reset_cache_parameter_group(turn: Turn, params: Params) -> Answer:
    """ResetCacheParameterGroup: some or all back to the family's own values."""
    group = _changeable(turn, params["CacheParameterGroupName"])
    given = params.get("ParameterNameValues") or ()
    everything = bool(params.get("ResetAllParameters"))
    if everything == bool(given):
        raise bad_combination("Give either ResetAllParameters or ParameterNameValues.")
    if len(given) > MOST_AT_ONCE:
        raise bad_value(f"At most {MOST_AT_ONCE} parameters can be reset at once.")
    names = (
        list(group.values) if everything else [each.get("ParameterName") or "" for each in given]
    )
    for name in names:
        if name not in family_table(group.family):
            raise bad_value(f"Could not find parameter with name: {name}")
    if "cluster-enabled" in names and "cluster-enabled" in group.values:
        _check_cluster_mode(turn, group, "no")
    for name in names:
        group.values.pop(name, None)
    _reach_caches(turn, group)
    return {"CacheParameterGroupName": group.id}


def delete_cache_parameter_group(turn: Turn, params: Params) -> Answer:
    """DeleteCacheParameterGroup: refused while a cache has it."""
    group = _changeable(turn, params["CacheParameterGroupName"])
    if users_of_group(turn.region, group.id):
        raise refusal(
            "InvalidCacheParameterGroupState",
            "One or more cache clusters are still members of this parameter group "
            f"{group.id}, so the group cannot be deleted.",
        )
    del turn.region.parameter_groups[group.id]
    turn.region.tags.pop(turn.arn("parametergroup", group.id), None)
    turn.tell("cache-parameter-group", group.id, "Parameter group deleted", known=False)
    return {}


def describe_cache_parameter_groups(turn: Turn, params: Params) -> Answer:
    """DescribeCacheParameterGroups."""
    groups = {**built_in_groups(), **turn.region.parameter_groups}
    if params.get("CacheParameterGroupName"):
        group = find_parameter_group(turn.region, params["CacheParameterGroupName"])
        groups = {group.id: group}
    return page(groups, params, "CacheParameterGroups", lambda group: answer(turn, group))


def describe_cache_parameters(turn: Turn, params: Params) -> Answer:
    """DescribeCacheParameters: source user is what the group itself says."""
    group = find_parameter_group(turn.region, params["CacheParameterGroupName"])
    wanted = params.get("Source")
    if wanted and wanted not in _SOURCES:
        raise bad_value(f"Source must be one of {', '.join(_SOURCES)}.")
    rows = {
        name: parameter_answer(parameter, group.values)
        for name, parameter in family_table(group.family).items()
    }
    rows = {name: row for name, row in rows.items() if wanted in (None, "", row["Source"])}
    shown = page(rows, params, "Parameters", lambda row: row)
    return {**shown, "CacheNodeTypeSpecificParameters": []}


def describe_engine_default_parameters(_turn: Turn, params: Params) -> Answer:
    """DescribeEngineDefaultParameters."""
    family = params["CacheParameterGroupFamily"]
    if family not in FAMILIES:
        raise bad_value(
            f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        )
    shown = page(
        dict(family_table(family)), params, "Parameters", lambda row: parameter_answer(row, {})
    )
    defaults = {
        "CacheParameterGroupFamily": family,
        **shown,
        "CacheNodeTypeSpecificParameters": ([] if params.get("Marker") else [_most_memory(family)]),
    }
    return {"EngineDefaults": defaults}


def _most_memory(family: str) -> Answer:
    values = [{"CacheNodeType": sort, "Value": str(held)} for sort, held in most_memory().items()]
    return {
        "ParameterName": "maxmemory",
        "Description": "The maximum configurable amount of memory, in bytes.",
        "Source": "system",
        "DataType": "integer",
        "AllowedValues": "0-",
        "IsModifiable": False,
        "MinimumEngineVersion": FIRST_OF_FAMILY[family],
        "ChangeType": "immediate",
        "CacheNodeTypeSpecificValues": values,
    }


def answer(turn: Turn, group: ParameterGroup) -> Answer:
    """Give a parameter group as the service shows it."""
    return {
        "CacheParameterGroupName": group.id,
        "CacheParameterGroupFamily": group.family,
        "Description": group.description,
        "IsGlobal": False,
        "ARN": turn.arn("parametergroup", group.id),
    }


def parameter_answer(parameter: Parameter, values: Mapping[str, str]) -> Answer:
    """Give a parameter as the service shows it."""
    shown: Answer = {
        "ParameterName": parameter.name,
        "Description": parameter.description,
        "Source": "user" if parameter.name in values else "system",
        "DataType": parameter.sort,
        "IsModifiable": parameter.modifiable,
        "ChangeType": parameter.change,
        "ParameterValue": values.get(parameter.name, parameter.value),
        "MinimumEngineVersion": parameter.minimum_version,
    }
    if parameter.allowed:
        shown["AllowedValues"] = parameter.allowed
    return shown


def applied(turn: Turn, data: Params) -> None:
    """Say of each cache whether the new values hold or wait for a reboot."""
    for section, cache_id in data["caches"]:
        cache = getattr(turn.region, section).get(cache_id)
        if cache is not None and cache.parameters_status == "applying":
            group = find_parameter_group(turn.region, cache.parameter_group)
            waits = booted_values(group) != cache.boot_parameters
            cache.parameters_status = "pending-reboot" if waits else "in-sync"


def _changeable(turn: Turn, name: str) -> ParameterGroup:
    group = find_parameter_group(turn.region, name)
    if group.id in built_in_groups():
        raise refusal(
            "InvalidCacheParameterGroupState", f"Default parameter group {name} can't be changed."
        )
    return group


def _check_cluster_mode(turn: Turn, group: ParameterGroup, value: str | None) -> None:
    before = group.values.get("cluster-enabled", "no")
    if value not in (None, before) and users_of_group(turn.region, group.id):
        raise bad_value("The parameter cluster-enabled cannot be modified.")


def _reach_caches(turn: Turn, group: ParameterGroup) -> None:
    caches: list[NodeBased] = users_of_group(turn.region, group.id)
    for cache in caches:
        cache.parameters_status = "applying"
    if caches:
        places: list[Any] = [
            ["replication_groups" if hasattr(cache, "shards") else "cache_clusters", cache.id]
            for cache in caches
        ]
        turn.later(
            "parameters.applied",
            turn.durations.parameters,
            holds=caches,
            caches=places,
        )
