"""Members of a global datastore: what changes for all of them changes through the datastore.

Which fields those are is what ModifyGlobalReplicationGroup and IncreaseNodeGroupsInGlobal-
ReplicationGroup take (API reference); to a single member the service refuses them. Users, TLS,
windows, snapshots and replicas stay each member's own.
"""

from __future__ import annotations

from reconciler.kind import Next, Unreachable
from reconciler.kinds.replication_group.move import Move
from reconciler.model import ReplicationGroup

SHARED = (
    "engine",
    "engine_version",
    "cache_node_type",
    "cache_parameter_group_name",
    "automatic_failover_enabled",
    "cluster_mode",
    "num_node_groups",
)


def shared(move: Move) -> Next:
    """Refuse a change of what all members have in common."""
    datastore, _, role = (move.before.global_datastore or "").partition(" ")
    named = [name for name in SHARED if move.differs(name)]
    if not datastore or not named:
        return None
    call = (
        "increase-node-groups-in-global-replication-group, or decrease-..."
        if named == ["num_node_groups"]
        else "modify-global-replication-group"
    )
    return Unreachable(
        f"it is the {role} of the global datastore {datastore}, and {', '.join(named)} "
        f"{'is' if len(named) == 1 else 'are'} the same for all its members",
        f"change it there (aws elasticache {call}), or take this member out first",
        fields=tuple(named),
    )


def kept(before: ReplicationGroup) -> Unreachable | None:
    """Refuse to delete a member: the service does, as long as it is one."""
    if not before.global_datastore:
        return None
    datastore, _, role = before.global_datastore.partition(" ")
    way = (
        "delete the datastore first (aws elasticache delete-global-replication-group "
        "--retain-primary-replication-group)"
        if role == "primary"
        else "take it out first (aws elasticache disassociate-global-replication-group)"
    )
    return Unreachable(f"it is the {role} of the global datastore {datastore}", way)


def remark(group: ReplicationGroup) -> str:
    """Say what it belongs to; nothing: to nothing."""
    datastore, _, role = (group.global_datastore or "").partition(" ")
    if not datastore:
        return ""
    return (
        f"{group.address} is the {role} of the global datastore {datastore}: engine, version, node "
        "type, shards, failover and parameter group change there, for all its members"
    )
