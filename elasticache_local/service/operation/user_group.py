"""User groups: membership that changes in its own time, and shows what is pending."""

from __future__ import annotations

from elasticache_local.service.operation.user import read_engine
from elasticache_local.service.paging import page
from elasticache_local.service.record import ServerlessCache, UserGroup
from elasticache_local.service.refusal import bad_combination, bad_value, refusal
from elasticache_local.service.rule.identifier import stored_id
from elasticache_local.service.rule.membership import check_members, highest_version
from elasticache_local.service.rule.tagging import read_tags
from elasticache_local.service.turn import Answer, Params, Turn

MOST_USERS = 100


def create_user_group(turn: Turn, params: Params) -> Answer:
    """CreateUserGroup."""
    most = 40 if turn.switches.id_max_length_40 else 255
    group_id = stored_id(params["UserGroupId"], "UserGroupId", most=most)
    engine = read_engine(params["Engine"])
    user_ids = [user.lower() for user in params.get("UserIds") or ()]
    tags = read_tags(params.get("Tags"))
    if group_id in turn.region.user_groups:
        raise refusal("UserGroupAlreadyExists", f"User group {group_id} already exists.")
    _check_count(user_ids)
    check_members(turn.region, engine, user_ids, turn.switches)
    if len(turn.region.user_groups) >= turn.quota("user_groups", turn.switches.user_group_quota):
        raise refusal("UserGroupQuotaExceeded", "The quota of user groups has been exceeded.")
    group = UserGroup(
        id=group_id,
        engine=engine,
        user_ids=list(dict.fromkeys(user_ids)),
        minimum_engine_version=highest_version(turn.region, user_ids),
        status="creating",
        created=turn.now,
    )
    turn.region.user_groups[group_id] = group
    for user in group.user_ids:
        turn.region.users[user].group_ids.append(group_id)
    if tags:
        turn.region.tags[turn.arn("usergroup", group_id)] = tags
    turn.later("user_group.created", turn.durations.group_create, group=group_id)
    return answer(turn, group)


def modify_user_group(turn: Turn, params: Params) -> Answer:
    """ModifyUserGroup: until it has happened, UserIds is the old set and PendingChanges tells."""
    group = find_user_group(turn, params["UserGroupId"])
    adds = [user.lower() for user in params.get("UserIdsToAdd") or ()]
    removes = [user.lower() for user in params.get("UserIdsToRemove") or ()]
    if not adds and not removes and not params.get("Engine"):
        raise bad_combination("No modifications were requested.")
    check_group_rests(group)
    engine = read_engine(params["Engine"]) if params.get("Engine") else group.engine
    for user in removes:
        if user not in group.user_ids:
            raise bad_value(f"User {user} is not a member of user group {group.id}.")
    for user in adds:
        if user in group.user_ids:
            raise bad_value(f"User {user} is already a member of user group {group.id}.")
    wanted = [user for user in group.user_ids if user not in removes] + adds
    _check_count(wanted)
    check_members(turn.region, engine, wanted, turn.switches)
    caches = turn.caches_of_group(group.id)
    if engine == "valkey" and any(cache.engine == "redis" for cache in caches):
        raise bad_combination(f"User group {group.id} is attached to a cache of engine redis.")
    group.adds, group.removes = adds, removes
    users = [turn.region.users[user] for user in (*adds, *removes)]
    turn.later(
        "user_group.modified",
        turn.durations.group_modify,
        busy=[group, *users, *caches],
        holds=caches,
        group=group.id,
        engine=engine,
    )
    return answer(turn, group)


def delete_user_group(turn: Turn, params: Params) -> Answer:
    """DeleteUserGroup: refused while attached; its users stay."""
    group = find_user_group(turn, params["UserGroupId"])
    check_group_rests(group)
    if caches := [cache.id for cache in turn.caches_of_group(group.id)]:
        raise refusal(
            "InvalidUserGroupState",
            f"User group {group.id} is associated with {', '.join(caches)}. Disassociate it first.",
        )
    group.status = "deleting"
    turn.later("user_group.deleted", turn.durations.group_delete, group=group.id)
    return answer(turn, group)


def describe_user_groups(turn: Turn, params: Params) -> Answer:
    """DescribeUserGroups."""
    groups = turn.region.user_groups
    if params.get("UserGroupId"):
        group = find_user_group(turn, params["UserGroupId"])
        groups = {group.id: group}
    return page(groups, params, "UserGroups", lambda group: answer(turn, group))


def find_user_group(turn: Turn, group_id: str) -> UserGroup:
    """Give the group, or refuse with UserGroupNotFound."""
    group = turn.region.user_groups.get(group_id.lower())
    if group is None:
        raise refusal("UserGroupNotFound", f"User group {group_id} not found.")
    return group


def check_group_rests(group: UserGroup) -> None:
    """Refuse changes of a group that is not active."""
    if not group.at_rest:
        raise refusal(
            "InvalidUserGroupState",
            f"User group {group.id} has status {group.shown}. "
            "Only active user groups can be modified.",
        )


def answer(turn: Turn, group: UserGroup) -> Answer:
    """Give a user group as the service shows it."""
    caches = turn.caches_of_group(group.id)
    serverless = [cache.id for cache in caches if isinstance(cache, ServerlessCache)]
    shown: Answer = {
        "UserGroupId": group.id,
        "Status": group.shown,
        "Engine": group.engine,
        "UserIds": list(group.user_ids),
        "MinimumEngineVersion": group.minimum_engine_version,
        "ReplicationGroups": [c.id for c in caches if not isinstance(c, ServerlessCache)],
        "ServerlessCaches": serverless,
        "ARN": turn.arn("usergroup", group.id),
    }
    if group.adds or group.removes:
        shown["PendingChanges"] = {
            "UserIdsToAdd": list(group.adds),
            "UserIdsToRemove": list(group.removes),
        }
    return shown


def created(turn: Turn, data: Params) -> None:
    """End a creation."""
    group = turn.region.user_groups.get(data["group"])
    if group is not None and group.status == "creating":
        group.status = "active"
        turn.tell("user-group", group.id, "User group created", known=False)


def modified(turn: Turn, data: Params) -> None:
    """Let the pending membership become the membership, or drop it when made to fail."""
    group = turn.region.user_groups.get(data["group"])
    if group is None:
        return
    if data.get("rolled_back"):
        group.adds, group.removes = [], []
        for cache in turn.caches_of_group(group.id):
            turn.touch(cache)
        turn.tell("user-group", group.id, data["rolled_back"], known=False)
        return
    for user in group.removes:
        if user in turn.region.users:
            turn.region.users[user].group_ids.remove(group.id)
    for user in group.adds:
        turn.region.users[user].group_ids.append(group.id)
    group.user_ids, group.adds, group.removes = group.wanted_ids, [], []
    group.engine = data["engine"]
    group.minimum_engine_version = highest_version(turn.region, group.user_ids)
    turn.tell("user-group", group.id, "User group modified", known=False)


def deleted(turn: Turn, data: Params) -> None:
    """Forget a group."""
    group = turn.region.user_groups.pop(data["group"], None)
    if group is None:
        return
    for user in group.user_ids:
        if user in turn.region.users and group.id in turn.region.users[user].group_ids:
            turn.region.users[user].group_ids.remove(group.id)
    turn.region.tags.pop(turn.arn("usergroup", group.id), None)
    turn.tell("user-group", group.id, "User group deleted", known=False)


def _check_count(user_ids: list[str]) -> None:
    # The code for more than 100 users in a group is not published.
    if len(user_ids) > MOST_USERS:
        raise bad_value(f"A user group can contain at most {MOST_USERS} users.")
