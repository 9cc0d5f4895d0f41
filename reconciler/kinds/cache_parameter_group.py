"""Parameter groups: values of the engine's parameters; the noun stands in model.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable, immutable_change
from reconciler.kind.reach import standing_in
from reconciler.lease import LEASE_GROUPS
from reconciler.model import CacheParameterGroup, Parameter, is_built_in
from reconciler.ports import Call, Reader

_AT_ONCE = 20
"""Parameters that one call may name (API reference, ModifyCacheParameterGroup)."""
_MODE = "cluster-enabled"


class CacheParameterGroups(Kind[CacheParameterGroup]):
    """Parameter groups. They have no status: a call that was accepted has been done."""

    model = CacheParameterGroup
    section = "cache_parameter_groups"
    arn_type = "parametergroup"
    retry_faults = frozenset({"InvalidCacheParameterGroupState"})
    already_faults = frozenset({"CacheParameterGroupAlreadyExists"})
    gone_faults = frozenset({"CacheParameterGroupNotFound"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[CacheParameterGroup]]:
        """Read all groups but the families' own and those that only hold a lease.

        The parameters of those named take a call each.
        """
        for found in reader.pages(
            "elasticache", "describe_cache_parameter_groups", "CacheParameterGroups"
        ):
            group = CacheParameterGroup(
                id=found["CacheParameterGroupName"],
                cache_parameter_group_family=found["CacheParameterGroupFamily"],
                description=found.get("Description") or None,
            )
            if is_built_in(group.address) or group.id.startswith(LEASE_GROUPS):
                continue
            if group.id in names:
                group = group.but(**_parameters(reader, group.id))
            yield Live(group, arn=found["ARN"], status="available", at_rest=True)

    def fold(self, field_name: str, wished: Any, before: CacheParameterGroup, facts: Facts) -> Any:  # noqa: ARG002
        """Fold away what the family says by itself: such a value need not be set."""
        if field_name != "parameters":
            return wished
        held = before.parameters or {}
        meant = {
            name: value
            for name, value in wished.items()
            if name in held or name not in before.known or before.known[name].value != value
        }
        return before.parameters if meant == held else meant

    def reset(self, field_name: str, before: CacheParameterGroup | None) -> Any:
        """Give no parameters: the family's own values."""
        if field_name == "parameters":
            return None if before is None else {}
        return getattr(before, field_name, None)

    def next_step(
        self, before: CacheParameterGroup | None, after: CacheParameterGroup | None, facts: Facts
    ) -> Next:
        """Create without parameters, then put back, then set, twenty of them a call."""
        match before, after:
            case None, CacheParameterGroup():
                return _create(after, facts)
            case CacheParameterGroup(), CacheParameterGroup():
                if refused := immutable_change(before, after) or _impossible(before, after, facts):
                    return refused
                return _put_back(before, after) or _set(before, after)
            case CacheParameterGroup(), None:
                params = {"CacheParameterGroupName": before.id}
                call = Call("elasticache", "delete_cache_parameter_group", params)
                return Step(call, leaves=None)
            case _:
                return None


def _parameters(reader: Reader, name: str) -> dict[str, Any]:
    """Give what the group itself says, and all that its family knows."""
    rows = list(
        reader.pages(
            "elasticache",
            "describe_cache_parameters",
            "Parameters",
            {"CacheParameterGroupName": name},
        )
    )
    return {
        "parameters": {
            row["ParameterName"]: row.get("ParameterValue", "")
            for row in rows
            if row.get("Source") == "user"
        },
        "known": {
            row["ParameterName"]: Parameter(
                value=row.get("ParameterValue", ""),
                modifiable=row.get("IsModifiable", True),
                reboot=row.get("ChangeType") == "requires-reboot",
            )
            for row in rows
        },
    }


def _create(after: CacheParameterGroup, facts: Facts) -> Next:
    sent = {
        "cache_parameter_group_family": "CacheParameterGroupFamily",
        "description": "Description",
    }
    missing = [name for name in sent if not getattr(after, name)]
    if missing:
        reason = f"a parameter group can't be created without {' and '.join(missing)}"
        return Unreachable(reason, "write it in the spec")
    params = {key: getattr(after, name) for name, key in sent.items()}
    params = {"CacheParameterGroupName": after.id, **params, "Tags": facts.tags(after)}
    return Step(
        Call("elasticache", "create_cache_parameter_group", params),
        after.but(parameters={}),
        changes=tuple(sent),
    )


def _impossible(
    before: CacheParameterGroup, after: CacheParameterGroup, facts: Facts
) -> Unreachable | None:
    held, wished = before.parameters or {}, after.parameters or {}
    family = before.cache_parameter_group_family
    differs = sorted(name for name in {**held, **wished} if held.get(name) != wished.get(name))
    if unknown := [name for name in differs if before.known and name not in before.known]:
        return Unreachable(
            f"{family} has no parameter {', '.join(unknown)}",
            "take it out of parameters",
            fields=_inside(unknown),
        )
    if fixed := [name for name in differs if name in before.known if _is_fixed(before, name)]:
        return Unreachable(
            f"{', '.join(fixed)} can't be modified in {family}",
            "take it out of parameters",
            fields=_inside(fixed),
        )
    used = standing_in(before.address, facts)
    if _MODE in differs and used:
        return Unreachable(
            f"{_MODE} can't change in a group that caches have ({', '.join(map(str, used))})",
            "give a group with it a new id, and name that one in the cache",
            fields=_inside([_MODE]),
        )
    return None


def _inside(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"parameters.{name}" for name in names)


def _is_fixed(group: CacheParameterGroup, name: str) -> bool:
    return not group.known[name].modifiable


def _put_back(before: CacheParameterGroup, after: CacheParameterGroup) -> Step | None:
    held = before.parameters or {}
    gone = sorted(held.keys() - (after.parameters or {}).keys())[:_AT_ONCE]
    if not gone:
        return None
    asked = [{"ParameterName": name} for name in gone]
    left = {name: value for name, value in held.items() if name not in gone}
    return _step("reset_cache_parameter_group", before, asked, left)


def _set(before: CacheParameterGroup, after: CacheParameterGroup) -> Step | None:
    held, wished = before.parameters or {}, after.parameters or {}
    names = [name for name in sorted(wished) if held.get(name) != wished[name]][:_AT_ONCE]
    if not names:
        return None
    asked = [{"ParameterName": name, "ParameterValue": wished[name]} for name in names]
    values = {**held, **{name: wished[name] for name in names}}
    return _step("modify_cache_parameter_group", before, asked, values)


def _step(
    operation: str,
    before: CacheParameterGroup,
    asked: list[dict[str, str]],
    left: Mapping[str, str],
) -> Step:
    names = [one["ParameterName"] for one in asked]
    reboot = [name for name in names if name in before.known and before.known[name].reboot]
    text = "running caches take it over at once"
    if reboot:
        text = f"a cache takes over {', '.join(reboot)} when it is rebooted"
    params = {"CacheParameterGroupName": before.id, "ParameterNameValues": asked}
    return Step(
        Call("elasticache", operation, params),
        before.but(parameters=left),
        changes=("parameters",),
        impact_text=f"nobody cut off; {text}",
    )
