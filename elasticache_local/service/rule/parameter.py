"""Parameters: the families' tables, built-in groups, and what a value may be."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from elasticache_local.service.record import NodeBased, ParameterGroup, ReplicationGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.engine_version import (
    CLUSTERED_FAMILIES,
    FAMILIES,
    FIRST_OF_FAMILY,
    family_engine,
)
from elasticache_local.service.state import Region


@dataclass(frozen=True)
class Parameter:
    """One parameter of a family, as describe shows it."""

    name: str
    value: str
    sort: str
    allowed: str
    modifiable: bool
    change: str
    minimum_version: str
    description: str


@functools.lru_cache(maxsize=32)
def family_table(family: str) -> Mapping[str, Parameter]:
    """Give a family's parameters by name: a table of its own line, with what the line overrides."""
    files = resources.files("elasticache_local.service") / "data"
    lines = json.loads((files / "families.json").read_text("utf-8"))
    table: dict[str, Parameter] = {}
    for source in lines[family]:
        rows = json.loads((files / f"{source}.json").read_text("utf-8"))
        for row in rows:
            if row.get("gone"):
                table.pop(row["name"], None)
                continue
            table[row["name"]] = Parameter(
                name=row["name"],
                value=row.get("value", ""),
                sort=row.get("type", "string"),
                allowed=row.get("allowed", ""),
                modifiable=row.get("modifiable", True),
                change=row.get("change", "immediate"),
                minimum_version=row.get("since", FIRST_OF_FAMILY[family]),
                description=row.get("description", ""),
            )
    return table


@functools.lru_cache(maxsize=1)
def built_in_groups() -> Mapping[str, ParameterGroup]:
    """Give the groups that every account has: one a family, two where cluster mode exists."""
    groups = {}
    for family in FAMILIES:
        name = f"default.{family}"
        groups[name] = ParameterGroup(
            id=name, family=family, description=f"Default parameter group for {family}"
        )
        if family in CLUSTERED_FAMILIES:
            name = f"default.{family}.cluster.on"
            groups[name] = ParameterGroup(
                id=name,
                family=family,
                description=f"Customized default parameter group for {family} with cluster mode on",
                values={"cluster-enabled": "yes"},
            )
    return groups


def find_parameter_group(region: Region, name: str) -> ParameterGroup:
    """Give the group, or refuse with CacheParameterGroupNotFound."""
    stored = name.lower()
    group = built_in_groups().get(stored) or region.parameter_groups.get(stored)
    if group is None:
        raise refusal("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return group


def default_group_name(family: str, *, clustered: bool) -> str:
    """Give the built-in group's name."""
    return f"default.{family}.cluster.on" if clustered else f"default.{family}"


def is_clustered(group: ParameterGroup) -> bool:
    """Whether caches of this group have cluster mode on."""
    return group.values.get("cluster-enabled", "no") == "yes"


def check_family(group: ParameterGroup, engine: str, family: str) -> None:
    """Refuse a group whose family is not that of the engine version."""
    if family_engine(group.family) != engine:
        raise bad_combination(
            f"{family_engine(group.family)} parameter group is not applicable to engine {engine}"
        )
    if group.family != family:
        raise bad_combination(
            f"Expected a parameter group of family {family} but found one of family {group.family}"
        )


def check_parameter(group: ParameterGroup, name: str, value: str) -> None:
    """Refuse a value that the family's table does not allow."""
    parameter = family_table(group.family).get(name)
    if parameter is None:
        raise bad_value(f"Could not find parameter with name: {name}")
    if not parameter.modifiable:
        raise bad_value(f"The parameter {name} cannot be modified.")
    if not _is_allowed(parameter, value):
        raise bad_value(
            f"The parameter {name} has invalid value {value!r}. "
            f"Allowed values: {parameter.allowed or parameter.sort}."
        )


def effective_values(group: ParameterGroup, booted: Mapping[str, str]) -> dict[str, str]:
    """Give what a cache runs with where it differs from the family, reboot ones as booted."""
    table = family_table(group.family)
    values = {
        name: value
        for name, value in group.values.items()
        if name in table and table[name].change == "immediate"
    }
    values |= booted
    if "acl-pubsub-default" in table:
        values.setdefault("acl-pubsub-default", table["acl-pubsub-default"].value)
    values.pop("cluster-enabled", None)
    return values


def booted_values(group: ParameterGroup) -> dict[str, str]:
    """Give the group's values that only a reboot brings in."""
    table = family_table(group.family)
    return {
        name: value
        for name, value in group.values.items()
        if name in table and table[name].change != "immediate" and name != "cluster-enabled"
    }


def users_of_group(region: Region, name: str) -> list[NodeBased]:
    """Give the caches that have this parameter group."""
    caches: list[NodeBased] = [*region.replication_groups.values(), *region.cache_clusters.values()]
    return [cache for cache in caches if _has_group(cache, name)]


def _has_group(cache: NodeBased, name: str) -> bool:
    coming = cache.applying.get("parameter_group"), cache.pending.get("parameter_group")
    return name == cache.parameter_group or (isinstance(cache, ReplicationGroup) and name in coming)


def _is_allowed(parameter: Parameter, value: str) -> bool:
    if parameter.sort == "integer":
        if not re.fullmatch(r"-?\d+", value):
            return False
        low, _, high = parameter.allowed.partition("-") if parameter.allowed else ("", "", "")
        if "," in parameter.allowed:
            return value in parameter.allowed.split(",")
        return not parameter.allowed or int(low) <= int(value) <= int(high or low)
    if parameter.name == "notify-keyspace-events":
        return set(value) <= set("KEghlsztxeAmnd$")
    if parameter.allowed:
        return value in parameter.allowed.split(",")
    return True
