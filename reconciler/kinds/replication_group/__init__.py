"""Replication groups: one primary with replicas, or shards; the noun stands in model.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.kind import Facts, Kind, Live, Next, immutable_change
from reconciler.kind.ending import delete_cache
from reconciler.kind.engine_version import default_group, is_default, parts, satisfies
from reconciler.kind.kept import Kept
from reconciler.kind.node_based import asks_for_default_group, restorable, snapshots_of
from reconciler.kinds.replication_group import datastore
from reconciler.kinds.replication_group.access import is_rotating, token_stands
from reconciler.kinds.replication_group.create import create
from reconciler.kinds.replication_group.describe import HELD, live_group
from reconciler.kinds.replication_group.forward import forward
from reconciler.kinds.replication_group.move import Move, sized
from reconciler.kinds.replication_group.rule import first_step
from reconciler.model import Address, ReplicationGroup, sent_fields
from reconciler.ports import Call, Reader

_COUNTS = frozenset({"num_cache_clusters", "num_node_groups", "replicas_per_node_group"})
_COMPARED = tuple(name for name in sent_fields(ReplicationGroup) if name != "auth_token")
_RESETS: Mapping[str, Any] = {
    "num_cache_clusters": 1,
    "num_node_groups": 1,
    "replicas_per_node_group": 0,
    "multi_az_enabled": False,
    "cache_subnet_group_name": "default",
    "data_tiering_enabled": False,
    "durability": "default",
    "transit_encryption_enabled": False,
    "auth_token": None,
    "user_group_ids": (),
    "notification_topic_arn": None,
    "auto_minor_version_upgrade": True,
    "network_type": "ipv4",
    "ip_discovery": "ipv4",
    "log_delivery_configurations": (),
    "kms_key_id": None,
    "snapshot_retention_limit": 0,
}


class ReplicationGroups(Kind[ReplicationGroup]):
    """Replication groups, cluster mode disabled and enabled."""

    model = ReplicationGroup
    section = "replication_groups"
    arn_type = "replicationgroup"
    retry_faults = frozenset(
        {"InvalidReplicationGroupState", "InvalidCacheClusterState", "InvalidUserGroupState"}
    )
    already_faults = frozenset({"ReplicationGroupAlreadyExists", "NoOperationFault"})
    gone_faults = frozenset({"ReplicationGroupNotFoundFault"})

    def observe(self, reader: Reader, names: frozenset[str]) -> Iterator[Live[ReplicationGroup]]:  # noqa: ARG002 - no details
        """Read all groups, and all their members with one paged describe."""
        groups = list(
            reader.pages("elasticache", "describe_replication_groups", "ReplicationGroups")
        )
        if not groups:
            return
        members = defaultdict[str, list[Mapping[str, Any]]](list)
        for one in reader.pages("elasticache", "describe_cache_clusters", "CacheClusters"):
            members[one.get("ReplicationGroupId", "")].append(one)
        for group in groups:
            yield live_group(group, members[group["ReplicationGroupId"]])

    def fold(self, field_name: str, wished: Any, before: ReplicationGroup, facts: Facts) -> Any:
        """Fold versions to the precision written, keys to their ARN, tokens to their version."""
        held = getattr(before, field_name)
        match field_name:
            case "engine_version" if held is not None:
                return held if self._same_version(wished, held, before, facts) else wished
            case "kms_key_id" if held is not None:
                return held if held.rpartition("/")[2] == wished.rpartition("/")[2] else wished
            case "port" if held is None:
                return None
            case "auth_token" if held is not None:
                version = facts.secret_versions.get(wished)
                known = version is None or before.marks.get("auth") == version
                known = known or is_rotating(before, facts)
                return HELD if known else wished
            case "durability" if held == "default":
                return held if wished == before.durability_in_effect else wished
            case "num_cache_clusters" if before.cluster_mode == "enabled":
                shards, replicas = before.num_node_groups or 1, before.replicas_per_node_group or 0
                return held if wished == shards * (1 + replicas) else wished
            case _:
                return wished

    def reset(self, field_name: str, before: ReplicationGroup | None) -> Any:
        """Give the service's default, which for some fields depends on engine and cluster mode."""
        if before is None:
            return None
        match field_name:
            case "automatic_failover_enabled":
                needed = before.cluster_mode != "disabled"
                return needed or (
                    before.engine == "valkey" and bool(before.replicas_per_node_group)
                )
            case "at_rest_encryption_enabled":
                return before.engine == "valkey"
            case "cache_parameter_group_name":
                on = before.cluster_mode != "disabled"
                return default_group(before.engine or "", before.engine_version or "", clustered=on)
            case "transit_encryption_mode":
                return "required" if before.transit_encryption_enabled else None
            case _:
                return _RESETS.get(field_name, getattr(before, field_name))

    def implied(self, desired: ReplicationGroup) -> frozenset[str]:
        """Decide the mode with the switch: TLS without a mode means required."""
        return frozenset({"transit_encryption_mode"} if desired.transit_encryption_enabled else ())

    def fill(
        self,
        after: ReplicationGroup,
        given: frozenset[str],
        before: ReplicationGroup | None,
        facts: Facts,
    ) -> ReplicationGroup:
        """Make counts, TLS, logins and the parameter group agree with what was given."""
        if before is None:
            return after
        changes = {
            **_tls(after, given),
            **_login(after, given),
            **_mode(after, given, before),
        }
        after = after.but(**changes)
        after = after.but(**_counts(after, given, before))
        if asks_for_default_group(facts.desired.get(after.address), given):
            return after.but(**_default_group(after))
        return after.but(**_parameter_group(after, given, before))

    def canonical(self, field_name: str, value: Any) -> Any:
        """Remember a version by major and minor, and of a token that there is one: as is shown."""
        if field_name == "engine_version" and value:
            return parts(value)[:2]
        return HELD if field_name == "auth_token" and value else value

    def marks(
        self, desired: ReplicationGroup, before: ReplicationGroup | None, facts: Facts
    ) -> Mapping[str, str]:
        """Give the version of the AUTH token that is to be the only one."""
        if before is not None and "auth_token" in desired.ignore_changes:
            return {}
        if before is not None and is_rotating(before, facts):
            return {}
        version = facts.secret_versions.get(desired.auth_token) if desired.auth_token else None
        return {"auth": version} if version else {}

    def is_rotating(self, field_name: str, before: ReplicationGroup) -> bool:
        """Say so of a token for which our intent is written: the service shows none of it."""
        return field_name == "auth_token" and "/" in before.marks.get("auth", "")

    def remarks(self, live: Live[ReplicationGroup], facts: Facts) -> Iterator[str]:
        """Tell of a global datastore, and of a rotation whose new token nobody has yet."""
        if found := datastore.remark(live.resource):
            yield found
        if is_rotating(live.resource, facts):
            yield (
                f"{live.address}: a rotation is under way: a pending AUTH token stands beside the "
                f"current one; reconcile rotate {live.address} goes on with it"
            )

    def next_step(
        self, before: ReplicationGroup | None, after: ReplicationGroup | None, facts: Facts
    ) -> Next:
        """Create in one call; change by the rules."""
        match before, after:
            case None, ReplicationGroup():
                return create(after, facts)
            case ReplicationGroup(), ReplicationGroup():
                move = Move(before, after, facts)
                if (step := forward(move)) is not None:
                    return step
                # The token shows only that there is one, so it is compared by its version.
                if token_stands(move) and not move.differs(*_COMPARED):
                    return None
                return immutable_change(before, after) or first_step(move)
            case ReplicationGroup(), None:
                if (refused := datastore.kept(before)) is not None:
                    return refused
                params = {"ReplicationGroupId": before.id, "RetainPrimaryCluster": False}
                final = "FinalSnapshotIdentifier"
                return delete_cache(before, facts, "delete_replication_group", params, final)
            case _:
                return None

    def snapshots(self, reader: Reader) -> Iterator[Kept]:
        """Read the snapshots of node-based caches."""
        return snapshots_of(reader, self.name)

    def keep(self, before: ReplicationGroup, name: str, facts: Facts) -> Call:
        """Keep a group of shards whole; without cluster mode one node is read, a replica if any."""
        live = facts.observed.get(before.address)
        source = {"ReplicationGroupId": before.id}
        if before.cluster_mode == "disabled" and live is not None and live.nodes:
            nodes = sorted(live.nodes, key=lambda node: (node.role == "primary", node.id))
            source = {"CacheClusterId": nodes[0].id}
        return Call("elasticache", "create_snapshot", {**source, "SnapshotName": name})

    def restored(self, after: ReplicationGroup, name: str, facts: Facts) -> ReplicationGroup:
        """Make it of this snapshot and of nothing else, in no older version than it was taken."""
        return after.but(
            engine_version=restorable(after.engine_version, name, facts.snapshots),
            snapshot_name=name,
            snapshot_arns=None,
            serverless_cache_snapshot_name=None,
        )

    def ripples_to(self, resource: ReplicationGroup, facts: Facts) -> frozenset[Address]:  # noqa: ARG002
        """Give the groups that it names: attaching and detaching makes them busy."""
        return frozenset(Address("user_group", one) for one in resource.user_group_ids or ())

    @staticmethod
    def _same_version(wished: str, held: str, before: ReplicationGroup, facts: Facts) -> bool:
        desired = facts.desired.get(before.address)
        auto = getattr(desired, "auto_minor_version_upgrade", None)
        if auto is None:
            auto = before.auto_minor_version_upgrade
        engine = getattr(desired, "engine", None) or before.engine
        return engine == before.engine and satisfies(wished, held, auto_minor=bool(auto))


def _tls(after: ReplicationGroup, given: frozenset[str]) -> dict[str, Any]:
    """Let the mode follow the switch: required unless said, from wherever the group stands.

    Were it left as it is, a run that stopped between the two steps would end at preferred.
    """
    if "transit_encryption_mode" in given and after.transit_encryption_mode:
        if "transit_encryption_enabled" not in given:
            return {"transit_encryption_enabled": True}
        return {}
    if "transit_encryption_enabled" not in given:
        return {}
    if not after.transit_encryption_enabled:
        return {"transit_encryption_mode": None}
    return {"transit_encryption_mode": "required"}


def _login(after: ReplicationGroup, given: frozenset[str]) -> dict[str, Any]:
    """Let what was given, token or group, take the other's place: they exclude each other."""
    if "user_group_ids" in given and after.user_group_ids and "auth_token" not in given:
        return {"auth_token": None}
    if "auth_token" in given and after.auth_token is not None and "user_group_ids" not in given:
        return {"user_group_ids": ()}
    return {}


def _mode(
    after: ReplicationGroup, given: frozenset[str], before: ReplicationGroup
) -> dict[str, Any]:
    """Several shards mean cluster mode, which brings failover; multi-AZ needs failover."""
    changes: dict[str, Any] = {}
    mode = after.cluster_mode
    if "cluster_mode" not in given and (after.num_node_groups or 1) > 1:
        changes["cluster_mode"] = mode = "enabled"
    moves = mode not in {"disabled", before.cluster_mode}
    multi = "multi_az_enabled" in given and after.multi_az_enabled
    if (moves or multi) and "automatic_failover_enabled" not in given:
        changes["automatic_failover_enabled"] = True
    return changes


def _counts(
    after: ReplicationGroup, given: frozenset[str], before: ReplicationGroup
) -> dict[str, Any]:
    if not given & _COUNTS:
        return {}
    shards = after.num_node_groups or 1
    replicas = after.replicas_per_node_group or 0
    if "num_cache_clusters" in given and after.num_cache_clusters is not None:
        replicas = max(after.num_cache_clusters // shards - 1, 0)
    counts = sized(after, shards=shards, replicas=replicas)
    if before.cluster_mode == "enabled" and "num_cache_clusters" in given:
        counts["num_cache_clusters"] = after.num_cache_clusters
    return counts


def _parameter_group(
    after: ReplicationGroup, given: frozenset[str], before: ReplicationGroup
) -> dict[str, Any]:
    """Say what the service does by itself: its own group follows engine, version and mode."""
    moves = (after.engine, after.engine_version, after.cluster_mode) != (
        before.engine,
        before.engine_version,
        before.cluster_mode,
    )
    held = before.cache_parameter_group_name
    if not moves or "cache_parameter_group_name" in given or not is_default(held):
        return {}
    return _default_group(after)


def _default_group(after: ReplicationGroup) -> dict[str, Any]:
    clustered = after.cluster_mode != "disabled"
    name = default_group(after.engine or "", after.engine_version or "", clustered=clustered)
    return {"cache_parameter_group_name": name}
