"""Engine, version and parameter family together and alone; node types."""

from __future__ import annotations

from typing import Any

from reconciler.engine_version import at_least, default_group, family, is_default, is_lower
from reconciler.kind import Impact, Next, Unreachable, Wait
from reconciler.kinds.replication_group.move import Move

_SIZES = ("micro", "small", "medium", "large")
_FAMILIES = "tcmr"
FAILOVERS = "a failover of each shard, some seconds without writes"


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
    moves_family = _family(before.engine, before.engine_version) != family(
        after.engine or "", version
    )
    if move.differs("cache_parameter_group_name"):
        leaves["cache_parameter_group_name"] = after.cache_parameter_group_name
        if not is_default(after.cache_parameter_group_name):
            params["CacheParameterGroupName"] = after.cache_parameter_group_name
    elif moves_family and not is_default(before.cache_parameter_group_name):
        return Unreachable(
            f"{before.cache_parameter_group_name} is not of family "
            f"{family(after.engine or '', version)}, which {after.engine} {version} needs",
            "name a parameter group of that family in cache_parameter_group_name",
        )
    told = {"impact": Impact.FAILOVER, "text": FAILOVERS}
    if move.at_once:
        return move.modify(params, leaves, hours=4, **told)
    return move.later(params, leaves, **told)  # type: ignore[arg-type]


def node_up(move: Move) -> Next:
    """Change to a larger node type, or one beside it."""
    return _node(move, up=True)


def node_down(move: Move) -> Next:
    """Change to a smaller node type."""
    return _node(move, up=False)


def lacks(move: Move, minimum: str, what: str) -> Wait | Unreachable | None:
    """Say what stands in the way of something that needs this engine version running.

    Where the version is only asked for so far, that is a Wait for the maintenance window.
    """
    before, after = move.before, move.after
    if "engine_version" in before.scheduled:
        return Wait(f"engine_version {before.engine_version} runs ({move.window})")
    if at_least(before.engine_version or "", minimum):
        return None
    if move.differs("engine_version") and at_least(after.engine_version or "", minimum):
        return Wait(f"engine_version {after.engine_version} runs ({move.window})")
    return Unreachable(
        f"{what} needs engine version {minimum}, {before.engine_version} runs",
        f"write engine_version {minimum} or newer",
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
    params = {"CacheNodeType": after.cache_node_type}
    leaves = {"cache_node_type": after.cache_node_type}
    told = {"impact": Impact.FAILOVER, "text": FAILOVERS}
    if move.at_once:
        return move.modify(params, leaves, hours=3, **told)
    return move.later(params, leaves, **told)  # type: ignore[arg-type]


def _family(name: str | None, version: str | None) -> str:
    return family(name or "", version or "")


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
            "redis becomes valkey only together with a version", "write engine_version too"
        )
    if before.engine == after.engine and not is_lower(
        after.engine_version or "", before.engine_version or ""
    ):
        return None
    return Unreachable(
        f"the service does not go back from {was} to {wished}",
        "write the version that runs, or give a cache of the older one a new id",
        replace=True,
    )


def whole_family(move: Move, *, clustered: bool) -> str:
    """Give the service's own parameter group for where the group goes."""
    return default_group(
        move.after.engine or "", move.after.engine_version or "", clustered=clustered
    )
