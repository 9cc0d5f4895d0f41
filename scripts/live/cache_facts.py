"""Facts about caches: asked of the estate's own, and of one more group without a login.

In this order: what is asked later may rest on what was asked before.
"""

from __future__ import annotations

import time
from typing import Any

from live.fact import Fact, NotTold
from live.user_facts import group, needed
from live.world import TAG, World

ORDERS, SESSIONS = "orders", "sessions"
_TAGGING_PATIENCE_S = 300


def _rests(world: World, name: str, after: str = "") -> dict[str, Any]:
    return dict(world.settle("replication_group", world.id(name), after))


def _members(world: World, name: str) -> list[dict[str, Any]]:
    told = needed(world.call("describe_cache_clusters"))
    return [
        one
        for one in told.answer["CacheClusters"]
        if one.get("ReplicationGroupId") == world.id(name)
    ]


def _modify(world: World, name: str, **changes: Any) -> str:
    ident = world.id(name)
    return world.call("modify_replication_group", ReplicationGroupId=ident, **changes).brief


def _tags_spread(world: World) -> bool:
    arn = _members(world, ORDERS)[0]["ARN"]
    told = needed(world.call("list_tags_for_resource", ResourceName=arn))
    return {"Key": TAG, "Value": world.run} in told.answer["TagList"]


def _tag_write(world: World) -> str:
    arn = world.arn("replication_group", world.id(ORDERS))
    tags = [{"Key": "probe", "Value": world.run}]
    needed(world.call("add_tags_to_resource", ResourceName=arn, Tags=tags))
    found = world.find("replication_group", world.id(ORDERS)) or {}
    _rests(world, ORDERS, "add_tags_to_resource")
    return str(found.get("Status"))


def _tagging_lag(world: World) -> float:
    _rests(world, ORDERS)
    arn = world.arn("replication_group", world.id(ORDERS))
    tags = [{"Key": "lag", "Value": world.run}]
    needed(world.call("add_tags_to_resource", ResourceName=arn, Tags=tags))
    began, wanted = time.monotonic(), ("replication_group", world.id(ORDERS))
    while wanted not in world.tagged("lag", world.run):
        if time.monotonic() - began > _TAGGING_PATIENCE_S:
            raise NotTold(f"the tagging API did not show a tag within {_TAGGING_PATIENCE_S} s")
        time.sleep(min(1.0, world.pace_s))
    _rests(world, ORDERS, "add_tags_to_resource")
    # To the second: a look takes a moment too.
    return float(int(time.monotonic() - began)) if time.monotonic() - began >= 2 else 0.0


def _group_in_use(world: World) -> dict[str, str]:
    people = world.id("people")
    needed(group(world, "second", "valkey", "report"))
    world.settle("user_group", world.id("second"), "create_user_group")
    return {
        "a second group": _modify(
            world, ORDERS, UserGroupIdsToAdd=[world.id("second")], ApplyImmediately=True
        ),
        "deleting it": world.call("delete_user_group", UserGroupId=people).brief,
        "adding it again": _modify(
            world, ORDERS, UserGroupIdsToAdd=[people], ApplyImmediately=True
        ),
        "TLS back to preferred": _modify(
            world, ORDERS, TransitEncryptionMode="preferred", ApplyImmediately=True
        ),
        "a token beside it": _modify(
            world,
            ORDERS,
            AuthToken=world.secret(),
            AuthTokenUpdateStrategy="ROTATE",
            ApplyImmediately=True,
        ),
    }


def _remove_only(world: World) -> str:
    people = [world.id("people")]
    told = _modify(world, ORDERS, UserGroupIdsToRemove=people, ApplyImmediately=True)
    if told == "accepted":
        _rests(world, ORDERS, "modify_replication_group")
        needed(
            world.call(
                "modify_replication_group",
                ReplicationGroupId=world.id(ORDERS),
                UserGroupIdsToAdd=people,
                ApplyImmediately=True,
            )
        )
        _rests(world, ORDERS, "modify_replication_group")
    return told


def _parameter_group(world: World) -> str:
    needed(
        world.make(
            "parameter_group",
            "parameters",
            "create_cache_parameter_group",
            CacheParameterGroupFamily="valkey8",
            Description="a run of make live",
        )
    )
    name = world.id("parameters")
    if (told := _modify(world, ORDERS, CacheParameterGroupName=name)) != "accepted":
        raise NotTold(told)
    _rests(world, ORDERS, "modify_replication_group")
    names = {
        one["CacheParameterGroup"]["CacheParameterGroupName"] for one in _members(world, ORDERS)
    }
    return "at once" if names == {name} else "later"


def _member_ids(world: World) -> list[str]:
    ident = world.id(ORDERS)
    for operation, replicas, more in (
        ("increase_replica_count", 2, {}),
        ("decrease_replica_count", 1, {"ReplicasToRemove": [f"{ident}-002"]}),
        ("increase_replica_count", 2, {}),
    ):
        count = {} if more else {"NewReplicaCount": replicas}
        told = world.call(
            operation, ReplicationGroupId=ident, ApplyImmediately=True, **count, **more
        )
        needed(told)
        _rests(world, ORDERS, operation)
    return sorted(one["CacheClusterId"].removeprefix(ident) for one in _members(world, ORDERS))


def _way_back(world: World) -> str:
    needed(
        world.make(
            "replication_group",
            "plain",
            "create_replication_group",
            ReplicationGroupDescription="a run of make live",
            Engine="valkey",
            CacheNodeType="cache.t4g.micro",
            NumCacheClusters=1,
            AutomaticFailoverEnabled=False,
            CacheSubnetGroupName=world.place.subnet_group,
            SecurityGroupIds=[world.place.security_group],
            TransitEncryptionEnabled=True,
        )
    )
    _rests(world, "plain", "create_replication_group")
    told = _modify(world, "plain", TransitEncryptionMode="preferred", ApplyImmediately=True)
    if told == "accepted":
        _rests(world, "plain", "modify_replication_group")
        _modify(world, "plain", TransitEncryptionMode="required", ApplyImmediately=True)
        _rests(world, "plain", "modify_replication_group")
    return told


def _set_without_rotate(world: World) -> str:
    def token(strategy: str) -> str:
        return _modify(
            world,
            "plain",
            AuthToken=world.secret(),
            AuthTokenUpdateStrategy=strategy,
            ApplyImmediately=True,
        )

    if (first := token("ROTATE")) != "accepted":
        raise NotTold(first)
    _rests(world, "plain", "modify_replication_group")
    return token("SET")


def _serverless(world: World, **changes: Any) -> str:
    ident = world.id(SESSIONS)
    return world.call("modify_serverless_cache", ServerlessCacheName=ident, **changes).brief


def _serverless_refusals(world: World) -> dict[str, str]:
    def ecpu(**ends: int) -> dict[str, Any]:
        return {"CacheUsageLimits": {"ECPUPerSecond": ends}}

    return {
        "two fields at once": _serverless(world, Description="x", SnapshotRetentionLimit=2),
        "too few ECPUs": _serverless(world, **ecpu(Maximum=10)),
        "minimum above maximum": _serverless(world, **ecpu(Minimum=9000, Maximum=2000)),
        "a group that is not there": _serverless(world, UserGroupId="nobody"),
    }


def _serverless_name(world: World) -> int:
    """Ask with a user group that is not there, so that nothing is created either way."""

    def accepted(length: int) -> bool:
        name = (world.id("") + "n" * length)[:length]
        told = world.call(
            "create_serverless_cache",
            ServerlessCacheName=name,
            Engine="valkey",
            UserGroupId=world.id("nobody"),
        )
        if not told.code:
            world.made.note("serverless_cache", name)
        return "UserGroupNotFound" in told.code

    if not accepted(20):
        raise NotTold("a name of 20 characters was refused otherwise than for its group")
    low, high = 20, 256
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accepted(middle) else (low, middle)
    return low


CACHE_FACTS: tuple[Fact, ...] = (
    Fact("tags_spread", "whether members show their group's tags", _tags_spread),
    Fact(
        "tag_write_makes_busy",
        "which status a group has right after its tags were written",
        _tag_write,
        lambda told: told.lower() != "available",
    ),
    Fact("tagging_lag_s", "how long the tagging API trails", _tagging_lag, float),
    Fact("group_in_use", "in which words changes are refused while users log in", _group_in_use),
    Fact(
        "remove_only_group_without_flag",
        "whether the only group can be taken off without RemoveUserGroups",
        _remove_only,
        lambda told: told == "accepted",
    ),
    Fact(
        "parameter_group_waits_for_window",
        "when a new parameter group comes without ApplyImmediately",
        _parameter_group,
        lambda told: told == "later",
    ),
    Fact(
        "reuses_member_ids",
        "which id a node gets after another one went",
        _member_ids,
        lambda told: "-002" in told,
    ),
    Fact(
        "tls_may_go_back",
        "whether required TLS may become preferred again",
        _way_back,
        lambda told: told == "accepted",
    ),
    Fact(
        "set_needs_rotate",
        "whether SET is refused for a token that no ROTATE brought",
        _set_without_rotate,
        lambda told: told != "accepted",
    ),
    Fact(
        "serverless_refusals", "in which words a serverless change is refused", _serverless_refusals
    ),
    Fact(
        "serverless_name_max_length",
        "how long a serverless cache's name may be",
        _serverless_name,
        int,
    ),
)

NOT_ASKED = {
    "keeps_cache_without_final_snapshot": "no call makes the last snapshot of a cache fail",
    "rewrites_strangely": "it stands for any rewriting; stored_access_strings tells the real one",
    "rotate_deduplicates": "only a login tells which tokens live, and nothing outside its network "
    "can log in",
    "redis_version_to_valkey": "it takes a cache of each old version",
    "durability_may_be_turned": "it takes nodes of a size and a version that no sandbox should pay",
    "memcached_scales_in_place": "it takes a memcached cluster, and the estate has none",
    "user_quota": "Service Quotas says it: aws service-quotas list-service-quotas "
    "--service-code elasticache",
    "user_group_quota": "as user_quota",
    "memcached_node_quota": "as user_quota",
    "serverless_quota": "as user_quota",
    "failovers_per_day": "it takes sixteen failovers",
}
"""Switches that no run asks about, each with the reason."""
