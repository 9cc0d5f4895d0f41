"""Refusals: wire codes with the HTTP status that the service sends them with."""

from __future__ import annotations

from elasticache_local.fault import Fault

_NOT_FOUND = (
    "CacheClusterNotFound",
    "CacheParameterGroupNotFound",
    "CacheSecurityGroupNotFound",
    "GlobalReplicationGroupNotFoundFault",
    "ReplicationGroupNotFoundFault",
    "ReservedCacheNodeNotFound",
    "NodeGroupNotFoundFault",
    "SnapshotNotFoundFault",
    "UserNotFound",
    "UserGroupNotFound",
    "ServerlessCacheNotFoundFault",
    "ServerlessCacheSnapshotNotFoundFault",
    "TagNotFound",
    "ServiceUpdateNotFoundFault",
)
STATUS = dict.fromkeys(_NOT_FOUND, 404) | {
    "InvalidCredentialsException": 408,
    "AccessDenied": 403,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
}
"""Everything else is 400, CacheSubnetGroupNotFoundFault included (service model, error traits)."""


def refusal(code: str, message: str) -> Fault:
    """Give the fault for a wire code."""
    return Fault(code, message, STATUS.get(code, 400))


def bad_value(message: str) -> Fault:
    """Give InvalidParameterValue."""
    return refusal("InvalidParameterValue", message)


def bad_combination(message: str) -> Fault:
    """Give InvalidParameterCombination."""
    return refusal("InvalidParameterCombination", message)
