"""What must hold between the describes of one service, and between them and what is wanted."""

from __future__ import annotations

from elasticache_local.service.rule.slot import SLOTS, read_slots


def known_names(kind, users, user_groups, groups, clusters, caches):
    return {
        "user": set(users),
        "usergroup": set(user_groups),
        "replicationgroup": {each["ReplicationGroupId"] for each in groups},
        "cluster": {each["CacheClusterId"] for each in clusters},
        "serverlesscache": {each["ServerlessCacheName"] for each in caches},
    }[kind]


def check_membership(users, user_groups):
    for user_id, user in users.items():
        inside = {name for name, group in user_groups.items() if user_id in group["UserIds"]}
        assert set(user["UserGroupIds"]) == inside
    for group in user_groups.values():
        names = [users[user]["UserName"] for user in group["UserIds"]]
        assert len(names) == len(set(names))
        if group["Engine"] == "redis":
            assert "default" in names


def check_attachment(user_groups, groups, caches):
    for group in groups:
        for name in group["UserGroupIds"]:
            assert group["ReplicationGroupId"] in user_groups[name]["ReplicationGroups"]
            assert group["TransitEncryptionEnabled"]
            assert not group["AuthTokenEnabled"]
    for cache in caches:
        if "UserGroupId" in cache:
            group = user_groups[cache["UserGroupId"]]
            assert cache["ServerlessCacheName"] in group["ServerlessCaches"]


def check_members(group, clusters):
    listed = [m["CacheClusterId"] for s in group["NodeGroups"] for m in s["NodeGroupMembers"]]
    assert group["MemberClusters"] == listed
    assert len(listed) == len(set(listed))
    own = [c for c in clusters if c["ReplicationGroupId"] == group["ReplicationGroupId"]]
    assert sorted(c["CacheClusterId"] for c in own) == sorted(listed)
    for name in ("Engine", "CacheNodeType", "TransitEncryptionEnabled", "AuthTokenEnabled"):
        assert {c[name] for c in own} == {group[name]}
    assert len({c["EngineVersion"] for c in own}) == 1
    if group["Status"] == "available":
        assert {c["CacheClusterStatus"] for c in own} == {"available"}
        assert {s["Status"] for s in group["NodeGroups"]} == {"available"}
    if group["ClusterMode"] != "enabled":
        roles = [m["CurrentRole"] for s in group["NodeGroups"] for m in s["NodeGroupMembers"]]
        assert roles.count("primary") == 1
    if group["AutomaticFailover"] == "enabled" and group["ClusterMode"] == "disabled":
        assert len(listed) > 1


def check_slots(group):
    if group["ClusterMode"] == "disabled":
        assert len(group["NodeGroups"]) == 1
        return
    owned = [read_slots(s["Slots"]) for s in group["NodeGroups"] if "Slots" in s]
    assert sum(map(len, owned)) == len(set().union(*owned)) == SLOTS


def check_wanted(aws, group):
    want = aws.want(group["ReplicationGroupId"])
    assert want.engine == group["Engine"]
    assert want.cluster_mode == group["ClusterMode"]
    assert want.tls == group.get("TransitEncryptionMode", "off")
    assert bool(want.token_hashes) == group["AuthTokenEnabled"]
    nodes = [node.id for shard in want.shards for node in shard.nodes]
    assert nodes == group["MemberClusters"]
    assert all([n.role for n in s.nodes].count("primary") == 1 for s in want.shards)
    if group["ClusterMode"] != "disabled":
        assert [s.slots for s in want.shards] == [s["Slots"] for s in group["NodeGroups"]]
    check_users(aws, next(iter(group["UserGroupIds"]), None), want)


def check_users(aws, group_id, want):
    if group_id is None:
        assert want.users is None
        return
    told = {user.user_id: user.access_string for user in want.users}
    members = aws.show_user_group(group_id)["UserIds"]
    assert told == {user: aws.show_user(user)["AccessString"] for user in members}
