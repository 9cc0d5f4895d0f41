"""Subnet groups: where in a VPC nodes may stand; the noun stands in model.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kind import Facts, Kind, Live, Next, Step, Unreachable
from reconciler.model import Address, CacheSubnetGroup, Resource, is_built_in
from reconciler.ports import Call, Reader

_SENT: Mapping[str, str] = {
    "cache_subnet_group_description": "CacheSubnetGroupDescription",
    "subnet_ids": "SubnetIds",
}
_COUNTS = (
    "num_cache_nodes",
    "num_cache_clusters",
    "num_node_groups",
    "replicas_per_node_group",
)


class CacheSubnetGroups(Kind[CacheSubnetGroup]):
    """Subnet groups. They have no status: a call that was accepted has been done."""

    model = CacheSubnetGroup
    section = "cache_subnet_groups"
    arn_type = "subnetgroup"
    already_faults = frozenset({"CacheSubnetGroupAlreadyExists"})
    gone_faults = frozenset({"CacheSubnetGroupNotFoundFault"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[CacheSubnetGroup]]:  # noqa: ARG002 - no details
        """Read all subnet groups but the one of the account's default VPC."""
        for found in reader.pages(
            "elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups"
        ):
            group = CacheSubnetGroup(
                id=found["CacheSubnetGroupName"],
                cache_subnet_group_description=found.get("CacheSubnetGroupDescription") or None,
                subnet_ids=tuple(one["SubnetIdentifier"] for one in found.get("Subnets", ())),
            )
            if not is_built_in(group.address):
                yield Live(group, arn=found["ARN"], status="available", at_rest=True)

    def fold(self, field_name: str, wished: Any, before: CacheSubnetGroup, facts: Facts) -> Any:  # noqa: ARG002
        """Fold nothing: the ids of subnets are sorted on both sides already."""
        return wished

    def reset(self, field_name: str, before: CacheSubnetGroup | None) -> Any:
        """Give what is there: nothing of it has a default."""
        return getattr(before, field_name, None)

    def waits_for(
        self, after: CacheSubnetGroup, before: CacheSubnetGroup | None, facts: Facts
    ) -> frozenset[Address]:
        """Give the caches that lose nodes, where subnets go: a node may stand in one of them."""
        if before is None or set(before.subnet_ids or ()) <= set(after.subnet_ids or ()):
            return frozenset()
        return frozenset(
            address
            for address, live in facts.observed.items()
            if getattr(live.resource, "cache_subnet_group_name", None) == after.id
            and (address in facts.ending or _shrinks(live.effective, facts.wish(address)))
        )

    def next_step(
        self, before: CacheSubnetGroup | None, after: CacheSubnetGroup | None, facts: Facts
    ) -> Next:
        """Create in one call, change in one call."""
        match before, after:
            case None, CacheSubnetGroup():
                return _create(after, facts)
            case CacheSubnetGroup(), CacheSubnetGroup():
                return _change(before, after)
            case CacheSubnetGroup(), None:
                params = {"CacheSubnetGroupName": before.id}
                return Step(Call("elasticache", "delete_cache_subnet_group", params), leaves=None)
            case _:
                return None


def _shrinks(held: Resource, wish: Resource | None) -> bool:
    counts = ((getattr(held, name, None), getattr(wish, name, None)) for name in _COUNTS)
    return any(had is not None and wished is not None and wished < had for had, wished in counts)


def _create(after: CacheSubnetGroup, facts: Facts) -> Next:
    missing = [name for name in _SENT if not getattr(after, name)]
    if missing:
        reason = f"a subnet group can't be created without {' and '.join(missing)}"
        return Unreachable(reason, "write it in the spec")
    params = {"CacheSubnetGroupName": after.id, **_params(after, _SENT)}
    return Step(
        Call("elasticache", "create_cache_subnet_group", {**params, "Tags": facts.tags(after)}),
        after,
        changes=tuple(_SENT),
    )


def _change(before: CacheSubnetGroup, after: CacheSubnetGroup) -> Next:
    changed = [name for name in _SENT if getattr(before, name) != getattr(after, name)]
    if not changed:
        return None
    if "subnet_ids" in changed and not after.subnet_ids:
        return Unreachable(
            "the subnets of a group can't be emptied", "name at least one", fields=("subnet_ids",)
        )
    params = {"CacheSubnetGroupName": before.id, **_params(after, changed)}
    return Step(
        Call("elasticache", "modify_cache_subnet_group", params),
        before.but(**{name: getattr(after, name) for name in changed}),
        changes=tuple(changed),
        impact_text="nobody cut off; nodes stay where they are",
    )


def _params(group: CacheSubnetGroup, names: Any) -> dict[str, Any]:
    values = {_SENT[name]: getattr(group, name) for name in names}
    return {key: list(one) if isinstance(one, tuple) else one for key, one in values.items()}
