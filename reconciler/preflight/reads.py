"""Which permissions the look ahead of an apply takes, as (name, actions, ARNs).

What an action is about is as the Service Authorization Reference says for ElastiCache, CloudWatch
and Service Quotas; ``*`` stands for actions that know no resources.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.kind import Facts
from reconciler.model import Address

_NODE_BASED = {"replication_group": "replicationgroup", "cache_cluster": "cluster"}
_SNAPSHOTS = (
    ("snapshot_name", "DescribeSnapshots", "snapshot"),
    (
        "serverless_cache_snapshot_name",
        "DescribeServerlessCacheSnapshots",
        "serverlesscachesnapshot",
    ),
)
"""Fields that name a snapshot to restore from, how it is looked at, and the type of its ARN."""

Reads = tuple[str, list[str], list[str]]


def reads(facts: Facts, listed: int) -> Iterator[Reads]:
    """Give what may be read for this spec; of more than ``listed`` of a kind, of the whole kind."""
    arns = [arn for kind, sort in _NODE_BASED.items() for arn in _arns(facts, kind, sort, listed)]
    if arns:
        actions = ["ListAllowedNodeTypeModifications", "DescribeUpdateActions"]
        yield "LookAhead", [f"elasticache:{one}" for one in actions], arns
    for field, action, sort in _SNAPSHOTS:
        wished = facts.desired.values()
        named = {facts.arn(sort, given) for one in wished if (given := getattr(one, field, None))}
        named |= {
            arn
            for one in wished
            for arn in getattr(one, "snapshot_arns_to_restore", None) or ()
            if arn.startswith(facts.arn(sort, ""))
        }
        if named:
            name = f"{action.removeprefix('Describe')}Ahead"
            yield name, [f"elasticache:{action}"], sorted(named)
    if around := list(_around(facts, node_based=bool(arns))):
        yield "LookAround", around, ["*"]


def _around(facts: Facts, *, node_based: bool) -> Iterator[str]:
    kinds = {address.kind for address in facts.desired}
    if kinds:
        yield "servicequotas:ListServiceQuotas"
    if node_based:
        yield "elasticache:DescribeCacheEngineVersions"
        yield "elasticache:DescribeEngineDefaultParameters"
    if node_based or "serverless_cache" in kinds:
        yield "cloudwatch:GetMetricData"


def _arns(facts: Facts, kind: str, sort: str, listed: int) -> list[str]:
    found: list[Address] = sorted(one for one in facts.desired if one.kind == kind)
    if len(found) > listed:
        return [facts.arn(sort, "*")]
    return [facts.arn(sort, one.id) for one in found]
