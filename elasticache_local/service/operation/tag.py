"""Tags: whose they are by ARN, and when they may be read or written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from elasticache_local.service.operation.cluster_listing import find_member
from elasticache_local.service.operation.replication_group import set_tags
from elasticache_local.service.record import ReplicationGroup, User
from elasticache_local.service.refusal import refusal
from elasticache_local.service.rule.parameter import built_in_groups
from elasticache_local.service.rule.tagging import check_count, read_tags
from elasticache_local.service.turn import Answer, Params, Turn

_ARN = re.compile(r"arn:(aws[a-z-]*):elasticache:([a-z0-9-]*):(\d{12}):([a-z-]+):([A-Za-z0-9.-]+)")
_NOT_FOUND = {
    "cluster": "CacheClusterNotFound",
    "replicationgroup": "ReplicationGroupNotFoundFault",
    "serverlesscache": "ServerlessCacheNotFoundFault",
    "serverlesscachesnapshot": "ServerlessCacheSnapshotNotFoundFault",
    "user": "UserNotFound",
    "usergroup": "UserGroupNotFound",
    "parametergroup": "CacheParameterGroupNotFound",
    "subnetgroup": "CacheSubnetGroupNotFoundFault",
    "snapshot": "SnapshotNotFoundFault",
}
_NONE_HERE = {
    "securitygroup": "CacheSecurityGroupNotFound",
    "reserved-instance": "ReservedCacheNodeNotFound",
    "globalreplicationgroup": "GlobalReplicationGroupNotFoundFault",
}
"""Kinds of which there never is one here."""
_SECTION = {
    "serverlesscache": "serverless_caches",
    "serverlesscachesnapshot": "serverless_snapshots",
    "user": "users",
    "usergroup": "user_groups",
    "parametergroup": "parameter_groups",
    "subnetgroup": "subnet_groups",
    "snapshot": "snapshots",
    "replicationgroup": "replication_groups",
}


def list_tags_for_resource(turn: Turn, params: Params) -> Answer:
    """ListTagsForResource."""
    arn = _taggable(turn, params["ResourceName"])
    return tag_list(turn.region.tags.get(arn, {}))


def add_tags_to_resource(turn: Turn, params: Params) -> Answer:
    """AddTagsToResource: keys overwrite; the answer is the full list."""
    arn = _taggable(turn, params["ResourceName"])
    tags = read_tags(params["Tags"])
    check_count({**turn.region.tags.get(arn, {}), **tags})
    group = _group(turn, arn)
    if group is not None:
        set_tags(turn, group, tags)
    else:
        turn.region.tags.setdefault(arn, {}).update(tags)
    _written(turn, arn, group)
    return tag_list(turn.region.tags.get(arn, {}))


def remove_tags_from_resource(turn: Turn, params: Params) -> Answer:
    """RemoveTagsFromResource: a key that is not there refuses the call."""
    arn = _taggable(turn, params["ResourceName"])
    here = turn.region.tags.get(arn, {})
    for key in params["TagKeys"]:
        if key not in here:
            raise refusal("TagNotFound", f"Tag {key} not found on {arn}.")
    group = _group(turn, arn)
    members = [turn.arn("cluster", node.id) for node in group.nodes] if group else []
    for owner in (arn, *members):
        for key in params["TagKeys"]:
            turn.region.tags.get(owner, {}).pop(key, None)
    _written(turn, arn, group)
    return tag_list(here)


def tag_list(tags: Mapping[str, str]) -> Answer:
    """Give tags as the answer lists them."""
    return {"TagList": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


def settled(_turn: Turn, _data: Params) -> None:
    """Do nothing more: the group is at rest again after a tag write."""


def _taggable(turn: Turn, name: str) -> str:
    match = _ARN.fullmatch(name)
    # A global group is of no region.
    region = "" if match and match[4] == "globalreplicationgroup" else turn.region.name
    if match is None or (match[2], match[3]) != (region, turn.region.account_id):
        raise refusal("InvalidARN", f"{name} is not a valid ARN.")
    if match[4] in _NONE_HERE:
        raise refusal(_NONE_HERE[match[4]], f"{match[5]} not found.")
    if match[4] not in _NOT_FOUND:
        raise refusal("InvalidARN", f"{name} is not a valid ARN.")
    kind, resource = match[4], match[5].lower()
    if kind == "parametergroup" and resource in built_in_groups():
        raise refusal("InvalidARN", f"{name}: default parameter groups can't be tagged.")
    _check_state(turn, kind, resource)
    return turn.arn(kind, resource)


def _check_state(turn: Turn, kind: str, resource: str) -> None:
    if kind == "cluster":
        if find_member(turn, resource) is None and resource not in turn.region.cache_clusters:
            raise refusal("CacheClusterNotFound", f"CacheCluster {resource} not found.")
        return
    found = getattr(turn.region, _SECTION[kind]).get(resource)
    if found is None:
        raise refusal(_NOT_FOUND[kind], f"{resource} not found.")
    if isinstance(found, User) and (not found.at_rest or turn.now < found.tags_quiet_until):
        raise refusal("UserNotFound", f"{resource} is not available for tagging")
    if isinstance(found, ReplicationGroup) and not found.at_rest:
        raise refusal(
            "InvalidReplicationGroupState",
            "Cluster not in available state to perform tagging operations.",
        )
    if kind == "serverlesscache" and found.status != "available":
        raise refusal(
            "InvalidServerlessCacheStateFault",
            "Serverless cache is not in an available state to perform the requested action.",
        )
    if kind == "serverlesscachesnapshot" and found.status != "available":
        raise refusal(
            "InvalidServerlessCacheSnapshotStateFault",
            "Serverless cache snapshot is not in an available state to perform the requested "
            "action.",
        )


def _group(turn: Turn, arn: str) -> ReplicationGroup | None:
    *_, kind, name = arn.split(":")
    return turn.region.replication_groups[name] if kind == "replicationgroup" else None


def _written(turn: Turn, arn: str, group: ReplicationGroup | None) -> None:
    *_, kind, name = arn.split(":")
    if kind == "user":
        turn.region.users[name].tags_quiet_until = turn.now + turn.durations.user_tag_quiet
    if group is not None and turn.switches.tag_write_makes_busy:
        turn.later("tag.settled", turn.durations.cache_tag, busy=[group])
