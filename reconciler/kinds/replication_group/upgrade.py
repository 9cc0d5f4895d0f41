"""Engine, version and parameter family together and alone; node types."""

from __future__ import annotations

from typing import Any

from reconciler.kind import Impact, Next, Unreachable, Wait
from reconciler.kind.engine_version import at_least, family, is_default, is_lower, parts
from reconciler.kinds.replication_group.move import Move, family_of, fitting_group
from reconciler.model import ReplicationGroup

TIERED = "cache.r6gd."
_SIZES = ("micro", "small", "medium", "large")
_FAMILIES = "tcmr"
FAILOVERS = "a failover of each shard, some seconds without writes"
_ALONE = "CUTS OFF all clients for some minutes: no replica takes over"


def engine(move: Move) -> Next:
    """Change engine and version in one call of their own, the parameter group with them."""
    before, after = move.before, move.after
    changed = move.differs("engine", "engine_version")
    if not changed:
        return None
    if refused := _downgrade(move):
        return refused
    version = after.engine_version or before.engine_version or ""
    params: dict[str, Any] = {"Engine": after.engine, "EngineVersion": version}
    leaves: dict[str, Any] = {name: getattr(after, name) for name in changed}
    held = before.cache_parameter_group_name
    clustered = before.cluster_mode != "disabled"
    name = fitting_group(move, after.engine, version, clustered=clustered)
    right = family(after.engine or "", version)
    stays = after.cache_parameter_group_name == held and not is_default(held)
    if stays and right != family_of(before):
        return Unreachable(
            f"{held} is not of family {right}, which {after.engine} {version} needs",
            "name a parameter group of that family in cache_parameter_group_name",
            fields=move.differs("engine", "engine_version", "cache_parameter_group_name"),
        )
    if name != held:
        # In the window it comes with the version, and no pending value shows it until then.
        if move.at_once or not move.manages("cache_parameter_group_name"):
            leaves["cache_parameter_group_name"] = name
        params |= group_request(held, name)
    elif "engine_version" in before.scheduled and not is_default(held):
        # Another may wait with the version that waits; no pending value shows it.
        params["CacheParameterGroupName"] = held
    told = felt(before)
    if move.at_once:
        return move.modify(params, leaves, hours=4, **told)
    return move.later(params, leaves, **told)


def felt(before: ReplicationGroup) -> dict[str, Any]:
    """Say what a new version or node type does to clients: without a replica there is no failover.

    User guide, "Version management": a group without replicas is unavailable during the upgrade.
    """
    if before.replicas_per_node_group:
        return {"impact": Impact.FAILOVER, "text": FAILOVERS}
    return {"impact": Impact.INTERRUPTION, "text": _ALONE}


def node_up(move: Move) -> Next:
    """Change to a larger node type, or one beside it."""
    return _node(move, up=True)


def node_down(move: Move) -> Next:
    """Change to a smaller node type."""
    return _node(move, up=False)


def lacks(
    move: Move, minimum: str, what: str, fields: tuple[str, ...]
) -> Wait | Unreachable | None:
    """Say what stands in the way of something that needs this engine version running.

    Where the version is only asked for so far, that is a Wait for the maintenance window.
    """
    before, after = move.before, move.after
    if at_least(before.engine_version or "", minimum):
        asked = "engine_version" in before.scheduled
        return (
            Wait(f"engine_version {before.engine_version} runs ({move.window})") if asked else None
        )
    if move.differs("engine_version") and at_least(after.engine_version or "", minimum):
        return Wait(f"engine_version {after.engine_version} runs ({move.window})")
    return Unreachable(
        f"{what} needs engine version {minimum}, {before.engine_version} runs",
        'write engine_version: "7.1", or engine: valkey with a version of it',
        fields=fields,
    )


def rank(node_type: str | None) -> tuple[float, int]:
    """Order node types by memory: size first, then family (t, c, m, r)."""
    pieces = (node_type or "").split(".")
    if len(pieces) != 3:
        return (0, 0)
    _, sort, size = pieces
    if size in _SIZES:
        weight = float(_SIZES.index(size) - len(_SIZES))
    else:
        weight = float(size.removesuffix("xlarge") or 1)
    return weight, _FAMILIES.find(sort[:1])


def _node(move: Move, *, up: bool) -> Next:
    before, after = move.before, move.after
    if not move.differs("cache_node_type"):
        return None
    if (rank(after.cache_node_type) >= rank(before.cache_node_type)) is not up:
        return None
    if (after.cache_node_type or "").startswith(TIERED) is not bool(before.data_tiering_enabled):
        return Unreachable(
            f"{before.cache_node_type} can't become {after.cache_node_type}: r6gd nodes tier "
            "their data, others do not, and that can't be changed in place",
            "write a node type of the same sort, or give a cache of the other sort a new id",
            replace=True,
            fields=("cache_node_type", "data_tiering_enabled"),
        )
    params = {"CacheNodeType": after.cache_node_type}
    leaves = {"cache_node_type": after.cache_node_type}
    told = felt(before)
    if move.at_once:
        return move.modify(params, leaves, hours=3, **told)
    return move.later(params, leaves, **told)


def group_request(held: str | None, name: str | None) -> dict[str, Any]:
    """Name the group in a call; from one of its own to another the service goes by itself."""
    if name == held or (is_default(held) and is_default(name)):
        return {}
    return {"CacheParameterGroupName": name}


def _is_the_way_back(before: ReplicationGroup, after: ReplicationGroup) -> bool:
    """Say whether this is the one way back that there is: from valkey 7.2 to redis 7.1."""
    versions = [parts(one.engine_version or "")[:2] for one in (before, after)]
    return versions == [(7, 2), (7, 1)]


def _downgrade(move: Move) -> Unreachable | None:
    before, after = move.before, move.after
    was, wished = (
        f"{before.engine} {before.engine_version}",
        f"{after.engine} {after.engine_version}",
    )
    if before.engine == "redis" and after.engine == "valkey":
        if move.differs("engine_version"):
            return None
        return Unreachable(
            "redis becomes valkey only together with a version",
            "write engine_version too",
            fields=("engine",),
        )
    if (before.engine, after.engine) == ("valkey", "redis") and _is_the_way_back(before, after):
        return None
    if before.engine == after.engine and not is_lower(
        after.engine_version or "", before.engine_version or ""
    ):
        return None
    return Unreachable(
        f"the service does not go back from {was} to {wished}",
        "write the version that runs, or give a cache of the older one a new id",
        replace=True,
        fields=move.differs("engine", "engine_version", "cache_parameter_group_name"),
    )
