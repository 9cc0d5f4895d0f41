"""A refused or unanswered call -> its fate: what that means for the work that it asked for."""

from __future__ import annotations

from reconciler.errors import AwsError, Fate
from reconciler.kind import Kind
from reconciler.model import Resource

THROTTLED = frozenset(
    {
        "APICallRateForCustomerExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
    }
)
"""Refused before the work, whatever the HTTP status."""

BUSY = frozenset(
    {
        "InvalidCacheClusterState",
        "InvalidCacheParameterGroupState",
        "InvalidReplicationGroupState",
        "InvalidServerlessCacheSnapshotStateFault",
        "InvalidServerlessCacheStateFault",
        "InvalidSnapshotState",
        "InvalidUserGroupState",
        "InvalidUserState",
        "CacheSubnetGroupInUse",
        "SubnetInUse",
        "DeleteConflict",
        "ResourceConflictException",
    }
)
"""Something is not in the state that the call needs; it will be, or the deadline says so."""

EXISTS = frozenset(
    {
        "CacheClusterAlreadyExists",
        "CacheParameterGroupAlreadyExists",
        "CacheSubnetGroupAlreadyExists",
        "EntityAlreadyExists",
        "ReplicationGroupAlreadyExists",
        "ResourceConflictException",
        "ServerlessCacheAlreadyExistsFault",
        "ServerlessCacheSnapshotAlreadyExistsFault",
        "SnapshotAlreadyExistsFault",
        "UserAlreadyExists",
        "UserGroupAlreadyExists",
    }
)
"""A create found its id taken: by our own earlier call, or by somebody else's."""

GONE = frozenset(
    {
        "CacheClusterNotFound",
        "CacheParameterGroupNotFound",
        "CacheSubnetGroupNotFoundFault",
        "NoSuchEntity",
        "ReplicationGroupNotFoundFault",
        "ResourceNotFoundException",
        "ServerlessCacheNotFoundFault",
        "UserGroupNotFound",
        "UserNotFound",
    }
)
"""It is not there: the end of a delete, and what a busy thing says to a tag call."""

NOTHING_TO_DO = frozenset({"NoOperationFault", "TagNotFound"})

# These two codes are used for many things; only their words tell (seen live, quoted by peers).
_NOTHING_TO_DO_TEXTS = (
    ("InvalidParameterCombination", "no modifications were requested"),
    ("InvalidParameterValue", "is not a member of user group"),
)

# A role that was just made is not known everywhere at once (Lambda guide, execution role).
_NOT_YET_TEXTS = (
    ("InvalidParameterValueException", "cannot be assumed by lambda"),
    ("ValidationException", "must allow aws eventbridge scheduler to assume"),
)

_TAG_CALLS = frozenset({"AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"})
_NEVER_LEFT = "NotSent"


def classify(error: AwsError, kind: Kind[Resource] | None = None) -> Fate:
    """Give the fate of the call that ``error`` answers; a kind's own lists go first."""
    if error.code == _NEVER_LEFT or error.code in THROTTLED:
        return Fate.NOT_DONE
    if not error.answered:
        return Fate.UNKNOWN
    if kind is not None:
        if error.code in kind.retry_faults:
            return Fate.NOT_DONE
        if error.code in kind.already_faults:
            return Fate.ALREADY
    return _by_code(error)


def _by_code(error: AwsError) -> Fate:
    if error.code in EXISTS and error.operation.startswith("Create"):
        return Fate.ALREADY
    if error.code in BUSY:
        return Fate.NOT_DONE
    if error.code in GONE and error.operation in _TAG_CALLS:
        return Fate.NOT_DONE
    if error.code in GONE and error.operation.startswith(("Delete", "Detach")):
        return Fate.ALREADY
    if error.code in NOTHING_TO_DO:
        return Fate.ALREADY
    words = error.message.lower()
    if any(error.code == code and text in words for code, text in _NOT_YET_TEXTS):
        return Fate.NOT_DONE
    if any(error.code == code and text in words for code, text in _NOTHING_TO_DO_TEXTS):
        return Fate.ALREADY
    return Fate.FINAL


def is_passing(error: AwsError) -> bool:
    """Tell whether a *read* that failed so may succeed later."""
    return error.code in THROTTLED or not error.answered
