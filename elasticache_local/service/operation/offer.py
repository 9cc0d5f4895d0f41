"""What the service offers: engine versions, and the node types that a cache may move to."""

from __future__ import annotations

from elasticache_local.service.operation.cluster_listing import find_member
from elasticache_local.service.operation.replication_group import find_group
from elasticache_local.service.paging import page
from elasticache_local.service.record import NodeBased
from elasticache_local.service.refusal import bad_combination, refusal
from elasticache_local.service.rule.engine_version import (
    DEFAULT_ASKED,
    VERSIONS,
    EngineVersion,
)
from elasticache_local.service.rule.node_type import allowed_moves
from elasticache_local.service.turn import Answer, Params, Turn

_NAMES = {"redis": "Redis", "valkey": "Valkey", "memcached": "memcached"}


def describe_cache_engine_versions(_turn: Turn, params: Params) -> Answer:
    """DescribeCacheEngineVersions; what does not exist gives an empty list."""
    engine = (params.get("Engine") or "").lower()
    asked, family = params.get("EngineVersion"), params.get("CacheParameterGroupFamily")
    found = {
        f"{index:04}": version
        for index, version in enumerate(VERSIONS)
        if engine in ("", version.engine)
        and (not asked or asked in (version.asked, version.full))
        and family in (None, "", version.family)
        and (not params.get("DefaultOnly") or DEFAULT_ASKED[version.engine] == version.asked)
    }
    return page(found, params, "CacheEngineVersions", _version_answer)


def list_allowed_node_type_modifications(turn: Turn, params: Params) -> Answer:
    """ListAllowedNodeTypeModifications."""
    group_id, cluster_id = params.get("ReplicationGroupId"), params.get("CacheClusterId")
    if bool(group_id) == bool(cluster_id):
        raise bad_combination("Give either CacheClusterId or ReplicationGroupId.")
    cache: NodeBased
    if group_id:
        cache = find_group(turn, group_id)
    else:
        name = str(cluster_id).lower()
        member = find_member(turn, name)
        if member is None and name not in turn.region.cache_clusters:
            raise refusal("CacheClusterNotFound", f"CacheCluster {name} not found.")
        cache = member[0] if member else turn.region.cache_clusters[name]
    if cache.shown not in ("available", "snapshotting"):
        code = "InvalidReplicationGroupState" if group_id else "InvalidCacheClusterState"
        raise refusal(code, f"{cache.id} is {cache.shown}.")
    up, down = allowed_moves(cache.node_type)
    return {"ScaleUpModifications": up, "ScaleDownModifications": down}


def describe_service_updates(_turn: Turn, params: Params) -> Answer:
    """DescribeServiceUpdates: nobody releases one here, so one that is named is not found."""
    if name := params.get("ServiceUpdateName"):
        raise refusal("ServiceUpdateNotFoundFault", f"Service update {name} not found.")
    return page({}, params, "ServiceUpdates", dict)


def describe_update_actions(_turn: Turn, params: Params) -> Answer:
    """DescribeUpdateActions: no update waits for a cache."""
    return page({}, params, "UpdateActions", dict)


def _version_answer(version: EngineVersion) -> Answer:
    name = _NAMES[version.engine]
    return {
        "Engine": version.engine,
        "EngineVersion": version.asked,
        "CacheParameterGroupFamily": version.family,
        "CacheEngineDescription": name,
        "CacheEngineVersionDescription": f"{version.engine} version {version.full}",
    }
