"""Memory: whether what a cache holds fits where it is to go.

What is held is CloudWatch's BytesUsedForCache, the most of the last hour on any node. What a node
type has room for is the engine's own maxmemory (DescribeEngineDefaultParameters) less what is kept
back for backups and failover (reserved-memory-percent; 25 unless the parameter group says other).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from reconciler.kind.engine_version import family
from reconciler.model import Address, CacheParameterGroup, ServerlessCache
from reconciler.preflight.outlook import Finding, Outlook, Silence, Verdict, changed

_LOOK_BACK = timedelta(hours=1)
_QUERIES_AT_ONCE = 500
_RESERVED_PERCENT = 25
_GIB = 1024**3
_NAMES = {"replication_group": "ReplicationGroupId", "cache_cluster": "CacheClusterId"}


@dataclass(frozen=True)
class _Move:
    """A cache that gets less room: its nodes by shard, and how many shards are left."""

    address: Address
    before: Any
    after: Any
    shards: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def nodes(self) -> Iterator[str]:
        for some in self.shards.values():
            yield from some

    def need(self, held: Mapping[str, float]) -> float | None:
        """Give the most bytes that one shard will hold; None: not known of every shard."""
        found = [max((held[one] for one in some if one in held), default=None)
                 for some in self.shards.values()]  # fmt: skip
        known = [one for one in found if one is not None]
        if not known or len(known) < len(found):
            return None
        left = getattr(self.after, "num_node_groups", None) or 1
        return max(known) if left >= len(found) else max(*known, sum(known) / left)


def memory(outlook: Outlook) -> Iterator[Finding]:
    """Compare for each cache that gets less room."""
    moves = list(_smaller(outlook))
    limits = list(_limited(outlook))
    if not moves and not limits:
        return
    asked = [_of_node(node) for move in moves for node in move.nodes]
    asked += [_of_serverless(address) for address, _ in limits]
    told = _held(outlook, asked)
    for move in moves:
        yield from _judged(outlook, move, told)
    for address, most in limits:
        yield from _within(address, most, told)


def _smaller(outlook: Outlook) -> Iterator[_Move]:
    for planned, before, after in outlook.changes(*_NAMES):
        live = outlook.facts.observed.get(planned.address)
        if before is None or live is None or after.engine == "memcached":
            continue
        moves = changed(before, after, "cache_node_type") and _scales_down(outlook, planned, after)
        shards = getattr(before, "num_node_groups", None) or 1
        if not moves and (getattr(after, "num_node_groups", None) or 1) >= shards:
            continue
        by_shard = defaultdict[str, list[str]](list)
        for node in live.nodes:
            by_shard[node.shard].append(node.id)
        yield _Move(planned.address, before, after, by_shard or {"": [planned.address.id]})


def _scales_down(outlook: Outlook, planned: Any, after: Any) -> bool:
    """Say whether it could lose room; what the service forbids anyway is judged elsewhere.

    The question was asked before, so it costs no call.
    """
    name = _NAMES[planned.address.kind]
    told = outlook.ask.one(
        "elasticache", "list_allowed_node_type_modifications", {name: planned.address.id}
    )
    downs = None if isinstance(told, Silence) else told.get("ScaleDownModifications", ())
    return downs is None or after.cache_node_type in downs


def _limited(outlook: Outlook) -> Iterator[tuple[Address, int]]:
    for planned, before, after in outlook.changes(ServerlessCache.kind):
        most = _most(after)
        if before is not None and most and most < (_most(before) or most + 1):
            yield planned.address, most


def _most(cache: ServerlessCache) -> int | None:
    limits = cache.cache_usage_limits
    return limits.data_storage.maximum if limits and limits.data_storage else None


def _judged(
    outlook: Outlook, move: _Move, told: Mapping[str, float] | Silence
) -> Iterator[Finding]:
    wished = move.after.cache_node_type
    about = f"whether what it holds fits {wished}"
    if isinstance(told, Silence):
        yield Finding(move.address, Verdict.UNKNOWN, f"{about}: {told.why}")
        return
    need = move.need(told)
    if need is None:
        why = "CloudWatch has no BytesUsedForCache of the last hour"
        yield Finding(move.address, Verdict.UNKNOWN, f"{about}: {why}")
        return
    room = _room(outlook, move)
    if isinstance(room, Silence):
        yield Finding(move.address, Verdict.UNKNOWN, f"{about} ({_size(need)}): {room.why}")
    elif need > room:
        text = (
            f"a shard would hold {_size(need)} and {wished} has room for {_size(room)}: keys would "
            "be lost or writes refused; take a larger node type or more shards"
        )
        yield Finding(move.address, Verdict.REFUSED, text)


def _room(outlook: Outlook, move: _Move) -> float | Silence:
    """Give the bytes that a node has for data after the change."""
    wished = move.after.cache_node_type
    name = family(move.after.engine or "", move.after.engine_version or "")
    marker: dict[str, str] = {}
    while True:
        told = outlook.ask.one(
            "elasticache",
            "describe_engine_default_parameters",
            {"CacheParameterGroupFamily": name, **marker},
        )
        if isinstance(told, Silence):
            return told
        defaults = told.get("EngineDefaults", {})
        for one in defaults.get("CacheNodeTypeSpecificParameters", ()):
            for each in one.get("CacheNodeTypeSpecificValues", ()):
                if one.get("ParameterName") == "maxmemory" and each["CacheNodeType"] == wished:
                    return float(each["Value"]) * (100 - _reserved(outlook, move)) / 100
        if not defaults.get("Marker"):
            return Silence(f"the service tells no maxmemory of {wished} for {name}")
        marker = {"Marker": defaults["Marker"]}


def _reserved(outlook: Outlook, move: _Move) -> int:
    name = move.after.cache_parameter_group_name or ""
    group = outlook.will_be(Address(CacheParameterGroup.kind, name))
    held = (getattr(group, "parameters", None) or {}).get("reserved-memory-percent", "")
    return int(held) if held.isdigit() else _RESERVED_PERCENT


def _within(address: Address, most: int, told: Mapping[str, float] | Silence) -> Iterator[Finding]:
    about = f"whether what it holds fits {most} GB"
    if isinstance(told, Silence):
        yield Finding(address, Verdict.UNKNOWN, f"{about}: {told.why}")
    elif (held := told.get(f"serverless {address.id}")) is None:
        why = "CloudWatch has no BytesUsedForCache of the last hour"
        yield Finding(address, Verdict.UNKNOWN, f"{about}: {why}")
    elif held > most * _GIB:
        text = f"it holds {_size(held)}, and would be limited to {most} GB: writes would be refused"
        yield Finding(address, Verdict.REFUSED, text)


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    dimensions: tuple[tuple[str, str], ...]


def _of_node(node: str) -> _Asked:
    return _Asked(node, (("CacheClusterId", node), ("CacheNodeId", "0001")))


def _of_serverless(address: Address) -> _Asked:
    return _Asked(f"serverless {address.id}", (("clusterId", address.id),))


def _held(outlook: Outlook, asked: Sequence[_Asked]) -> Mapping[str, float] | Silence:
    """Ask CloudWatch for all of them at once: a call for each 500."""
    now = outlook.facts.now
    if now is None:
        return Silence("what time it is was not told")
    found: dict[str, float] = {}
    for start in range(0, len(asked), _QUERIES_AT_ONCE):
        some = asked[start : start + _QUERIES_AT_ONCE]
        window = {"StartTime": now - _LOOK_BACK, "EndTime": now}
        queries = [_query(place, one) for place, one in enumerate(some)]
        told = outlook.ask.every(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            {"MetricDataQueries": queries, **window},
        )
        if isinstance(told, Silence):
            return told
        for one in told:
            if values := one.get("Values"):
                name = some[int(one["Id"].removeprefix("m"))].name
                found[name] = max(found.get(name, 0.0), *map(float, values), 0.0)
    return found


def _query(place: int, asked: _Asked) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/ElastiCache",
        "MetricName": "BytesUsedForCache",
        "Dimensions": [{"Name": name, "Value": value} for name, value in asked.dimensions],
    }
    stat = {"Metric": metric, "Period": 300, "Stat": "Maximum"}
    return {"Id": f"m{place}", "MetricStat": stat}


def _size(count: float) -> str:
    return f"{count / _GIB:.2f} GiB"
